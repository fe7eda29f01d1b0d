"""What callers read of a payment."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import Field

from flint_domain.kernel.ids import is_id
from flint_domain.kernel.money import format_money
from flint_domain.kernel.wire import Id, MoneyView, Timestamp, WireModel, money
from flint_domain.order.accounts import is_account
from flint_domain.order.model import Order
from flint_domain.order.money import refundable_of
from flint_domain.order.payments import rules
from flint_domain.order.payments.model import Dispute, DisputeStatus, Payment, TransferKind, TransferState
from flint_domain.order.refunds.model import MOVED

PaymentState = Literal["REQUIRES_ACTION", "PROCESSING", "UNKNOWN", "AUTHORIZED", "CAPTURED", "DECLINED", "VOIDED"]


class TenderView(WireModel):
    type: str = Field(description="card, or another kind of source")
    brand: str | None = None
    last4: str | None = Field(default=None, description="last four digits")
    payment_method_id: Id | None = Field(default=None, description="the customer's saved method that it is")
    account_id: Id | None = Field(default=None, description="the gift card or store credit that it is")


class DisputeView(WireModel):
    """A buyer's claim at their bank; it is answered at the processor, not here."""

    dispute_id: str
    status: DisputeStatus
    amount_money: MoneyView
    reason: str
    due_by: Timestamp | None = Field(default=None, description="an answer comes too late after this")


class PaymentView(WireModel):
    """One try to pay the order with one source. An order's short views show it without summary, orderId, createdAt."""

    summary: str | None = None
    payment_intent_id: Id
    order_id: Id | None = None
    status: PaymentState = Field(
        description="REQUIRES_ACTION waits for the buyer at actionUrl; PROCESSING and UNKNOWN have no final answer yet"
    )
    tender: TenderView | None = Field(
        default=None, description="what paid; a card is never stored beyond brand and last four"
    )
    amount_money: MoneyView = Field(description="what was asked for")
    authorized_money: MoneyView = Field(description="held now and not captured")
    captured_money: MoneyView
    released_money: MoneyView | None = Field(default=None, description="what a capture in part left of the hold")
    refunded_money: MoneyView = Field(description="succeeded and pending refunds")
    moved_money: MoneyView | None = Field(default=None, description="refunded because another method has paid it")
    refundable_money: MoneyView
    elsewhere: bool | None = Field(
        default=None, description="true when it was paid outside Flint, and can only go to store credit or a gift card"
    )
    decline_code: str | None = Field(default=None, description="the processor's reason for a decline")
    decline_message: str | None = Field(default=None, description="the same in plain words")
    retryable: bool | None = Field(default=None, description="for a decline: whether the same source may work later")
    action_url: str | None = Field(default=None, description="where the buyer approves the payment")
    dispute: DisputeView | None = Field(default=None, description="while it is not won, nothing can be refunded")
    created_at: Timestamp | None = None


def payment_status(payment: Payment) -> PaymentState:
    """A payment's status, first match of what is open, then of what is held, taken or refused."""
    step = payment.step
    if step and step.kind is not TransferKind.CAPTURE and step.state is TransferState.REQUIRES_ACTION:
        return "REQUIRES_ACTION"
    for open_step in (payment.voiding, step):
        if open_step is not None:
            return "UNKNOWN" if open_step.state is TransferState.UNKNOWN else "PROCESSING"
    if payment.captured:
        return "CAPTURED"
    if payment.authorized:
        return "AUTHORIZED"
    return "VOIDED" if payment.voided else "DECLINED"


def payment_view(order: Order, payment: Payment) -> PaymentView:
    currency, status, decline = order.currency, payment_status(payment), payment.decline
    back = [refund for refund in order.refunds if refund.payment_id == payment.payment_id and refund.counts]
    refunded, moved = sum(refund.amount for refund in back), sum(refund.amount_of(MOVED) for refund in back)
    released = payment.amount - payment.captured if payment.captured else 0
    became = _what_became(payment, released=released, refunded=refunded - moved, moved=moved, currency=currency)
    who = f" ({payment.tender})" if payment.tender else ""
    why = f": {decline.message.rstrip('.')}" if decline and status == "DECLINED" else became
    return PaymentView(
        summary=f"{status} payment of {format_money(payment.amount, currency)}{who}{why}.",
        payment_intent_id=payment.payment_id,
        order_id=order.order_id,
        status=status,
        tender=_tender(payment),
        amount_money=money(payment.amount, currency),
        authorized_money=money(payment.authorized, currency),
        captured_money=money(payment.captured, currency),
        released_money=money(released, currency) if released else None,
        refunded_money=money(refunded, currency),
        moved_money=money(moved, currency) if moved else None,
        refundable_money=money(refundable_of(order, payment), currency),
        elsewhere=payment.elsewhere or None,
        decline_code=(decline.decline_code or decline.code) if decline else None,
        decline_message=decline.message if decline else None,
        retryable=decline.retryable if decline else None,
        action_url=payment.step.action_url if payment.step and status == "REQUIRES_ACTION" else None,
        dispute=_dispute(payment.dispute, currency),
        created_at=payment.created_at,
    )


def _what_became(payment: Payment, *, released: int, refunded: int, moved: int, currency: str) -> str:
    """What of a captured payment's amount was not taken, and what of it went back; amounts in minor units."""
    amounts = [
        (payment.captured if released else 0, "{money} captured"),
        (released, "{money} released"),
        (refunded, "{money} refunded"),
        (moved, "{money} given back, since another method has paid it"),
    ]
    told = [text.format(money=format_money(amount, currency)) for amount, text in amounts if amount]
    return f": {', '.join(told)}" if told else ""


def brief_payment(order: Order, payment: Payment) -> PaymentView:
    """The payment inside its order: without what the order says already."""
    whole = payment_view(order, payment)
    return whole.model_copy(update={"summary": None, "order_id": None, "created_at": None})


def _tender(payment: Payment) -> TenderView | None:
    """What paid. What an agent can name again, for a refund or another payment, is named by its id."""
    tender, source = payment.tender, payment.source
    if tender is None:
        return None
    return TenderView(
        type=tender.type,
        brand=tender.brand,
        last4=tender.last4,
        payment_method_id=source if is_id(source, "pm") else None,
        account_id=source if is_account(source) else None,
    )


def _dispute(dispute: Dispute | None, currency: str) -> DisputeView | None:
    if dispute is None:
        return None
    return DisputeView(
        dispute_id=dispute.dispute_id,
        status=dispute.status,
        amount_money=money(dispute.amount, currency),
        reason=dispute.reason,
        due_by=dispute.due_by,
    )


def shown_payments(order: Order, payment_id: str | None, first: int | None) -> Sequence[dict[str, Any]]:
    """The payments a command made (from the first on) or changed (by its id), as callers read them."""
    chosen = order.payments[first:] if first is not None else [rules.payment_of(order, payment_id or "")]
    return [payment_view(order, payment).to_wire(keep_empty=False) for payment in chosen]
