"""Cells to fields and back: money in major units, exactly as many places as the currency has."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
from typing import Any

from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.money import exponent
from flint_server.imports.columns import METADATA, NOTHING, OPTION, Column, Layout, Part, tax_names

Fields = dict[str, Any]
Cells = Mapping[str, str]

_AMOUNT = re.compile(r"[0-9]{1,13}(\.[0-9]+)?\Z")


# ── reading ──


def fields_of(layout: Layout, rows: Sequence[Cells], merchant_currency: str) -> Fields:
    """The record that these rows are.

    Raises Refused, whose param is the column, and whose details name the row (`row`, from 0) where it is a further one.
    """
    first = rows[0]
    _require_same(layout, rows)
    fields: Fields = {}
    currency = first.get("currency") or merchant_currency
    for column in layout.columns:
        _put(fields, column, first, currency)
    if layout.metadata:
        metadata = _open(first, METADATA, layout.metadata_empty)
        if metadata:
            fields["metadata"] = metadata
    for part in layout.parts:
        found = [_part(part, row, place, merchant_currency, currency) for place, row in enumerate(rows)]
        present = [each for each in found if each]
        if present or (part.removes and any(column.name in first for column in part.columns)):
            fields[part.field] = present
    return fields


def row_of_part(layout: Layout, rows: Sequence[Cells], name: str, place: int) -> int | None:
    """Which of the rows holds the part of this field and number, from 0."""
    part = next((part for part in layout.parts if part.field == name), None)
    if part is None:
        return None
    holding = [row for row, cells in enumerate(rows) if _is_given(part, cells)]
    return holding[place] if place < len(holding) else None


def column_of(layout: Layout, path: Sequence[str]) -> str | None:
    """The column of a field, by its path without numbers."""
    for part in layout.parts:
        if path[:1] == [part.field]:
            rest = tuple(path[1:])
            if part.options and rest[:1] == ("options",):
                return f"{OPTION}*"
            if part.taxes is not None and rest[:1] == ("taxes",):
                return tax_names(part.taxes)[1]
            return next((column.name for column in part.columns if _leads(column, rest)), None)
    return next((column.name for column in layout.columns if _leads(column, tuple(path))), None)


def _leads(column: Column, path: tuple[str, ...]) -> bool:
    return path[: len(column.path)] == column.path and column.form != "currency"


def _require_same(layout: Layout, rows: Sequence[Cells]) -> None:
    """Refuse a further row that says something else of the record than the first one."""
    names = [column.name for column in layout.columns]
    names += [name for name in rows[0] if layout.metadata and name.startswith(METADATA)]
    for place, row in enumerate(rows[1:], start=1):
        for name in names:
            if row.get(name) and row[name] != rows[0].get(name):
                raise Refused(
                    "invalid_argument",
                    f"{name} is {quoted(row[name], 40)} here and {quoted(rows[0].get(name, ''), 40)} in the first row.",
                    hint="write it in the record's first row, and the same or nothing in the others",
                    param=name,
                    details={"row": place},
                )


def _is_given(part: Part, row: Cells) -> bool:
    names = [column.name for column in part.columns if column.form != "currency"]
    names += [] if part.taxes is None else tax_names(part.taxes)
    names += [name for name in row if part.options and name.startswith(OPTION)]
    return any(row.get(name) for name in names)


def _part(part: Part, row: Cells, place: int, merchant_currency: str, currency: str) -> Fields | None:
    if not _is_given(part, row):
        return None
    own = any(column.form == "currency" for column in part.columns)
    currency = (row.get("currency") or merchant_currency) if own else currency
    fields: Fields = {}
    try:
        for column in part.columns:
            _put(fields, column, row, currency)
        if part.taxes is not None and (taxes := _taxes(tax_names(part.taxes), row)):
            fields["taxes"] = taxes
    except Refused as refused:
        refused.details["row"] = place
        raise
    if part.options and (options := _open(row, OPTION, NOTHING)):
        fields["options"] = options
    return fields


def _open(row: Cells, prefix: str, empty: Any) -> Fields:
    given = {name[len(prefix) :]: value or empty for name, value in row.items() if name.startswith(prefix)}
    return {name: value for name, value in given.items() if value is not NOTHING}


def _put(fields: Fields, column: Column, row: Cells, currency: str) -> None:
    """Set the column's field, if the cell says anything."""
    cell = row.get(column.name)
    if cell is None or (column.form == "currency" and len(column.path) > 1):
        return
    value = _value(column, cell, currency) if cell else column.empty
    if value is NOTHING:
        return
    for name in column.above:
        fields = fields.setdefault(name, {})
    fields[column.field] = value


def _value(column: Column, cell: str, currency: str) -> Any:
    match column.form:
        case "money":
            return {"amount": minor_units(cell, currency, column.name), "currency": currency}
        case "flag":
            return _flag(cell, column.name)
        case "whole":
            return int(cell) if cell.isascii() and cell.isdigit() and len(cell) < 10 else cell  # noqa: PLR2004
        case "words":
            return cell.split()
        case "phones":
            return [phone.strip() for phone in cell.split(";") if phone.strip()]
        case _:
            return cell


def _flag(cell: str, name: str) -> bool:
    if cell.lower() not in ("true", "false"):
        raise Refused(
            "invalid_argument", f"{name} is {quoted(cell, 40)}.", hint='write "true", "false" or nothing', param=name
        )
    return cell.lower() == "true"


def minor_units(cell: str, currency: str, name: str) -> int:
    """`12.99` in USD is 1299.

    Raises Refused("invalid_money") for anything but a decimal number with exactly the currency's places.
    """
    try:
        places = exponent(currency)
    except ValueError:
        raise Refused(
            "invalid_money",
            f"{quoted(currency, 40)} is not a currency with a minor unit in ISO 4217.",
            hint="use three capital letters, such as USD",
            param="currency",
        ) from None
    example = f"{Decimal(1299).scaleb(-places):f}"
    if not _AMOUNT.match(cell):
        raise Refused(
            "invalid_money",
            f"{quoted(cell, 40)} is not an amount of money.",
            hint=f'write digits and a point, such as "{example}", without signs and separators',
            param=name,
        )
    amount = Decimal(cell)
    exponent_ = amount.as_tuple().exponent
    if not isinstance(exponent_, int) or -exponent_ != places:
        rounded = amount.quantize(Decimal(1).scaleb(-places))
        right = f'"{rounded:f}"' if rounded == amount else f'an exact amount, such as "{example}"'
        raise Refused(
            "invalid_money",
            f'"{cell}" does not have {currency}\'s {places} decimal {"place" if places == 1 else "places"}.',
            hint=f"write {right}",
            param=name,
        )
    return int(amount.scaleb(places))


def _taxes(names: Sequence[str], row: Cells) -> list[Fields]:
    """A line's taxes, one or several with semicolons between them."""
    called, percents, inclusive = ([each.strip() for each in row.get(name, "").split(";")] for name in names)
    if not any(percents):
        if any(called) or any(inclusive):
            raise Refused(
                "invalid_argument", "A tax without a percentage.", hint=f"write {names[1]}, too", param=names[1]
            )
        return []
    if any(len(each) != len(percents) and any(each) for each in (called, inclusive)):
        raise Refused(
            "invalid_argument",
            f"{names[0]}, {names[1]} and {names[2]} are not of as many taxes.",
            hint="write one value for each tax in each of them, with semicolons between, or leave a cell empty",
            param=names[1],
        )
    return [
        {"name": name or "Tax", "ratePercent": percent, "inclusive": bool(flag) and _flag(flag, names[2])}
        for name, percent, flag in zip_longest(
            called if any(called) else [], percents, inclusive if any(inclusive) else [], fillvalue=""
        )
    ]


# ── writing ──


def rows_of(layout: Layout, fields: Fields) -> Iterable[dict[str, str]]:
    """The rows of a record; cells that are empty are left out."""
    counts = [len(fields.get(part.field, ())) for part in layout.parts]
    for place in range(max(1, *counts)):
        row: dict[str, str] = {"reference": fields["reference"]}
        if place == 0:
            for column in layout.columns:
                _write(row, column, fields)
            row.update({f"{METADATA}{key}": value for key, value in fields.get("metadata", {}).items()})
        for part, count in zip(layout.parts, counts, strict=True):
            if place < count:
                _write_part(row, part, fields[part.field][place])
        yield row


def _write_part(row: dict[str, str], part: Part, fields: Fields) -> None:
    for column in part.columns:
        _write(row, column, fields)
    if part.options:
        row.update({f"{OPTION}{name}": value for name, value in fields.get("options", {}).items()})
    taxes: list[Fields] = fields.get("taxes", [])
    if part.taxes is not None and taxes:
        called, percent, inclusive = tax_names(part.taxes)
        row[called] = ";".join(tax["name"].replace(";", ",") for tax in taxes)
        row[percent] = ";".join(tax["ratePercent"] for tax in taxes)
        if any(tax.get("inclusive") for tax in taxes):
            row[inclusive] = ";".join("true" if tax.get("inclusive") else "false" for tax in taxes)


def _write(row: dict[str, str], column: Column, fields: Fields) -> None:
    for name in column.above:
        fields = fields.get(name, {})
    value: Any = fields.get(column.field)
    if value is None:
        return
    match column.form:
        case "money":
            row[column.name] = f"{Decimal(value['amount']).scaleb(-exponent(value['currency'])):f}"
        case "flag":
            row[column.name] = "true" if value else "false"
        case "words":
            row[column.name] = " ".join(value)
        case "phones":
            row[column.name] = ";".join(value)
        case _:
            row[column.name] = str(value)
