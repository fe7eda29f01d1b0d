"""What callers read of a refund, and of what one would come to."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from flint_domain.kernel.money import format_money
from flint_domain.kernel.wire import Id, MoneyView, Quantity, Timestamp, WireModel, money
from flint_domain.order.accounts import STORE_CREDIT
from flint_domain.order.lifecycle import Standing
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Payment, TransferState
from flint_domain.order.payments.rules import payment_of
from flint_domain.order.refunds.model import TIP, Refund, RefundPart
from flint_domain.order.refunds.rules import RefundPlan

RefundState = Literal["PENDING", "SUCCEEDED", "FAILED"]
WholeRefundState = Literal["PENDING", "SUCCEEDED", "FAILED", "PARTLY_FAILED"]


class RefundLineView(WireModel):
    """The part of a refund that one line, charge or the tip gets back."""

    line_item_id: Id | None = None
    charge_id: Id | None = None
    tip: bool | None = None
    quantity: Quantity | None = Field(default=None, description="units given back; absent when an amount was spread")
    amount_money: MoneyView = Field(description="net and tax together")
    tax_money: MoneyView


class RefundView(WireModel):
    """One refund of one payment's money. An order's short views leave out summary, orderId, lines, createdAt."""

    summary: str | None = None
    refund_id: Id
    order_id: Id | None = None
    payment_intent_id: Id
    account_id: Id | None = Field(
        default=None, description="the gift card or store credit that gets the money, and not what paid"
    )
    status: RefundState = Field(description="PENDING may still fail, and so, rarely, may SUCCEEDED")
    amount_money: MoneyView
    tax_money: MoneyView = Field(description="the tax in amountMoney")
    lines: list[RefundLineView] | None = None
    reason: str
    note: str | None = None
    failure_message: str | None = Field(default=None, description="why a failed refund failed, in plain words")
    created_at: Timestamp | None = None


class WholeRefundView(WireModel):
    """What one call gave back through several payments: the whole, and then a refund for each of them."""

    summary: str
    order_id: Id
    account_id: Id | None = Field(
        default=None, description="the gift card or store credit that gets the money, and not what paid"
    )
    status: WholeRefundState = Field(description="PARTLY_FAILED: some of the parts have failed")
    amount_money: MoneyView
    tax_money: MoneyView = Field(description="the tax in amountMoney")
    lines: list[RefundLineView]
    reason: str
    note: str | None = None
    created_at: Timestamp
    parts: list[RefundView] = Field(description="one for each payment that gives money back")


class QuotedPayment(WireModel):
    payment_intent_id: Id
    amount_money: MoneyView


class QuoteView(WireModel):
    """What create_refund with the same arguments would do now."""

    summary: str
    order_id: Id
    amount_money: MoneyView
    tax_money: MoneyView
    account_id: Id | None = Field(default=None, description="the gift card or store credit that would get it")
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


def refunds_view(order: Order, refunds: Sequence[Refund]) -> RefundView | WholeRefundView:
    """What one call gave back: its refund, or the sum of its refunds through several payments, the whole first."""
    if len(refunds) == 1:
        return refund_view(order, refunds[0])
    currency, first, status = order.currency, refunds[0], _status_of_all(refunds)
    parts = [part for refund in refunds for part in refund.parts]
    shares = [(payment_of(order, r.payment_id), r.destination, r.amount, _state_in_words(status, r)) for r in refunds]
    accounts = {refund.destination for refund in refunds}
    amount = sum(refund.amount for refund in refunds)
    return WholeRefundView(
        summary=f"{status} refund of {format_money(amount, currency)}: {_shares(shares, currency)}.",
        order_id=order.order_id,
        account_id=first.destination if len(accounts) == 1 else None,
        status=status,
        amount_money=money(amount, currency),
        tax_money=money(sum(part.tax for part in parts), currency),
        lines=[part_view(part, currency) for part in merged(parts)],
        reason=first.reason,
        note=first.note,
        created_at=first.created_at,
        parts=[refund_view(order, refund) for refund in refunds],
    )


def _status_of_all(refunds: Sequence[Refund]) -> WholeRefundState:
    states: set[WholeRefundState] = {refund_status(refund) for refund in refunds}
    if len(states) == 1:
        return states.pop()
    return "PARTLY_FAILED" if "FAILED" in states else "PENDING"


def _state_in_words(whole: WholeRefundState, refund: Refund) -> str:
    """What became of a part, where not all parts fare alike."""
    status = refund_status(refund)
    return "" if status == whole else f" {status}"


def _shares(shares: Iterable[tuple[Payment, str | None, int, str]], currency: str) -> str:
    """Which payment's money goes where: "8.75 USD to visa 4242 + 3.75 USD to gift_card 7F3K"."""
    return " + ".join(
        f"{format_money(amount, currency)} to {destination or payment.tender or payment.payment_id}{state}"
        for payment, destination, amount, state in shares
    )


def merged(parts: Iterable[RefundPart]) -> list[RefundPart]:
    """The parts with one for each line: a line that two payments paid for was cut in two."""
    whole: dict[str, RefundPart] = {}
    for part in parts:
        known = whole.get(part.of)
        if known is None:
            whole[part.of] = part
            continue
        units = None if known.quantity is None else known.quantity + (part.quantity or 0)
        whole[part.of] = replace(known, net=known.net + part.net, tax=known.tax + part.tax, quantity=units)
    return list(whole.values())


def brief_refund(order: Order, refund: Refund) -> RefundView:
    """The refund inside its order, whose lines say how many units went back."""
    left_out = ("summary", "order_id", "lines", "created_at")
    return refund_view(order, refund).model_copy(update=dict.fromkeys(left_out))


def quote_view(standing: Standing, plan: RefundPlan) -> QuoteView:
    currency = standing.order.currency
    parts = [part for _, taken in plan.payments for part in taken]
    shares = [(payment, plan.destination, sum(p.amount for p in taken), "") for payment, taken in plan.payments]
    where = (
        f": {_shares(shares, currency)}" if len(shares) > 1 else f" to {plan.destination}" if plan.destination else ""
    )
    left = standing.money.refundable + (standing.money.elsewhere if plan.destination else 0)
    return QuoteView(
        summary=f"Would refund {format_money(plan.amount, currency)}{where}.",
        order_id=standing.order.order_id,
        amount_money=money(plan.amount, currency),
        tax_money=money(sum(part.tax for part in parts), currency),
        account_id=None if plan.destination == STORE_CREDIT else plan.destination,
        lines=[part_view(part, currency) for part in merged(parts)],
        payments=[
            QuotedPayment(
                payment_intent_id=payment.payment_id,
                amount_money=money(sum(part.amount for part in taken), currency),
            )
            for payment, taken in plan.payments
        ],
        remaining_refundable_money=money(left - plan.amount, currency),
        warnings=list(plan.warnings),
    )
