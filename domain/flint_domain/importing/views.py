"""A record as a line of JSON holds it: the names of the tools' own arguments and answers."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import Field

from flint_domain.catalog.model import Item, Stock, Variant
from flint_domain.customers.model import Customer
from flint_domain.importing.exporting import customer_name
from flint_domain.importing.model import OrderRecord, TaxTerms
from flint_domain.importing.naming import name_of
from flint_domain.kernel.addresses import Address, AddressView, address_view
from flint_domain.kernel.wire import MoneyView, Percent, Quantity, Timestamp, WireModel, money
from flint_domain.order.inputs import Amount


class CustomerRow(WireModel):
    reference: str
    name: str | None = None
    emails: list[str] | None = None
    phones: list[str] | None = None
    addresses: list[AddressView] | None = None
    tax_exempt: bool | None = None
    tax_id: str | None = None
    note: str | None = None
    metadata: dict[str, str] | None = None


class VariantRow(WireModel):
    sku: str
    options: dict[str, str] | None = None
    price_money: MoneyView
    active: bool
    tracked: bool | None = None
    available: Quantity | None = Field(default=None, description="units that are there, reserved ones included")
    low_stock_at: Quantity | None = None


class ItemRow(WireModel):
    reference: str
    name: str
    description: str | None = None
    tax_category: str | None = None
    active: bool
    images: list[str] | None = None
    variants: list[VariantRow]


class TaxRow(WireModel):
    name: str
    rate_percent: Percent
    inclusive: bool | None = None
    amount_money: MoneyView | None = None


class LineRow(WireModel):
    item_id: str | None = None
    name: str | None = None
    quantity: Quantity
    unit_price_money: MoneyView
    discount_money: MoneyView | None = None
    taxes: list[TaxRow] | None = None
    fulfilled_quantity: Quantity | None = None
    returned_quantity: Quantity | None = None
    note: str | None = None


class ChargeRow(WireModel):
    name: str
    amount_money: MoneyView
    taxes: list[TaxRow] | None = None


class TenderRow(WireModel):
    type: str
    brand: str | None = None
    last4: str | None = None


class PaymentRow(WireModel):
    tender: TenderRow
    amount_money: MoneyView
    created_at: Timestamp | None = None
    reference: str | None = None


class RefundRow(WireModel):
    amount_money: MoneyView
    created_at: Timestamp | None = None
    payment: int | None = None


class OrderRow(WireModel):
    reference: str
    created_at: Timestamp
    customer_id: str | None = None
    buyer_email: str | None = None
    currency: str
    shipping_address: AddressView | None = None
    line_items: list[LineRow]
    charges: list[ChargeRow] | None = None
    tip_money: MoneyView | None = None
    payments: list[PaymentRow] | None = None
    refunds: list[RefundRow] | None = None
    fulfilled_at: Timestamp | None = None
    delivered_at: Timestamp | None = None
    canceled_at: Timestamp | None = None
    cancel_reason: str | None = None
    closed_at: Timestamp | None = None
    total_money: MoneyView
    note: str | None = None
    metadata: dict[str, str] | None = None


def customer_row(customer: Customer) -> dict[str, Any]:
    return CustomerRow(
        reference=customer_name(customer),
        name=customer.name,
        emails=list(customer.emails) or None,
        phones=list(customer.phones) or None,
        addresses=[_address(address) for address in customer.addresses] or None,
        tax_exempt=customer.tax_exempt or None,
        tax_id=customer.tax_id,
        note=customer.note,
        metadata=customer.metadata or None,
    ).to_wire(keep_empty=False)


def item_row(item: Item, stock: Mapping[str, Stock]) -> dict[str, Any]:
    return ItemRow(
        reference=name_of(item.reference, item.item_id),
        name=item.name,
        description=item.description,
        tax_category=item.tax_category,
        active=item.active,
        images=list(item.images) or None,
        variants=[_variant(item, variant, stock.get(variant.variant_id)) for variant in item.variants],
    ).to_wire(keep_empty=False)


def order_row(record: OrderRecord) -> dict[str, Any]:
    address = record.shipping_address
    return OrderRow(
        reference=record.reference,
        created_at=record.created_at,
        customer_id=record.customer_id,
        buyer_email=record.buyer_email,
        currency=record.currency or "",
        shipping_address=None if address is None else _address(address),
        line_items=[
            LineRow(
                item_id=line.item_id,
                name=line.name,
                quantity=line.quantity,
                unit_price_money=_money(line.unit_price),
                discount_money=None if line.discount is None else _money(line.discount),
                taxes=_taxes(line.taxes),
                fulfilled_quantity=line.fulfilled,
                returned_quantity=line.returned or None,
                note=line.note,
            )
            for line in record.lines
        ],
        charges=[
            ChargeRow(name=charge.name, amount_money=_money(charge.money), taxes=_taxes(charge.taxes))
            for charge in record.charges
        ]
        or None,
        tip_money=None if record.tip is None else _money(record.tip),
        payments=[
            PaymentRow(
                tender=TenderRow(type=paid.tender.type, brand=paid.tender.brand, last4=paid.tender.last4),
                amount_money=_money(paid.money),
                created_at=paid.at,
                reference=paid.reference,
            )
            for paid in record.payments
        ]
        or None,
        refunds=[
            RefundRow(amount_money=_money(back.money), created_at=back.at, payment=back.payment)
            for back in record.refunds
        ]
        or None,
        fulfilled_at=record.fulfilled_at,
        delivered_at=record.delivered_at,
        canceled_at=record.canceled_at,
        cancel_reason=record.cancel_reason,
        closed_at=record.closed_at,
        total_money=_money(record.total or Amount(amount=0)),
        note=record.note,
        metadata=record.metadata or None,
    ).to_wire(keep_empty=False)


def _variant(item: Item, variant: Variant, stock: Stock | None) -> VariantRow:
    counted = stock if stock is not None and stock.tracked else None
    return VariantRow(
        sku=name_of(variant.sku, variant.variant_id),
        options=variant.options or None,
        price_money=money(variant.price, item.currency),
        active=variant.active,
        tracked=None if counted is None else True,
        available=None if counted is None else counted.available + counted.reserved,
        low_stock_at=variant.low_stock_at,
    )


def _address(address: Address) -> AddressView:
    return address_view(address).model_copy(update={"phone": None})


def _taxes(terms: Sequence[TaxTerms]) -> list[TaxRow] | None:
    return [
        TaxRow(
            name=tax.name,
            rate_percent=tax.percent,
            inclusive=tax.inclusive or None,
            amount_money=None if tax.money is None else _money(tax.money),
        )
        for tax in terms
    ] or None


def _money(price: Amount) -> MoneyView:
    return money(price.amount, price.currency or "")
