"""The simulated processor's own rules: what it refuses, and what a movement makes of a payment. Pure functions.

Refusals and their codes are Stripe's (https://docs.stripe.com/error-codes); a refusal that Stripe gives without a code
carries the error's type, invalid_request_error. Amounts are minor units.
"""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from flint_domain.order.payments.model import Decline, TransferKind
from flint_server.processors.simulated.asking import Asking
from flint_server.processors.simulated.documented_tokens import TestValue
from flint_server.processors.simulated.records import SimulatedPayment

LARGEST_AMOUNT = 999_999_999_999  # twelve digits, the most that Stripe takes in any currency
_CURRENCY = re.compile(r"[A-Za-z]{3}\Z")

NO_SUCH_PAYMENT = Decline(code="resource_missing", message="No such payment exists at the processor.")
KEY_REUSED = Decline(
    code="idempotency_error",
    message="This idempotency key was used for another request. Send the same request again, or take a new key.",
)
FAILED_LATER = Decline(
    code="processing_error", message="The processor could not do it after all. Ask for it again.", retryable=True
)
CANCELED = Decline(code="canceled", message="The payment was voided before it was completed.")
REFUND_RETURNED = Decline(
    code="refund_failed",
    decline_code="expired_or_canceled_card",
    message="The buyer's bank sent the refund back, because the card is expired or canceled. The money is with the "
    "merchant again; refund it in another way.",
)


def refuse_amount(asked: Asking) -> Decline | None:
    """Why this amount cannot be moved at all. A void moves none, and may be of 0."""
    if asked.amount < 0 or (asked.amount == 0 and asked.kind != TransferKind.VOID):
        return Decline(
            code="parameter_invalid_integer",
            message=f"The amount must be at least 1 minor unit, and it is {asked.amount}.",
        )
    if asked.amount > LARGEST_AMOUNT:
        return Decline(code="amount_too_large", message=f"The amount must be at most {LARGEST_AMOUNT} minor units.")
    if not _CURRENCY.match(asked.currency):
        return Decline(
            code="invalid_request_error", message="The currency must be an ISO 4217 code of three letters, such as USD."
        )
    return None


def refuse_other_currency(payment: SimulatedPayment, asked: Asking) -> Decline | None:
    if asked.currency.upper() == payment.currency:
        return None
    return Decline(
        code="invalid_request_error",
        message=f"The payment is in {payment.currency}, and {asked.currency.upper()} was asked for.",
    )


def refuse_capture(payment: SimulatedPayment, amount: int) -> Decline | None:
    if payment.status == "expired":
        return Decline(
            code="charge_expired_for_capture",
            message="The authorization has expired and its money was released. Charge the buyer again.",
        )
    if payment.status != "authorized":
        return Decline(
            code="payment_intent_unexpected_state",
            message=f"Only an authorized payment can be captured, once; this one is {_words(payment)}.",
        )
    if amount > payment.held:
        return Decline(
            code="amount_too_large",
            message=f"{amount} was to be captured, and {payment.held} minor units are authorized.",
        )
    return None


def refuse_void(payment: SimulatedPayment) -> Decline | None:
    """Voiding again, or voiding what expired, is no error: it succeeds and changes nothing."""
    if payment.status != "captured":
        return None
    return Decline(
        code="payment_intent_unexpected_state",
        message="The payment is captured already and cannot be voided. Refund it instead.",
    )


def refuse_refund(payment: SimulatedPayment, amount: int) -> Decline | None:
    if payment.status != "captured":
        return Decline(
            code="charge_not_refundable",
            message=f"Only a captured payment can be refunded; this one is {_words(payment)}.",
        )
    if payment.disputed:
        return Decline(
            code="charge_disputed",
            message="The buyer has disputed this charge, so it can no longer be refunded.",
        )
    left = payment.captured - payment.refunded
    if left == 0:
        return Decline(code="charge_already_refunded", message="The payment has been refunded in full already.")
    if amount > left:
        return Decline(
            code="amount_too_large",
            message=f"{amount} was to be refunded, and {left} minor units of the payment are left.",
        )
    return None


def accepted(
    payment: SimulatedPayment, value: TestValue, kind: str, now: datetime, hold_for: timedelta
) -> SimulatedPayment:
    """The payment once the card has said yes: its amount held, or captured at once."""
    if kind == TransferKind.AUTHORIZE:
        return replace(payment, status="authorized", held=payment.amount, held_until=now + hold_for)
    return replace(payment, status="captured", captured=payment.amount, disputed=value.disputed)


def captured(payment: SimulatedPayment, value: TestValue, amount: int) -> SimulatedPayment:
    """The rest of the authorization is released (https://docs.stripe.com/payments/place-a-hold-on-a-payment-method)."""
    return replace(payment, status="captured", captured=amount, held=0, held_until=None, disputed=value.disputed)


def voided(payment: SimulatedPayment) -> SimulatedPayment:
    if payment.status in {"voided", "expired"}:
        return payment
    return replace(payment, status="voided", held=0, held_until=None)


def as_of(payment: SimulatedPayment, now: datetime) -> SimulatedPayment:
    """The payment as it stands now: an authorization that nobody captured in time has expired."""
    if payment.status == "authorized" and payment.held_until is not None and payment.held_until <= now:
        return replace(payment, status="expired", held=0, held_until=None)
    return payment


def _words(payment: SimulatedPayment) -> str:
    return {"requires_action": "waiting for the buyer"}.get(payment.status, payment.status)
