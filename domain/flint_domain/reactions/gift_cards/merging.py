"""What becomes of the credit of a customer that is merged into another."""

from dataclasses import replace

from flint_domain.gift_cards.model import Account
from flint_domain.reactions.gift_cards.accounts import opened_store_credit
from flint_domain.reactions.gift_cards.ledger import move, post, require_room
from flint_domain.unit_of_work.work import Work


def merge(work: Work, loser_id: str, survivor_id: str) -> None:
    """Give the survivor the loser's gift cards, and move the loser's store credit to the survivor's.

    What the loser's store credit has set aside stays so; what of it comes back, and refunds to it, follow. Store credit
    that was switched off stays so: the survivor's is switched off with it. Raises Refused("amount_too_large").
    """
    for account in work.tx.credit_accounts(loser_id):
        changed = replace(account, version=account.version + 1, updated_at=work.tx.now)
        if account.kind == "gift_card":
            work.tx.save_credit_account(replace(changed, customer_id=survivor_id))
            continue
        into = opened_store_credit(work, survivor_id, account.currency)
        require_room(into, account.balance, None)
        work.tx.save_credit_account(replace(changed, merged_into=into.account_id))
        if account.balance:
            move(work, account.account_id, into.account_id, account.balance)
        if not account.active and into.active:
            _switch_off(work, into)


def _switch_off(work: Work, account: Account) -> None:
    off = replace(account, version=account.version + 1, active=False, updated_at=work.tx.now)
    work.tx.save_credit_account(off)
    post(work, account.account_id, "switched_off", 0, note="store credit that was switched off was merged into it")
