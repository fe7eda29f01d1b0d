"""Gift cards and store credit as a tender: their transfers are settled in the transaction that plans them.

So no such transfer is ever without an answer. An authorization sets the money aside, which is to say that it leaves the
balance; a capture ends the hold and spends what was captured, so that the rest is back at once.
"""

from flint_domain.gift_cards import rules
from flint_domain.gift_cards.model import Account, EntryKind
from flint_domain.kernel.money import MAX_AMOUNT
from flint_domain.order.payments.model import Outcome, Tender, Transfer, TransferKind, TransferState
from flint_domain.reactions.gift_cards.ledger import move, post, posted
from flint_domain.unit_of_work.work import Work


def perform(work: Work, transfer: Transfer) -> Outcome:
    """Move a transfer's money to or from its account, in the transaction that wrote the transfer down."""
    match transfer.kind:
        case TransferKind.CHARGE:
            return _take(work, transfer, "spent")
        case TransferKind.AUTHORIZE:
            return _take(work, transfer, "held")
        case TransferKind.CAPTURE:
            return _end_hold(work, transfer, spent=transfer.amount)
        case TransferKind.VOID:
            return _end_hold(work, transfer, spent=0)
        case TransferKind.REFUND:
            return _give_back(work, transfer)
        case _:
            raise AssertionError(f"a {transfer.kind} moves no money of an account")


def _take(work: Work, transfer: Transfer, kind: EntryKind) -> Outcome:
    account = _account(work, transfer)
    tender = Tender(type=account.kind, last4=account.last4)
    decline = rules.declined(account, transfer.amount, transfer.currency, work.tx.now)
    if decline is not None:
        return Outcome(state=TransferState.DECLINED, decline=decline, tender=tender)
    entry = post(work, account.account_id, kind, -transfer.amount, transfer=transfer)
    if entry is None:
        decline = rules.insufficient(account, transfer.amount)
        return Outcome(state=TransferState.DECLINED, decline=decline, tender=tender)
    return Outcome(state=TransferState.SUCCEEDED, reference=entry.entry_id, tender=tender)


def _end_hold(work: Work, transfer: Transfer, *, spent: int) -> Outcome:
    """Release all that the payment holds and spend a part of it. Switching off and expiry end no hold."""
    hold = work.tx.credit_hold(transfer.payment_id)
    if hold is None or hold.amount < spent:
        return Outcome(state=TransferState.DECLINED, decline=rules.nothing_held(_account(work, transfer)))
    posted(post(work, hold.account_id, "released", hold.amount, transfer=transfer))
    if spent:
        posted(post(work, hold.account_id, "spent", -spent, transfer=transfer))
    # Store credit that was merged meanwhile: what comes back goes on to where the rest went.
    merged_into, rest = _account(work, transfer).account_id, hold.amount - spent
    if merged_into != hold.account_id and rest:
        move(work, hold.account_id, merged_into, rest)
    return Outcome(state=TransferState.SUCCEEDED)


def _give_back(work: Work, transfer: Transfer) -> Outcome:
    """Put a refund on the account. Money goes back to a card that has expired or was switched off, too: it came from
    there, and whoever answers for the card can make it good again."""
    account = _account(work, transfer)
    if account.currency != transfer.currency or account.balance + transfer.amount > MAX_AMOUNT:
        return Outcome(state=TransferState.DECLINED, decline=rules.cannot_take(account, transfer))
    entry = posted(post(work, account.account_id, "refunded", transfer.amount, transfer=transfer))
    return Outcome(state=TransferState.SUCCEEDED, reference=entry.entry_id)


def _account(work: Work, transfer: Transfer) -> Account:
    """The transfer's account, or the one that it was merged into. Accounts are never deleted, and only ids of accounts
    that were found become a source or a destination."""
    account = None if transfer.account is None else work.tx.credit_account(transfer.account)
    assert account is not None, "the transfer names an account of this merchant"
    return account
