"""What a record of a file may hold: as strict as the tools' arguments, and mostly the same."""

from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, Field, Strict, ValidationError
from pydantic_core import ErrorDetails

from flint_domain.catalog.rules import MAX_VARIANTS, VariantInput
from flint_domain.customers.model import Profile
from flint_domain.importing.model import (
    ChargeRecord,
    CustomerRecord,
    ItemRecord,
    LineRecord,
    OrderRecord,
    PaymentRecord,
    RefundRecord,
    TaxTerms,
    VariantRecord,
)
from flint_domain.order.payments.model import Tender
from flint_server.importing.columns import KindName
from flint_tools.addresses import AddressInput
from flint_tools.amounts import Count, MoneyInput, Percent, Quantity, check_currency
from flint_tools.catalog import MAX_IMAGES, ImageUrl, Options
from flint_tools.checks import wrong
from flint_tools.customers import Phone
from flint_tools.types import (
    ClearableCategory,
    ClearableIdentifier,
    ClearableName,
    ClearableNote,
    ClearableReference,
    Email,
    Identifier,
    Input,
    Metadata,
    MetadataChange,
    Name,
    Note,
    Reason,
    Reference,
    Spelled,
    Timestamp,
)


def _currency(value: str) -> str:
    check_currency(value)
    return value


def _last4(value: str) -> str:
    """A gift card's code has letters, too, and an export names its last four characters."""
    if len(value) != 4 or not (value.isascii() and value.isalnum()):  # noqa: PLR2004 - it is called so
        raise wrong(
            "last4 is not four digits or letters.", "give the card's last four digits, and never more of its number"
        )
    return value


def _some(value: MoneyInput) -> MoneyInput:
    if value.amount == 0:
        raise wrong("No money moved.", "leave out payments and refunds of zero", "invalid_money")
    return value


T = TypeVar("T")

Parts = Annotated[tuple[T, ...], Strict(strict=False)]
"""An array whose items are all read, wrong ones or not: everything that is wrong with a record is said at once."""

Currency = Annotated[str, Spelled("a currency"), AfterValidator(_currency)]
Last4 = Annotated[str, Spelled("four digits or letters"), AfterValidator(_last4)]
SomeMoney = Annotated[MoneyInput, AfterValidator(_some)]


class CustomerShape(Input):
    reference: Reference
    name: ClearableName | None = None
    emails: Parts[Email] | None = None
    phones: Parts[Phone] | None = None
    addresses: Parts[AddressInput] | None = None
    tax_exempt: bool | None = None
    tax_id: ClearableIdentifier | None = None
    note: ClearableNote | None = None
    metadata: MetadataChange | None = None

    def record(self) -> CustomerRecord:
        profile = Profile(
            name=self.name,
            emails=self.emails,
            phones=self.phones,
            addresses=None if self.addresses is None else tuple(given.address() for given in self.addresses),
            note=self.note,
            metadata=self.metadata,
            tax_exempt=self.tax_exempt,
            tax_id=self.tax_id,
        )
        return CustomerRecord(reference=self.reference, profile=profile)


class VariantShape(Input):
    sku: ClearableReference | None = None
    options: Options | None = None
    price_money: MoneyInput | None = None
    active: bool | None = None
    tracked: bool | None = None
    available: Count | None = None
    low_stock_at: Count | None = None

    def record(self) -> VariantRecord:
        given = VariantInput(
            sku=self.sku,
            options=self.options,
            price=None if self.price_money is None else self.price_money.price(),
            active=self.active,
            tracked=self.tracked,
            low_stock_at=self.low_stock_at,
        )
        return VariantRecord(given=given, available=self.available)


class ItemShape(Input):
    reference: Reference
    name: Name | None = None
    description: ClearableNote | None = None
    tax_category: ClearableCategory | None = None
    active: bool | None = None
    images: Parts[ImageUrl] | None = Field(default=None, max_length=MAX_IMAGES)
    variants: Parts[VariantShape] = Field(default=(), max_length=MAX_VARIANTS)

    def record(self) -> ItemRecord:
        return ItemRecord(
            reference=self.reference,
            name=self.name,
            description=self.description,
            images=self.images,
            tax_category=self.tax_category,
            active=self.active,
            variants=tuple(variant.record() for variant in self.variants),
        )


class TaxShape(Input):
    name: Name
    rate_percent: Percent
    inclusive: bool = False
    amount_money: MoneyInput | None = None

    def terms(self) -> TaxTerms:
        return TaxTerms(
            name=self.name,
            percent=self.rate_percent,
            inclusive=self.inclusive,
            money=None if self.amount_money is None else self.amount_money.price(),
        )


class LineShape(Input):
    item_id: Reference | None = None
    name: Name | None = None
    quantity: Quantity
    unit_price_money: MoneyInput
    discount_money: MoneyInput | None = None
    taxes: Parts[TaxShape] = Field(default=(), max_length=10)
    fulfilled_quantity: Count | None = None
    returned_quantity: Count | None = None
    note: Note | None = None

    def record(self) -> LineRecord:
        return LineRecord(
            unit_price=self.unit_price_money.price(),
            quantity=self.quantity,
            name=self.name,
            item_id=self.item_id,
            discount=None if self.discount_money is None else self.discount_money.price(),
            taxes=tuple(tax.terms() for tax in self.taxes),
            note=self.note,
            fulfilled=self.fulfilled_quantity,
            returned=self.returned_quantity or Decimal(0),
        )


class ChargeShape(Input):
    name: Name
    amount_money: MoneyInput
    taxes: Parts[TaxShape] = Field(default=(), max_length=10)

    def record(self) -> ChargeRecord:
        return ChargeRecord(
            name=self.name, money=self.amount_money.price(), taxes=tuple(tax.terms() for tax in self.taxes)
        )


class TenderShape(Input):
    type: Name
    brand: Name | None = None
    last4: Last4 | None = None


class PaymentShape(Input):
    tender: TenderShape
    amount_money: SomeMoney
    created_at: Timestamp | None = None
    reference: Identifier | None = None

    def record(self) -> PaymentRecord:
        return PaymentRecord(
            money=self.amount_money.price(),
            tender=Tender(type=self.tender.type, brand=self.tender.brand, last4=self.tender.last4),
            at=self.created_at,
            reference=self.reference,
        )


class RefundShape(Input):
    amount_money: SomeMoney
    created_at: Timestamp | None = None
    payment: int | None = Field(default=None, ge=1)

    def record(self) -> RefundRecord:
        return RefundRecord(money=self.amount_money.price(), at=self.created_at, payment=self.payment)


class OrderShape(Input):
    reference: Reference
    created_at: Timestamp
    customer_id: Reference | None = None
    buyer_email: Email | None = None
    currency: Currency | None = None
    shipping_address: AddressInput | None = None
    line_items: Parts[LineShape] = Field(min_length=1)
    charges: Parts[ChargeShape] = ()
    tip_money: MoneyInput | None = None
    payments: Parts[PaymentShape] = ()
    refunds: Parts[RefundShape] = ()
    fulfilled_at: Timestamp | None = None
    delivered_at: Timestamp | None = None
    canceled_at: Timestamp | None = None
    cancel_reason: Reason | None = None
    closed_at: Timestamp | None = None
    total_money: MoneyInput | None = None
    note: Note | None = None
    metadata: Metadata = Field(default_factory=dict)

    def record(self) -> OrderRecord:
        return OrderRecord(
            reference=self.reference,
            created_at=self.created_at,
            lines=tuple(line.record() for line in self.line_items),
            currency=self.currency,
            customer_id=self.customer_id,
            buyer_email=self.buyer_email,
            shipping_address=None if self.shipping_address is None else self.shipping_address.address(),
            charges=tuple(charge.record() for charge in self.charges),
            tip=None if self.tip_money is None else self.tip_money.price(),
            payments=tuple(payment.record() for payment in self.payments),
            refunds=tuple(refund.record() for refund in self.refunds),
            fulfilled_at=self.fulfilled_at,
            delivered_at=self.delivered_at,
            canceled_at=self.canceled_at,
            cancel_reason=self.cancel_reason,
            closed_at=self.closed_at,
            total=None if self.total_money is None else self.total_money.price(),
            note=self.note,
            metadata=self.metadata,
        )


Shape = type[CustomerShape] | type[ItemShape] | type[OrderShape]
Record = CustomerRecord | ItemRecord | OrderRecord

SHAPES: dict[KindName, Shape] = {"customers": CustomerShape, "items": ItemShape, "orders": OrderShape}
FIELDS: dict[KindName, frozenset[str]] = {
    kind: frozenset(str(field.alias) for field in shape.model_fields.values()) for kind, shape in SHAPES.items()
}


def parsed(kind: KindName, fields: dict[str, Any]) -> Record | list[ErrorDetails]:
    """The record that these fields are, or everything that is wrong with them."""
    try:
        return SHAPES[kind].model_validate(fields).record()
    except ValidationError as error:
        errors = error.errors(include_url=False)
        # A list whose items are wrong is said to be too short as well.
        deeper = {each["loc"][: len(each["loc"]) - up] for each in errors for up in range(1, len(each["loc"]))}
        return [each for each in errors if each["type"] != "too_short" or each["loc"] not in deeper]
