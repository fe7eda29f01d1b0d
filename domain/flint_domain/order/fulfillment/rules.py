"""Handing over, delivering and canceling a fulfillment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Fact, Moment
from flint_domain.kernel.guards import require
from flint_domain.kernel.telling import Told
from flint_domain.order import guards
from flint_domain.order.fulfillment.counting import unfulfilled
from flint_domain.order.fulfillment.model import FulfilledLine, Fulfillment, FulfillmentState
from flint_domain.order.lifecycle import Standing
from flint_domain.order.model import Change, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Units of a line; all that are left when quantity is None."""

    line_id: Told[str]
    quantity: Told[Decimal | None] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracking:
    """Where a parcel can be followed; None leaves what is known."""

    carrier: Told[str | None] = None
    number: Told[str | None] = None
    url: Told[str | None] = None

    def on(self, fulfillment: Fulfillment) -> Fulfillment:
        return replace(
            fulfillment,
            carrier=self.carrier or fulfillment.carrier,
            tracking_number=self.number or fulfillment.tracking_number,
            tracking_url=self.url or fulfillment.tracking_url,
        )


def _require_meant(order: Order, tracking: Tracking, *, delivered: bool) -> None:
    """What arrived, or where a parcel can be followed, is most likely said of a parcel that is on its way: nobody sends
    the rest of an order by that.

    Raises Refused naming the parcels.
    """
    open_ = [fulfillment.fulfillment_id for fulfillment in order.fulfillments if fulfillment.state == "FULFILLED"]
    if not open_ or not (delivered or tracking != Tracking()):
        return
    what = "DELIVERED" if delivered else "tracking"
    raise Refused(
        "invalid_argument",
        f"{what} may be meant for what is on the way ({', '.join(open_)}) or for units still to be handed over.",
        hint=f"give fulfillmentId {open_[0]} for that parcel, or lines for units that are handed over now",
        param="fulfillmentId",
        order_id=order.order_id,
    )


def fulfill(
    standing: Standing, moment: Moment, wanted: Sequence[Units], tracking: Tracking, *, delivered: bool
) -> Change:
    """Hand units over: all that are left when none are named. delivered says that the buyer has them already."""
    order = standing.order
    require(guards.fulfill(standing), order.order_id)
    left = unfulfilled(order)
    if not wanted:
        _require_meant(order, tracking, delivered=delivered)
    lines = [FulfilledLine(line_id=line_id, quantity=quantity) for line_id, quantity in left.items()]
    if wanted:
        lines = [_checked(order, left, units) for units in wanted]
    if len({line.line_id for line in lines}) < len(lines):
        raise _named_twice(order)
    fulfillment = tracking.on(
        Fulfillment(
            fulfillment_id=moment.new_id("ful"),
            lines=tuple(lines),
            state="DELIVERED" if delivered else "FULFILLED",
            fulfilled_at=moment.now,
            delivered_at=moment.now if delivered else None,
        )
    )
    fact = _fact("ORDER_DELIVERED" if delivered else "ORDER_FULFILLED", fulfillment)
    return Change(replace(order, fulfillments=(*order.fulfillments, fulfillment)), (fact,))


def _checked(order: Order, left: dict[str, Decimal], units: Units) -> FulfilledLine:
    most = left.get(units.line_id, Decimal(0))
    if not any(line.line_id == units.line_id for line in order.lines):
        raise Refused(
            "not_found",
            f"{units.line_id} is not a line of {order.order_id}.",
            hint="use the lineItemId values of this order",
            param="lines",
            order_id=order.order_id,
        )
    quantity = most if units.quantity is None else units.quantity
    if quantity > most or not most:
        raise Refused(
            "nothing_to_fulfill",
            f"{quantity.normalize():f} of {units.line_id} cannot be handed over: {most.normalize():f} "
            f"{'is' if most == 1 else 'are'} left to send.",
            hint="send at most what is left of each line",
            param="lines",
            order_id=order.order_id,
        )
    return FulfilledLine(line_id=units.line_id, quantity=quantity)


def _named_twice(order: Order) -> Refused:
    return Refused(
        "invalid_argument",
        "A line is named twice.",
        hint="name each line once, with the whole quantity",
        param="lines",
        order_id=order.order_id,
    )


_AFTER: dict[FulfillmentState, tuple[FulfillmentState, ...]] = {
    "FULFILLED": ("FULFILLED", "DELIVERED", "CANCELED"),
    "DELIVERED": ("DELIVERED",),
    "CANCELED": (),
}


def change(
    standing: Standing, moment: Moment, fulfillment_id: str, state: FulfillmentState | None, tracking: Tracking
) -> Change:
    """Follow a fulfillment up: new tracking, delivered, or canceled because it never left."""
    order = standing.order
    require(guards.follow_up(standing), order.order_id)
    before = next((parcel for parcel in order.fulfillments if parcel.fulfillment_id == fulfillment_id), None)
    if before is None:
        raise Refused(
            "not_found",
            f"{fulfillment_id} is not a fulfillment of {order.order_id}.",
            hint="use a fulfillmentId of the order's fulfillments",
            param="fulfillmentId",
            order_id=order.order_id,
        )
    wanted = state or before.state
    if wanted not in _AFTER[before.state]:
        raise Refused(
            "nothing_to_fulfill",
            f"{fulfillment_id} is {before.state} and cannot become {wanted}.",
            hint="what was delivered comes back with return_items" if wanted == "CANCELED" else "hand over anew",
            param="status",
            order_id=order.order_id,
        )
    after = tracking.on(before)
    if wanted != before.state:
        after = replace(
            after,
            state=wanted,
            delivered_at=moment.now if wanted == "DELIVERED" else after.delivered_at,
            canceled_at=moment.now if wanted == "CANCELED" else after.canceled_at,
        )
    if after == before:
        raise Refused(
            "invalid_argument",
            f"The call leaves {fulfillment_id} as it is.",
            hint="give a status, or tracking that is new",
            param="fulfillmentId",
            order_id=order.order_id,
        )
    kinds = {"DELIVERED": "ORDER_DELIVERED", "CANCELED": "FULFILLMENT_CANCELED", "FULFILLED": "FULFILLMENT_UPDATED"}
    kind = "FULFILLMENT_UPDATED" if after.state == before.state else kinds[after.state]
    fulfillments = tuple(after if parcel is before else parcel for parcel in order.fulfillments)
    return Change(replace(order, fulfillments=fulfillments), (_fact(kind, after),))


_WORDS = {
    "ORDER_FULFILLED": "Handed over: {units}.",
    "ORDER_DELIVERED": "Delivered: {units}.",
    "FULFILLMENT_CANCELED": "Not sent after all: {units}.",
    "FULFILLMENT_UPDATED": "Tracking updated.",
}


def _fact(kind: str, fulfillment: Fulfillment) -> Fact:
    count = sum(line.quantity for line in fulfillment.lines)
    units = f"{count.normalize():f} {'unit' if count == 1 else 'units'}" if isinstance(count, Decimal) else "nothing"
    data = {
        "fulfillmentId": fulfillment.fulfillment_id,
        "lines": [
            {"lineItemId": line.line_id, "quantity": f"{line.quantity.normalize():f}"} for line in fulfillment.lines
        ],
    }
    return Fact(kind, _WORDS[kind].format(units=units), data)
