"""Cells to fields and back, as the columns have them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flint_domain.kernel.errors import Refused, quoted
from flint_server.importing.amounts import decimal_number, major_units, minor_units
from flint_server.importing.cell_words import flag
from flint_server.importing.columns import METADATA, NOTHING, OPTION, Column, Layout, Part, tax_names
from flint_server.importing.faults import wrong
from flint_server.importing.spreadsheets import as_text
from flint_server.importing.tax_cells import cells_of_taxes, taxes_of

Fields = dict[str, Any]
Cells = Mapping[str, str]

# ── reading ──


class _Faults:
    """What is wrong with a record's cells, all of it."""

    def __init__(self) -> None:
        self.refusals: list[Refused] = []

    def value(self, work: Callable[[], Any], row: int) -> Any:
        """What the work gives; NOTHING when it is refused, which is kept with its row."""
        try:
            return work()
        except Refused as refused:
            refused.details.setdefault("row", row)
            self.refusals.append(refused)
            return NOTHING


def fields_of(
    layout: Layout, rows: Sequence[Cells], merchant_currency: str, *, comma: bool | None = False
) -> tuple[Fields, list[Refused]]:
    """The record that these rows are, as far as its cells can be read, and what is wrong with the others.

    A refusal's param is the column, and its details name the row (`row`, from 0). comma says that the file is one of
    decimal commas, None that it does not tell.
    """
    first, faults = rows[0], _Faults()
    faults.refusals += _contradictions(layout, rows)
    fields: Fields = {}
    currency = _currency(first, merchant_currency)
    for column in layout.columns:
        _put(fields, column, first, faults, currency=currency, comma=comma, row=0)
    if layout.metadata:
        metadata = _open(first, METADATA, layout.metadata_empty)
        if metadata:
            fields["metadata"] = metadata
    for part in layout.parts:
        given = [(place, row) for place, row in enumerate(rows) if _is_given(part, row)]
        if given or (part.removes and any(column.name in first for column in part.columns)):
            own = any(column.form == "currency" for column in part.columns)
            fields[part.field] = [
                _part(
                    part,
                    row,
                    faults,
                    currency=_currency(row, merchant_currency) if own else currency,
                    comma=comma,
                    place=place,
                )
                for place, row in given
            ]
    return fields, faults.refusals


def row_of_part(layout: Layout, rows: Sequence[Cells], name: str, place: int) -> int | None:
    """Which of the rows holds the part of this field and number, from 0."""
    part = next((part for part in layout.parts if part.field == name), None)
    if part is None:
        return None
    holding = [row for row, cells in enumerate(rows) if _is_given(part, cells)]
    return holding[place] if place < len(holding) else None


def column_of(layout: Layout, path: list[str]) -> str | None:
    """The column of a field, by its path without numbers."""
    for part in layout.parts:
        if path[:1] == [part.field]:
            rest = tuple(path[1:])
            if part.options and rest[:1] == ("options",):
                return f"{OPTION}{rest[1] if len(rest) > 1 else '*'}"
            if part.taxes is not None and rest[:1] == ("taxes",):
                return tax_names(part.taxes)[_TAX_FIELDS.get(rest[-1], 1)]
            return next((column.name for column in part.columns if _leads(column, rest)), None)
    if layout.metadata and path[:1] == ["metadata"] and len(path) > 1:
        return f"{METADATA}{path[1]}"
    return next((column.name for column in layout.columns if _leads(column, tuple(path))), None)


_TAX_FIELDS = {"name": 0, "ratePercent": 1, "inclusive": 2, "amountMoney": 3}


def _leads(column: Column, path: tuple[str, ...]) -> bool:
    return path[: len(column.path)] == column.path and column.form != "currency"


def _contradictions(layout: Layout, rows: Sequence[Cells]) -> list[Refused]:
    """Further rows that say something else of the record than the first one."""
    names = [column.name for column in layout.columns]
    names += [name for name in rows[0] if layout.metadata and name.startswith(METADATA)]
    return [
        wrong(
            f"{name} is {quoted(row[name], 40)} here and {quoted(rows[0].get(name, ''), 40)} in the first row.",
            "write it in the record's first row, and the same or nothing in the others",
            name,
            row=place,
        )
        for place, row in enumerate(rows[1:], start=1)
        for name in names
        if row.get(name) and row[name] != rows[0].get(name)
    ]


def _is_given(part: Part, row: Cells) -> bool:
    names = [column.name for column in part.columns if column.form != "currency"]
    names += [] if part.taxes is None else tax_names(part.taxes)
    names += [name for name in row if part.options and name.startswith(OPTION)]
    return any(row.get(name) for name in names)


def _part(part: Part, row: Cells, faults: _Faults, *, currency: str, comma: bool | None, place: int) -> Fields:
    fields: Fields = {}
    for column in part.columns:
        _put(fields, column, row, faults, currency=currency, comma=comma, row=place)
    if part.taxes is not None:
        names = tax_names(part.taxes)
        taxes = faults.value(lambda: taxes_of(names, row, currency, comma=comma), place)
        if taxes and taxes is not NOTHING:
            fields["taxes"] = taxes
    if part.options and (options := _open(row, OPTION, NOTHING)):
        fields["options"] = options
    return fields


def _open(row: Cells, prefix: str, empty: Any) -> Fields:
    given = {name[len(prefix) :]: value or empty for name, value in row.items() if name.startswith(prefix)}
    return {name: value for name, value in given.items() if value is not NOTHING}


def _currency(row: Cells, merchant_currency: str) -> str:
    return row.get("currency", "").upper() or merchant_currency


def _put(
    fields: Fields, column: Column, cells: Cells, faults: _Faults, *, currency: str, comma: bool | None, row: int
) -> None:
    """Set the column's field, if the cell says anything."""
    cell = cells.get(column.name)
    if cell is None or (column.form == "currency" and len(column.path) > 1):
        return
    value = column.empty
    if cell:
        value = faults.value(lambda: _value(column, cell, currency, comma=comma), row)
    if value is NOTHING:
        return
    for name in column.above:
        fields = fields.setdefault(name, {})
    fields[column.field] = value


def _value(column: Column, cell: str, currency: str, *, comma: bool | None) -> Any:
    match column.form:
        case "money":
            return {"amount": minor_units(cell, currency, column.name, comma=comma), "currency": currency}
        case "number":
            return decimal_number(cell, column.name, comma=comma)
        case "currency":
            return currency
        case "flag":
            return flag(cell, column.name)
        case "whole":
            whole = cell.split(".", maxsplit=1)[0] if cell.endswith((".0", ".00")) else cell
            return int(whole) if whole.isascii() and whole.isdigit() and len(whole) < 10 else cell  # noqa: PLR2004
        case "words":
            return cell.split()
        case "phones":
            return [phone.strip() for phone in cell.split(";") if phone.strip()]
        case _:
            return cell


# ── writing ──


def rows_of(layout: Layout, fields: Fields) -> Iterable[dict[str, str]]:
    """The rows of a record, as text that a spreadsheet leaves alone; cells that are empty are left out."""
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
        yield {name: as_text(cell) for name, cell in row.items()}


def _write_part(row: dict[str, str], part: Part, fields: Fields) -> None:
    for column in part.columns:
        _write(row, column, fields)
    if part.options:
        row.update({f"{OPTION}{name}": value for name, value in fields.get("options", {}).items()})
    if part.taxes is not None:
        row.update(cells_of_taxes(tax_names(part.taxes), fields.get("taxes", [])))


def _write(row: dict[str, str], column: Column, fields: Fields) -> None:
    for name in column.above:
        fields = fields.get(name, {})
    value: Any = fields.get(column.field)
    if value is None:
        return
    match column.form:
        case "money":
            row[column.name] = major_units(value)
        case "flag":
            row[column.name] = "true" if value else "false"
        case "words":
            row[column.name] = " ".join(value)
        case "phones":
            row[column.name] = ";".join(value)
        case _:
            row[column.name] = str(value)
