"""How many units of each line were handed over, arrived, or are still to be sent."""

from collections.abc import Sequence
from decimal import Decimal

from flint_domain.fulfillment.model import Fulfillment, FulfillmentState, FulfillmentStatus
from flint_domain.orders.lines import Line


def units(fulfillments: Sequence[Fulfillment], *states: FulfillmentState) -> dict[str, Decimal]:
    """Per line the units in fulfillments of these states."""
    counted: dict[str, Decimal] = {}
    for fulfillment in fulfillments:
        if fulfillment.state in states:
            for line in fulfillment.lines:
                counted[line.line_id] = counted.get(line.line_id, Decimal(0)) + line.quantity
    return counted


def unfulfilled(lines: Sequence[Line], fulfillments: Sequence[Fulfillment]) -> dict[str, Decimal]:
    """Per line the units that are still to be handed over; lines without any are left out."""
    sent = units(fulfillments, "FULFILLED", "DELIVERED")
    left = {line.line_id: line.quantity - sent.get(line.line_id, Decimal(0)) for line in lines}
    return {line_id: quantity for line_id, quantity in left.items() if quantity > 0}


def returnable(lines: Sequence[Line], fulfillments: Sequence[Fulfillment]) -> dict[str, Decimal]:
    """Per line the delivered units that have not come back; lines without any are left out."""
    arrived = units(fulfillments, "DELIVERED")
    left = {line.line_id: arrived.get(line.line_id, Decimal(0)) - line.exchanged - line.returned for line in lines}
    return {line_id: quantity for line_id, quantity in left.items() if quantity > 0}


def status(lines: Sequence[Line], fulfillments: Sequence[Fulfillment]) -> FulfillmentStatus:
    """By all units: every one delivered, every one handed over, some, or none. What came back was delivered once."""
    if not any(fulfillment.state != "CANCELED" for fulfillment in fulfillments):
        return "UNFULFILLED"
    if unfulfilled(lines, fulfillments):
        return "PARTIALLY_FULFILLED"
    arrived = units(fulfillments, "DELIVERED")
    if all(arrived.get(line.line_id, Decimal(0)) >= line.quantity for line in lines):
        return "DELIVERED"
    return "FULFILLED"
