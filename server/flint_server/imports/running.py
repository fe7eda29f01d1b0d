"""An import under way: records in, commands out, and what became of each."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal, TypeVar

from flint_domain.flint import Call, Flint
from flint_domain.importing.commands import MOST_TOGETHER, ImportCustomers, ImportItems, ImportOrders
from flint_domain.importing.model import RowState
from flint_domain.importing.queries import ExportCustomers, ExportItems, ExportOrders
from flint_domain.kernel.errors import Refused
from flint_domain.wire import Json
from flint_server.imports.columns import CUSTOMERS, ITEMS, ORDERS, Layout
from flint_server.imports.files import Records, Rejects, Source
from flint_server.imports.shapes import CustomerShape, ItemShape, OrderShape, Shape, parsed

KindName = Literal["customers", "items", "orders"]

OPERATOR = "operator"  # who did it, beside agents and the processor

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of record is read as, imported by and exported by."""

    layout: Layout
    shape: Shape
    command: Callable[..., Any]
    query: Callable[..., Any]


KINDS: dict[KindName, Kind] = {
    "customers": Kind(CUSTOMERS, CustomerShape, ImportCustomers, ExportCustomers),
    "items": Kind(ITEMS, ItemShape, ImportItems, ExportItems),
    "orders": Kind(ORDERS, OrderShape, ImportOrders, ExportOrders),
}


@dataclass(slots=True)
class Tally:
    """What became of the records so far."""

    read: int = 0
    states: dict[RowState, int] = field(
        default_factory=lambda: {"made": 0, "changed": 0, "unchanged": 0, "rejected": 0}
    )


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that did not go in: where it stands, which column is wrong, and why."""

    line: int
    column: str | None
    refused: Refused

    def __str__(self) -> str:
        where = f", {self.column}" if self.column else ""
        return f"line {self.line}{where}: {self.refused.code}: {self.refused.message} ({self.refused.hint})"


class Import:
    """Takes the records of a file into Flint, a command for each chunk of them.

    Each chunk is one transaction: what was counted as made is on the disk. Rows that are wrong stop none of the others.
    """

    def __init__(self, flint: Flint, kind: Kind, records: Records, rejects: Rejects, *, dry_run: bool) -> None:
        self._flint = flint
        self._kind = kind
        self._records = records
        self._rejects = rejects
        self._call = Call(actor=OPERATOR, dry_run=dry_run)
        self._lines: dict[str, int] = {}
        self.tally = Tally()

    async def run(self, told: Callable[[Sequence[Rejected]], None]) -> None:
        """Import all; after each chunk told hears of those that were rejected, and can look at the tally."""
        with closing(iter(self._records)) as sources:
            for chunk in _chunks(sources, MOST_TOGETHER):
                told(await self._take(chunk))
                self._rejects.flush()

    async def _take(self, chunk: Sequence[Source]) -> list[Rejected]:
        good: list[tuple[Source, Any]] = []
        wrong: list[tuple[Source, Refused]] = []
        for source in chunk:
            try:
                good.append((source, self._parsed(source)))
            except Refused as refused:
                wrong.append((source, refused))
        if good:
            command = self._kind.command(records=tuple(record for _, record in good))
            answer = await self._flint.execute(command, self._call)
            for (source, _), row in zip(good, answer["rows"], strict=True):
                if row["state"] == "rejected":
                    wrong.append((source, _refusal(row)))
                else:
                    self.tally.states[row["state"]] += 1
        self.tally.read += len(chunk)
        self.tally.states["rejected"] += len(wrong)
        return [self._reject(source, refused) for source, refused in sorted(wrong, key=lambda each: each[0].line)]

    def _parsed(self, source: Source) -> Any:
        if source.refused is not None or source.fields is None:
            raise source.refused or _refusal({})
        for param, name in self._names(source):
            line = self._lines.setdefault(f"{param} {name}", source.line)
            if line != source.line:
                raise Refused(
                    "reference_taken",
                    f"The same {param} stands in line {line} already.",
                    hint="put all rows of one record together, or correct the reference",
                    param=param,
                )
        return parsed(self._kind.shape, source.fields)

    def _names(self, source: Source) -> Iterator[tuple[str, str]]:
        """What no other record of the file may have. A dry run, which keeps nothing, could not know it otherwise."""
        fields = source.fields or {}
        if source.reference is not None:
            yield "reference", source.reference
        for sku in _texts(fields.get("variants"), "sku"):
            yield "sku", sku

    def _reject(self, source: Source, refused: Refused) -> Rejected:
        line, column = self._records.place_of(source, refused)
        rejected = Rejected(line, column, refused)
        where = f"{column}: " if column else ""
        self._rejects.keep(source, f"{where}{refused.code}: {refused.message} ({refused.hint})")
        return rejected


def _texts(parts: Json, name: str) -> Iterator[str]:
    """The texts of this name in the parts of a record that nobody has checked yet."""
    for part in parts if isinstance(parts, list) else []:
        value = part.get(name) if isinstance(part, dict) else None
        if isinstance(value, str) and value:
            yield value


def _refusal(row: dict[str, Any]) -> Refused:
    return Refused(
        row.get("code") or "internal_error",
        row.get("message") or "The record could not be read.",
        hint=row.get("hint") or "look at it",
        param=row.get("param"),
    )


def _chunks(values: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(islice(values, size)):
        yield chunk
