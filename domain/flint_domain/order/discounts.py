"""A coupon as an order carries it: its terms as they were when it was applied."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

Duration = Literal["once", "repeating", "forever"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponTerms:
    """What a coupon takes off, and from what. Exactly one of percent and amount is set; amounts are minor units.

    max_discount caps a percentage. minimum_subtotal is asked of the eligible items before discounts. item_ids limits
    the coupon to lines with one of these item references; empty means the whole order.

    duration is how long it lasts on a subscription: one period, the periods that begin within duration_months, or all.
    On an order of its own it means nothing.
    """

    percent: Decimal | None = None
    amount: int | None = None
    currency: str
    max_discount: int | None = None
    minimum_subtotal: int = 0
    item_ids: tuple[str, ...] = ()
    exclusive: bool = False
    duration: Duration = "once"
    duration_months: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedCoupon:
    """A coupon on an order: its terms as they were when it was applied.

    in_any_case says that its item references are compared without case, which those applied before 2026-12 were not:
    no total of theirs may change by itself.
    """

    coupon_id: str
    code: str
    terms: CouponTerms
    max_uses_per_customer: int | None = None
    in_any_case: bool = False
