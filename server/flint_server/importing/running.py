"""An import under way: records in, commands out, and what became of each."""

import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from flint_domain.engine.engine import Engine
from flint_domain.engine.flint import Call
from flint_domain.importing.commands import MOST_TOGETHER, ImportCustomers, ImportItems, ImportOrders
from flint_domain.importing.queries import ExportCustomers, ExportItems, ExportOrders
from flint_domain.importing.rows import RowState
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.references import differing, folded, named
from flint_domain.kernel.wire import Json
from flint_server.importing.columns import KindName
from flint_server.importing.faults import EndedEarly, Fault, Notice, wrong
from flint_server.importing.files import Records, Source
from flint_server.importing.rejects import Rejects
from flint_server.importing.shapes import SHAPES, Record, parsed
from flint_server.importing.wording import MISSING, refusals_of_cells, refusals_of_fields
from flint_tools.text_fields import with_cards_masked

logger = logging.getLogger(__name__)

OPERATOR = "operator"  # who did it, beside agents and the processor
CALL = Call(actor=OPERATOR)
MOST_FAILING = 16  # records that Flint itself fails on, one after the other: then it is not the records

T = TypeVar("T")

COMMANDS: dict[KindName, Callable[..., Any]] = {
    "customers": ImportCustomers,
    "items": ImportItems,
    "orders": ImportOrders,
}
QUERIES: dict[KindName, Callable[..., Any]] = {
    "customers": ExportCustomers,
    "items": ExportItems,
    "orders": ExportOrders,
}


@dataclass(slots=True)
class Tally:
    """What became of the records so far. What is counted as made or changed is on the disk."""

    states: dict[RowState, int] = field(
        default_factory=lambda: {"made": 0, "changed": 0, "unchanged": 0, "rejected": 0}
    )

    @property
    def read(self) -> int:
        return sum(self.states.values())


class Import:
    """Takes the records of a file into Flint, a command for each chunk of them.

    Each chunk is one transaction. Whatever is wrong with a record is that record's, a fault of Flint's own on it, too.
    log says where such a fault is written.
    """

    def __init__(self, flint: Engine, records: Records, rejects: Rejects | None, currency: str, log: str) -> None:
        self._flint = flint
        self._records = records
        self._rejects = rejects
        self._currency = currency
        self._log = log
        self._taken: dict[tuple[str, str], tuple[str, int]] = {}  # of names as compared: the spelling, and the line
        self._failing = 0
        self._masked: dict[int, list[Notice]] = {}  # of the chunk under way, by the lines of its records
        self.tally = Tally()

    async def run(self, told: Callable[[Sequence[Fault | Notice]], None]) -> None:
        """Import all; after each chunk told hears of all that was wrong in it, and can look at the tally.

        Raises Refused when the store takes nothing any more, and EndedEarly when Flint fails on every record.
        """
        with closing(self._records.read(self._currency)) as sources:
            for chunk in _chunks(sources, MOST_TOGETHER):
                told(await self._take(chunk))
                if self._rejects is not None:
                    self._rejects.flush()

    async def _take(self, chunk: Sequence[Source]) -> list[Fault | Notice]:
        good: list[tuple[Source, Record]] = []
        faults: dict[int, list[Fault]] = {}
        self._masked.clear()
        for place, source in enumerate(chunk):
            read = self._read(source)
            if isinstance(read, list):
                faults[place] = read
            else:
                good.append((source, read))
        done = iter(await self._imported(good))
        for place in range(len(chunk)):
            if place not in faults and (found := next(done)):
                faults[place] = found
        self.tally.states["rejected"] += len(faults)
        for place, found in sorted(faults.items()):
            if self._rejects is not None:
                self._rejects.keep(chunk[place], found)
        rejected = {chunk[place].line for place in faults}
        notices = [self._masked.get(source.line, ()) for source in chunk if source.line not in rejected]
        told: list[Fault | Notice] = [each for some in (*faults.values(), *notices) for each in some]
        return sorted(told, key=lambda each: each.line)

    async def _imported(self, good: Sequence[tuple[Source, Record]]) -> list[list[Fault]]:
        """What is wrong with each of the records; those that nothing is wrong with are in.

        A fault of Flint's own undoes the whole chunk: each record of it is then imported alone, and the fault is that
        of the one which it happens on.
        """
        if not good:
            return []
        try:
            command = COMMANDS[self._records.kind](records=tuple(record for _, record in good))
            answer = await self._flint.execute(command, CALL)
        except Refused:
            raise  # the store's: no record can be blamed
        except Exception as error:
            if len(good) > 1:
                return [found for each in good for found in await self._imported([each])]
            return [[self._failed_on(good[0][0], error)]]
        self._failing = 0
        return [self._outcome(source, row) for (source, _), row in zip(good, answer["rows"], strict=True)]

    def _outcome(self, source: Source, row: dict[str, Any]) -> list[Fault]:
        if row["state"] != "rejected":
            self.tally.states[row["state"]] += 1
        return [
            self._records.fault(source, Refused(told["code"], told["message"], hint=told["hint"], param=told["param"]))
            for told in row["faults"]
        ]

    def _read(self, source: Source) -> Record | list[Fault]:
        """The record, or everything that is wrong with it."""
        try:
            refusals = [*source.refusals, *self._repeated(source)]
            read = None if source.fields is None else parsed(self._records.kind, self._without_cards(source))
            if isinstance(read, list):
                words = refusals_of_fields if self._records.header is None else refusals_of_cells
                refusals += words(self._records.kind, read)
            if read is not None and not isinstance(read, list) and not refusals:
                return read
            faults = [
                fault
                for refused in refusals
                for fault in [self._records.fault(source, refused)]
                if not (MISSING in refused.details and source.rows[fault.row].get(fault.column or ""))
            ]
        except Exception as error:
            return [self._failed_on(source, error)]
        # A cell that cannot be read makes its field a missing one, too: the first fault of a place says why.
        first: dict[tuple[int, str | None], Fault] = {}
        for fault in faults:
            first.setdefault((fault.line, fault.column) if source.rows else (fault.line, str(len(first))), fault)
        return sorted(first.values(), key=lambda fault: fault.line)

    def _without_cards(self, source: Source) -> dict[str, Any]:
        """The record's fields with card numbers cut short: history comes in without them."""
        fields, paths = with_cards_masked(SHAPES[self._records.kind], source.fields or {})
        if paths:
            places = [self._records.fault(source, wrong("", "", path)) for path in paths]
            self._masked[source.line] = [
                Notice(place.line, place.column, "A card number is kept as its last four digits.") for place in places
            ]
        return fields

    def _failed_on(self, source: Source, error: Exception) -> Fault:
        """A fault of Flint's own, which the log tells."""
        number = f"fault_{secrets.token_hex(6)}"
        logger.error("%s: the record in line %d was not imported", number, source.line, exc_info=error)
        self._failing += 1
        if self._failing >= MOST_FAILING:
            raise EndedEarly(
                f"Flint itself failed on {MOST_FAILING} records one after the other, the last time in line "
                f"{source.line:,} ({number} in {self._log}).\nReport it with the log."
            ) from None
        refused = Refused(
            "internal_error",
            f"Flint itself failed on this record; {self._log} has it as {number}.",
            hint="report it with the log; nothing of this record was written",
        )
        return self._records.fault(source, refused)

    def _repeated(self, source: Source) -> Iterator[Refused]:
        """What no other record of the file may have: the store compares names without case, and so does this."""
        for param, name in _names(source):
            spelled, line = self._taken.setdefault((param, folded(name)), (name, source.line))
            if line == source.line:
                continue
            message = f"The same {param} stands in line {line} already."
            hint = "put all rows of one record together, or correct the reference"
            if differing(spelled, name):
                message = f"The {param} {named(name)} stands in line {line} as {named(spelled)}: only the case differs."
                hint = "where both are one record, spell it alike and put its rows together; otherwise correct one"
            refused = wrong(message, hint, param)
            refused.code = "reference_taken"
            yield refused


def _names(source: Source) -> Iterator[tuple[str, str]]:
    if source.reference is not None:
        yield "reference", source.reference
    for sku in _texts((source.fields or {}).get("variants"), "sku"):
        yield "sku", sku


def _texts(parts: Json, name: str) -> Iterator[str]:
    """The texts of this name in the parts of a record that nobody has checked yet."""
    for part in parts if isinstance(parts, list) else []:
        value = part.get(name) if isinstance(part, dict) else None
        if isinstance(value, str) and value:
            yield value


def _chunks(values: Iterator[T], size: int) -> Iterator[list[T]]:
    while chunk := list(islice(values, size)):
        yield chunk
