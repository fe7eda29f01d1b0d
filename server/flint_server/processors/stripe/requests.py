"""The bodies that Flint sends to Stripe, made from a transfer or an errand alone.

Stripe compares the body with the first one under an idempotency key, and a transfer may be asked for again a day later
by a newer Flint. So a body holds nothing that changes with time or release; where configuration enters (the return
URL), StripeProcessor looks the payment up when Stripe says that the bodies differ.
"""

from typing import TYPE_CHECKING

from flint_domain.customers.errands import Attach, Detach
from flint_domain.order.payments.model import Transfer, TransferKind
from flint_domain.order.tax.errands import TaxReport
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


def metadata_of(asked: Transfer | Attach | Detach | TaxReport) -> dict[str, str]:
    """What ties an object of Stripe's to ours, on every object that Flint makes."""
    match asked:
        case Transfer():
            about = {"order_id": asked.order_id, "payment_id": asked.payment_id}
        case TaxReport():  # the order stands for a payment, too, as it did in reports that may be asked for once more
            about = {"order_id": asked.order_id, "payment_id": asked.order_id}
        case Attach() | Detach():
            about = {"customer_id": asked.customer_id, "payment_method_id": asked.subject.subject_id}
    metadata = {
        "merchant_id": asked.merchant_id,
        **about,
        "transfer_id": asked.asked_id,
        "attempt": str(asked.attempt),
    }
    refund_id = asked.refund_id if isinstance(asked, Transfer) else None
    return metadata | {"refund_id": refund_id} if refund_id else metadata


def payment_method(source: str, asked: Transfer | Attach | Detach) -> "PaymentMethodCreateParams":
    """A token made into a PaymentMethod: tokens work once, so that the charge may be asked for again."""
    return {"type": "card", "card": {"token": source}, "metadata": metadata_of(asked)}


def customer(errand: Attach) -> "CustomerCreateParams":
    """A customer of Stripe's, to attach methods to. Nothing of the buyer's is sent: Flint keeps that itself."""
    return {"metadata": {"merchant_id": errand.merchant_id, "customer_id": errand.customer_id}}


def customer_key(errand: Attach) -> str:
    """The idempotency key under which a customer's first method makes them: several at once make one."""
    return f"{errand.merchant_id}:{errand.customer_id}:customer"


def setup_intent(
    errand: Attach, method: str, customer_reference: str, return_url: str | None
) -> "SetupIntentCreateParams":
    """Saving a method to be charged without its buyer, confirmed at once."""
    body: SetupIntentCreateParams = {
        "payment_method": method,
        "customer": customer_reference,
        "usage": "off_session",
        "confirm": True,
        "metadata": metadata_of(errand),
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
