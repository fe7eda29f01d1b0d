"""Declines that every processor can give: an agent reads the same words of the simulated one and of Stripe."""

from flint_domain.order.payments.model import Decline

# Error and decline codes: https://docs.stripe.com/declines/codes. Whether the same card may work later follows the
# steps recommended there; for a card that is lost, stolen or blocked as fraud, trying other cards would be wrong, and
# the buyer is to be told no more than that the card was declined.
GENERIC_DECLINE = Decline(
    code="card_declined",
    decline_code="generic_decline",
    message="The bank declined the card and gave no reason. Try another card, or ask the buyer to call the bank.",
    retryable=True,
)
INSUFFICIENT_FUNDS = Decline(
    code="card_declined",
    decline_code="insufficient_funds",
    message="The card does not have enough money for this amount. Try another card.",
    retryable=True,
)
LOST_CARD = Decline(
    code="card_declined",
    decline_code="lost_card",
    message="The bank reports this card as lost. Try no other card; tell the buyer only that it was declined.",
    final=True,
)
STOLEN_CARD = Decline(
    code="card_declined",
    decline_code="stolen_card",
    message="The bank reports this card as stolen. Try no other card; tell the buyer only that it was declined.",
    final=True,
)
FRAUDULENT = Decline(
    code="card_declined",
    decline_code="fraudulent",
    message="The payment was blocked as likely fraud. Try no other card; tell the buyer only that it was declined.",
    final=True,
)
VELOCITY_EXCEEDED = Decline(
    code="card_declined",
    decline_code="card_velocity_exceeded",
    message="The card was used too often or reached its limit. Try another card, or this one later.",
    retryable=True,
)
EXPIRED_CARD = Decline(code="expired_card", message="The card has expired. Try another card.")
INCORRECT_CVC = Decline(
    code="incorrect_cvc", message="The card's security code is wrong. Ask the buyer to enter the card again."
)
PROCESSING_ERROR = Decline(
    code="processing_error",
    message="The card could not be processed because of a passing error. Try it again in a little while.",
    retryable=True,
)
AUTHENTICATION_REQUIRED = Decline(
    code="authentication_required",
    message="The bank wants the buyer to approve this payment, and nobody was there to do so. Try another card, or "
    "have the buyer pay with a new token; at Stripe, buyers can approve only when a return URL is set.",
)
STEP_FAILED = Decline(
    code="payment_intent_authentication_failure",
    message="The buyer did not pass the authentication. Ask the buyer to try again, or try another card.",
    retryable=True,
)
REMOVED_METHOD = Decline(
    code="resource_missing",
    message="The saved payment method was removed before it could be charged. Use another one, or a token.",
)
