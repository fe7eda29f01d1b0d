"""Create and change coupons, put them on orders and take them off."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal

from flint_domain.commands.shown import OrderRef, ShowsOrder, beside, buyer_of
from flint_domain.coupons import rules
from flint_domain.coupons.model import Coupon
from flint_domain.coupons.views import coupon_view
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.telling import Told
from flint_domain.order.discounts import CouponTerms
from flint_domain.order.inputs import Amount, amount_in
from flint_domain.order.views import View
from flint_domain.queries.coupons import coupon_of
from flint_domain.reactions.customers import counted_for
from flint_domain.settling import save
from flint_domain.unit_of_work.command import Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponRef(Ref):
    """A coupon, with what the command has to say beside it."""

    coupon_code: str
    warnings: tuple[str, ...] = ()


class _ShowsCoupon:
    """A command whose answer is a coupon."""

    __slots__ = ()
    ref: ClassVar[type[Ref]] = CouponRef

    @staticmethod
    def show(tx: ReadTransaction, ref: CouponRef, caller: Caller) -> dict[str, Any]:
        coupon = coupon_view(coupon_of(tx, ref.coupon_code), tx.now)
        return beside({"coupon": coupon.to_wire(keep_empty=False)}, ref.warnings)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateCoupon(_ShowsCoupon):
    """A new coupon: exactly one of percent and discount; the merchant's currency unless an amount names another."""

    name: ClassVar[str] = "create_coupon"
    code: Told[str]
    percent: Told[Decimal | None] = None
    discount: Told[Amount | None] = None
    max_discount: Told[Amount | None] = None
    minimum_subtotal: Told[Amount | None] = None
    item_ids: Told[tuple[str, ...]] = ()
    exclusive: Told[bool] = False
    starts_at: Told[datetime | None] = None
    ends_at: Told[datetime | None] = None
    max_uses: Told[int | None] = None
    max_uses_per_customer: Told[int | None] = None

    def change(self, work: Work) -> CouponRef:
        _check_dates(self.starts_at, self.ends_at)
        prices = (self.discount, self.max_discount, self.minimum_subtotal)
        currency = next((price.currency for price in prices if price and price.currency), work.tx.currency)
        coupon = Coupon(
            coupon_id=work.new_id("cpn"),
            merchant_id=work.tx.merchant_id,
            version=1,
            code=self.code,
            terms=CouponTerms(
                percent=self.percent,
                amount=_amount(currency, self.discount, "discountMoney"),
                currency=currency,
                max_discount=_amount(currency, self.max_discount, "maxDiscountMoney"),
                minimum_subtotal=_amount(currency, self.minimum_subtotal, "minimumSubtotalMoney") or 0,
                item_ids=self.item_ids,
                exclusive=self.exclusive,
            ),
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            max_uses=self.max_uses,
            max_uses_per_customer=self.max_uses_per_customer,
            created_at=work.tx.now,
            updated_at=work.tx.now,
        )
        if not work.tx.add_coupon(coupon):
            raise Refused(
                "coupon_exists",
                f"There is a coupon {self.code} already.",
                hint="choose another code, or change that one with update_coupon",
                param="couponCode",
            )
        return CouponRef(coupon_code=self.code, warnings=_over(coupon, work.tx.now))


def _amount(currency: str, price: Amount | None, param: str) -> int | None:
    return None if price is None else amount_in(currency, price, param)


def _over(coupon: Coupon, now: datetime) -> tuple[str, ...]:
    """A warning of a coupon that nobody can apply, because its time is over."""
    over = coupon.ends_at is not None and coupon.ends_at <= now
    return (f"{coupon.code} ended on {rules.day(coupon.ends_at or now)}: nobody can apply it",) if over else ()


def _check_dates(starts_at: datetime | None, ends_at: datetime | None) -> None:
    if starts_at and ends_at and ends_at <= starts_at:
        raise Refused(
            "invalid_argument",
            f"endsAt {rules.day(ends_at)} is not after startsAt {rules.day(starts_at)}.",
            hint="give an endsAt after startsAt",
            param="endsAt",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateCoupon(_ShowsCoupon):
    """Change when and how often a coupon may be applied. Its terms stay, and so do orders that hold it.

    None leaves a value as it is; an empty date takes it away, max_uses and max_uses_per_customer of 0 mean unlimited.
    """

    name: ClassVar[str] = "update_coupon"
    code: Told[str]
    active: Told[bool | None] = None
    starts_at: Told[datetime | Literal[""] | None] = None
    ends_at: Told[datetime | Literal[""] | None] = None
    max_uses: Told[int | None] = None
    max_uses_per_customer: Told[int | None] = None

    def change(self, work: Work) -> CouponRef:
        before = coupon_of(work.tx, self.code)
        after = replace(
            before,
            version=before.version + 1,
            active=before.active if self.active is None else self.active,
            starts_at=before.starts_at if self.starts_at is None else self.starts_at or None,
            ends_at=before.ends_at if self.ends_at is None else self.ends_at or None,
            max_uses=before.max_uses if self.max_uses is None else self.max_uses or None,
            max_uses_per_customer=before.max_uses_per_customer
            if self.max_uses_per_customer is None
            else self.max_uses_per_customer or None,
            updated_at=work.tx.now,
        )
        if replace(after, version=before.version, updated_at=before.updated_at) == before:
            raise Refused(
                "invalid_argument",
                f"The update leaves {before.code} as it is.",
                hint="give active, startsAt, endsAt, maxUses or maxUsesPerCustomer a new value",
            )
        _check_dates(after.starts_at, after.ends_at)
        work.tx.save_coupon(after)
        return CouponRef(coupon_code=before.code, warnings=_over(after, work.tx.now))


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyCoupon(ShowsOrder):
    """Put a coupon on an order; its use counts from now on."""

    name: ClassVar[str] = "apply_coupon"
    order_id: Told[str]
    coupon_code: Told[str]
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> OrderRef:
        before = work.load(self.order_id, self.expected_version)
        coupon = work.tx.coupon(self.coupon_code)
        if coupon is None:
            rules.unknown(before, self.coupon_code)
        change = rules.apply(before, coupon, work.tx.now)
        counted = counted_for(work.tx, before.order)
        limit = work.tx.redeem_coupon(coupon.coupon_id, self.order_id, counted)
        if limit is not None:
            rules.used_up(before.order, coupon.code, limit)
        save(work, change)
        return OrderRef(order_id=self.order_id, customer_id=buyer_of(before.order), view=self.view)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveCoupon(ShowsOrder):
    """Take a coupon off an order and give its use back."""

    name: ClassVar[str] = "remove_coupon"
    order_id: Told[str]
    coupon_code: Told[str]
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> OrderRef:
        before = work.load(self.order_id, self.expected_version)
        change, removed = rules.remove(before, self.coupon_code)
        work.tx.release_coupon(removed.coupon_id, self.order_id)
        save(work, change)
        return OrderRef(order_id=self.order_id, customer_id=buyer_of(before.order), view=self.view)
