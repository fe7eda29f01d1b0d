"""Changes in the middle of a period: what its order becomes, and what that makes of its money.

What was used is frozen, what is left is given up at what was charged for it, and what comes in its place is charged by
days, or for a whole period that begins on that day when the interval is another. Every function answers an order; the
difference of two orders is the money. Nothing is added up a second time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from flint_domain.billing import coupons, orders
from flint_domain.billing.model import Revision, Subscribed, Subscription
from flint_domain.billing.orders import NewId
from flint_domain.billing.renewals import still_planned
from flint_domain.kernel.periods import Schedule
from flint_domain.order.discounts import AppliedCoupon
from flint_domain.order.fulfillment.counting import sent
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.lines import Charge
from flint_domain.order.model import Order
from flint_domain.order.prorating import cut, from_day
from flint_domain.order.tax.model import Taxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a change makes of an order's money, in minor units.

    due is what the buyer owes more than before, or, negative, less. pays is what is charged now: on an order that was
    paid, the whole difference; on one that is unpaid, nothing, since what is due is still due. comes_back is money that
    was paid and is not owed any more: never more than was paid and has not gone back.
    """

    due: int
    pays: int
    comes_back: int


def difference(before: Standing, after: Order) -> Difference:
    was, becomes = before.money, standing(after).money
    due = (becomes.outstanding - becomes.overpaid) - (was.outstanding - was.overpaid)
    return Difference(
        due=due,
        pays=becomes.outstanding if before.settled else 0,
        comes_back=becomes.overpaid,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A change now: what the period's order and the subscription become."""

    order: Order
    subscription: Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a subscription changes to: revision is the one that `to` names."""

    to: Subscribed
    revision: Revision


def change(before: Standing, subscription: Subscription, wanted: Wanted, day: date, new_id: NewId) -> Changed:
    """Another plan, price or quantity from this day on, which lies in the subscription's period.

    With the same interval the period ends when it did; with another a full period begins on this day, which is the new
    anchor. The sequence stays: the next renewal follows from there.
    """
    assert subscription.period is not None, "only what was billed can change in the middle"
    to, period, schedule = wanted.to, subscription.period, subscription.schedule
    if to.interval != schedule.interval:
        schedule = Schedule(to.interval, day)
        period = schedule.period_from(day)
    grid = replace(period, start=period.grid_start)
    lines = orders.plan_lines(wanted.revision, to.quantity, grid, new_id)
    running = coupons.running(subscription.coupons, period.grid_start)
    amounts = orders.priced(lines, running, Taxes(), before.order.currency)
    rest = (from_day(line, item, day) for line, item in zip(lines, amounts.lines, strict=True))
    used = stop(before, day)
    return Changed(
        order=replace(used, lines=(*used.lines, *rest), coupons=_with(used.coupons, running)),
        subscription=replace(
            subscription,
            subscribed=to,
            schedule=schedule,
            period=period,
            planned=still_planned(subscription, subscription.period.end, period.end),
            coupons=coupons.begun(subscription.coupons, period.grid_start, orders.took(amounts)),
        ),
    )


def _with(applied: tuple[AppliedCoupon, ...], running: tuple[AppliedCoupon, ...]) -> tuple[AppliedCoupon, ...]:
    """The order's coupons, and those that were put on the subscription since."""
    known = {coupon.coupon_id for coupon in applied}
    return (*applied, *(coupon for coupon in running if coupon.coupon_id not in known))


def stop(before: Standing, day: date) -> Order:
    """The period's order when nothing is used from this day on: a pause, or the end. Goods that were sent stay paid."""
    after = cut(before, day, but=sent(before.order))
    given_up = before.priced.total - standing(after).priced.total
    return replace(after, charges=tuple(_adjusted(after.charges, given_up)))


def _adjusted(charges: Sequence[Charge], given_up: int) -> Iterator[Charge]:
    """The charges after so much was given up: what was too little to be charged was not paid, and is no money that
    could come back. So it is the first that is given up."""
    for charge in charges:
        if charge.amount >= 0:
            yield charge
            continue
        rest = min(0, charge.amount + given_up)
        given_up -= rest - charge.amount
        if rest:
            yield replace(charge, amount=rest)


def worth_left(before: Standing, day: date) -> int:
    """What was charged for the days from this one on, in minor units: what is not given back when nothing is."""
    after = cut(before, day, but=sent(before.order))
    return before.priced.total - standing(after).priced.total
