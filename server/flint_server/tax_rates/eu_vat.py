"""The European VAT rates of the package eu-vat-rates-data, as a table to import.

The package takes them daily from the European Commission's Taxes in Europe Database; countries outside the Union are
kept by hand there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from iso3166 import countries_by_alpha2

from flint_domain.commands.tax_import import TableRate

if TYPE_CHECKING:
    from eu_vat_rates_data import VatRate

SOURCE = "eu-vat"


class NotInstalled(Exception):
    """The optional package with the table is missing."""


class UnknownCountries(ValueError):
    """The table has no rates of these countries; the message says which, and which it has."""


@dataclass(frozen=True, slots=True)
class Table:
    """The rates of the chosen countries, as of a day (ISO 8601)."""

    of: str
    countries: tuple[str, ...]
    rates: tuple[TableRate, ...]


def table(countries: Sequence[str] = ()) -> Table:
    """The rates of these countries (ISO 3166-1 alpha-2), or of all members of the European Union.

    Raises NotInstalled, UnknownCountries.
    """
    try:
        import eu_vat_rates_data as data
    except ModuleNotFoundError:
        raise NotInstalled from None
    # Northern Ireland has a code of its own in the table (XI), which is no address's country.
    known = {code: row for code, row in data.get_all_rates().items() if code in countries_by_alpha2}
    unknown = [code for code in countries if code not in known]
    if unknown:
        raise UnknownCountries(f"no VAT rates of {', '.join(unknown)}; have: {', '.join(sorted(known))}")
    chosen = tuple(dict.fromkeys(countries)) or tuple(code for code, row in known.items() if row["eu_member"])
    rates = tuple(rate for code in chosen for rate in _rates(code, known[code]))
    return Table(data.data_version, chosen, rates)


def _rates(country: str, row: "VatRate") -> Iterator[TableRate]:
    """The standard rate for lines in general, and the others each for a category.

    Of several reduced rates the table does not say what each is for, and a guess would tax wrongly. They are told apart
    by their percentage (reduced_10), and the merchant chooses.
    """
    name = f"VAT {country}"
    yield TableRate(country=country, name=name, percent=_decimal(row["standard"]))
    for kind, percents in (
        ("reduced", row["reduced"]),
        ("super_reduced", [row["super_reduced"]]),
        ("parking", [row["parking"]]),
    ):
        for percent in map(_decimal, filter(None, percents)):
            category = kind if len(percents) == 1 else f"{kind}_{percent}"
            yield TableRate(country=country, category=category, name=name, percent=percent)


def _decimal(percent: float) -> Decimal:
    """The number as the table shows it: 5.5, and 19 for 19.0. It comes as a float; repr has its shortest decimals."""
    return Decimal(repr(percent).removesuffix(".0"))
