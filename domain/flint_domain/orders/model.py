"""The order aggregate: frozen values that one row holds."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from flint_domain.coupons.model import AppliedCoupon
from flint_domain.kernel.facts import Fact
from flint_domain.payments.model import Payment, Transfer
from flint_domain.refunds.model import Refund
from flint_domain.tax.model import Tax

OrderStatus = Literal["OPEN", "PAID", "PARTIALLY_REFUNDED", "REFUNDED", "CLOSED", "CANCELED"]
PaymentStatus = Literal["UNPAID", "AUTHORIZED", "PARTIALLY_PAID", "PAID"]
RefundStatus = Literal["NONE", "PARTIAL", "FULL"]
Ending = Literal["canceled", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """An option that changes a unit's price (minor units, may be negative)."""

    name: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is bought. quantity has up to four decimals; unit_price is in minor units, as quoted.

    discount_percent and discount_amount are agreed by hand: percentages are taken before amounts. taxes None means the
    order's default taxes; an empty tuple means exempt. item_id is the merchant's own reference of what is sold; coupons
    can be limited to it.
    """

    line_id: str
    name: str
    quantity: Decimal
    unit_price: int
    modifiers: tuple[Modifier, ...] = ()
    discount_percent: Decimal | None = None
    discount_amount: int | None = None
    taxes: tuple[Tax, ...] | None = None
    item_id: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Shipping or a service fee, in minor units; taxed by its own taxes, untaxed when it has none."""

    charge_id: str
    name: str
    amount: int
    taxes: tuple[Tax, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Canceling:
    """A cancel under way: the transfers whose answer is awaited, and those that were refused."""

    awaited: tuple[str, ...]
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order and all that belongs to it. Amounts are minor units of currency; version rises with every commit.

    settled_free says that pay_order settled a zero total. cancel_failed and in_doubt (transfers whose outcome nobody
    can find out) say that a person should look. Everything else that callers read (status, totals) is derived.
    """

    order_id: str
    merchant_id: str
    version: int
    currency: str
    customer_id: str | None = None
    lines: tuple[Line, ...] = ()
    coupons: tuple[AppliedCoupon, ...] = ()
    charges: tuple[Charge, ...] = ()
    tip: int = 0
    default_taxes: tuple[Tax, ...] = ()
    note: str | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    buyer_email: str | None = None
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    canceling: Canceling | None = None
    cancel_failed: bool = False
    in_doubt: tuple[str, ...] = ()
    ended: Ending | None = None
    settled_free: bool = False
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule made of an order: its new value, what happened, and the money to move.

    called_off names open transfers that this change ended, such as the charge behind a voided buyer step.
    """

    order: Order
    facts: tuple[Fact, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    called_off: tuple[str, ...] = ()
