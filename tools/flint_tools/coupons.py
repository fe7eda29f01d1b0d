"""The coupons toolset: apply and remove codes; create, change and search them."""

from typing import ClassVar

from pydantic import Field, model_validator

from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon, RemoveCoupon, UpdateCoupon
from flint_domain.coupons.views import CouponList
from flint_domain.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT
from flint_domain.queries.coupons import SearchCoupons
from flint_tools.amounts import MoneyInput, Percent
from flint_tools.binding import ChangingOrder, Reading, ToolArguments, Writing
from flint_tools.checks import wrong
from flint_tools.results import CouponResult, OrderResult
from flint_tools.types import (
    ClearableTimestamp,
    CouponCode,
    Cursor,
    Items,
    Natural,
    OrderId,
    Positive,
    Reference,
    SearchText,
    Timestamp,
    Whole,
)


class ApplyCouponTool(ChangingOrder):
    tool: ClassVar[str] = "apply_coupon"
    toolset = "coupons"
    description: ClassVar[str] = "Put a coupon on an unpaid order; a refusal says what is missing."
    result = OrderResult
    idempotent = True

    order_id: OrderId = Field(description="ord_ id")
    coupon_code: CouponCode = Field(description="in any case")

    def command(self) -> ApplyCoupon:
        return ApplyCoupon(
            order_id=self.order_id,
            coupon_code=self.coupon_code,
            expected_version=self.expected_version,
        )


class RemoveCouponTool(ChangingOrder):
    tool: ClassVar[str] = "remove_coupon"
    toolset = "coupons"
    description: ClassVar[str] = "Take a coupon off an unpaid order; its use is given back."
    result = OrderResult
    idempotent = True

    order_id: OrderId = Field(description="ord_ id")
    coupon_code: CouponCode = Field(description="in any case")

    def command(self) -> RemoveCoupon:
        return RemoveCoupon(
            order_id=self.order_id,
            coupon_code=self.coupon_code,
            expected_version=self.expected_version,
        )


class CreateCouponTool(Writing):
    tool: ClassVar[str] = "create_coupon"
    toolset = "coupons"
    description: ClassVar[str] = "Make a coupon: percent or discountMoney, on all or certain items."
    result = CouponResult

    coupon_code: CouponCode = Field(description="in any case")
    percent: Percent | None = Field(default=None, description='percent off: 10 or "7.5"')
    discount_money: MoneyInput | None = Field(default=None, description="an amount off")
    max_discount_money: MoneyInput | None = Field(default=None, description="caps a percentage")
    minimum_subtotal_money: MoneyInput | None = Field(default=None, description="before discounts")
    item_ids: Items[Reference] = Field(default=(), max_length=100, description="only these itemId")
    exclusive: bool = Field(default=False, description="alone among coupons")
    starts_at: Timestamp | None = Field(default=None, description="ISO 8601")
    ends_at: Timestamp | None = Field(default=None, description="ISO 8601")
    max_uses: Positive | None = Field(default=None, description="in total")
    max_uses_per_customer: Positive | None = Field(default=None, description="needs customerId")

    @model_validator(mode="after")
    def _one_of_two(self) -> "CreateCouponTool":
        if (self.percent is None) is (self.discount_money is None):
            raise wrong(
                "A coupon takes percent or discountMoney, and not both.", "give exactly one of them", param="percent"
            )
        if self.percent == 0 or (self.discount_money is not None and self.discount_money.amount == 0):
            raise wrong(
                "The coupon would take nothing off.",
                "give a percentage or an amount above zero",
                param="discountMoney" if self.percent is None else "percent",
            )
        if self.max_discount_money is not None and self.percent is None:
            raise wrong(
                "maxDiscountMoney caps a percentage, and this coupon has none.",
                "leave it out",
                param="maxDiscountMoney",
            )
        return self

    def command(self) -> CreateCoupon:
        minimum, most = self.minimum_subtotal_money, self.max_discount_money
        return CreateCoupon(
            code=self.coupon_code,
            percent=self.percent,
            discount=None if self.discount_money is None else self.discount_money.price(),
            max_discount=None if most is None else most.price(),
            minimum_subtotal=None if minimum is None else minimum.price(),
            item_ids=self.item_ids,
            exclusive=self.exclusive,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            max_uses=self.max_uses,
            max_uses_per_customer=self.max_uses_per_customer,
        )


class UpdateCouponTool(Writing):
    tool: ClassVar[str] = "update_coupon"
    toolset = "coupons"
    description: ClassVar[str] = "Switch a coupon on or off, change dates or limits."
    result = CouponResult
    idempotent = True

    coupon_code: CouponCode = Field(description="in any case")
    active: bool | None = Field(default=None, description="on or off")
    starts_at: ClearableTimestamp | None = Field(default=None, description='ISO 8601; "" removes it')
    ends_at: ClearableTimestamp | None = Field(default=None, description='ISO 8601; "" removes it')
    max_uses: Natural | None = Field(default=None, description="0: unlimited")
    max_uses_per_customer: Natural | None = Field(default=None, description="0: unlimited")

    def command(self) -> UpdateCoupon:
        return UpdateCoupon(
            code=self.coupon_code,
            active=self.active,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            max_uses=self.max_uses,
            max_uses_per_customer=self.max_uses_per_customer,
        )


class SearchCouponsTool(Reading):
    tool: ClassVar[str] = "search_coupons"
    toolset = "coupons"
    description: ClassVar[str] = "List coupons with terms, limits and whether they apply now."
    result = CouponList

    query_text: SearchText | None = Field(default=None, alias="query", description="a part of the code")
    active: bool | None = Field(default=None, description="on or off")
    limit: Whole = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="at most 100")
    cursor: Cursor | None = Field(default=None, description="nextCursor")

    def query(self) -> SearchCoupons:
        return SearchCoupons(text=self.query_text, active=self.active, limit=self.limit, cursor=self.cursor)


TOOLS: tuple[type[ToolArguments], ...] = (
    ApplyCouponTool,
    RemoveCouponTool,
    CreateCouponTool,
    UpdateCouponTool,
    SearchCouponsTool,
)
