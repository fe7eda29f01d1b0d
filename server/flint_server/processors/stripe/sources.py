"""What may be sent to Stripe as a payment source: a token, or a PaymentMethod of its own."""

import re

from flint_domain.kernel.cards import holds_card_number
from flint_domain.kernel.ids import is_id
from flint_domain.order.payments.model import Decline
from flint_server.processors.declines import REMOVED_METHOD

TOKEN = "tok_"  # how tokens begin; each works once

_SOURCE = re.compile(r"(?:tok|pm)_[A-Za-z0-9_]{1,255}\Z")
_NO_SOURCE = Decline(code="parameter_missing", message="No payment source was given. Send a token or a PaymentMethod.")
_CARD_NUMBER = Decline(
    code="invalid_request_error",
    message="Card numbers must never be sent; this one was neither used nor stored. Send a token instead.",
)
_NO_TOKEN = Decline(
    code="resource_missing",
    message="The payment source is neither a token (tok_…) nor a PaymentMethod (pm_…) of Stripe's.",
)


def refuse_source(source: str) -> Decline | None:
    """Why Stripe need not be asked about this source."""
    if not source:
        return _NO_SOURCE
    if is_id(source, "pm"):  # Flint's own id stands where a saved method's reference is no more
        return REMOVED_METHOD
    if holds_card_number(source):
        return _CARD_NUMBER
    return None if _SOURCE.match(source) else _NO_TOKEN
