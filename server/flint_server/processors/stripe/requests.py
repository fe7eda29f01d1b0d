"""The bodies that Flint sends to Stripe, made from a transfer alone.

Stripe compares the body with the first one under an idempotency key, and a transfer may be asked for again a day later
by a newer Flint. So a body holds nothing that changes with time or release; where configuration enters (the return
URL), StripeProcessor looks the payment up when Stripe says that the bodies differ.
"""

from typing import TYPE_CHECKING

from flint_domain.order.payments.model import Transfer, TransferKind
from flint_domain.reactions.payment_methods import OF_METHODS
from flint_server.processors.stripe.money import to_stripe

if TYPE_CHECKING:
    from stripe.params import (
        CustomerCreateParams,
        PaymentIntentCaptureParams,
        PaymentIntentCreateParams,
        PaymentMethodCreateParams,
        RefundCreateParams,
        SetupIntentCreateParams,
    )

CAPTURED_BY = "capture_transfer_id"  # on a PaymentIntent: which transfer captured it
_REFUND_REASONS = frozenset({"duplicate", "fraudulent", "requested_by_customer"})  # all that Stripe knows


def metadata_of(transfer: Transfer) -> dict[str, str]:
    """What ties an object of Stripe's to ours, on every object that Flint makes."""
    if transfer.kind in OF_METHODS:
        about = {"customer_id": transfer.customer_id or "", "payment_method_id": transfer.payment_id}
    else:
        about = {"order_id": transfer.order_id or "", "payment_id": transfer.payment_id}
    metadata = {
        "merchant_id": transfer.merchant_id,
        **about,
        "transfer_id": transfer.transfer_id,
        "attempt": str(transfer.attempt),
    }
    return metadata | {"refund_id": transfer.refund_id} if transfer.refund_id else metadata


def payment_method(transfer: Transfer) -> "PaymentMethodCreateParams":
    """A token made into a PaymentMethod: tokens work once, so that the charge may be asked for again."""
    return {"type": "card", "card": {"token": transfer.source or ""}, "metadata": metadata_of(transfer)}


def customer(transfer: Transfer) -> "CustomerCreateParams":
    """A customer of Stripe's, to attach methods to. Nothing of the buyer's is sent: Flint keeps that itself."""
    return {"metadata": {"merchant_id": transfer.merchant_id, "customer_id": transfer.customer_id or ""}}


def customer_key(transfer: Transfer) -> str:
    """The idempotency key under which a customer's first method makes them: several at once make one."""
    return f"{transfer.merchant_id}:{transfer.customer_id}:customer"


def setup_intent(
    transfer: Transfer, method: str, customer_reference: str, return_url: str | None
) -> "SetupIntentCreateParams":
    """Saving a method to be charged without its buyer, confirmed at once."""
    body: SetupIntentCreateParams = {
        "payment_method": method,
        "customer": customer_reference,
        "usage": "off_session",
        "confirm": True,
        "metadata": metadata_of(transfer),
        "expand": ["payment_method"],
    }
    if return_url is not None:
        body["allowed_payment_method_types"] = ["card"]
        body["return_url"] = return_url
    else:
        body["automatic_payment_methods"] = {"enabled": True, "allow_redirects": "never"}
    return body


def payment_intent(transfer: Transfer, method: str, return_url: str | None) -> "PaymentIntentCreateParams":
    """A charge or an authorization, confirmed at once.

    With a return URL the buyer can be sent to the bank's page; without one, or without a buyer, Stripe may not want
    that. `payment_method_types` is gone from the API since 2026-09-30.endive and answered with a 400.
    """
    body: PaymentIntentCreateParams = {
        "amount": to_stripe(transfer.amount, transfer.currency),
        "currency": transfer.currency.lower(),
        "payment_method": method,
        "confirm": True,
        "metadata": metadata_of(transfer),
        "expand": ["payment_method"],
    }
    if transfer.kind is TransferKind.AUTHORIZE:
        body["capture_method"] = "manual"
    if transfer.customer_reference is not None:
        body["customer"] = transfer.customer_reference
    if transfer.buyer_email is not None:
        body["receipt_email"] = transfer.buyer_email
    if transfer.off_session:
        body["off_session"] = True
    if return_url is not None and not transfer.off_session:
        body["allowed_payment_method_types"] = ["card"]
        body["return_url"] = return_url
    else:
        body["automatic_payment_methods"] = {"enabled": True, "allow_redirects": "never"}
    return body


def capture(transfer: Transfer) -> "PaymentIntentCaptureParams":
    """The rest of the authorization is released. The metadata is added to the payment's own."""
    return {
        "amount_to_capture": to_stripe(transfer.amount, transfer.currency),
        "metadata": {CAPTURED_BY: transfer.transfer_id},
    }


def refund(transfer: Transfer, payment: str) -> "RefundCreateParams":
    body: RefundCreateParams = {
        "payment_intent": payment,
        "amount": to_stripe(transfer.amount, transfer.currency),
        "metadata": metadata_of(transfer),
    }
    if transfer.reason is not None:  # whatever was wrong with the goods, it is the customer who asks
        body["reason"] = transfer.reason if transfer.reason in _REFUND_REASONS else "requested_by_customer"
    return body
