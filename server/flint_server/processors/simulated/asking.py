"""What the simulated processor is asked, and what makes it the same request under the same key."""

import json
from dataclasses import dataclass
from hashlib import sha256

from flint_domain.customers.errands import Attach, Detach
from flint_domain.kernel.cards import holds_card_number
from flint_domain.order.payments.model import Transfer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A request as it comes in. Its ids are Flint's: transfer_id is the transfer's or errand's, payment_id that of the
    payment, or of the method that is to be saved or forgotten. payment_reference is this processor's own id of either.
    A request about a method moves nothing, and has no currency.
    """

    key: str
    merchant_id: str
    order_id: str | None = None
    customer_id: str | None = None
    payment_id: str
    refund_id: str | None = None
    transfer_id: str
    kind: str
    amount: int = 0
    currency: str = ""
    source: str | None = None
    customer_reference: str | None = None
    off_session: bool = False
    payment_reference: str | None = None
    reason: str | None = None

    @classmethod
    def of(cls, asked: Transfer | Attach | Detach) -> "Asking":
        if isinstance(asked, Transfer):
            return cls(
                key=asked.key,
                merchant_id=asked.merchant_id,
                order_id=asked.order_id,
                customer_id=asked.customer_id,
                payment_id=asked.payment_id,
                refund_id=asked.refund_id,
                transfer_id=asked.transfer_id,
                kind=asked.kind,
                amount=asked.amount,
                currency=asked.currency,
                source=asked.source,
                customer_reference=asked.customer_reference,
                off_session=asked.off_session,
                payment_reference=asked.payment_reference,
                reason=asked.reason,
            )
        attach = isinstance(asked, Attach)
        return cls(
            key=asked.key,
            merchant_id=asked.merchant_id,
            customer_id=asked.customer_id,
            payment_id=asked.subject.subject_id,
            transfer_id=asked.errand_id,
            kind=asked.kind,
            source=asked.source if attach else None,
            customer_reference=asked.customer_reference if attach else None,
            payment_reference=None if attach else asked.method_reference,
        )


def fingerprint(asked: Asking) -> str:
    """What makes a request under the same key the same request. A card number never enters it, not even hashed."""
    source = asked.source
    if source is not None and holds_card_number(source):
        source = "a card number"
    parts = [
        asked.merchant_id, asked.order_id, asked.payment_id, asked.refund_id, asked.kind,
        asked.amount, asked.currency, source, asked.payment_reference, asked.reason,
    ]  # fmt: skip
    if asked.customer_id or asked.customer_reference:  # added later: what was asked before keeps its fingerprint
        parts += [asked.customer_id, asked.customer_reference, asked.off_session]
    return sha256(json.dumps(parts).encode()).hexdigest()
