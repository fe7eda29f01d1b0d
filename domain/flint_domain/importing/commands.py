"""Import customers, items and past orders: many records in one transaction, each of them all or nothing.

A record is judged as a whole before anything of it is written, so that a bad one needs no rollback and costs the others
nothing. Sent again, a record changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from typing import Any, ClassVar, TypeVar

from flint_domain.importing.customers import imported_customer
from flint_domain.importing.items import imported_item
from flint_domain.importing.model import CustomerRecord, ItemRecord, OrderRecord, Rejected
from flint_domain.importing.orders import imported_order, known_in
from flint_domain.importing.rows import RowFault, RowOutcome
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused
from flint_domain.unit_of_work.command import Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work

MOST_TOGETHER = 64  # records of one command: few enough that callers beside an import wait for milliseconds

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRef(Ref):
    """What became of each record."""

    rows: tuple[RowOutcome, ...]


class _ShowsRows:
    """A command whose answer is what became of each of its records."""

    __slots__ = ()
    ref: ClassVar[type[Ref]] = RowsRef

    @staticmethod
    def show(tx: ReadTransaction, ref: RowsRef, caller: Caller) -> dict[str, Any]:
        return {"rows": [asdict(row) for row in ref.rows]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCustomers(_ShowsRows):
    """Make customers, or bring those of the same reference up to date."""

    name: ClassVar[str] = "import_customers"
    records: tuple[CustomerRecord, ...]

    def change(self, work: Work) -> RowsRef:
        return _each(self.records, lambda record: imported_customer(work, record))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportItems(_ShowsRows):
    """Make items, or bring those of the same reference up to date; stock that was counted once stays as it is."""

    name: ClassVar[str] = "import_items"
    records: tuple[ItemRecord, ...]

    def change(self, work: Work) -> RowsRef:
        return _each(self.records, lambda record: imported_item(work, record))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrders(_ShowsRows):
    """Add orders of the past. They are history: one that is there already is never changed, and no stock moves."""

    name: ClassVar[str] = "import_orders"
    records: tuple[OrderRecord, ...]

    def change(self, work: Work) -> RowsRef:
        known = cache(partial(known_in, work.tx))
        return _each(self.records, lambda record: imported_order(work, record, known))


def _each(records: Sequence[Record], one: Callable[[Record], RowOutcome]) -> RowsRef:
    return RowsRef(rows=tuple(_outcome(record, one) for record in records))


def _outcome(record: Record, one: Callable[[Record], RowOutcome]) -> RowOutcome:
    try:
        return one(record)
    except Refused as refused:
        return _rejected((refused,))
    except Rejected as rejected:
        return _rejected(rejected.refusals)


def _rejected(refusals: Sequence[Refused]) -> RowOutcome:
    return RowOutcome(
        state="rejected",
        faults=tuple(
            RowFault(code=refused.code, message=refused.message, hint=refused.hint, param=refused.param)
            for refused in refusals
        ),
    )
