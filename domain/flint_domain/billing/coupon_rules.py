"""Putting a coupon on a subscription, and taking it off: it is judged once, then, and all of its orders are one use."""

from datetime import datetime
from typing import NoReturn

from flint_domain.billing import guards
from flint_domain.billing.model import SubscribedCoupon
from flint_domain.billing.status import Billed
from flint_domain.coupons.model import Coupon
from flint_domain.coupons.rules import day
from flint_domain.kernel.errors import ErrorCode, Refused, quoted
from flint_domain.order.discounts import AppliedCoupon


def add(billed: Billed, coupon: Coupon) -> tuple[SubscribedCoupon, ...]:
    """The subscription's coupons with this one, on its terms of now. What it takes off shows with the next charge: a
    minimum, and whether it covers anything, is judged at every order. Limits on the number of uses are the store's
    conditional update.

    Raises Refused naming the rule that speaks against it.
    """
    _require_running(billed, "addCouponCodes")
    subscription, now, terms = billed.subscription, billed.now, coupon.terms
    if any(each.coupon.coupon_id == coupon.coupon_id for each in subscription.coupons):
        _refuse("coupon_already_applied", f"{coupon.code} is on the subscription already.", "nothing is left to do")
    if not coupon.active:
        _refuse("coupon_inactive", f"{coupon.code} is switched off.")
    _require_in_time(coupon, now)
    alone = next((each.coupon.code for each in subscription.coupons if each.coupon.terms.exclusive), None)
    if alone is not None or (terms.exclusive and subscription.coupons):
        first = alone or subscription.coupons[0].coupon.code
        exclusive = alone or coupon.code
        other = coupon.code if alone else first
        _refuse(
            "coupon_not_stackable",
            f"{exclusive} allows no other coupon, and {other} would stand beside it.",
            f"remove {first} first",
        )
    in_money = terms.amount is not None or terms.minimum_subtotal or terms.max_discount
    if in_money and terms.currency != subscription.currency:
        _refuse(
            "currency_mismatch",
            f"{coupon.code} is in {terms.currency}, the subscription in {subscription.currency}.",
        )
    applied = AppliedCoupon(
        coupon_id=coupon.coupon_id,
        code=coupon.code,
        terms=terms,
        max_uses_per_customer=coupon.max_uses_per_customer,
        in_any_case=True,
    )
    return (*subscription.coupons, SubscribedCoupon(coupon=applied))


def remove(billed: Billed, code: str) -> tuple[SubscribedCoupon, ...]:
    """The subscription's coupons without the one of this code, in whatever case. What it took off stays taken off: the
    order of the present period keeps it.

    Raises Refused when no coupon has it.
    """
    _require_running(billed, "removeCouponCodes")
    present = billed.subscription.coupons
    left = tuple(each for each in present if each.coupon.code.upper() != code.upper())
    if len(left) == len(present):
        codes = ", ".join(each.coupon.code for each in present)
        raise Refused(
            "coupon_not_applied",
            f"{quoted(code)} is not on the subscription.",
            hint=f"its coupons: {codes}" if codes else "it has no coupons",
            param="removeCouponCodes",
        )
    return left


def _require_running(billed: Billed, param: str) -> None:
    block = guards.cancel(billed)
    if block is not None:
        raise Refused(block.code, f"Not possible: {block.reason}.", hint="subscribe anew", param=param)


def _require_in_time(coupon: Coupon, now: datetime) -> None:
    if coupon.starts_at and now < coupon.starts_at:
        _refuse("coupon_not_started", f"{coupon.code} starts on {day(coupon.starts_at)}.")
    if coupon.ends_at and now >= coupon.ends_at:
        _refuse("coupon_expired", f"{coupon.code} expired on {day(coupon.ends_at)}.")


def _refuse(code: ErrorCode, message: str, hint: str = "add another code, or leave addCouponCodes out") -> NoReturn:
    raise Refused(code, message, hint=hint, param="addCouponCodes")
