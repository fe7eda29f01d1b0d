"""Disputes that Stripe tells of: put on the order of their payment, as they stand now."""

from flint_domain.order.payments.model import Dispute, DisputeStatus
from flint_domain.settling import note_dispute
from flint_domain.unit_of_work.work import PROCESSOR, Work
from flint_server.db.inbox import InboxRecords
from flint_server.db.sqlite.store import SqliteStore
from flint_server.processors.stripe.answers import StripeDispute
from flint_server.processors.stripe.processor import StripeProcessor

# Stripe's statuses (https://docs.stripe.com/api/disputes/object); those with warning_ are inquiries.
_STATUSES: dict[str, DisputeStatus] = {
    "warning_needs_response": "needs_response",
    "needs_response": "needs_response",
    "warning_under_review": "under_review",
    "under_review": "under_review",
    "warning_closed": "won",
    "prevented": "won",
    "won": "won",
    "lost": "lost",
}


class Disputes:
    """Shows a merchant's disputes on its orders."""

    def __init__(self, store: SqliteStore, records: InboxRecords, processor: StripeProcessor) -> None:
        self._store = store
        self._records = records
        self._processor = processor

    async def show(self, merchant_id: str, told: StripeDispute) -> bool:
        """Put the dispute on its payment; False when the merchant has no such payment.

        Events come in any order, so Stripe is asked how the dispute stands now. Raises StripeUnreadable.
        """
        payments = set(await self._records.payments_of(merchant_id, told.payment_reference))
        if not payments:
            return False
        present = await self._processor.disputes(told.payment_reference)
        dispute = as_shown(next((one for one in present if one.reference == told.reference), told))
        for payment_id in payments:
            await self._store.write(
                merchant_id, lambda tx, this=payment_id: note_dispute(Work(tx, actor=PROCESSOR), this, dispute)
            )
        return True


def as_shown(dispute: StripeDispute) -> Dispute:
    """What an order keeps of a dispute. A status that Stripe has invented since is taken for one under review."""
    return Dispute(
        dispute_id=dispute.reference,
        amount=dispute.amount,
        reason=dispute.reason,
        status=_STATUSES.get(dispute.status, "under_review"),
        due_by=dispute.evidence_due_by,
        refundable=dispute.refundable,
    )
