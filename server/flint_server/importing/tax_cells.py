"""A line's taxes in its row's cells: one, or several with semicolons between them."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from flint_server.importing.amounts import major_units, minor_units, percentage
from flint_server.importing.cell_words import flag, name_in_cell, names_in
from flint_server.importing.faults import wrong

Fields = dict[str, Any]


def taxes_of(names: Sequence[str], row: Mapping[str, str], currency: str, *, comma: bool | None) -> list[Fields]:
    """A line's taxes, one or several with semicolons between them."""
    called = names_in(row.get(names[0], ""))
    percents, inclusive, amounts = ([each.strip() for each in row.get(name, "").split(";")] for name in names[1:])
    if not any(percents):
        if any(called) or any(inclusive) or any(amounts):
            raise wrong("A tax without a percentage.", f"write {names[1]}, too", names[1])
        return []
    if any(len(each) != len(percents) and any(each) for each in (called, inclusive, amounts)):
        raise wrong(
            f"{', '.join(names[:-1])} and {names[-1]} are not of as many taxes.",
            "write one value for each tax in each of them, with semicolons between, or leave a cell empty",
            names[1],
        )
    given = ([] if not any(each) else each for each in (called, inclusive, amounts))
    taxes: list[Fields] = []
    for percent, name, included, amount in zip_longest(percents, *given, fillvalue=""):
        tax: Fields = {
            "name": name or "Tax",
            "ratePercent": percentage(percent),
            "inclusive": bool(included) and flag(included, names[2]),
        }
        if amount:
            tax["amountMoney"] = {"amount": minor_units(amount, currency, names[3], comma=comma), "currency": currency}
        taxes.append(tax)
    return taxes


def cells_of_taxes(names: Sequence[str], taxes: Sequence[Fields]) -> dict[str, str]:
    """The cells that taxes_of reads these taxes from; what none of them has is left out."""
    if not taxes:
        return {}
    called, percent, inclusive, amount = names
    row = {
        called: ";".join(name_in_cell(tax["name"]) for tax in taxes),
        percent: ";".join(tax["ratePercent"] for tax in taxes),
    }
    if any(tax.get("inclusive") for tax in taxes):
        row[inclusive] = ";".join("true" if tax.get("inclusive") else "false" for tax in taxes)
    if any("amountMoney" in tax for tax in taxes):
        row[amount] = ";".join(major_units(tax.get("amountMoney")) for tax in taxes)
    return row
