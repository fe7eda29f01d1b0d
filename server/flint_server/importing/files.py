"""Files of records: read one by one, with the lines that they stand in and all that is wrong with their cells."""

import csv
import io
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import IO, Any, Literal

from flint_domain.kernel.errors import Refused
from flint_server.importing.cells import Fields, column_of, fields_of, row_of_part
from flint_server.importing.columns import LAYOUTS, KindName, Layout
from flint_server.importing.encodings import UTF_8, encoding_of
from flint_server.importing.faults import EndedEarly, Fault, Unreadable, wrong
from flint_server.importing.headers import ERROR, SEPARATORS, Header, kind_of_fields, read_header
from flint_server.importing.json_lines import object_in, unholdable
from flint_server.importing.shapes import FIELDS
from flint_server.importing.spreadsheets import plain_text, spoiled
from flint_server.importing.wording import hint_in_a_file

Format = Literal["csv", "jsonl"]

SUFFIXES: dict[str, Format] = {".csv": "csv", ".tsv": "csv", ".tab": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
STDIN = "-"


@dataclass(frozen=True, slots=True)
class Source:
    """A record as it stands in the file: the line it begins in, its fields as far as they can be read (None when it is
    none at all), and what is wrong with the rest.

    rows are the cells of a CSV file, lines where each of them begins, cells all that the rows hold as it is; text is a
    line of JSON.
    """

    line: int
    fields: Fields | None = None
    refusals: tuple[Refused, ...] = ()
    rows: tuple[dict[str, str], ...] = ()
    lines: tuple[int, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    text: str = ""

    @property
    def reference(self) -> str | None:
        name = self.rows[0].get("reference") if self.rows else (self.fields or {}).get("reference")
        return name if isinstance(name, str) else None


class Records:
    """An open file of records of one kind, whose beginning has been read. size is its length in bytes, None for a pipe.

    kind None is told by the names of the columns, or of the first record's fields. Raises Unreadable.
    """

    def __init__(
        self,
        stream: IO[bytes],
        form: Format,
        kind: KindName | None = None,
        *,
        encoding: str | None = None,
        size: int | None = None,
    ) -> None:
        self.form: Format = form
        self.size = size
        self._stream = stream
        codec = encoding_of(stream, encoding)
        # What is not UTF-8 is kept as it is, for the rejected; no field takes it.
        errors = "strict" if codec.startswith("utf-16") else "surrogateescape"
        self._text = io.TextIOWrapper(stream, encoding=codec, errors=errors, newline="")
        self._encoding = "UTF-8" if codec == UTF_8 else codec
        self._tap = _Tap(self._text)
        self.header: Header | None = None
        if form == "csv":
            self.header, self._reader = read_header(self._tap, kind)
            self.kind = self.header.kind
            self._present = LAYOUTS[self.kind].within({name for name in self.header.names if name})
        else:
            self._waiting = self._until_first_object(kind)

    @property
    def position(self) -> int:
        """How many bytes have been read, about."""
        return 0 if self.size is None else self._stream.tell()

    @property
    def layout(self) -> Layout:
        return LAYOUTS[self.kind]

    def close(self) -> None:
        """Leave the stream, which is its owner's to close."""
        self._text.detach()

    def read(self, currency: str) -> Generator[Source]:
        """The records, one by one; money without a currency is in this one."""
        try:
            yield from self._jsonl() if self.header is None else self._csv(self.header, currency)
        except UnicodeDecodeError as error:
            raise EndedEarly(f"The file is not {self._encoding} any more behind byte {error.start:,}.") from None

    # ── CSV ──

    def _csv(self, header: Header, currency: str) -> Iterator[Source]:
        at, group, unsure = header.names.index("reference"), list[_Row](), False
        called: str | None = None
        for row in _rows(self._reader, self._tap, header):
            name = None if row.is_unreadable or len(row.cells) <= at else plain_text(row.cells[at])
            if group and name is not None and name != called:
                yield self._grouped(header, group, currency, unsure=unsure)
                unsure = group[-1].is_unreadable
                group = []
            called = called if name is None else name
            group.append(row)
        if group:
            yield self._grouped(header, group, currency, unsure=unsure)

    def _grouped(self, header: Header, group: Sequence["_Row"], currency: str, *, unsure: bool) -> Source:
        """The record of rows with one reference. None of it is taken when one of its rows is broken, or when the row
        before may be one of them: half a record would pass for a whole one."""
        refusals = [wrong(row.broken, row.mend, row=place) for place, row in enumerate(group) if row.broken is not None]
        if unsure:
            refusals.append(
                wrong("The row before cannot be read, and may belong to this record.", "mend that row, too")
            )
        rows = tuple(self._cells(header, row, place, refusals) for place, row in enumerate(group))
        fields: Fields | None = None
        if not any(row.broken for row in group):
            fields, more = fields_of(self._present, rows, currency, comma=header.has_decimal_commas)
            refusals += more
        return Source(
            line=group[0].line,
            fields=fields,
            refusals=tuple(refusals),
            rows=rows,
            lines=tuple(row.line for row in group),
            cells=tuple(tuple(row.cells) for row in group),
        )

    def _cells(self, header: Header, row: "_Row", place: int, refusals: list[Refused]) -> dict[str, str]:
        """A row by the names of its columns. A cell that was spoiled says nothing, and is added to what is wrong."""
        cells: dict[str, str] = {}
        if row.is_unreadable:
            return cells
        for name, cell in zip(header.names, row.cells, strict=False):
            if name is None or name == ERROR:
                if name is None and cell.strip() and row.broken is None:
                    refusals.append(
                        wrong(
                            "There is something in a column without a name.", "name the column, or empty it", row=place
                        )
                    )
                continue
            fault = _undecoded(cell, name, self._encoding) or spoiled(
                cell, name, is_name=name in self.layout.without_numbers
            )
            if fault is None:
                cells[name] = plain_text(cell)
            else:
                fault.details["row"] = place
                refusals.append(fault)
        return cells

    # ── JSON Lines ──

    def _until_first_object(self, kind: KindName | None) -> list[str]:
        """The lines up to the first one that is an object, which tells the kind where nobody else does."""
        waiting: list[str] = []
        if kind is not None:
            self.kind: KindName = kind
            return waiting
        for content in self._tap:
            waiting.append(content)
            if (fields := object_in(content)) is not None:
                self.kind = kind_of_fields(fields, FIELDS)
                return waiting
        if not any(content.strip() for content in waiting):
            raise Unreadable(
                "The file is empty: it has no record whose fields would tell the kind.\n"
                "Name another file, or say with --kind what it would hold."
            )
        raise Unreadable("No line of the file is a JSON object.\nWrite one object in each line.")

    def _jsonl(self) -> Iterator[Source]:
        for line, content in enumerate(chain(self._waiting, self._tap), start=1):
            if not content.strip():
                continue
            fields = object_in(content)
            refused = _undecoded(content, None, self._encoding)
            if fields is None and refused is None:
                refused = wrong("The line is no JSON object.", "write one object in each line")
            refused = refused or unholdable(fields)
            if fields is not None:
                fields.pop(ERROR, None)
            yield Source(
                line=line,
                fields=None if refused else fields,
                refusals=(refused,) if refused else (),
                text=content,
            )

    # ── what is wrong ──

    def fault(self, source: Source, refused: Refused) -> Fault:
        """Where a refusal belongs: its line, and its column or field."""
        row, column = 0, refused.param
        if source.rows:
            path = (refused.param or "").split(".")
            told: int | None = refused.details.get("row")
            if told is None and len(path) > 1 and path[1].isdigit():
                told = row_of_part(self.layout, source.rows, path[0], int(path[1]))
            row = told or 0
            names = [part for part in path if not part.isdigit()]
            if refused.param is not None and refused.param not in self.layout.names:
                column = column_of(self.layout, names) or _COLUMNS.get(names[0], refused.param)
        line = source.lines[row] if source.lines else source.line
        return Fault(line, column, refused.code, refused.message, hint_in_a_file(refused.hint), row)


# What the rules call an argument, and a file of rows a column.
_COLUMNS = {
    "unitPriceMoney": "unitPrice",
    "discountMoney": "discount",
    "priceMoney": "price",
    "itemName": "name",
    "lineItems": "itemId",
    "variants": "sku",
    "charges": "chargeAmount",
    "payments": "paymentAmount",
    "refunds": "refundAmount",
}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a CSV file, and why it cannot be taken; one that no cells could be made of has its text in the first."""

    line: int
    cells: list[str]
    broken: str | None = None
    mend: str = ""
    is_unreadable: bool = False


class _Tap:
    """The lines of a text, and those that were read last."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self.last: list[str] = []

    def __iter__(self) -> "_Tap":
        return self

    def __next__(self) -> str:
        line = next(self._text)
        self.last.append(line)
        return line


def _rows(reader: Any, tap: _Tap, header: Header) -> Iterator[_Row]:
    """The rows with the numbers of the lines they begin in; blank lines, and lines of empty cells, are none."""
    width, least = len(header.cells), header.width
    while True:
        line: int = header.lines + reader.line_num + 1
        tap.last.clear()
        try:
            cells: list[str] = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            text = "".join(tap.last).rstrip("\r\n")
            mend = "check the quotes around its cells"
            yield _Row(line, [text], f"The row cannot be read: {error}.", mend, is_unreadable=True)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        while len(cells) > width and not cells[-1].strip():
            cells.pop()
        if least <= len(cells) <= width:
            yield _Row(line, cells)
            continue
        apart = SEPARATORS.get(header.separator, "separators")
        yield _Row(
            line,
            cells,
            f"The row has {len(cells)} cells, and the first line names {least} columns.",
            f"add the {apart} of empty cells, or put cells with {apart} in them into quotes",
        )


def _undecoded(text: str, name: str | None, encoding: str) -> Refused | None:
    """What is wrong with text that has bytes in it which are no letters."""
    damaged = next((letter for letter in text if "\ud800" <= letter <= "\udfff"), None)
    if damaged is None:
        return None
    return wrong(
        f"There is a byte, {ord(damaged) & 0xFF:02X}, that is no letter of {encoding}.",
        "save the file as CSV (UTF-8), or say what it is with --encoding",
        name,
    )
