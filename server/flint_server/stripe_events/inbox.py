"""The inbox: takes the events that Stripe has told, looks at what they are about, and settles it.

An event is stored by the web server and answered at once (see endpoint.py). Here it is leased in one transaction,
Stripe is asked how the transfer stands, and the answer is settled through the same function as a call's. So it does not
matter how often an event comes, or which one first. Several workers may run at once: of those that want an event, the
lease lets one.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio

from flint_domain.engine.engine import Engine
from flint_domain.order.payments.model import UNSETTLED, Asked, Transfer, TransferKind, TransferState
from flint_domain.unit_of_work.ports import Clock, DueWork, Processor
from flint_domain.unit_of_work.work import LEASE
from flint_server.db.inbox import InboxRecords
from flint_server.db.records.processor_events import HeldEvent
from flint_server.db.sqlite.store import SqliteStore
from flint_server.processors.stripe.answers import StripeDispute
from flint_server.processors.stripe.events import StripeEvent, dispute_of_event

logger = logging.getLogger(__name__)

AT_ONCE = 20  # events that a round takes; Stripe allows a test account 25 requests a second
WHILE_ASKED_FOR = timedelta(seconds=2)  # a call settles its own transfer within seconds; its event waits for that
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
GIVE_UP_AFTER = timedelta(days=3)  # as long as Stripe itself repeats an event that nobody takes
FORGET_EVERY = timedelta(hours=1)
FORGET_AT_ONCE = 1_000  # events; the writer serves others between two such steps

ShowDispute = Callable[[str, StripeDispute], Awaitable[bool]]
"""Puts a dispute on the order of its payment; False when the merchant has no such order. May be called again."""


@dataclass(frozen=True, slots=True)
class _Sighting:
    """What looking at an event came to: done for good, for this reason, or to be tried again."""

    done: bool
    reason: str | None = None
    counts: bool = True  # as a try that failed; waiting for a call that is under way does not


_SETTLED = _Sighting(done=True)
_HELD = _Sighting(done=False, reason="the call that it is about is still under way", counts=False)
_UNTOLD = _Sighting(done=False, reason="Stripe could not tell how it stands")
_FAULT = _Sighting(done=False, reason="a fault, which the log tells")
_NOT_OURS = "about a payment that Flint did not make"


def _ignored(reason: str) -> _Sighting:
    return _Sighting(done=True, reason=reason)


class Inbox:
    """The events of one merchant's Stripe account. livemode is the API key's: events of the other mode are not ours."""

    def __init__(
        self,
        records: InboxRecords,
        engine: Engine,
        merchant_id: str,
        clock: Clock,
        *,
        livemode: bool,
        show_dispute: ShowDispute | None = None,
    ) -> None:
        self._records = records
        self._engine = engine
        self._merchant_id = merchant_id
        self._clock = clock
        self._livemode = livemode
        self._show_dispute = show_dispute
        self._forget_at: datetime | None = None

    async def keep(self, event: StripeEvent) -> bool:
        """Keep an event once; False when it was there. Raises Refused("storage_unavailable")."""
        return await self._records.keep(self._merchant_id, event)

    async def settle(self) -> int:
        """One round: take what is due, AT_ONCE at most, and settle it; returns how many events were taken."""
        await self._forget()
        taken = await self._records.claim(AT_ONCE, LEASE)
        async with anyio.create_task_group() as group:
            for events in _by_payment(taken).values():
                group.start_soon(self._settle_in_turn, events)
        return len(taken)

    async def _settle_in_turn(self, events: Sequence[HeldEvent]) -> None:
        """Events about one payment one after another: the first one mostly leaves nothing to the others, and where it
        finds nobody to ask, the others need not try."""
        sighting = _SETTLED
        for held in events:
            if sighting.done:
                sighting = await self._settle_or_log(held)
            if not sighting.done:
                await self._again_or_log(held, sighting)

    async def _settle_or_log(self, held: HeldEvent) -> _Sighting:
        try:
            return await self._settle(held)
        except Exception:
            logger.exception("event %s (%s): could not be settled", held.event.event_id, held.event.type)
            return _FAULT

    async def _again_or_log(self, held: HeldEvent, sighting: _Sighting) -> None:
        try:
            await self._again(held, sighting)
        except Exception:
            logger.exception("event %s: left to its lease, which ends by itself", held.event.event_id)

    async def _settle(self, held: HeldEvent) -> _Sighting:
        """Settle what an event is about, and be done with it if that can be."""
        event = held.event
        sighting = self._not_ours(event) or await self._see(held)
        if not sighting.done:
            return sighting
        state = "settled" if sighting.reason is None else "ignored"
        await self._records.end(held, state, sighting.reason)
        logger.info("event %s (%s): %s", event.event_id, event.type, sighting.reason or state)
        return sighting

    async def _see(self, held: HeldEvent) -> _Sighting:
        event = held.event
        dispute = dispute_of_event(event)
        if dispute is not None:
            return await self._see_dispute(held.merchant_id, dispute)
        asked_for = await self._records.asked_of(held.merchant_id, event)
        return _not_to_be_settled(event, asked_for) or await self._look(
            [asked for asked in asked_for if may_have_moved(asked, event)]
        )

    def _not_ours(self, event: StripeEvent) -> _Sighting | None:
        if event.livemode is not self._livemode:
            theirs, ours = ("live", "test") if event.livemode else ("test", "live")
            logger.warning("event %s is of %s mode, and Flint's key of %s mode: ignored", event.event_id, theirs, ours)
            return _ignored(f"of {theirs} mode, while the key is of {ours} mode")
        return None if event.is_of_a_transfer else _ignored("no transfer depends on such events")

    async def _see_dispute(self, merchant_id: str, dispute: StripeDispute) -> _Sighting:
        shown = self._show_dispute is not None and await self._show_dispute(merchant_id, dispute)
        return _SETTLED if shown else _ignored(_NOT_OURS)

    async def _look(self, asked_for: Sequence[Asked]) -> _Sighting:
        """Look at each transfer or errand; the worst that was seen counts."""
        seen = {await self._engine.look_up(DueWork(asked.merchant_id, asked.asked_id)) for asked in asked_for}
        if "unknown" in seen:
            return _UNTOLD
        return _HELD if "held" in seen else _SETTLED

    async def _again(self, held: HeldEvent, sighting: _Sighting) -> None:
        """Give an event back for later, or, when it has been tried for days, leave it to a person."""
        reason = sighting.reason or ""
        if not sighting.counts:
            await self._records.put_off(held, WHILE_ASKED_FOR, reason, tries=held.tries)
            return
        if self._clock.now() - held.received_at >= GIVE_UP_AFTER:
            await self._records.end(held, "left", reason)
            logger.error(
                "event %s (%s): given up after %d tries in %s: %s. Look its payment %s up in the Stripe Dashboard, "
                "and send the event again from there.",
                held.event.event_id,
                held.event.type,
                held.tries + 1,
                GIVE_UP_AFTER,
                reason,
                held.event.payment_reference or held.event.object_id,
            )
            return
        wait = min(FIRST_WAIT * 2 ** min(held.tries, 20), LONGEST_WAIT)
        await self._records.put_off(held, wait, reason, tries=held.tries + 1)
        logger.warning("event %s (%s): %s; again in %s", held.event.event_id, held.event.type, reason, wait)

    async def _forget(self) -> None:
        """Now and then, delete what is too old to come again."""
        now = self._clock.now()
        if self._forget_at is not None and now < self._forget_at:
            return
        self._forget_at = now + FORGET_EVERY
        while forgotten := await self._records.forget(FORGET_AT_ONCE):
            logger.info("%d old events forgotten", forgotten)


def may_have_moved(asked: Asked, event: StripeEvent) -> bool:
    """Whether an event can tell something new about a transfer of its payment, or an errand for its method: about one
    without a final answer, and about the very refund that it names, which may fail after it had succeeded."""
    if asked.state in UNSETTLED:
        return True
    return asked.state is TransferState.SUCCEEDED and event.is_of_a_refund and _names(event, asked)


def _names(event: StripeEvent, asked: Asked) -> bool:
    return asked.kind == TransferKind.REFUND and (
        asked.asked_id in event.transfer_ids or asked.reference == event.object_id
    )


def _not_to_be_settled(event: StripeEvent, asked_for: Sequence[Asked]) -> _Sighting | None:
    """Why nothing of Flint's can follow from an event; None when something may."""
    if not asked_for:
        return _ignored(_NOT_OURS)
    if not event.is_of_a_refund or any(_names(event, asked) for asked in asked_for):
        return None
    if any(asked.kind == TransferKind.REFUND and asked.state in UNSETTLED for asked in asked_for):
        return None  # one that has no reference yet may be meant
    logger.warning(
        "event %s (%s): %s of %s was refunded outside Flint, and the order does not show it",
        event.event_id,
        event.type,
        event.payment_reference,
        next((asked.order_id for asked in asked_for if isinstance(asked, Transfer)), None),
    )
    return _ignored("about a refund that Flint did not make")


def _by_payment(taken: Sequence[HeldEvent]) -> dict[str, list[HeldEvent]]:
    grouped: dict[str, list[HeldEvent]] = {}
    for held in taken:
        event = held.event
        grouped.setdefault(event.payment_reference or event.object_id or event.event_id, []).append(held)
    return grouped


def inbox_for(processor: Processor, store: SqliteStore, flint: Engine, clock: Clock) -> Inbox | None:
    """The inbox beside this processor; None for one that sends no events."""
    from flint_server.processors.stripe.processor import StripeProcessor
    from flint_server.stripe_events.disputes import Disputes

    if not isinstance(processor, StripeProcessor):
        return None
    records = InboxRecords(store)
    disputes = Disputes(store, records, processor)
    livemode = processor.livemode
    return Inbox(records, flint, flint.merchant_id, clock, livemode=livemode, show_dispute=disputes.show)
