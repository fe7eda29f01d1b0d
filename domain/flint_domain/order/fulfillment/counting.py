"""How many units of each line were handed over, arrived, came back, or are still to be sent."""

from decimal import Decimal

from flint_domain.order.fulfillment.model import FulfillmentState, FulfillmentStatus
from flint_domain.order.model import Order

_NONE = Decimal(0)


def units(order: Order, *states: FulfillmentState) -> dict[str, Decimal]:
    """Per line the units in fulfillments of these states."""
    counted: dict[str, Decimal] = {}
    for fulfillment in order.fulfillments:
        if fulfillment.state in states:
            for line in fulfillment.lines:
                counted[line.line_id] = counted.get(line.line_id, _NONE) + line.quantity
    return counted


def sent(order: Order) -> dict[str, Decimal]:
    """Per line the units that were handed over, whether they have arrived or not."""
    return units(order, "FULFILLED", "DELIVERED")


def unfulfilled(order: Order) -> dict[str, Decimal]:
    """Per line the units that are still to be handed over; lines without any, and services, are left out."""
    goods = {line.line_id for line in order.lines if line.shippable}
    return {line_id: quantity for line_id, quantity in unsent(order).items() if line_id in goods}


def unsent(order: Order) -> dict[str, Decimal]:
    """Per line the units that were not handed over, and that nothing has gone back for: an amendment may still change
    them. Units that were refunded before they were sent will not be."""
    settled = sent(order)
    for refund in order.refunds:
        for part in refund.parts if refund.counts else ():
            settled[part.of] = settled.get(part.of, _NONE) + part.unsent
    left = {line.line_id: line.quantity - settled.get(line.line_id, _NONE) for line in order.lines}
    return {line_id: quantity for line_id, quantity in left.items() if quantity > 0}


def returnable(order: Order) -> dict[str, Decimal]:
    """Per line the delivered units that have not come back; lines without any are left out."""
    arrived = units(order, "DELIVERED")
    left = {line.line_id: arrived.get(line.line_id, _NONE) - line.exchanged - line.returned for line in order.lines}
    return {line_id: quantity for line_id, quantity in left.items() if quantity > 0}


def status(order: Order) -> FulfillmentStatus:
    """Whether every unit has arrived, was handed over, some were, or none. What came back was delivered once. An order
    of services has nothing to hand over."""
    if order.lines and not any(line.shippable for line in order.lines):
        return "NOT_NEEDED"
    handed_over = [fulfillment for fulfillment in order.fulfillments if fulfillment.state != "CANCELED"]
    if not handed_over:
        return "UNFULFILLED"
    if unfulfilled(order):
        return "PARTIALLY_FULFILLED"
    return "DELIVERED" if all(fulfillment.state == "DELIVERED" for fulfillment in handed_over) else "FULFILLED"
