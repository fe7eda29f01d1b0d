"""Gift cards and store credit as callers read them, with what is set aside."""

from collections.abc import Sequence
from typing import Any

from flint_domain.gift_cards.model import Account, Entry
from flint_domain.gift_cards.views import CreditLedgerView, CreditView, credit_status, entry_view
from flint_domain.kernel.money import format_money
from flint_domain.kernel.wire import money
from flint_domain.unit_of_work.ports import ReadTransaction


def credit_view(tx: ReadTransaction, account: Account) -> CreditView:
    status, held, currency = credit_status(account, tx.now), tx.credit_held(account.account_id), account.currency
    set_aside = f", {format_money(held, currency)} set aside" if held else ""
    return CreditView(
        summary=f"{status} {account}: {format_money(account.balance, currency)}{set_aside}.",
        account_id=account.account_id,
        type=account.kind,
        status=status,
        balance_money=money(account.balance, currency),
        held_money=money(held, currency) if held else None,
        last4=account.last4,
        customer_id=account.customer_id,
        expires_at=account.expires_at,
        note=account.note,
        created_at=account.created_at,
    )


def ledger_view(
    tx: ReadTransaction, account: Account, entries: Sequence[Entry], next_cursor: str | None
) -> CreditLedgerView:
    return CreditLedgerView(
        **dict(credit_view(tx, account)),
        entries=[entry_view(account, entry) for entry in entries],
        next_cursor=next_cursor,
    )


def show_credit(tx: ReadTransaction, account_id: str, warnings: Sequence[str]) -> dict[str, Any]:
    """A command's account as its answer."""
    account = tx.credit_account(account_id)
    assert account is not None, "accounts are never deleted"
    answer: dict[str, Any] = {"credit": credit_view(tx, account).to_wire(keep_empty=False)}
    return {**answer, "warnings": list(warnings)} if warnings else answer


def credits_of(tx: ReadTransaction, customer_id: str) -> list[CreditView]:
    """The customer's store credit and gift cards, oldest first."""
    return [credit_view(tx, account) for account in tx.credit_accounts(customer_id)]
