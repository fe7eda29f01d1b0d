"""Whether a coupon may be applied, and what applying or removing it changes."""

from dataclasses import replace
from datetime import datetime
from typing import NoReturn

from flint_domain.coupons.model import Coupon
from flint_domain.kernel.errors import ErrorCode, Refused, quoted
from flint_domain.kernel.facts import Fact
from flint_domain.kernel.guards import require
from flint_domain.kernel.money import format_money
from flint_domain.kernel.references import named
from flint_domain.order import guards
from flint_domain.order.discounting import describe_missing, eligible_lines
from flint_domain.order.discounts import AppliedCoupon
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.model import Change, Order


def _refuse(order: Order, code: ErrorCode, message: str, hint: str | None = None) -> NoReturn:
    raise Refused(
        code,
        message,
        hint=hint
        or f"apply another code, or pay {format_money(standing(order).money.outstanding, order.currency)} without one",
        param="couponCode",
        order_id=order.order_id,
    )


def day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC")


def unknown(before: Standing, code: str) -> NoReturn:
    """Refuse a code that no coupon has."""
    outstanding = format_money(before.money.outstanding, before.order.currency)
    hint = f"check the code with whoever gave it, or pay {outstanding} without one"
    _refuse(before.order, "coupon_not_found", f"There is no coupon {quoted(code)}.", hint)


def apply(before: Standing, coupon: Coupon, now: datetime) -> Change:
    """Put the coupon's terms on the order. Limits on the number of uses are the store's conditional update.

    Raises Refused naming the rule that speaks against it and what is missing.
    """
    order = before.order
    require(guards.apply_coupon(before), order.order_id)
    terms = coupon.terms
    if any(applied.coupon_id == coupon.coupon_id for applied in order.coupons):
        _refuse(order, "coupon_already_applied", f"{coupon.code} is on the order already.", "nothing is left to do")
    if not coupon.active:
        _refuse(order, "coupon_inactive", f"{coupon.code} is switched off.")
    if coupon.starts_at and now < coupon.starts_at:
        _refuse(order, "coupon_not_started", f"{coupon.code} starts on {day(coupon.starts_at)}.")
    if coupon.ends_at and now >= coupon.ends_at:
        _refuse(order, "coupon_expired", f"{coupon.code} expired on {day(coupon.ends_at)}.")
    if terms.exclusive and order.coupons:
        _refuse(
            order,
            "coupon_not_stackable",
            f"{coupon.code} allows no other coupon, and {order.coupons[0].code} is applied.",
            f"remove {order.coupons[0].code} first",
        )
    if terms.currency != order.currency and (terms.amount is not None or terms.minimum_subtotal or terms.max_discount):
        _refuse(order, "currency_mismatch", f"{coupon.code} is in {terms.currency}, the order in {order.currency}.")
    if eligible_lines(terms.item_ids, order.lines) == frozenset():
        items = ", ".join(map(named, terms.item_ids[:5]))
        _refuse(order, "coupon_no_eligible_items", f"{coupon.code} covers none of the order's items, only {items}.")
    if coupon.max_uses_per_customer is not None and order.customer_id is None:
        _refuse(
            order,
            "coupon_needs_customer",
            f"{coupon.code} is limited per customer, and the order has no customer.",
            "set customerId with update_order first",
        )
    applied = AppliedCoupon(
        coupon_id=coupon.coupon_id,
        code=coupon.code,
        terms=terms,
        max_uses_per_customer=coupon.max_uses_per_customer,
        in_any_case=True,
    )
    after = replace(order, coupons=(*order.coupons, applied), settled_free=False)
    priced = standing(after).priced
    taken = next(discount for discount in priced.discounts if discount.discount.discount_id == coupon.coupon_id)
    if taken.missing:
        minimum = format_money(terms.minimum_subtotal, order.currency)
        _refuse(
            order,
            "coupon_minimum_not_met",
            f"{coupon.code} asks for {minimum} of eligible items; missing: {describe_missing(taken, order.currency)}.",
            "add items, or apply another code",
        )
    took = format_money(taken.amount, order.currency)
    fact = Fact("COUPON_APPLIED", f"{coupon.code} takes {took} off.", {"couponCode": coupon.code})
    return Change(after, (fact,))


def remove(before: Standing, code: str) -> tuple[Change, AppliedCoupon]:
    """Take a coupon off the order, by its code without regard to case."""
    order = before.order
    require(guards.remove_coupon(before), order.order_id)
    applied = next((coupon for coupon in order.coupons if coupon.code.upper() == code.upper()), None)
    if applied is None:
        codes = ", ".join(coupon.code for coupon in order.coupons)
        _refuse(order, "coupon_not_applied", f"{quoted(code)} is not on this order.", f"applied: {codes}")
    coupons = tuple(coupon for coupon in order.coupons if coupon is not applied)
    fact = Fact("COUPON_REMOVED", f"{applied.code} removed.", {"couponCode": applied.code})
    return Change(replace(order, coupons=coupons, settled_free=False), (fact,)), applied


def used_up(order: Order, code: str, limit: str) -> NoReturn:
    """Refuse because the store's conditional update found a limit reached ("total" or "customer")."""
    if limit == "customer":
        customer = named(order.customer_id or "")
        _refuse(order, "coupon_customer_limit", f"{customer} has used {code} as often as it allows.")
    _refuse(order, "coupon_used_up", f"{code} has been used as often as it allows.")
