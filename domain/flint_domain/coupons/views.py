"""What callers read of a coupon."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from flint_domain.coupons.model import Coupon
from flint_domain.kernel.money import format_money
from flint_domain.kernel.wire import Id, MoneyView, Percent, Timestamp, WireModel, money

CouponStatus = Literal["ACTIVE", "SCHEDULED", "EXPIRED", "USED_UP", "INACTIVE"]


class CouponView(WireModel):
    """A coupon, its limits and whether it may be applied now."""

    summary: str
    coupon_id: Id
    coupon_code: str
    status: CouponStatus
    percent: Percent | None = None
    discount_money: MoneyView | None = None
    max_discount_money: MoneyView | None = Field(default=None, description="the most a percentage takes off")
    minimum_subtotal_money: MoneyView | None = Field(
        default=None, description="asked of eligible items before discounts"
    )
    item_ids: list[str] | None = Field(default=None, description="item references it is limited to")
    exclusive: bool = Field(description="allows no other coupon beside it")
    starts_at: Timestamp | None = None
    ends_at: Timestamp | None = None
    uses: int = Field(description="orders that hold it now")
    max_uses: int | None = None
    max_uses_per_customer: int | None = None
    created_at: Timestamp


class CouponList(WireModel):
    """One page of coupons, newest first."""

    summary: str
    coupons: list[CouponView]
    next_cursor: str | None = Field(default=None, description="pass it as cursor for the next page")


def coupon_status(coupon: Coupon, now: datetime) -> CouponStatus:
    """Whether the coupon may be applied at this time; first match."""
    if not coupon.active:
        return "INACTIVE"
    if coupon.ends_at and now >= coupon.ends_at:
        return "EXPIRED"
    if coupon.max_uses is not None and coupon.uses >= coupon.max_uses:
        return "USED_UP"
    return "SCHEDULED" if coupon.starts_at and now < coupon.starts_at else "ACTIVE"


def coupon_view(coupon: Coupon, now: datetime) -> CouponView:
    terms, status = coupon.terms, coupon_status(coupon, now)

    def optional(amount: int | None) -> MoneyView | None:
        return money(amount, terms.currency) if amount else None

    off = f"{terms.percent.normalize():f} %" if terms.percent else format_money(terms.amount or 0, terms.currency)
    where = f"{len(terms.item_ids)} items" if terms.item_ids else "the order"
    return CouponView(
        summary=f"{status} coupon {coupon.code}: {off} off {where}.",
        coupon_id=coupon.coupon_id,
        coupon_code=coupon.code,
        status=status,
        percent=terms.percent,
        discount_money=optional(terms.amount),
        max_discount_money=optional(terms.max_discount),
        minimum_subtotal_money=optional(terms.minimum_subtotal),
        item_ids=list(terms.item_ids) or None,
        exclusive=terms.exclusive,
        starts_at=coupon.starts_at,
        ends_at=coupon.ends_at,
        uses=coupon.uses,
        max_uses=coupon.max_uses,
        max_uses_per_customer=coupon.max_uses_per_customer,
        created_at=coupon.created_at,
    )
