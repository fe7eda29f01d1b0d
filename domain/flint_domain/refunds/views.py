"""What callers read of a refund, and of what one would come to."""

from typing import Literal

from pydantic import Field

from flint_domain.kernel.money import format_money
from flint_domain.orders.lifecycle import Standing
from flint_domain.orders.model import Order
from flint_domain.payments.model import TransferState
from flint_domain.refunds.model import TIP, Refund, RefundPart
from flint_domain.refunds.rules import RefundPlan
from flint_domain.wire import Id, MoneyView, Quantity, Timestamp, WireModel, money

RefundState = Literal["PENDING", "SUCCEEDED", "FAILED"]


class RefundLineView(WireModel):
    """The part of a refund that one line, charge or the tip gets back."""

    line_item_id: Id | None = None
    charge_id: Id | None = None
    tip: bool | None = None
    quantity: Quantity | None = Field(default=None, description="units given back; absent when an amount was spread")
    amount_money: MoneyView = Field(description="net and tax together")
    tax_money: MoneyView


class RefundView(WireModel):
    """One refund of one payment's money."""

    summary: str
    refund_id: Id
    order_id: Id
    payment_intent_id: Id
    account_id: Id | None = Field(
        default=None, description="the gift card or store credit that gets the money, and not what paid"
    )
    status: RefundState = Field(description="PENDING may still fail, and so, rarely, may SUCCEEDED")
    amount_money: MoneyView
    tax_money: MoneyView = Field(description="the tax in amountMoney")
    lines: list[RefundLineView]
    reason: str
    note: str | None = None
    failure_message: str | None = Field(default=None, description="why a failed refund failed, in plain words")
    created_at: Timestamp


class QuotedPayment(WireModel):
    payment_intent_id: Id
    amount_money: MoneyView


class QuoteView(WireModel):
    """What create_refund with the same arguments would do now."""

    summary: str
    order_id: Id
    amount_money: MoneyView
    tax_money: MoneyView
    lines: list[RefundLineView]
    payments: list[QuotedPayment] = Field(description="through which payments the money goes back, newest first")
    remaining_refundable_money: MoneyView = Field(description="what could still go back afterwards")
    warnings: list[str]


def refund_status(refund: Refund) -> RefundState:
    match refund.state:
        case TransferState.SUCCEEDED:
            return "SUCCEEDED"
        case TransferState.DECLINED:
            return "FAILED"
        case _:
            return "PENDING"


def part_view(part: RefundPart, currency: str) -> RefundLineView:
    is_line, is_charge = part.of.startswith("li_"), part.of.startswith("chg_")
    return RefundLineView(
        line_item_id=part.of if is_line else None,
        charge_id=part.of if is_charge else None,
        tip=True if part.of == TIP else None,
        quantity=part.quantity if is_line else None,
        amount_money=money(part.amount, currency),
        tax_money=money(part.tax, currency),
    )


def refund_view(order: Order, refund: Refund) -> RefundView:
    currency, status, account_id = order.currency, refund_status(refund), refund.destination
    way = f"through {refund.payment_id}" if account_id is None else f"to {account_id}"
    return RefundView(
        summary=f"{status} refund of {format_money(refund.amount, currency)} {way}.",
        refund_id=refund.refund_id,
        order_id=order.order_id,
        payment_intent_id=refund.payment_id,
        account_id=account_id,
        status=status,
        amount_money=money(refund.amount, currency),
        tax_money=money(sum(part.tax for part in refund.parts), currency),
        lines=[part_view(part, currency) for part in refund.parts],
        reason=refund.reason,
        note=refund.note,
        failure_message=refund.decline.message if refund.decline else None,
        created_at=refund.created_at,
    )


def quote_view(standing: Standing, plan: RefundPlan) -> QuoteView:
    currency = standing.order.currency
    parts = [part for _, taken in plan.payments for part in taken]
    return QuoteView(
        summary=f"Would refund {format_money(plan.amount, currency)}.",
        order_id=standing.order.order_id,
        amount_money=money(plan.amount, currency),
        tax_money=money(sum(part.tax for part in parts), currency),
        lines=[part_view(part, currency) for part in parts],
        payments=[
            QuotedPayment(
                payment_intent_id=payment.payment_id,
                amount_money=money(sum(part.amount for part in taken), currency),
            )
            for payment, taken in plan.payments
        ],
        remaining_refundable_money=money(standing.money.refundable - plan.amount, currency),
        warnings=list(plan.warnings),
    )
