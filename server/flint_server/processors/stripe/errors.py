"""What Stripe's errors mean for the money: a definite no, or nothing certain (https://docs.stripe.com/error-low-level).

A card's decline is the buyer's bank's no. A request that Stripe refuses is ours to mend, and the message says who does
what. Whatever leaves open whether money moved is unsure. No text here ever holds a key or the buyer's address.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from flint_domain.kernel.cards import without_long_numbers
from flint_domain.order.payments.model import Decline
from flint_server.processors.stripe.declines import decline_of
from flint_server.processors.stripe.keys import without_keys

if TYPE_CHECKING:
    from stripe import StripeError

_LOG = logging.getLogger(__name__)

LONGEST_QUOTE = 200  # characters of Stripe's own words in a message
_EMAIL = re.compile(r"\S+@\S+")

BAD_KEY = Decline(
    code="authentication_error",
    message="Stripe does not accept the API key, so nothing was asked of the card. The operator must set a valid "
    "secret or restricted key and restart Flint; then try again.",
    retryable=True,
)
NOT_PERMITTED = Decline(
    code="permission_error",
    message="The API key may not do this at Stripe. The operator must give the restricted key write access to "
    "PaymentIntents, SetupIntents, PaymentMethods, Customers and Refunds, and read access to Disputes, or set another "
    "key; then try again.",
    retryable=True,
)
KEY_REUSED = Decline(
    code="idempotency_error",
    message="This idempotency key was used for another request. Send the same request again, or take a new key.",
)
# Refusals that depend on the payment and not on us, in plain words (https://docs.stripe.com/error-codes).
_WORDS = {
    "amount_too_large": "The amount is more than what is authorized or allowed at Stripe.",
    "amount_too_small": "The amount is below the smallest that Stripe charges in this currency.",
    "charge_already_captured": "The payment has been captured already.",
    "charge_already_refunded": "The payment has been refunded in full already.",
    "charge_disputed": "The buyer has disputed this charge, so it can no longer be refunded.",
    "charge_expired_for_capture": "The authorization has expired and its money was released. Charge the buyer again.",
    "charge_not_refundable": "The payment can no longer be refunded at Stripe.",
    "refund_disputed_payment": "The buyer has disputed this payment, so it can no longer be refunded.",
    "email_invalid": "Stripe does not take the buyer's e-mail address. Correct it, or pay without one.",
    "payment_intent_unexpected_state": "The payment is no longer in a state that allows this; read it again.",
    "payment_method_unexpected_state": "The payment source was used up already. Ask the buyer for a new one.",
    "setup_intent_unexpected_state": "The payment method is no longer in a state that allows this; read it again.",
    "token_already_used": "The token was used before; each works once. Ask the buyer for a new one.",
    "token_in_use": "The token is being used by another payment; each works once. Ask the buyer for a new one.",
    "livemode_mismatch": "The payment source belongs to the other mode (test or live) than the API key.",
    "testmode_charges_only": "The Stripe account is not activated, so it takes test cards only.",
    "api_key_expired": "The API key has expired. The operator must set a new one.",
    "secret_key_required": "The API key is a publishable one. The operator must set a secret or restricted key.",
}
_NO_SUCH = {
    "payment_intent": "No such payment exists at Stripe; it may belong to another account or mode.",
    "intent": "No such payment exists at Stripe; it may belong to another account or mode.",
    "setup_intent": "No such payment method waits at Stripe; it may belong to another account or mode.",
    "customer": "No such customer exists at Stripe; it may belong to another account or mode.",
}
_NO_SOURCE = "Stripe knows no such payment source. Check its spelling, and whether it belongs to this account and mode."


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What became of a request that was not answered with its object. Without a decline nothing is certain.

    ours says that Stripe refused us (key, permission): it says nothing about an earlier request under the same key.
    key_reused says that the key belongs to another request. replayed says that this is the first answer, kept.
    intent and method are the PaymentIntent or SetupIntent and the PaymentMethod that the error carries.
    """

    decline: Decline | None = None
    ours: bool = False
    key_reused: bool = False
    replayed: bool = False
    intent: Mapping[str, Any] | None = None
    method: Mapping[str, Any] | None = None


def failure_of(error: "StripeError") -> Failure:
    """Which failure an exception of Stripe's library is."""
    import stripe

    body = error_of(error)
    code, status = body.get("code"), error.http_status
    replayed = (error.headers or {}).get("idempotent-replayed") == "true"
    if isinstance(error, stripe.CardError):
        return Failure(
            decline=decline_of(body),
            replayed=replayed,
            intent=_intent(body),
            method=_object(body.get("payment_method")),
        )
    # Another request under this key is still running, or Stripe locked the object: ask again.
    if code in ("idempotency_key_in_use", "lock_timeout") or status == 409:  # noqa: PLR2004
        return _unsure(error, replayed=False)
    if isinstance(error, stripe.AuthenticationError):
        return _ours(error, BAD_KEY)
    if isinstance(error, stripe.PermissionError):
        return _ours(error, NOT_PERMITTED)
    if isinstance(error, stripe.IdempotencyError):
        return Failure(decline=KEY_REUSED, key_reused=True)
    if isinstance(error, stripe.InvalidRequestError):
        return Failure(decline=_refusal(error, body), replayed=replayed, intent=_intent(body))
    return _unsure(error, replayed=replayed)


def error_of(error: "StripeError") -> Mapping[str, Any]:
    """The error object of Stripe's answer; empty when there was no answer, or one that is no Stripe error."""
    body = error.json_body
    return _object(cast("Mapping[str, Any]", body).get("error")) or {} if isinstance(body, Mapping) else {}


def _intent(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return _object(body.get("payment_intent") or body.get("setup_intent"))


def _object(value: object) -> Mapping[str, Any] | None:
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None


def _unsure(error: "StripeError", *, replayed: bool) -> Failure:
    _LOG.warning(
        "Stripe gave no certain answer: %s, status %s, request %s",
        type(error).__name__,
        error.http_status,
        error.request_id,
    )
    return Failure(replayed=replayed)


def _ours(error: "StripeError", decline: Decline) -> Failure:
    _LOG.error("%s (request %s)", decline.message, error.request_id)
    return Failure(decline=decline, ours=True)


def _refusal(error: "StripeError", body: Mapping[str, Any]) -> Decline:
    """A 400 or 404. What the table does not know is quoted, with the request's id for Stripe's own log."""
    code, param = body.get("code"), str(body.get("param") or "")
    if code == "resource_missing" or (code is None and param in ("token", "card[token]")):
        return Decline(code="resource_missing", message=_NO_SUCH.get(param, _NO_SOURCE))
    if code in _WORDS:
        return Decline(code=str(code), message=_WORDS[str(code)])
    _LOG.error("Stripe refused a request: code %s, parameter %s, request %s", code, param, error.request_id)
    where = f" The operator finds it as {error.request_id} in the Stripe Dashboard." if error.request_id else ""
    return Decline(
        code=str(code or body.get("type") or "invalid_request_error"),
        message=f"Stripe refused the request, and no money moved. It said: {_quoted(body)}{where}",
    )


def _quoted(body: Mapping[str, Any]) -> str:
    """Stripe's own words, on one line and without what must not be repeated."""
    words = " ".join(str(body.get("message") or "nothing more").split())
    words = without_long_numbers(_EMAIL.sub("[an e-mail address]", without_keys(words)))
    return f"“{words[:LONGEST_QUOTE]}”."
