"""Events that a processor tells: every one once, claimed by its state, and ended by compare-and-set."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    or_,
    select,
    text,
    update,
)

from flint_domain.order.payments.model import Asked
from flint_server.db.codecs import Codec, from_micros, micros
from flint_server.db.constructs import OnConflict, excluded
from flint_server.db.metadata import Sequence as RowNumber
from flint_server.db.metadata import metadata, of_merchant, partial_index
from flint_server.db.records.transfers import asked_of, payment_of_reference, payment_of_transfer
from flint_server.db.rows import Body
from flint_server.db.session import Session
from flint_server.db.statement import ZERO, Statement, added, this, word
from flint_server.processors.stripe.events import StripeEvent

KEPT = timedelta(days=30)  # Stripe repeats an event for three days, and sends it again by hand for thirty

# Partial indexes are used only by queries that repeat their condition word for word.
IS_WAITING = text("state = 'waiting'")

# Events are added in the order of time, so that old ones are found at the front without an index. A payment is settled
# by whichever of its events comes first; the others find nothing left to do.
stripe_events = Table(
    "stripe_events",
    metadata,
    Column("seq", RowNumber, primary_key=True),
    Column("id", Text, nullable=False),
    of_merchant(),
    Column("type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("due_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("merchant_id", "id"),
)
partial_index("ix_stripe_events_due", stripe_events.c.due_at, stripe_events.c.seq, where=IS_WAITING)

EventState = Literal["waiting", "settled", "ignored", "left"]
"""left: nobody could tell what became of it in time, and a person has to look."""


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """An event that is ours to settle until the lease ends. tries counts the times that it could not be settled."""

    merchant_id: str
    event: StripeEvent
    leased_until: datetime
    tries: int
    received_at: datetime


ROW = Body(stripe_events, Codec(StripeEvent), StripeEvent, id="event_id")

# An event that comes again is the same event. One that was settled stays so; one that nothing could be made of is
# looked at once more, since somebody may have mended what was wrong and had Stripe send it again.
KEEP = Statement(
    added(stripe_events).ext(
        OnConflict(
            *("merchant_id", "id"),
            set_={name: excluded(name) for name in ("state", "reason", "due_at", "tries", "received_at")},
            where=or_(stripe_events.c.state == word("ignored"), stripe_events.c.state == word("left")),
        )
    )
)
# The worker's view, across merchants.
DUE = Statement(
    select(stripe_events.c.merchant_id, stripe_events.c.id)
    .where(IS_WAITING, stripe_events.c.due_at <= bindparam("now"))
    .order_by(stripe_events.c.due_at, stripe_events.c.seq)
    .limit(bindparam("limit"))
    .offset(ZERO)
)
LEASE = Statement(
    update(stripe_events)
    .where(this(stripe_events), IS_WAITING, stripe_events.c.due_at <= bindparam("now"))
    .values(due_at=bindparam("until"))
    .returning(*ROW.columns, stripe_events.c.tries, stripe_events.c.received_at)
)
SAVE = Statement(
    update(stripe_events)
    .where(this(stripe_events), IS_WAITING, stripe_events.c.due_at == bindparam("was_due_at"))
    .values({name: bindparam(name) for name in ("state", "reason", "due_at", "tries")})
)
_oldest = select(stripe_events.c.seq).order_by(stripe_events.c.seq).limit(bindparam("limit")).offset(ZERO)
FORGET = Statement(
    delete(stripe_events).where(
        stripe_events.c.seq.in_(_oldest),
        stripe_events.c.received_at <= bindparam("expired"),
        stripe_events.c.state != word("waiting"),
    )
)


def keep(tx: Session, event: StripeEvent) -> bool:
    """Keep an event; False when it is there already and done or waiting."""
    now = micros(tx.now)
    new = {"state": "waiting", "reason": None, "due_at": now, "tries": 0, "received_at": now}
    return tx.run(KEEP, **ROW.of(event), **new) == 1


def due_events(tx: Session, limit: int) -> list[tuple[str, str]]:
    """The merchants and ids of events that are due, the longest due first."""
    return tx.all(DUE, now=micros(tx.now), limit=limit)


def lease(tx: Session, event_ids: Sequence[str], wait: timedelta) -> list[HeldEvent]:
    """Take those of the events that are still due. Of several workers, one gets each."""
    until = from_micros(micros(tx.now + wait))
    held: list[HeldEvent] = []
    for event_id in event_ids:
        row: tuple[Any, ...] | None = tx.written(LEASE, id=event_id, now=micros(tx.now), until=micros(until))
        if row is not None:
            *body, tries, received_at = row
            held.append(HeldEvent(tx.merchant_id, ROW.load(tuple(body)), until, tries, from_micros(received_at)))
    return held


def save_event(
    tx: Session, held: HeldEvent, state: EventState, reason: str | None, *, due_at: datetime, tries: int
) -> bool:
    """Write what became of a held event; False when the lease had run out and somebody else has it."""
    return (
        tx.run(
            SAVE,
            id=held.event.event_id,
            was_due_at=micros(held.leased_until),
            state=state,
            reason=reason,
            due_at=micros(due_at),
            tries=tries,
        )
        == 1
    )


def asked_of_event(tx: Session, event: StripeEvent) -> list[Asked]:
    """Every transfer of the payment, or errand for the method, that an event is about, oldest first; none when it is
    not Flint's."""
    payments = {event.payment_id, *(payment_of_transfer(tx, transfer_id) for transfer_id in event.transfer_ids)}
    references = filter(None, (event.object_id, event.payment_reference))
    payments |= {payment_of_reference(tx, reference) for reference in references}
    return [asked for payment_id in sorted(payments - {None}, key=str) for asked in asked_of(tx, str(payment_id))]


def forget_events(tx: Session, limit: int) -> int:
    """Delete events of every merchant that are done and older than KEPT, so many at most; how many there were."""
    return tx.run(FORGET, expired=micros(tx.now - KEPT), limit=limit)
