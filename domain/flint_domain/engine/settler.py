"""Settling an answer in one transaction, and closing the records of the commands that it ends."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from flint_domain.engine import idempotency
from flint_domain.engine.tax_quotes import with_quotes
from flint_domain.order.payments.model import Asked, Outcome
from flint_domain.order.tax.quoting import Quotes
from flint_domain.settling import settle
from flint_domain.unit_of_work.ports import ReadTransaction, Store, TaxService, Transaction
from flint_domain.unit_of_work.work import Work


@dataclass(slots=True)
class Run:
    """A command's transfers and errands on their way: which are still to be answered, and how to show its result at
    the end."""

    merchant_id: str
    show: Callable[[ReadTransaction], dict[str, Any]] | None = None  # None in recovery: nobody waits for an answer
    open: set[str] = field(default_factory=set[str])
    answer: dict[str, Any] | None = None


class Settles(Protocol):
    """Who writes answers down: the settler, or what stands before it and looks on."""

    def settle(self, run: Run, asked_id: str, outcome: Outcome) -> Awaitable[list[Asked]]:
        """Put an outcome on its transfer or errand and on what it is about; returns what this plans.

        Raises Refused when the store cannot take it.
        """
        ...


class Settler:
    """Settles over a store, for the processor of this name."""

    def __init__(self, store: Store, processor: str, taxes: TaxService | None) -> None:
        self._store = store
        self._processor = processor
        self._taxes = taxes

    async def settle(self, run: Run, asked_id: str, outcome: Outcome) -> list[Asked]:
        def write(quotes: Quotes | None) -> Awaitable[tuple[list[Asked], dict[str, Any] | None]]:
            return self._store.write(run.merchant_id, lambda tx: self._settled(tx, run, asked_id, outcome, quotes))

        planned, run.answer = await with_quotes(self._taxes, write)
        run.open = (run.open | {asked.asked_id for asked in planned}) - {asked_id}
        return planned

    def _settled(
        self, tx: Transaction, run: Run, asked_id: str, outcome: Outcome, quotes: Quotes | None
    ) -> tuple[list[Asked], dict[str, Any] | None]:
        """One transaction: settle, and close the key's record when nothing of the command is open any more."""
        work = Work(tx, actor="system", processor=self._processor, quotes=quotes)
        settle(work, asked_id, outcome)
        last = not work.planned and run.open <= {asked_id}
        answer = run.show(tx) if last and run.show is not None else None
        for claim in sorted(work.ended):
            idempotency.close(tx, claim, answer if claim == work.idempotency_key else None)
        return work.planned, answer
