"""The order aggregate: frozen values that one row holds."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from flint_domain.kernel.addresses import Address
from flint_domain.kernel.facts import Fact
from flint_domain.order.amendments.model import Amending, Amendment, Return
from flint_domain.order.discounts import AppliedCoupon
from flint_domain.order.fulfillment.model import Fulfillment
from flint_domain.order.lines import Charge, Line
from flint_domain.order.payments.model import Payment, Transfer
from flint_domain.order.refunds.model import Refund
from flint_domain.order.stock import Held
from flint_domain.order.tax.model import Tax
from flint_domain.order.tax.service import ServiceTaxes

OrderStatus = Literal["OPEN", "PAID", "PARTIALLY_REFUNDED", "REFUNDED", "CLOSED", "CANCELED"]
PaymentStatus = Literal["UNPAID", "AUTHORIZED", "PARTIALLY_PAID", "PAID"]
RefundStatus = Literal["NONE", "PARTIAL", "FULL"]
Ending = Literal["canceled", "closed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canceling:
    """A cancel under way: the transfers whose answer is awaited, and those that were refused."""

    awaited: tuple[str, ...]
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order and all that belongs to it. Amounts are minor units of currency; version rises with every commit.

    settled_free says that pay_order settled a zero total. cancel_failed and in_doubt (transfers whose outcome nobody
    can find out) say that a person should look. reference is the merchant's own number of the order. default_taxes and
    category_taxes are what lines without taxes of their own are taxed by, chosen by shipping_address; with that and
    service_taxes, a tax service decides instead. amending is the one of amendments whose money is on its way. stock is
    what the order holds of tracked variants, until reserved_until while it is unpaid. waived is what
    a refund that failed late would have made owing again: nobody asks the buyer for it. cancel_reason is why it was
    canceled, in somebody's words. Everything else that callers read (status, totals) is derived.
    """

    order_id: str
    merchant_id: str
    version: int
    currency: str
    reference: str | None = None
    customer_id: str | None = None
    shipping_address: Address | None = None
    lines: tuple[Line, ...] = ()
    coupons: tuple[AppliedCoupon, ...] = ()
    charges: tuple[Charge, ...] = ()
    tip: int = 0
    default_taxes: tuple[Tax, ...] = ()
    category_taxes: dict[str, tuple[Tax, ...]] = field(default_factory=dict[str, tuple[Tax, ...]])
    tax_exempt: bool = False
    service_taxes: ServiceTaxes | None = None
    note: str | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    buyer_email: str | None = None
    payments: tuple[Payment, ...] = ()
    refunds: tuple[Refund, ...] = ()
    fulfillments: tuple[Fulfillment, ...] = ()
    returns: tuple[Return, ...] = ()
    amendments: tuple[Amendment, ...] = ()
    amending: Amending | None = None
    stock: tuple[Held, ...] = ()
    reserved_until: datetime | None = None
    canceling: Canceling | None = None
    cancel_failed: bool = False
    in_doubt: tuple[str, ...] = ()
    ended: Ending | None = None
    cancel_reason: str | None = None
    settled_free: bool = False
    waived: int = 0
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
