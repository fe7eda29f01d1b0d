"""How a record of the past becomes an order, to the cent, with its money counted and nothing moved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from flint_domain.importing.checks import check_expected, check_paid, day, faults_of_dates, wrong
from flint_domain.importing.model import LineRecord, OrderRecord, PaymentRecord, RefundRecord, Rejected, TaxTerms
from flint_domain.importing.taxing import taxed_as_then
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Fact, Moment
from flint_domain.kernel.money import format_money
from flint_domain.order.fulfillment.model import FulfilledLine, Fulfillment
from flint_domain.order.inputs import Amount, amount_in
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.lines import Charge, Line
from flint_domain.order.model import Order
from flint_domain.order.money import left_of, settlement
from flint_domain.order.payments.model import Payment, TransferState
from flint_domain.order.refunds.allocation import refundables, spread
from flint_domain.order.refunds.model import DIFFERENCE, Refund, RefundPart
from flint_domain.order.rules import check_counts, check_total
from flint_domain.order.tax.model import Tax

ELSEWHERE = "elsewhere"  # the source of a payment that was taken before Flint knew the order


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the catalog knows of what a line sold, whether it is sold still or not."""

    name: str
    item_id: str
    variant_id: str | None = None
    sku: str | None = None
    reference: str | None = None
    tax_category: str | None = None


CatalogLookup = Callable[[str], Known | None]


def imported(
    record: OrderRecord,
    *,
    currency: str,
    customer_id: str | None,
    merchant_id: str,
    known: CatalogLookup,
    moment: Moment,
) -> Standing:
    """The order as it was, priced by Flint, with its payments and refunds as they were told, and where that leaves it.

    Raises Rejected with all dates and counts that cannot be, and Refused: "currency_mismatch", "amount_changed" when
    Flint's total is another one than the record's, "amount_too_high" when more was paid or given back than there is.
    """
    faults = faults_of_dates(record, moment.now)
    lines = [_line(line, place, record, known, faults) for place, line in enumerate(record.lines)]
    if faults:
        raise Rejected(faults)
    order = Order(
        order_id=moment.new_id("ord"),
        merchant_id=merchant_id,
        version=1,
        currency=currency,
        reference=record.reference,
        customer_id=customer_id,
        buyer_email=record.buyer_email,
        shipping_address=record.shipping_address,
        lines=tuple(_priced(line, told, currency, moment) for line, told in zip(lines, record.lines, strict=True)),
        charges=tuple(
            Charge(
                charge_id=moment.new_id("chg"),
                name=charge.name,
                amount=amount_in(currency, charge.money, "charges"),
                taxes=_taxes(charge.taxes),
            )
            for charge in record.charges
        ),
        tip=0 if record.tip is None else amount_in(currency, record.tip, "tipMoney"),
        note=record.note,
        metadata={key: value for key, value in record.metadata.items() if value},
        cancel_reason=record.cancel_reason,
        ended="canceled" if record.canceled_at else "closed" if record.closed_at else None,
        created_at=record.created_at,
        updated_at=record.created_at,
    )
    check_counts(order)
    found = taxed_as_then(standing(order), record)
    order = found.order
    check_total(found)
    check_expected(record, found)
    order = replace(
        order,
        payments=tuple(_payment(payment, record, currency, moment) for payment in record.payments),
        fulfillments=_fulfillments(record, order, moment),
        settled_free=found.priced.total == 0,
    )
    found = _with_refunds(Standing(order, found.priced, settlement(order, found.priced)), record, moment)
    check_paid(found)
    return found


def _line(
    record: LineRecord, place: int, order: OrderRecord, known: CatalogLookup, faults: list[Refused]
) -> Known | None:
    """What a line sold, if the catalog knows it. What speaks against the line is added to the faults."""
    sold = None if record.item_id is None else known(record.item_id)
    number, field = place + 1, f"lineItems.{place}"
    if record.name is None and sold is None:
        faults.append(
            wrong(
                f"Line {number} has no name, and the catalog does not know what it sold.",
                "give name, or import the items first",
                f"{field}.name",
            )
        )
    sent = (record.quantity if record.fulfilled is None else record.fulfilled) if order.fulfilled_at else Decimal(0)
    bought, returned = f"{record.quantity.normalize():f} was bought", f"{record.returned.normalize():f}"
    if order.fulfilled_at is None and record.fulfilled:
        faults.append(
            wrong(
                f"{record.fulfilled.normalize():f} of line {number} was handed over, and nothing says when.",
                "give fulfilledAt, too",
                "fulfilledAt",
            )
        )
    elif sent > record.quantity:
        faults.append(
            wrong(
                f"{sent.normalize():f} of line {number} was handed over, and {bought}.",
                "give at most the line's quantity",
                f"{field}.fulfilledQuantity",
            )
        )
    elif record.returned > sent:
        handed_over = bought if record.returned > record.quantity else f"{sent.normalize():f} was handed over"
        faults.append(
            wrong(
                f"{returned} of line {number} was returned, and {handed_over}.",
                "give at most what the buyer had",
                f"{field}.returnedQuantity",
            )
        )
    return sold


def _priced(sold: Known | None, record: LineRecord, currency: str, moment: Moment) -> Line:
    return Line(
        line_id=moment.new_id("li"),
        name=record.name or (sold.name if sold else ""),
        quantity=record.quantity,
        unit_price=amount_in(currency, record.unit_price, "unitPriceMoney"),
        discount_amount=None
        if record.discount is None
        else amount_in(currency, record.discount, "discountMoney") or None,
        taxes=_taxes(record.taxes),
        item_id=sold.item_id if sold else record.item_id,
        variant_id=sold.variant_id if sold else None,
        sku=sold.sku if sold else None,
        item_reference=sold.reference if sold else None,
        tax_category=sold.tax_category if sold else None,
        note=record.note,
        returned=record.returned,
    )


def _taxes(terms: Sequence[TaxTerms]) -> tuple[Tax, ...]:
    """Taxes of then, which are none of the merchant's rates of now: the same terms are one group of the order."""
    return tuple(
        Tax(
            tax_rate_id=f"{tax.name} {tax.percent.normalize():f} {'inclusive' if tax.inclusive else 'additive'}",
            name=tax.name,
            percent=tax.percent,
            inclusive=tax.inclusive,
        )
        for tax in terms
    )


def _payment(record: PaymentRecord, order: OrderRecord, currency: str, moment: Moment) -> Payment:
    amount = amount_in(currency, record.money, "payments")
    return Payment(
        payment_id=moment.new_id("pi"),
        source=ELSEWHERE,
        amount=amount,
        captured=amount,
        tender=record.tender,
        reference=record.reference,
        elsewhere=True,
        created_at=record.at or order.created_at,
    )


def _fulfillments(record: OrderRecord, order: Order, moment: Moment) -> tuple[Fulfillment, ...]:
    """One handing over of all that was handed over."""
    if record.fulfilled_at is None:
        return ()
    given = zip(order.lines, record.lines, strict=True)
    units = [(line, line.quantity if told.fulfilled is None else told.fulfilled) for line, told in given]
    return (
        Fulfillment(
            fulfillment_id=moment.new_id("ful"),
            lines=tuple(FulfilledLine(line_id=line.line_id, quantity=count) for line, count in units if count),
            state="DELIVERED" if record.delivered_at else "FULFILLED",
            fulfilled_at=record.fulfilled_at,
            delivered_at=record.delivered_at,
        ),
    )


def _with_refunds(found: Standing, record: OrderRecord, moment: Moment) -> Standing:
    """The order with its refunds, each of what was paid too much first and then spread over what was bought."""
    for place, refund in enumerate(record.refunds, start=1):
        order = found.order
        amount = amount_in(order.currency, refund.money, "refunds")
        too_much = min(amount, found.money.overpaid)
        items = refundables(found)
        if amount - too_much > sum(item.left for item in items):
            raise _too_much_back(found, place, amount, sum(item.left for item in items) + too_much)
        parts = [RefundPart(of=DIFFERENCE, net=too_much, tax=0)] if too_much else []
        payment = _refunded_payment(found, place, refund, amount)
        made = Refund(
            refund_id=moment.new_id("ref"),
            payment_id=payment.payment_id,
            transfer_id="",
            amount=amount,
            parts=(*parts, *spread(amount - too_much, items)),
            reason="requested_by_customer",
            state=TransferState.SUCCEEDED,
            created_at=refund.at or payment.created_at,
        )
        order = replace(order, refunds=(*order.refunds, made))
        found = Standing(order, found.priced, settlement(order, found.priced))
    return found


def _refunded_payment(found: Standing, place: int, refund: RefundRecord, amount: int) -> Payment:
    """The payment that a refund is of: the one that is numbered, or else the newest that has so much left by then."""
    order = found.order
    if refund.payment is not None and refund.payment > len(order.payments):
        raise wrong(
            f"Refund {place} is of payment {refund.payment}, and the order has {len(order.payments)}.",
            "number the order's payments from 1",
            f"refunds.{place - 1}.payment",
        )
    named = order.payments if refund.payment is None else (order.payments[refund.payment - 1],)
    fitting = [payment for payment in named if left_of(order, payment) >= amount]
    if not fitting:
        raise _too_much_back(found, place, amount, max((left_of(order, paid) for paid in order.payments), default=0))
    if refund.at is None:
        return fitting[-1]
    paid = next((payment for payment in reversed(fitting) if payment.created_at <= refund.at), None)
    if paid is None:
        first = min(payment.created_at for payment in fitting)
        raise wrong(
            f"Refund {place} went back at {day(refund.at)}, before it was paid, {day(first)}.",
            "give the times at which it was paid and went back",
            f"refunds.{place - 1}.createdAt",
        )
    return paid


def _too_much_back(found: Standing, place: int, amount: int, most: int) -> Refused:
    currency = found.order.currency
    return Refused(
        "amount_too_high",
        f"Refund {place} gives {format_money(amount, currency)} back, and {format_money(most, currency)} is the most.",
        hint="correct the refunds; one that went over two payments is two refunds",
        param=f"refunds.{place - 1}.amountMoney",
    )


def fact_of(found: Standing, record: OrderRecord) -> Fact:
    """That an order was imported, and what came of it."""
    currency = found.order.currency
    ended = record.canceled_at or record.closed_at
    return Fact(
        "ORDER_IMPORTED",
        f"Order of {day(record.created_at)} imported: {format_money(found.priced.total, currency)}, "
        f"{format_money(found.money.paid, currency)} paid.",
        {
            "total": found.priced.total,
            "paid": found.money.paid,
            "refunded": found.money.refunded,
            "currency": currency,
            **({"endedAt": ended.isoformat()} if ended else {}),
        },
    )


def money_of(amount: int, currency: str) -> Amount:
    """An amount as a record holds it."""
    return Amount(amount=amount, currency=currency)
