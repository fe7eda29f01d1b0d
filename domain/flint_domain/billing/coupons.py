"""Which coupons of a subscription take something off in a period, and for how long."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, timedelta

from flint_domain.billing.model import SubscribedCoupon
from flint_domain.kernel.periods import months_after
from flint_domain.order.discounts import AppliedCoupon


def runs(subscribed: SubscribedCoupon, grid_start: date) -> bool:
    """Whether the coupon belongs to the grid period that begins on this day.

    Whatever is charged inside a discounted grid period is discounted: a change in the middle of it, a stub after a
    pause. A coupon that has not taken anything off yet begins with the period that it first does: a trial uses nothing
    up.
    """
    terms, first = subscribed.coupon.terms, subscribed.first
    if first is None:
        return True
    match terms.duration:
        case "once":
            return grid_start == first
        case "repeating":
            return grid_start < months_after(first, terms.duration_months or 0)
        case "forever":
            return True


def running(coupons: Sequence[SubscribedCoupon], grid_start: date) -> tuple[AppliedCoupon, ...]:
    """The coupons of a grid period, as its order carries them."""
    return tuple(subscribed.coupon for subscribed in coupons if runs(subscribed, grid_start))


def begun(coupons: Sequence[SubscribedCoupon], grid_start: date, took: Collection[str]) -> tuple[SubscribedCoupon, ...]:
    """The coupons after an order of this grid period; took names those (by id) that took something off it."""
    return tuple(
        replace(subscribed, first=grid_start)
        if subscribed.first is None and subscribed.coupon.coupon_id in took
        else subscribed
        for subscribed in coupons
    )


def discounts_until(subscribed: SubscribedCoupon) -> date | None:
    """Grid periods that begin before this day are discounted; None before it has begun, or when it never ends."""
    terms, first = subscribed.coupon.terms, subscribed.first
    if first is None or terms.duration == "forever":
        return None
    return (
        months_after(first, terms.duration_months or 0) if terms.duration == "repeating" else first + timedelta(days=1)
    )


def running_out(coupons: Sequence[SubscribedCoupon], grid_start: date, following: date) -> tuple[AppliedCoupon, ...]:
    """The coupons of this grid period that are none of the following one's."""
    begun_now = (replace(subscribed, first=subscribed.first or grid_start) for subscribed in coupons)
    return tuple(
        subscribed.coupon
        for subscribed in begun_now
        if runs(subscribed, grid_start) and not runs(subscribed, following)
    )
