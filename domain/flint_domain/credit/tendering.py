"""Gift cards and store credit as a tender: their transfers are settled in the transaction that plans them."""

from typing import TYPE_CHECKING

from flint_domain.payments.model import Decline, Outcome, Transfer, TransferState

if TYPE_CHECKING:
    from flint_domain.work import Work


def perform(work: "Work", transfer: Transfer) -> Outcome:
    """Move a transfer's money to or from its account, in the transaction that wrote the transfer down."""
    decline = Decline(code="unknown_account", message=f"there is no account {transfer.account}", final=False)
    return Outcome(state=TransferState.DECLINED, decline=decline)
