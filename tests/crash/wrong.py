"""Roads that are wrong on purpose, each in the one way that people get it wrong. The harness has to catch them all."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flint_domain.kernel.facts import Moment
from flint_domain.order.amendments import returning, rules, settling
from flint_domain.order.amendments.model import Amending, Amendment
from flint_domain.order.lifecycle import Standing
from flint_domain.order.model import Change
from flint_domain.order.payments.model import Outcome, Transfer
from flint_domain.order.payments.rules import payment_of
from flint_domain.order.refunds.model import MOVED, RefundPart
from flint_domain.order.refunds.rules import give_back
from flint_domain.unit_of_work.ports import Transaction
from flint_server.db import SqliteStore
from flint_server.processors.simulated.processor import SimulatedProcessor
from tests.crash.points import replace_method

COMMITS_LATER_BY = 0.1  # seconds; a batch of commands is answered, and committed that much later
ASKED_WITHIN = 10.0  # seconds for a processor that is asked inside a transaction


def charges_before_writing() -> None:
    """The processor is asked inside the open transaction: a crash before its commit forgets that money moved.

    The road then asks again under the same key, so that nothing is wrong as long as nobody dies.
    """
    open_, write = SimulatedProcessor.open, SqliteStore.write
    processors: list[SimulatedProcessor] = []

    async def opened(processor: SimulatedProcessor) -> None:
        await open_(processor)
        processors.append(processor)

    async def write_and_ask(store: SqliteStore, merchant_id: str, change: Callable[[Transaction], Any]) -> Any:
        loop = asyncio.get_running_loop()

        def asking(tx: Transaction) -> Any:
            changed = change(tx)
            for transfer in _planned(changed):
                asked = asyncio.run_coroutine_threadsafe(processors[-1].perform(transfer), loop)
                asked.result(ASKED_WITHIN)
            return changed

        return await write(store, merchant_id, asking)

    replace_method(SimulatedProcessor, "open", opened)
    replace_method(SqliteStore, "write", write_and_ask)


def _planned(changed: object) -> list[Transfer]:
    """The transfers among what the road's transactions return."""
    if not isinstance(changed, tuple):
        return []
    lists: list[list[Any]] = [part for part in changed if isinstance(part, list)]
    return [item for items in lists for item in items if isinstance(item, Transfer)]


def asks_without_the_key() -> None:
    """A fresh key for every question: what was asked before the crash is asked as something new after it."""
    perform = SimulatedProcessor.perform

    async def perform_anew(processor: SimulatedProcessor, transfer: Transfer) -> Outcome:
        return await perform(processor, replace(transfer, attempt=secrets.randbits(60)))

    replace_method(SimulatedProcessor, "perform", perform_anew)


def answers_before_the_commit() -> None:
    """The caller has the answer when the change is made, and the commit comes a little later."""
    write = SqliteStore.write
    late: set[asyncio.Task[Any]] = set()

    async def write_late(store: SqliteStore, merchant_id: str, change: Callable[[Transaction], Any]) -> Any:
        loop = asyncio.get_running_loop()
        early: asyncio.Future[Any] = loop.create_future()

        def dawdling(tx: Transaction) -> Any:
            changed = change(tx)
            loop.call_soon_threadsafe(_answer, early, changed)
            time.sleep(COMMITS_LATER_BY)
            return changed

        task = asyncio.create_task(write(store, merchant_id, dawdling))
        late.add(task)
        task.add_done_callback(late.discard)
        await asyncio.wait([early, task], return_when=asyncio.FIRST_COMPLETED)
        return early.result() if early.done() else await task

    replace_method(SqliteStore, "write", write_late)


def _answer(early: "asyncio.Future[Any]", changed: object) -> None:
    if not early.done():
        early.set_result(changed)


def changes_before_the_charge() -> None:
    """An amendment's lines are the order's at once, as if nobody could refuse its money."""
    started = settling.started

    def changed_at_once(change: Change, amendment: Amendment, amending: Amending, moment: Moment) -> Change:
        if amending.to is not None:
            change = replace(change, order=settling.applied(change.order, amending.to))
        return started(change, amendment, replace(amending, to=None), moment)

    for module in (rules, returning):
        replace_method(module, "started", changed_at_once)


def gives_back_first() -> None:
    """A move gives the old money back while the new method is still being asked."""
    move = rules.move_payment

    def moved_at_once(before: Standing, payment_id: str, source: str, moment: Moment) -> Change:
        change = move(before, payment_id, source, moment)
        charge = change.transfers[0]
        part = RefundPart(of=MOVED, net=charge.amount, tax=0)
        back = give_back(change.order, moment, [(payment_of(change.order, payment_id), (part,))])
        order = back.order
        assert order.amending is not None
        amendment = replace(order.amendments[-1], refund_ids=(order.refunds[-1].refund_id,))
        order = replace(
            order,
            amendments=(*order.amendments[:-1], amendment),
            amending=replace(order.amending, moves=None),
        )
        return Change(order, (*change.facts, *back.facts), (*back.transfers, charge))

    replace_method(rules, "move_payment", moved_at_once)


WRONG: dict[str, Callable[[], None]] = {
    "charges before writing": charges_before_writing,
    "asks without the key": asks_without_the_key,
    "answers before the commit": answers_before_the_commit,
    "changes before the charge": changes_before_the_charge,
    "gives back first": gives_back_first,
}
