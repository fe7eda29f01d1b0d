"""The closed list of events that other systems can hear of, and which facts make them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

EventType = Literal[
    "order.updated",
    "order.created",
    "order.settled",
    "order.canceling",
    "order.canceled",
    "order.cancel_failed",
    "order.closed",
    "coupon.applied",
    "coupon.removed",
    "payment.started",
    "payment.requires_action",
    "payment.pending",
    "payment.unknown",
    "payment.authorized",
    "payment.captured",
    "payment.declined",
    "payment.voided",
    "payment.disputed",
    "dispute.updated",
    "transfer.in_doubt",
    "refund.created",
    "refund.pending",
    "refund.unknown",
    "refund.succeeded",
    "refund.failed",
]

EventFilter = Literal[EventType, "*"]
"""What an endpoint asks for; the star is every event, later ones included."""

EVERY_CHANGE: EventType = "order.updated"  # the product page's event: sent once for each version of an order

EVENTS: dict[EventType, str] = {
    "order.updated": "An order was made or changed in any way. One for each version of the order.",
    "order.created": "An order was made.",
    "order.settled": "An order whose total is zero was settled without a payment.",
    "order.canceling": "A cancel was asked for; its money is on the way back.",
    "order.canceled": "An order was canceled.",
    "order.cancel_failed": "A cancel could not give all of the money back; a person should look.",
    "order.closed": "An order was closed.",
    "coupon.applied": "A coupon was put on an order.",
    "coupon.removed": "A coupon was taken off an order.",
    "payment.started": "A payment was asked for; the processor has not answered yet.",
    "payment.requires_action": "The buyer has to approve a payment.",
    "payment.pending": "The processor will confirm a payment later.",
    "payment.unknown": "The processor's answer about a payment is not known yet; Flint asks again.",
    "payment.authorized": "Money was authorized, to be captured later.",
    "payment.captured": "Money was captured.",
    "payment.declined": "A payment was declined.",
    "payment.voided": "An authorized payment, or one that waited for the buyer, was given up.",
    "payment.disputed": "The buyer disputes a payment at their bank; the order has the deadline for an answer.",
    "dispute.updated": "A dispute went on: under review, won or lost.",
    "transfer.in_doubt": "What became of a movement of money cannot be found out; a person has to look.",
    "refund.created": "A refund was asked for.",
    "refund.pending": "A refund is on its way.",
    "refund.unknown": "The processor's answer about a refund is not known yet; Flint asks again.",
    "refund.succeeded": "A refund arrived.",
    "refund.failed": "A refund failed, perhaps after it had succeeded; its money is refundable again.",
}

assert set(EVENTS) == set(get_args(EventType))

_BY_NAME: dict[str, EventType] = {name: name for name in EVENTS}


def chosen(events: Iterable[EventFilter]) -> tuple[EventFilter, ...]:
    """A filter in one spelling: each event once, in the order of the list, or the star alone."""
    wanted = set(events)
    return ("*",) if "*" in wanted else tuple(name for name in EVENTS if name in wanted)


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell. event_id is the same for every endpoint and at every try: consumers know repeats by it."""

    event_id: str
    type: EventType


def event_named(fact_type: str) -> EventType | None:
    """The event of a fact: PAYMENT_CAPTURED is payment.captured. None when it has none of its own."""
    return _BY_NAME.get(fact_type.lower().replace("_", ".", 1))


def events_of(facts: Sequence[tuple[str, str]], change_id: str) -> list[Event]:
    """What one committed change tells: its facts (id and type, in order), then the change as a whole.

    change_id is any new id; order.updated is told under its tail, also of a change without a fact, such as a payment
    that has been asked for.
    """
    told: list[Event] = []
    for fact_id, fact_type in facts:
        event = event_named(fact_type)
        if event is not None and event != EVERY_CHANGE:
            told.append(Event(fact_id, event))
    return [*told, Event(f"upd_{change_id.partition('_')[2]}", EVERY_CHANGE)]
