"""Every test value the simulated processor knows, and what each does: Stripe's own names, so that the same
token means the same thing here and on a Stripe test account (https://docs.stripe.com/testing)."""

import re
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from typing import Literal

from flint_domain.kernel.cards import holds_card_number
from flint_domain.kernel.ids import is_id
from flint_domain.order.payments.model import Decline, Tender
from flint_server.processors.declines import (
    EXPIRED_CARD,
    FRAUDULENT,
    GENERIC_DECLINE,
    INCORRECT_CVC,
    INSUFFICIENT_FUNDS,
    LOST_CARD,
    PROCESSING_ERROR,
    REMOVED_METHOD,
    STOLEN_CARD,
    VELOCITY_EXCEEDED,
)

RefundCourse = Literal["at_once", "pending", "fails_later"]

EXPIRY = date(2034, 12, 31)  # of every test card: the date that Stripe's testing page suggests

_SAFE_TO_REPEAT = re.compile(r"[A-Za-z0-9_]{1,64}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestValue:
    """One test card, or another kind of source. names are spelled with `tok_` or, for cards, `pm_card_` in front; the
    first is the usual one.

    decline refuses every charge at once, and saving the card as well, unless savable. buyer_step asks the buyer to
    authenticate first, and step_decline then refuses all the same. A saved card is charged without its buyer, which the
    bank of one that is always_authenticated does not allow. refunds says how a refund of such a payment goes, disputed
    that the buyer disputes it once captured. meaning is one line for the reference page.
    """

    __test__ = False  # the name begins with Test; pytest should not collect it

    names: tuple[str, ...]
    meaning: str
    type: str = "card"
    brand: str | None = "visa"
    last4: str | None
    decline: Decline | None = None
    savable: bool = False
    buyer_step: bool = False
    always_authenticated: bool = False
    step_decline: Decline | None = None
    refunds: RefundCourse = "at_once"
    disputed: bool = False

    @property
    def tokens(self) -> tuple[str, ...]:
        """Every spelling that a caller may send, the usual one first."""
        prefixes = ("tok_", "pm_card_") if self.type == "card" else ("tok_",)
        return tuple(prefix + name for name in self.names for prefix in prefixes)

    @property
    def token(self) -> str:
        return self.tokens[0]

    @property
    def tender(self) -> Tender:
        return Tender(type=self.type, brand=self.brand, last4=self.last4)

    @property
    def saved_tender(self) -> Tender:
        """What is shown of it once it is saved: a card with its expiry."""
        if self.type != "card":
            return self.tender
        return replace(self.tender, exp_month=EXPIRY.month, exp_year=EXPIRY.year)


TEST_VALUES: tuple[TestValue, ...] = (
    TestValue(names=("visa",), last4="4242", meaning="succeeds"),
    TestValue(names=("mastercard",), brand="mastercard", last4="4444", meaning="succeeds"),
    TestValue(names=("amex",), brand="amex", last4="0005", meaning="succeeds"),
    TestValue(
        names=("chargeDeclined", "visa_chargeDeclined"),
        last4="0002",
        meaning="declined without a reason (generic_decline)",
        decline=GENERIC_DECLINE,
    ),
    TestValue(
        names=("visa_chargeDeclinedInsufficientFunds", "chargeDeclinedInsufficientFunds"),
        last4="9995",
        meaning="declined for insufficient_funds",
        decline=INSUFFICIENT_FUNDS,
    ),
    TestValue(
        names=("visa_chargeDeclinedLostCard", "chargeDeclinedLostCard"),
        last4="9987",
        meaning="declined as lost_card; other cards are not tried",
        decline=LOST_CARD,
    ),
    TestValue(
        names=("visa_chargeDeclinedStolenCard", "chargeDeclinedStolenCard"),
        last4="9979",
        meaning="declined as stolen_card; other cards are not tried",
        decline=STOLEN_CARD,
    ),
    TestValue(
        names=("chargeDeclinedExpiredCard", "visa_chargeDeclinedExpiredCard"),
        last4="0069",
        meaning="declined as expired_card",
        decline=EXPIRED_CARD,
    ),
    TestValue(
        names=("chargeDeclinedIncorrectCvc", "visa_chargeDeclinedIncorrectCvc"),
        last4="0127",
        meaning="declined for incorrect_cvc",
        decline=INCORRECT_CVC,
    ),
    TestValue(
        names=("chargeDeclinedProcessingError", "visa_chargeDeclinedProcessingError"),
        last4="0119",
        meaning="declined with processing_error",
        decline=PROCESSING_ERROR,
    ),
    TestValue(
        names=("visa_chargeDeclinedVelocityLimitExceeded", "chargeDeclinedVelocityLimitExceeded"),
        last4="6975",
        meaning="declined for card_velocity_exceeded",
        decline=VELOCITY_EXCEEDED,
    ),
    TestValue(
        names=("chargeCustomerFail", "visa_chargeCustomerFail"),
        last4="0341",
        meaning="can be saved for a customer, then every charge is declined (generic_decline)",
        decline=GENERIC_DECLINE,
        savable=True,
    ),
    TestValue(
        names=("authenticationRequired",),
        last4="3184",
        meaning="the buyer must authenticate every payment; succeeds once that is done; saved, it is declined for "
        "authentication_required",
        buyer_step=True,
        always_authenticated=True,
    ),
    TestValue(
        names=("threeDSecure2Required",),
        last4="3220",
        meaning="the buyer must pass 3D Secure; succeeds once that is done, and from then on when it is saved",
        buyer_step=True,
    ),
    TestValue(
        names=("threeDSecureRequiredChargeDeclined",),
        last4="1629",
        meaning="the buyer must pass 3D Secure; declined even when that is done",
        buyer_step=True,
        step_decline=GENERIC_DECLINE,
    ),
    TestValue(
        names=("radarBlock", "visa_chargeDeclinedFraudulent", "chargeDeclinedFraudulent"),
        last4="0019",
        meaning="blocked as fraudulent; other cards are not tried",
        decline=FRAUDULENT,
    ),
    TestValue(
        names=("pendingRefund",),
        last4="7726",
        meaning="succeeds; a refund is pending first and succeeds later",
        refunds="pending",
    ),
    TestValue(
        names=("refundFail",),
        last4="5126",
        meaning="succeeds; a refund succeeds first and fails later",
        refunds="fails_later",
    ),
    TestValue(
        names=("createDispute",),
        last4="0259",
        meaning="succeeds; the buyer then disputes the charge as fraudulent, and it can no longer be refunded",
        disputed=True,
    ),
    TestValue(
        names=("paypal",),
        type="paypal",
        brand=None,
        last4=None,
        meaning="succeeds as a PayPal account; only the simulated processor has it",
    ),
)

_BY_TOKEN = {token: value for value in TEST_VALUES for token in value.tokens}
_A_FEW = "tok_visa, tok_mastercard, tok_amex, tok_chargeDeclined, tok_threeDSecure2Required"


def look_up(source: str | None) -> TestValue | Decline:
    """The test value of a payment source, or why it is none. What cannot be a token is never repeated.

    Codes as Stripe's: resource_missing for an unknown token, parameter_missing for none at all.
    """
    if not source:
        return Decline(code="parameter_missing", message=f"No payment source was given. Some that work: {_A_FEW}.")
    if is_id(source, "pm"):  # Flint's own id stands where a saved method's reference is no more
        return REMOVED_METHOD
    if holds_card_number(source):
        return Decline(
            code="invalid_request_error",
            message="Card numbers must never be sent; this one was neither used nor stored. Send a token instead: "
            f"{_A_FEW}.",
        )
    value = _BY_TOKEN.get(source)
    if value is not None:
        return value
    if not _SAFE_TO_REPEAT.match(source):
        return Decline(code="resource_missing", message=f"The payment source is no token. Some that work: {_A_FEW}.")
    near = get_close_matches(source, _BY_TOKEN, n=1, cutoff=0.8)
    return Decline(
        code="resource_missing",
        message=f"No payment source is called {source}. "
        + (f"Did you mean {near[0]}? " if near else "")
        + f"Some that work: {_A_FEW}.",
    )
