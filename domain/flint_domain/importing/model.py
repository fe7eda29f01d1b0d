"""Records as files hold them: complete, by names of the merchant's own, and without anything that Flint derives."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from flint_domain.catalog.rules import VariantInput
from flint_domain.customers.model import Profile
from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount
from flint_domain.order.payments.model import Tender


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerRecord:
    """A customer. What the profile leaves out stays as it is."""

    reference: str
    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantRecord:
    """A variant, and the units of it that there are when its stock is counted for the first time."""

    given: VariantInput
    available: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRecord:
    """An item. None leaves a field as it is, an empty text removes it; variants that are left out stay."""

    reference: str
    name: str | None = None
    description: str | None = None
    images: tuple[str, ...] | None = None
    tax_category: str | None = None
    active: bool | None = None
    variants: tuple[VariantRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxTerms:
    """A tax as it was then. percent 8 is 8 %; inclusive says that the price holds it. money is what was taken of this
    line or charge, where the shop of then rounded it by itself and not over the order."""

    name: str
    percent: Decimal
    inclusive: bool = False
    money: Amount | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord:
    """What was bought. item_id is anything that the catalog knows it by, or knew.

    discount is all that was taken off the line. fulfilled counts the units handed over: all of them when it is None and
    the order was fulfilled; returned counts those that came back.
    """

    unit_price: Amount
    quantity: Decimal = Decimal(1)
    name: str | None = None
    item_id: str | None = None
    discount: Amount | None = None
    taxes: tuple[TaxTerms, ...] = ()
    note: str | None = None
    fulfilled: Decimal | None = None
    returned: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeRecord:
    name: str
    money: Amount
    taxes: tuple[TaxTerms, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRecord:
    """Money that was taken elsewhere; reference is what the processor of then calls it, at the order's time if None."""

    money: Amount
    tender: Tender
    at: datetime | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRecord:
    """Money that went back elsewhere, of the order's payment with this number (1 is the first; None: the newest)."""

    money: Amount
    at: datetime | None = None
    payment: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRecord:
    """A past order. total, when given, is what it came to: Flint must come to the same, with taxes that are rounded
    once per rate, or else line by line.

    currency None is the merchant's. Units were handed over at fulfilled_at and arrived at delivered_at; canceled_at and
    closed_at say how it ended.
    """

    reference: str
    created_at: datetime
    lines: tuple[LineRecord, ...]
    currency: str | None = None
    customer_id: str | None = None
    buyer_email: str | None = None
    shipping_address: Address | None = None
    charges: tuple[ChargeRecord, ...] = ()
    tip: Amount | None = None
    payments: tuple[PaymentRecord, ...] = ()
    refunds: tuple[RefundRecord, ...] = ()
    fulfilled_at: datetime | None = None
    delivered_at: datetime | None = None
    canceled_at: datetime | None = None
    cancel_reason: str | None = None
    closed_at: datetime | None = None
    total: Amount | None = None
    note: str | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])


class Rejected(Exception):
    """A record that is not taken, for more than one reason."""

    def __init__(self, refusals: Sequence[Refused]) -> None:
        super().__init__(f"{len(refusals)} faults")
        self.refusals = tuple(refusals)
