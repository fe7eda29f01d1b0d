"""What callers read of gift cards and store credit."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from flint_domain.gift_cards.model import Account, AccountKind, Entry, EntryKind
from flint_domain.kernel.wire import Id, MoneyView, Timestamp, WireModel, money

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
