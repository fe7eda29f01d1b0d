"""What Stripe's objects say of a transfer. Pure functions over its JSON (https://docs.stripe.com/payments/paymentintents/lifecycle)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, cast

from flint_domain.customers.errands import Attach, Detach
from flint_domain.order.payments.model import Decline, Outcome, Tender, Transfer, TransferKind, TransferState
from flint_server.processors.declines import AUTHENTICATION_REQUIRED
from flint_server.processors.stripe.declines import CANCELED, decline_of
from flint_server.processors.stripe.money import from_stripe, to_stripe
from flint_server.processors.stripe.requests import CAPTURED_BY

UNKNOWN = Outcome(state=TransferState.UNKNOWN)
ABANDONED = (
    "abandoned"  # the reason that Flint cancels with when a buyer would have had to approve, and nobody was there
)

_CAPTURED_ALREADY = Decline(
    code="payment_intent_unexpected_state",
    message="The payment was captured already, though not by this request. Read the order before trying again.",
)
_NOT_VOIDABLE = Decline(
    code="payment_intent_unexpected_state",
    message="The payment is captured already and cannot be voided. Refund it instead.",
)
_NOT_SAVED = Decline(code="canceled", message="Saving it was called off before the buyer had confirmed it.")
_NOWHERE_TO_CONFIRM = Decline(
    code="authentication_required",
    message="The bank wants the buyer to confirm that the card may be saved, and there is nowhere to send them. Try "
    "another card, or set a return URL so that buyers can confirm.",
)
_RETURNED = {
    "expired_or_canceled_card": "the card is expired or canceled",
    "lost_or_stolen_card": "the card is reported lost or stolen",
    "declined": "the bank declined it",
    "insufficient_funds": "the Stripe balance does not cover it",
    "merchant_request": "it was canceled on the merchant's request",
    "charge_for_pending_refund_disputed": "the buyer has disputed the charge",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeDispute:
    """A buyer's claim against a charge. amount is in minor units; evidence_due_by is when an answer comes too late."""

    reference: str
    payment_reference: str
    amount: int
    currency: str
    reason: str
    status: str
    evidence_due_by: datetime | None
    refundable: bool
    created_at: datetime


def is_of(asked: Transfer | Attach | Detach, found: Mapping[str, Any]) -> bool:
    """Whether an object was made for this very attempt, and for its money where it moves any."""
    metadata: Mapping[str, Any] = found.get("metadata") or {}
    if metadata.get("transfer_id") != asked.asked_id or metadata.get("attempt") != str(asked.attempt):
        return False
    return not isinstance(asked, Transfer) or (
        found.get("amount") == to_stripe(asked.amount, asked.currency)
        and found.get("currency") == asked.currency.lower()
    )


def tender_of(method: object) -> Tender | None:
    """Type, brand and last four digits of a PaymentMethod; None when it is not expanded."""
    if not isinstance(method, Mapping):
        return None
    known: Mapping[str, Any] = method  # pyright: ignore[reportUnknownVariableType]
    card: Mapping[str, Any] = known.get("card") or {}
    return Tender(type=str(known.get("type", "card")), brand=card.get("brand"), last4=card.get("last4"))


def saved_tender_of(method: object) -> Tender | None:
    """The same of a method that is saved, with its expiry."""
    tender = tender_of(method)
    if tender is None or not isinstance(method, Mapping):
        return None
    known: Mapping[str, Any] = method  # pyright: ignore[reportUnknownVariableType]
    card: Mapping[str, Any] = known.get("card") or {}
    return replace(tender, exp_month=card.get("exp_month"), exp_year=card.get("exp_year"))


def of_setup(setup: Mapping[str, Any], tender: Tender | None = None) -> Outcome:
    """How saving a method stands (https://docs.stripe.com/payments/setup-intents). Once it is saved, its reference is
    the PaymentMethod's, until then the SetupIntent's."""
    told = Outcome(
        state=TransferState.UNKNOWN,
        reference=str(setup["id"]),
        tender=saved_tender_of(setup.get("payment_method")) or tender,
        customer_reference=_id_of(setup.get("customer")),
    )
    match setup.get("status"):
        case "succeeded":
            return replace(told, state=TransferState.SUCCEEDED, reference=_id_of(setup.get("payment_method")))
        case "processing":
            return replace(told, state=TransferState.PENDING)
        case "requires_action":
            return replace(told, state=TransferState.REQUIRES_ACTION, action_url=url_of(setup))
        case "canceled":
            decline = _NOWHERE_TO_CONFIRM if setup.get("cancellation_reason") == ABANDONED else _NOT_SAVED
            return replace(told, state=TransferState.DECLINED, decline=decline)
        case "requires_payment_method" if error := setup.get("last_setup_error"):
            known = saved_tender_of(error.get("payment_method")) or told.tender
            return replace(told, state=TransferState.DECLINED, decline=decline_of(error), tender=known)
        case _:
            return UNKNOWN


def of_detach(found: Mapping[str, Any]) -> Outcome:
    """Whether a method is gone: the PaymentMethod has no customer, or the SetupIntent that would have saved it has
    ended. UNKNOWN while it is still saved, or may yet be."""
    method: object = found.get("payment_method") if found.get("object") == "setup_intent" else found
    status = found.get("status", "succeeded")
    if status == "succeeded":
        gone = isinstance(method, Mapping) and cast("Mapping[str, Any]", method).get("customer") is None
    else:
        gone = status in ("canceled", "requires_payment_method")
    return Outcome(state=TransferState.SUCCEEDED, reference=str(found["id"])) if gone else UNKNOWN


def _id_of(value: object) -> str | None:
    """An id of Stripe's, whether the object is given by it or in full."""
    if isinstance(value, Mapping):
        known: Mapping[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return str(known["id"])
    return None if value is None else str(value)


def of_payment(payment: Mapping[str, Any], kind: TransferKind, tender: Tender | None = None) -> Outcome:
    """How a charge or authorization stands. UNKNOWN while nothing was decided: asking again with its key may.

    tender is what paid where the payment's own method is not expanded.
    """
    reference = str(payment["id"])
    tender = tender_of(payment.get("payment_method")) or tender
    match payment.get("status"):
        case "succeeded":
            return Outcome(state=TransferState.SUCCEEDED, reference=reference, tender=tender)
        case "requires_capture" if kind is TransferKind.AUTHORIZE:
            return Outcome(state=TransferState.SUCCEEDED, reference=reference, tender=tender)
        case "processing":
            return Outcome(state=TransferState.PENDING, reference=reference, tender=tender)
        case "requires_action":
            return Outcome(
                state=TransferState.REQUIRES_ACTION, reference=reference, tender=tender, action_url=url_of(payment)
            )
        case "canceled":
            abandoned = payment.get("cancellation_reason") == ABANDONED
            return declined(AUTHENTICATION_REQUIRED if abandoned else CANCELED, reference, tender)
        case "requires_payment_method" if error := payment.get("last_payment_error"):
            return declined(decline_of(error), reference, tender_of(error.get("payment_method")) or tender)
        case _:
            return UNKNOWN


def url_of(payment: Mapping[str, Any]) -> str | None:
    """Where the buyer is to be sent, when Stripe wants one sent anywhere."""
    action: Mapping[str, Any] = payment.get("next_action") or {}
    redirect: Mapping[str, Any] = action.get("redirect_to_url") or {}
    return redirect.get("url")


def of_capture(payment: Mapping[str, Any], transfer: Transfer) -> Outcome:
    """How a capture stands. UNKNOWN while the money is still only held."""
    reference = str(payment["id"])
    match payment.get("status"):
        case "succeeded":
            metadata: Mapping[str, Any] = payment.get("metadata") or {}
            if metadata.get(CAPTURED_BY) == transfer.transfer_id:
                return Outcome(state=TransferState.SUCCEEDED, reference=reference)
            return declined(_CAPTURED_ALREADY, reference)
        case "processing":
            return Outcome(state=TransferState.PENDING, reference=reference)
        case "canceled":
            return declined(CANCELED, reference)
        case _:
            return UNKNOWN


def of_void(payment: Mapping[str, Any]) -> Outcome:
    match payment.get("status"):
        case "canceled":
            return Outcome(state=TransferState.SUCCEEDED, reference=str(payment["id"]))
        case "succeeded":
            return declined(_NOT_VOIDABLE, str(payment["id"]))
        case _:
            return UNKNOWN


def of_refund(refund: Mapping[str, Any]) -> Outcome:
    """How a refund stands; a failure may come after a success (https://docs.stripe.com/refunds#failed-refunds)."""
    reference = str(refund["id"])
    match refund.get("status"):
        case "succeeded":
            return Outcome(state=TransferState.SUCCEEDED, reference=reference)
        case "pending" | "requires_action":
            return Outcome(state=TransferState.PENDING, reference=reference)
        case "failed":
            reason = refund.get("failure_reason")
            why = _RETURNED.get(str(reason), "of an unknown reason")
            message = (
                f"The refund came back, because {why}. The money is with the merchant again; refund it in another way."
            )
            return declined(Decline(code="refund_failed", decline_code=reason, message=message), reference)
        case "canceled":
            decline = Decline(
                code="refund_failed", decline_code="canceled", message="The refund was canceled at Stripe."
            )
            return declined(decline, reference)
        case _:
            return UNKNOWN


def declined(decline: Decline, reference: str | None = None, tender: Tender | None = None) -> Outcome:
    return Outcome(state=TransferState.DECLINED, reference=reference, tender=tender, decline=decline)


def dispute_of(dispute: Mapping[str, Any]) -> StripeDispute:
    currency = str(dispute["currency"]).upper()
    evidence: Mapping[str, Any] = dispute.get("evidence_details") or {}
    due_by = evidence.get("due_by")
    return StripeDispute(
        reference=str(dispute["id"]),
        payment_reference=str(dispute.get("payment_intent") or ""),
        amount=from_stripe(int(dispute["amount"]), currency),
        currency=currency,
        reason=str(dispute["reason"]),
        status=str(dispute["status"]),
        evidence_due_by=None if due_by is None else datetime.fromtimestamp(due_by, UTC),
        refundable=bool(dispute.get("is_charge_refundable")),
        created_at=datetime.fromtimestamp(dispute["created"], UTC),
    )
