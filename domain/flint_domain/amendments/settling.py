"""What the answers to an amendment's transfers make of it: made, dropped, or still waiting."""

from flint_domain.kernel.facts import Moment
from flint_domain.orders.model import Change
from flint_domain.payments.model import Transfer, TransferState


def advance(change: Change, transfer: Transfer, state: TransferState, moment: Moment) -> Change:
    """Note a transfer's answer on the amendment that awaits it."""
    return change
