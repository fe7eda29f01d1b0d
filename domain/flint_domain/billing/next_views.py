"""What callers read of the money of a subscription: its next order, line by line, and why the present one cost what it
did."""

from pydantic import Field

from flint_domain.billing.previews import NextOrder
from flint_domain.billing.status import Billed
from flint_domain.billing.views import PeriodView, period_view
from flint_domain.kernel.money import format_money
from flint_domain.kernel.wire import MoneyView, Quantity, Timestamp, WireModel, money
from flint_domain.order.line_views import TaxView
from flint_domain.order.tracing import MoneyTrace, TraceStep, trace


class NextLineView(WireModel):
    name: str
    quantity: Quantity
    unit_price_money: MoneyView
    period: PeriodView | None = None
    gross_money: MoneyView
    discount_money: MoneyView
    tax_money: MoneyView
    total_money: MoneyView


class NextDiscountView(WireModel):
    coupon_code: str
    discount_money: MoneyView
    last_time: bool | None = Field(default=None, description="true when it runs out with this order")


class NextOrderView(WireModel):
    """The order that comes next by itself: what a renewal makes, before it is made."""

    summary: str
    at: Timestamp
    period: PeriodView
    lines: list[NextLineView]
    discounts: list[NextDiscountView]
    taxes: list[TaxView]
    total_money: MoneyView
    credit_money: MoneyView = Field(description="what store credit will pay of it")
    method_money: MoneyView = Field(description="what the saved method will pay, or the invoice ask for")
    not_charged_money: MoneyView | None = Field(default=None, description="too little to be charged")


def next_order_view(coming: NextOrder) -> NextOrderView:
    amounts, tenders = coming.amounts, coming.tenders
    currency, ending = amounts.currency, {coupon.coupon_id for coupon in coming.running_out}
    total = format_money(amounts.total, currency)
    return NextOrderView(
        summary=f"{total} on {coming.charge.period.start}, order {coming.charge.sequence} of the subscription.",
        at=coming.at,
        period=period_view(coming.charge.period),
        lines=[
            NextLineView(
                name=line.name,
                quantity=line.quantity,
                unit_price_money=money(line.unit_price, currency),
                period=None if line.period is None or line.period.whole else period_view(line.period),
                gross_money=money(item.gross, currency),
                discount_money=money(item.discount, currency),
                tax_money=money(item.tax, currency),
                total_money=money(item.total, currency),
            )
            for line, item in zip(coming.charge.lines, amounts.lines, strict=True)
        ],
        discounts=[
            NextDiscountView(
                coupon_code=made.discount.name,
                discount_money=money(made.amount, currency),
                last_time=made.discount.discount_id in ending or None,
            )
            for made in amounts.discounts
        ],
        taxes=[
            TaxView(
                tax_rate_id=made.tax.tax_rate_id,
                name=made.tax.name,
                rate_percent=made.tax.percent,
                inclusive=made.tax.inclusive,
                taxable_money=money(made.taxable, currency),
                tax_money=money(made.amount, currency),
            )
            for made in amounts.taxes
        ],
        total_money=money(amounts.total, currency),
        credit_money=money(tenders.credit, currency),
        method_money=money(tenders.method, currency),
        not_charged_money=money(tenders.not_charged, currency) if tenders.not_charged else None,
    )


def money_trace(billed: Billed) -> list[MoneyTrace]:
    """Why the present period cost what it did: each line by price, units, days, coupons and tax, the order's total, and
    what of it was paid, went back and is due. Every entry's steps sum to its sumMoney."""
    current, currency = billed.current, billed.subscription.currency
    if current is None:
        return []
    paid = [
        TraceStep(what=f"paid by {payment.payment_id}", amount_money=money(-payment.captured, currency))
        for payment in current.order.payments
        if payment.captured
    ]
    back = [
        TraceStep(what=f"given back by {refund.refund_id}", amount_money=money(refund.amount, currency))
        for refund in current.order.refunds
        if refund.counts
    ]
    total = TraceStep(what="total", amount_money=money(current.priced.total, currency))
    steps, due = [total, *paid, *back], current.money.outstanding - current.money.overpaid
    if not_owed := due - sum(step.amount_money.amount for step in steps):
        steps.append(TraceStep(what="given back, and not owed again", amount_money=money(not_owed, currency)))
    return [*trace(current), MoneyTrace(of="due", steps=steps, sum_money=money(due, currency))]
