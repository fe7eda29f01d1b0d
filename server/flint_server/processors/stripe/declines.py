"""What a card's decline means in plain words, by Stripe's code (https://docs.stripe.com/declines/codes).

Where every processor can decline in the same way, the words are those that all share (`processors/declines.py`).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flint_domain.order.payments.model import Decline
from flint_server.processors import declines

_ANOTHER_CARD = "Try another card."
_ASK_THE_BANK = "Try another card, or ask the buyer to call the bank."
_TELL_NO_MORE = "Try no other card; tell the buyer only that it was declined."

CANCELED = Decline(code="canceled", message="The payment was canceled at Stripe before it was completed.")


def _card(decline_code: str, message: str, *, retryable: bool = False, final: bool = False) -> Decline:
    return Decline(code="card_declined", decline_code=decline_code, message=message, retryable=retryable, final=final)


# retryable follows the steps that Stripe recommends: the same card may work later. final is for a card that is lost,
# stolen, to be withdrawn, or blocked as fraud; of these Stripe asks that the buyer be told no more.
_BY_DECLINE_CODE = {
    decline.decline_code: decline
    for decline in (
        declines.GENERIC_DECLINE,
        declines.INSUFFICIENT_FUNDS,
        declines.LOST_CARD,
        declines.STOLEN_CARD,
        declines.FRAUDULENT,
        declines.VELOCITY_EXCEEDED,
        _card("pickup_card", f"The bank wants this card withdrawn. {_TELL_NO_MORE}", final=True),
        _card("merchant_blacklist", f"The card is on this account's block list. {_TELL_NO_MORE}", final=True),
        _card(
            "approve_with_id", "The bank could not approve this now. Try it again in a little while.", retryable=True
        ),
        _card("call_issuer", f"The bank declined the card and gave no reason. {_ASK_THE_BANK}"),
        _card("do_not_honor", f"The bank declined the card and gave no reason. {_ASK_THE_BANK}", retryable=True),
        _card("do_not_try_again", f"The bank will not take this card again. {_ANOTHER_CARD}"),
        _card("no_action_taken", f"The bank declined the card and gave no reason. {_ASK_THE_BANK}"),
        _card("card_not_supported", f"The card cannot be used for such purchases. {_ANOTHER_CARD}"),
        _card("currency_not_supported", f"The card cannot be charged in this currency. {_ANOTHER_CARD}"),
        _card("duplicate_transaction", "The same amount was just charged to this card. Check the payments first."),
        _card("invalid_account", f"The card's account is not valid. {_ASK_THE_BANK}"),
        _card("new_account_information_available", f"The card's account has changed. {_ASK_THE_BANK}"),
        _card("invalid_amount", f"The amount is more than this card allows. {_ASK_THE_BANK}"),
        _card("issuer_not_available", "The bank could not be reached. Try it again in a little while.", retryable=True),
        _card("reenter_transaction", "The bank could not process it. Try it again in a little while.", retryable=True),
        _card("try_again_later", "The bank could not decide now. Try it again later.", retryable=True),
        _card("not_permitted", f"The bank does not permit this payment. {_ASK_THE_BANK}"),
        _card("restricted_card", f"The card is restricted. {_ASK_THE_BANK}"),
        _card("revocation_of_all_authorizations", f"The buyer withdrew all approvals of this card. {_ANOTHER_CARD}"),
        _card("revocation_of_authorization", f"The buyer withdrew the approval of this payment. {_ANOTHER_CARD}"),
        _card("stop_payment_order", f"The buyer stopped payments of this card. {_ANOTHER_CARD}"),
        _card("security_violation", f"The bank declined the card. {_ASK_THE_BANK}"),
        _card("service_not_allowed", f"The bank does not allow this. {_ASK_THE_BANK}"),
        _card("transaction_not_allowed", f"The bank does not allow this. {_ASK_THE_BANK}"),
        _card(
            "withdrawal_count_limit_exceeded",
            "The card has reached its limit. Try another card, or this one later.",
            retryable=True,
        ),
        _card("testmode_decline", "A real card was used with a test key. Use one of Stripe's test cards."),
    )
}
_BY_CODE = {
    decline.code: decline
    for decline in (
        declines.EXPIRED_CARD,
        declines.INCORRECT_CVC,
        declines.PROCESSING_ERROR,
        declines.STEP_FAILED,
        declines.AUTHENTICATION_REQUIRED,
        Decline(code="incorrect_number", message="The card number is wrong. Ask the buyer to enter the card again."),
        Decline(code="incorrect_zip", message="The postal code is wrong. Ask the buyer to enter the card again."),
        Decline(
            code="card_decline_rate_limit_exceeded",
            message="The card was declined too often and is blocked for a day. Try another card.",
            retryable=True,
        ),
    )
}
# Other spellings of the same: for Stripe they are decline codes, or the wrong part of the card.
_SAME = {
    "invalid_cvc": "incorrect_cvc",
    "invalid_number": "incorrect_number",
    "invalid_expiry_month": "expired_card",
    "invalid_expiry_year": "expired_card",
    "incorrect_postal_code": "incorrect_zip",
    "incorrect_address": "incorrect_zip",
    "setup_intent_authentication_failure": "payment_intent_authentication_failure",
}


def decline_of(error: Mapping[str, Any]) -> Decline:
    """The decline behind a card error, or behind a PaymentIntent's last_payment_error.

    decline_code is left out where it only repeats the code. Stripe's advice not to try again overrules the table.
    """
    code = str(error.get("code") or "card_declined")
    decline_code = error.get("decline_code")
    decline_code = None if decline_code in (None, code) else str(decline_code)
    reasons = [_SAME.get(reason, reason) for reason in (decline_code, code) if reason]
    known = [table[reason] for reason in reasons for table in (_BY_DECLINE_CODE, _BY_CODE) if reason in table]
    decline = replace(
        known[0]
        if known
        else Decline(code=code, message=f"The card was declined ({decline_code or code}). {_ASK_THE_BANK}"),
        code=code,
        decline_code=decline_code,
    )
    if error.get("advice_code") == "do_not_try_again":
        return replace(decline, retryable=False)
    return decline
