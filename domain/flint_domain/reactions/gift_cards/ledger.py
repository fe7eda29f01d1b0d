"""One way to write an account's ledger: who, when, for which order and transfer."""

from flint_domain.gift_cards.model import Account, Entry, EntryKind
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.money import MAX_AMOUNT, format_money
from flint_domain.order.payments.model import Transfer
from flint_domain.unit_of_work.work import Work


def post(
    work: Work,
    account_id: str,
    kind: EntryKind,
    amount: int,
    *,
    transfer: Transfer | None = None,
    counterpart: str | None = None,
    note: str | None = None,
) -> Entry | None:
    """Add an entry of amount (minor units, below zero for what goes out).

    None, and nothing written, when the balance would fall below zero.
    """
    return work.tx.post_credit(
        Entry(
            entry_id=work.new_id("ent"),
            account_id=account_id,
            kind=kind,
            amount=amount,
            transfer_id=transfer.transfer_id if transfer else None,
            payment_id=transfer.payment_id if transfer else None,
            order_id=transfer.order_id if transfer else None,
            counterpart=counterpart,
            actor=work.actor,
            note=note,
            at=work.tx.now,
        )
    )


def posted(entry: Entry | None) -> Entry:
    """The entry of money that is known to be there: it was read, or came in, in this transaction."""
    assert entry is not None, "the balance covers it"
    return entry


def move(work: Work, origin_id: str, destination_id: str, amount: int) -> None:
    """Move money (minor units) that the origin holds to the account that it was merged into, by two entries."""
    posted(post(work, origin_id, "merged", -amount, counterpart=destination_id))
    posted(post(work, destination_id, "merged", amount, counterpart=origin_id))


def require_room(account: Account, amount: int, param: str | None) -> None:
    """Raise Refused("amount_too_large") when the account would hold more than Flint can count."""
    if account.balance + amount > MAX_AMOUNT:
        raise Refused(
            "amount_too_large",
            f"The {account} would hold more than {format_money(MAX_AMOUNT, account.currency)}.",
            hint=f"it can take {format_money(max(0, MAX_AMOUNT - account.balance), account.currency)} at most",
            param=param,
        )
