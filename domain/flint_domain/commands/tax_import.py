"""Rates out of a table that somebody else keeps: taken over, and brought up to date."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar

from flint_domain.commands.tax import added_to
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.telling import Told
from flint_domain.tax_rates.model import Jurisdiction, TaxRate
from flint_domain.unit_of_work.command import Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRate:
    """A row of the table: a country's general rate, or the one of a category."""

    country: Told[str]
    category: Told[str | None] = None
    name: Told[str]
    percent: Told[Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxImportRef(Ref):
    """What was done, a line for each rate."""

    changes: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTaxRates:
    """Make the rates of these countries what the table says: all of it, or nothing.

    A rate that changed ends now and a new one begins, so that the list still tells what was taken when. Only rates of
    this source are touched, and none that the merchant has switched off. Sent again it changes nothing.
    """

    name: ClassVar[str] = "import_tax_rates"
    ref: ClassVar[type[Ref]] = TaxImportRef
    source: str
    countries: Told[tuple[str, ...]]
    rates: Told[tuple[TableRate, ...]]
    inclusive: Told[bool]

    def change(self, work: Work) -> TaxImportRef:
        changes: list[str] = []
        warnings: list[str] = []
        for country in self.countries:
            stored = work.tx.tax_rates(country=country)
            wanted = {rate.category: rate for rate in self.rates if rate.country == country}
            present = {rate.category: rate for rate in stored if self._is_current(rate, work)}
            for category, former in present.items():
                if category not in wanted and former.active:
                    self._end(work, former)
                    changes.append(f"{_described(country, category, former.percent)}: ended")
            for category, row in wanted.items():
                former = present.get(category)
                difference = self._difference(former, row)
                if difference is None:
                    continue
                if former is not None:
                    self._end(work, former)
                made = self._begin(work, row)
                changes.append(f"{_described(country, category, row.percent)}: {difference}")
                own = (rate for rate in stored if rate.source != self.source)
                warnings += (f"{country}: {warning}" for warning in added_to(made, own))
        return TaxImportRef(changes=tuple(changes), warnings=tuple(warnings))

    @staticmethod
    def show(tx: ReadTransaction, ref: TaxImportRef, caller: Caller) -> dict[str, Any]:
        return {"changes": list(ref.changes), "warnings": list(ref.warnings)}

    def _is_current(self, rate: TaxRate, work: Work) -> bool:
        return rate.source == self.source and (rate.valid_until is None or work.tx.now < rate.valid_until)

    def _difference(self, former: TaxRate | None, row: TableRate) -> str | None:
        """What a new rate is needed for; None when the present one stays."""
        if former is None:
            return "new"
        if not former.active:
            return None
        if former.percent != row.percent:
            return f"was {former.percent.normalize():f} %"
        if former.inclusive is not self.inclusive:
            return "inside prices now" if self.inclusive else "on top of prices now"
        return None

    def _begin(self, work: Work, row: TableRate) -> TaxRate:
        rate = TaxRate(
            tax_rate_id=work.new_id("txr"),
            merchant_id=work.tx.merchant_id,
            version=1,
            name=row.name,
            percent=row.percent,
            inclusive=self.inclusive,
            default=False,
            active=True,
            jurisdiction=Jurisdiction(country=row.country),
            category=row.category,
            valid_from=work.tx.now,
            source=self.source,
            created_at=work.tx.now,
            updated_at=work.tx.now,
        )
        work.tx.add_tax_rate(rate)
        return rate

    def _end(self, work: Work, rate: TaxRate) -> None:
        now = work.tx.now
        work.tx.save_tax_rate(replace(rate, valid_until=now, version=rate.version + 1, updated_at=now))


def _described(country: str, category: str | None, percent: Decimal) -> str:
    return f"{country} {category or 'general'} {percent.normalize():f} %"
