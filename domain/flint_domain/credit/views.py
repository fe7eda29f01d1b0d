"""What callers read of gift cards and store credit."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from flint_domain.credit.model import Account, AccountKind, Entry, EntryKind
from flint_domain.kernel.money import format_money
from flint_domain.ports import ReadTransaction
from flint_domain.wire import Id, MoneyView, Timestamp, WireModel, money

CreditStatus = Literal["ACTIVE", "EXPIRED", "INACTIVE"]


class EntryView(WireModel):
    """One line of a ledger."""

    entry_id: Id
    type: EntryKind
    amount_money: MoneyView = Field(description="above zero for what came in, below for what went out")
    balance_money: MoneyView = Field(description="what the account held after it")
    order_id: Id | None = None
    payment_intent_id: Id | None = None
    counterpart_account_id: Id | None = Field(default=None, description="of a merge: where it came from or went")
    actor: str
    note: str | None = None
    at: Timestamp


class CreditView(WireModel):
    """A gift card or a customer's store credit, and what can be spent of it."""

    summary: str
    account_id: Id
    type: AccountKind
    status: CreditStatus = Field(description="nothing is paid with an EXPIRED or INACTIVE one; refunds still go back")
    balance_money: MoneyView = Field(description="what can be spent")
    held_money: MoneyView | None = Field(default=None, description="set aside for authorized payments")
    last4: str | None = Field(default=None, description="the end of a gift card's code, whose rest is not kept")
    customer_id: Id | None = None
    expires_at: Timestamp | None = None
    note: str | None = None
    created_at: Timestamp


class CreditLedgerView(CreditView):
    """The same with its ledger, newest first."""

    entries: list[EntryView]
    next_cursor: str | None = Field(default=None, description="pass it as cursor for the next page")


def credit_status(account: Account, now: datetime) -> CreditStatus:
    """Whether it pays at this time; first match."""
    if not account.active:
        return "INACTIVE"
    return "EXPIRED" if account.expired(now) else "ACTIVE"


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


def entry_view(account: Account, entry: Entry) -> EntryView:
    return EntryView(
        entry_id=entry.entry_id,
        type=entry.kind,
        amount_money=money(entry.amount, account.currency),
        balance_money=money(entry.balance, account.currency),
        order_id=entry.order_id,
        payment_intent_id=entry.payment_id,
        counterpart_account_id=entry.counterpart,
        actor=entry.actor,
        note=entry.note,
        at=entry.at,
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
