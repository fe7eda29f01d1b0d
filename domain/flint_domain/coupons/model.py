"""Coupons: the terms, the limits, and the copy of the terms that an order keeps."""

from dataclasses import dataclass
from datetime import datetime

from flint_domain.order.discounts import CouponTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """A coupon of the merchant. Dates and limits are judged once, when it is applied; times are UTC.

    uses is how many orders hold it now; max_uses and max_uses_per_customer are None when unlimited.
    """

    coupon_id: str
    merchant_id: str
    version: int
    code: str
    terms: CouponTerms
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    max_uses: int | None = None
    max_uses_per_customer: int | None = None
    active: bool = True
    uses: int = 0
    created_at: datetime
    updated_at: datetime
