"""Files of records: read one by one with their line numbers, and the rejected ones kept aside as they were."""

import csv
import io
import json
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import IO, Any, Literal, cast

import click

from flint_domain.kernel.errors import Refused, quoted
from flint_server.imports.cells import Fields, column_of, fields_of, row_of_part
from flint_server.imports.columns import METADATA, OPTION, Layout

Format = Literal["csv", "jsonl"]

SUFFIXES: dict[str, Format] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}
STDIN = "-"
ERROR = "error"  # the column, or field, that says why a record was rejected; ignored when it is read again
RAW = "raw"  # the field that holds a line which is no JSON object


class Unreadable(click.ClickException):
    """A file that cannot be read at all."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Source:
    """A record as it stands in the file: the line it begins in, and its fields or why there are none.

    rows are the cells of a CSV file, lines where each of them begins; text is a line of JSON.
    """

    line: int
    fields: Fields | None = None
    refused: Refused | None = None
    rows: tuple[dict[str, str], ...] = ()
    lines: tuple[int, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    text: str = ""

    @property
    def reference(self) -> str | None:
        name = None if self.fields is None else self.fields.get("reference")
        return name if isinstance(name, str) else None


@dataclass(slots=True)
class Records:
    """An open file of records of one kind. size is its length in bytes, None for a pipe."""

    stream: IO[bytes]
    form: Format
    layout: Layout
    currency: str
    size: int | None = None
    header: list[str] = field(default_factory=list[str])

    @property
    def position(self) -> int:
        """How many bytes have been read, about."""
        return 0 if self.size is None else self.stream.tell()

    def __iter__(self) -> Generator[Source]:
        # What is not UTF-8 is kept as it is, for the rejected; no field takes it.
        text = io.TextIOWrapper(self.stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        try:
            yield from self._csv(text) if self.form == "csv" else _jsonl(text)
        finally:
            text.detach()  # the stream is its owner's to close

    def _csv(self, text: IO[str]) -> Iterator[Source]:
        tap = _Tap(text)
        reader = csv.reader(tap, strict=True)
        try:
            self.header = [name.strip() for name in next(reader, list[str]())]
        except csv.Error as error:
            raise Unreadable(f"The first line cannot be read: {error}.") from None
        _check_header(self.header, self.layout)
        present = self.layout.within(self.header)
        at, group, unsure = self.header.index("reference"), list[_Row](), False
        called: str | None = None
        for row in _rows(reader, tap, len(self.header)):
            name = None if row.is_unreadable or len(row.cells) <= at else row.cells[at]
            if group and name is not None and name != called:
                yield self._grouped(present, group, unsure=unsure)
                unsure = group[-1].is_unreadable
                group = []
            called = called if name is None else name
            group.append(row)
        if group:
            yield self._grouped(present, group, unsure=unsure)

    def _grouped(self, present: Layout, group: Sequence["_Row"], *, unsure: bool) -> Source:
        """The record of rows with one reference. None of it is taken when one of its rows is broken, or when the row
        before may be one of them: half a record would pass for a whole one."""
        rows = tuple(
            {
                name: cell.strip().replace("\r\n", "\n")
                for name, cell in zip(self.header, row.cells, strict=False)
                if name != ERROR
            }
            for row in group
        )
        broken = next((row for row in group if row.refused is not None), None)
        fields, refused = None, None if broken is None else broken.refused
        if refused is None and unsure:
            refused = _wrong("The row before cannot be read, and may belong to this record.", "mend that row, too")
        if refused is None:
            try:
                fields = fields_of(present, rows, self.currency)
            except Refused as wrong:
                refused = wrong
        return Source(
            line=group[0].line,
            fields=fields,
            refused=refused,
            rows=rows,
            lines=tuple(row.line for row in group),
            cells=tuple(tuple(row.cells) for row in group),
        )

    def place_of(self, source: Source, refused: Refused) -> tuple[int, str | None]:
        """The line and the column, or field, that a refusal is about."""
        if not source.rows or "line" in refused.details:
            return refused.details.get("line", source.line), refused.param
        row: int | None = refused.details.get("row")
        path = (refused.param or "").split(".")
        if row is None and len(path) > 1 and path[1].isdigit():
            row = row_of_part(self.layout, source.rows, path[0], int(path[1]))
        names = [part for part in path if not part.isdigit()]
        return source.lines[row or 0], column_of(self.layout, names) or _COLUMNS.get(names[0], refused.param)


# What the rules call an argument, and a file of rows a column.
_COLUMNS = {"unitPriceMoney": "unitPrice", "discountMoney": "discount", "lineItems": "itemId", "variants": "sku"}


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a CSV file, and why it cannot be taken; one that no cells could be made of has its text in the first."""

    line: int
    cells: list[str]
    refused: Refused | None = None
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


def _rows(reader: Any, tap: _Tap, width: int) -> Iterator[_Row]:
    """The rows with the numbers of the lines they begin in; blank lines are none."""
    while True:
        line: int = reader.line_num + 1
        tap.last.clear()
        try:
            cells: list[str] = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refused = _wrong(f"The row cannot be read: {error}.", "check the quotes around its cells")
            refused.details["line"] = line
            yield _Row(line, ["".join(tap.last).rstrip("\r\n")], refused, is_unreadable=True)
            continue
        if not any(cells):
            continue
        if len(cells) == width:
            yield _Row(line, cells)
            continue
        refused = _wrong(
            f"The row has {len(cells)} cells, and the first line names {width} columns.",
            "add the commas of empty cells, or put cells with commas into quotes",
        )
        refused.details["line"] = line
        yield _Row(line, cells, refused)


def _check_header(header: Sequence[str], layout: Layout) -> None:
    """Refuse a file whose columns nobody knows: every row of it would mean something else than it says."""
    if "reference" not in header:
        raise Unreadable('The first line names no column "reference": a file begins with the names of its columns.')
    known = [*layout.names, ERROR]
    for place, name in enumerate(header):
        is_open = (layout.metadata and name.startswith(METADATA) and name != METADATA) or (
            any(part.options for part in layout.parts) and name.startswith(OPTION) and name != OPTION
        )
        if name not in known and not is_open:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}?" if near else f"The columns are {', '.join(layout.names)}."
            raise Unreadable(f"There is no column {quoted(name, 40)}.\n{hint}")
        if name in header[:place]:
            raise Unreadable(f"The column {quoted(name, 40)} is there twice.")


def _jsonl(text: IO[str]) -> Iterator[Source]:
    for line, content in enumerate(text, start=1):
        if not content.strip():
            continue
        fields = _object(content)
        if fields is None:
            refused = _wrong("The line is no JSON object.", "write one object in each line")
            yield Source(line=line, refused=refused, text=content)
        else:
            fields.pop(ERROR, None)
            yield Source(line=line, fields=fields, text=content)


def _object(text: str) -> Fields | None:
    """The JSON object that the text is, if it is one."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("Fields", value) if isinstance(value, dict) else None


def _wrong(message: str, hint: str) -> Refused:
    return Refused("invalid_argument", message, hint=hint)


class Rejects:
    """The rejected records, as they were and with what is wrong; the file is made when there is one."""

    def __init__(self, path: Path, records: Records) -> None:
        self.path = path
        self._records = records
        self._file: IO[str] | None = None

    def keep(self, source: Source, why: str) -> None:
        file = self._opened()
        if self._records.form == "csv":
            self._keep_rows(csv.writer(file, lineterminator="\n"), source, why)
        else:
            given = _object(source.text) or {RAW: source.text.rstrip("\r\n")}
            file.write(json.dumps({**given, ERROR: why}, ensure_ascii=False) + "\n")

    def flush(self) -> None:
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _keep_rows(self, writer: Any, source: Source, why: str) -> None:
        """The rows with one cell more, or with the cell of the last time written anew."""
        header = self._records.header
        at = header.index(ERROR) if ERROR in header else len(header)
        for place, cells in enumerate(source.cells or ((),)):
            padded = [*cells, *[""] * (at - len(cells))]
            writer.writerow([*padded[:at], why if place == 0 else "", *padded[at + 1 :]])

    def _opened(self) -> IO[str]:
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", errors="surrogateescape", newline="")
            if self._records.form == "csv":
                header = self._records.header
                names = header if ERROR in header else [*header, ERROR]
                csv.writer(self._file, lineterminator="\n").writerow(names)
        return self._file


def rejects_path(source: str, form: Format) -> Path:
    """Where the rejected go: beside the file, and over nobody's work."""
    path = Path("import") if source == STDIN else Path(source)
    wanted = path.with_name(f"{path.stem}.rejects.{form}")
    number = 2
    while wanted.exists():
        wanted = path.with_name(f"{path.stem}.rejects-{number}.{form}")
        number += 1
    return wanted
