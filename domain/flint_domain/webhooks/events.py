"""The closed list of events that other systems can hear of, and which facts make them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from flint_domain.kernel.subjects import ORDER

EventType = Literal[
    "order.updated",
    "order.created",
    "order.settled",
    "order.canceling",
    "order.canceled",
    "order.cancel_failed",
    "order.closed",
    "order.redacted",
    "order.imported",
    "order.fulfilled",
    "order.delivered",
    "order.amendment_started",
    "order.amendment_dropped",
    "order.amended",
    "order.returned",
    "order.exchanged",
    "fulfillment.updated",
    "fulfillment.canceled",
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
    "payment.moved",
    "payment.disputed",
    "dispute.updated",
    "transfer.in_doubt",
    "stock.released",
    "refund.created",
    "refund.pending",
    "refund.unknown",
    "refund.succeeded",
    "refund.failed",
    "tax.reported",
    "tax.reversed",
    "tax.report_refused",
]

EventFilter = Literal[EventType, "*"]
"""What an endpoint asks for; the star is every event, later ones included."""

EVERY_CHANGE: EventType = "order.updated"  # the product page's event: sent once for each version of an order
OF_EVERY_CHANGE: Mapping[str, EventType] = {ORDER: EVERY_CHANGE}  # by the kind of the subject; others may have none
HISTORY: EventType = "order.imported"  # thousands at a time, and of things long past

EVENTS: dict[EventType, str] = {
    "order.updated": "An order was made or changed in any way. One for each version of the order.",
    "order.created": "An order was made.",
    "order.settled": "An order whose total is zero was settled without a payment.",
    "order.canceling": "A cancel was asked for; its money is on the way back.",
    "order.canceled": "An order was canceled.",
    "order.cancel_failed": "A cancel could not give all of the money back; a person should look.",
    "order.closed": "An order was closed.",
    "order.redacted": "The buyer's personal data was erased from an order.",
    "order.imported": "An order of the past was imported. Only for endpoints that name it; nothing else tells of it.",
    "order.fulfilled": "Units of an order were handed over.",
    "order.delivered": "Units of an order arrived.",
    "order.amendment_started": "A change after payment was asked for; its money has no answer yet.",
    "order.amendment_dropped": "The money of a change after payment was refused; nothing has changed.",
    "order.amended": "A paid order was changed, and the difference settled.",
    "order.returned": "Delivered units came back, for money.",
    "order.exchanged": "Delivered units came back, for replacements.",
    "fulfillment.updated": "A parcel's tracking was changed.",
    "fulfillment.canceled": "Units that were to be handed over were not.",
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
    "payment.moved": "Another method has paid, and what paid before goes back.",
    "payment.disputed": "The buyer disputes a payment at their bank; the order has the deadline for an answer.",
    "dispute.updated": "A dispute went on: under review, won or lost.",
    "transfer.in_doubt": "What became of a movement of money cannot be found out; a person has to look.",
    "stock.released": "An order was not paid in time, and gave back the stock that was reserved for it.",
    "refund.created": "A refund was asked for.",
    "refund.pending": "A refund is on its way.",
    "refund.unknown": "The processor's answer about a refund is not known yet; Flint asks again.",
    "refund.succeeded": "A refund arrived.",
    "refund.failed": "A refund failed, perhaps after it had succeeded; its money is refundable again.",
    "tax.reported": "The tax service was told of a sale.",
    "tax.reversed": "The tax service was told what of a sale went back.",
    "tax.report_refused": "The tax service refused a report; a person should look.",
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


def wants(events: Iterable[str], event: EventType) -> bool:
    """Whether an endpoint with this filter hears of the event; the star is everything but history."""
    return event in events or (event != HISTORY and "*" in events)


def events_of(kind: str, facts: Sequence[tuple[str, str]], change_id: str) -> list[Event]:
    """What one committed change of a subject of this kind tells: its facts (id and type, in order), then the change as
    a whole, where there is an event of that.

    change_id is any new id; order.updated is told under its tail, also of a change without a fact, such as a payment
    that has been asked for. An import is told as such and nothing else.
    """
    every_change = OF_EVERY_CHANGE.get(kind)
    told: list[Event] = []
    for fact_id, fact_type in facts:
        event = event_named(fact_type)
        if event is not None and event != every_change:
            told.append(Event(fact_id, event))
    if every_change is None or any(event.type == HISTORY for event in told):
        return told
    return [*told, Event(f"upd_{change_id.partition('_')[2]}", every_change)]
