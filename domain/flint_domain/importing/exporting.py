"""What a stored record is in a file, so that importing the file makes the same record again.

An order of the past keeps its amounts, not how they were agreed: coupons and percentages are discounts of lines,
options are part of a unit's price, and what was exchanged is the line that the buyer has now.
"""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from flint_domain.customers.model import Customer
from flint_domain.customers.ports import CustomerReads
from flint_domain.importing.model import (
    ChargeRecord,
    LineRecord,
    OrderRecord,
    PaymentRecord,
    RefundRecord,
    TaxTerms,
)
from flint_domain.importing.naming import name_of
from flint_domain.importing.rules import money_of
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.subjects import of_order
from flint_domain.order.fulfillment.counting import sent
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.lines import Charge, Line
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Payment, Tender
from flint_domain.order.pricing import PricedItem, price_items
from flint_domain.order.refunds.model import MOVED
from flint_domain.order.tax.model import Tax
from flint_domain.reactions.customers import buyer_of
from flint_domain.unit_of_work.ports import ReadTransaction

_UNKNOWN = Tender(type="other")  # of a payment whose processor never said what paid


def record_of(tx: ReadTransaction, order: Order) -> OrderRecord:
    """The order as a file holds it. Only money that was taken and kept, or went back, is history: what is authorized,
    declined or moved to another method is left out."""
    found = standing(order)
    lines, charges = _priced_lines(found), _charges(found)
    payments = [(payment, taken) for payment in order.payments if (taken := _kept(order, payment)) > 0]
    handed_over = [made for made in order.fulfillments if made.state != "CANCELED"]
    arrived = [made.delivered_at for made in handed_over if made.state == "DELIVERED" and made.delivered_at]
    ended_at = None if order.ended is None else _ended_at(tx, order)
    return OrderRecord(
        reference=name_of(order.reference, order.order_id),
        created_at=_to_the_millisecond(order.created_at),
        currency=order.currency,
        customer_id=_customer_name(tx, order),
        buyer_email=order.buyer_email,
        shipping_address=None if order.shipping_address is None else replace(order.shipping_address, phone=None),
        lines=tuple(_line(found, line, index, bool(handed_over)) for index, line in lines),
        charges=tuple(charges),
        tip=money_of(order.tip, order.currency) if order.tip else None,
        payments=tuple(_payment(order, payment, taken) for payment, taken in payments),
        refunds=tuple(_refunds(order, [payment.payment_id for payment, _ in payments])),
        fulfilled_at=_to_the_millisecond(min(made.fulfilled_at for made in handed_over)) if handed_over else None,
        delivered_at=_to_the_millisecond(max(arrived)) if handed_over and len(arrived) == len(handed_over) else None,
        canceled_at=ended_at if order.ended == "canceled" else None,
        cancel_reason=order.cancel_reason,
        closed_at=ended_at if order.ended == "closed" else None,
        total=money_of(found.priced.total, order.currency),
        note=order.note,
        metadata={key: value for key, value in order.metadata.items() if value},
    )


def customer_name(customer: Customer) -> str:
    return name_of(customer.reference, customer.customer_id)


def _customer_name(tx: CustomerReads, order: Order) -> str | None:
    """What the customer of an order is called: a reference that Flint does not know stays as it is."""
    customer, named = buyer_of(tx, order), order.customer_id
    if customer is not None:
        return customer_name(customer)
    return name_of(None, named) if named is not None and is_id(named, "cus") else named


def _priced_lines(found: Standing) -> list[tuple[int, Line]]:
    """The lines that the buyer pays for, with their places in the order."""
    return [(index, line) for index, line in enumerate(found.order.lines) if line.priced_quantity > 0]


def _line(found: Standing, line: Line, index: int, handed_over: bool) -> LineRecord:
    currency, taken = found.order.currency, found.priced.lines[index].discount
    quantity = line.priced_quantity
    gone = min(quantity, sent(found.order).get(line.line_id, Decimal(0))) if handed_over else quantity
    return LineRecord(
        unit_price=money_of(_unit_price(line), currency),
        quantity=quantity,
        name=line.name,
        item_id=_item_name(line),
        discount=money_of(taken, currency) if taken else None,
        taxes=_terms(_taxes_of(found.order, line), found.priced.lines[index], currency),
        note=line.note,
        fulfilled=None if gone == quantity else gone,
        returned=min(line.returned, quantity),
    )


def _unit_price(line: Line) -> int:
    return line.unit_price + sum(modifier.amount for modifier in line.modifiers)


def _item_name(line: Line) -> str | None:
    """What a line sold: the variant by its SKU, else the item, else the merchant's own reference."""
    if line.sku is not None or line.item_reference is not None:
        return line.sku or line.item_reference
    if line.variant_id is not None:
        return name_of(None, line.variant_id)
    return name_of(None, line.item_id) if line.item_id and is_id(line.item_id, "item") else line.item_id


def _taxes_of(order: Order, item: Line | Charge) -> tuple[Tax, ...]:
    """The rates that a line or charge was taxed by; a tax service's taxes are none."""
    if order.tax_exempt or (item.taxes is None and order.service_taxes is not None):
        return ()
    if item.taxes is not None:
        return item.taxes
    category = item.tax_category if isinstance(item, Line) else None
    return order.category_taxes.get(category or "", order.default_taxes)


def _terms(taxes: tuple[Tax, ...], item: PricedItem, currency: str) -> tuple[TaxTerms, ...]:
    """The taxes of a line or charge. One that another shop had rounded says how much it is now."""
    taken = [*item.taxes]

    def amount(tax: Tax) -> int:
        share = next((each for each in taken if each.source == tax.tax_rate_id), None)
        if share is None:
            return 0
        taken.remove(share)  # a line may have the same rate twice
        return share.amount

    return tuple(
        TaxTerms(
            name=tax.name,
            percent=tax.percent,
            inclusive=tax.inclusive,
            money=None if tax.stated is None else money_of(amount(tax), currency),
        )
        for tax in taxes
    )


def _charges(found: Standing) -> list[ChargeRecord]:
    """The charges; what a tax service found, which no rate says, is one more."""
    order, currency = found.order, found.order.currency
    charges = [
        ChargeRecord(
            name=charge.name,
            money=money_of(charge.amount, currency),
            taxes=_terms(_taxes_of(order, charge), item, currency),
        )
        for charge, item in zip(order.charges, found.priced.charges, strict=True)
    ]
    missing = found.priced.total - _total_by_rates(found) if order.service_taxes is not None else 0
    return [*charges, ChargeRecord(name="Tax", money=money_of(missing, currency))] if missing > 0 else charges


def _total_by_rates(found: Standing) -> int:
    """What the order would come to without its tax service."""
    order = found.order
    lines = [
        replace(
            line,
            quantity=line.priced_quantity,
            exchanged=Decimal(0),
            discount_percent=None,
            discount_amount=found.priced.lines[index].discount or None,
            taxes=_taxes_of(order, line),
        )
        for index, line in _priced_lines(found)
    ]
    charges = [replace(charge, taxes=_taxes_of(order, charge)) for charge in order.charges]
    return price_items(lines, (), charges, tip=order.tip, currency=order.currency).total


def _kept(order: Order, payment: Payment) -> int:
    """What a payment brought in, without what another method has paid in its place."""
    moved = (refund.amount_of(MOVED) for refund in order.refunds if refund.payment_id == payment.payment_id)
    return payment.captured - sum(moved)


def _payment(order: Order, payment: Payment, taken: int) -> PaymentRecord:
    tender = payment.tender or _UNKNOWN
    return PaymentRecord(
        money=money_of(taken, order.currency),
        tender=Tender(type=tender.type, brand=tender.brand, last4=tender.last4),
        at=_to_the_millisecond(payment.created_at),
        reference=payment.reference,
    )


def _refunds(order: Order, payment_ids: list[str]) -> list[RefundRecord]:
    return [
        RefundRecord(
            money=money_of(amount, order.currency),
            at=_to_the_millisecond(refund.created_at),
            payment=payment_ids.index(refund.payment_id) + 1,
        )
        for refund in order.refunds
        if refund.counts and (amount := refund.amount - refund.amount_of(MOVED)) > 0
    ]


_LONGEST_TRAIL = 10_000


def _ended_at(tx: ReadTransaction, order: Order) -> datetime:
    """When it was canceled or closed, here or before it was imported."""
    for activity in tx.activities(of_order(order.order_id), limit=_LONGEST_TRAIL):
        if activity.type in ("ORDER_CANCELED", "ORDER_CLOSED"):
            return _to_the_millisecond(activity.at)
        if activity.type == "ORDER_IMPORTED" and "endedAt" in activity.data:
            return datetime.fromisoformat(activity.data["endedAt"])
    return _to_the_millisecond(order.updated_at)


def _to_the_millisecond(at: datetime) -> datetime:
    """As exact as files are."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
