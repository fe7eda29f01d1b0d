"""Gift cards, store credit and their ledgers as a transaction reads and writes them."""

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from flint_domain.gift_cards.codes import RANDOM_BITS, made_of, printed
from flint_domain.gift_cards.model import Account, Entry, EntryKind, Hold
from flint_domain.kernel.cards import holds_card_number
from flint_server.db import credit_statements as statements
from flint_server.db.codecs import Codec, from_micros, micros
from flint_server.db.stale import require_one

ACCOUNT = Codec(Account)

AccountRow = tuple[str, int, int]  # body, schema, and the balance, which is counted in its column
EntryRow = tuple[str, str, EntryKind, int, int, str | None, str | None, str | None, str | None, str, str | None, int]


class Reading(Protocol):
    """What of a transaction is needed to read."""

    driver: sqlite3.Connection
    merchant_id: str
    now: datetime


class Writing(Reading, Protocol):
    def random_bits(self, count: int) -> int: ...


class CreditReading:
    """The part of a read transaction that is about gift cards and store credit."""

    __slots__ = ()

    def credit_account(self: Reading, account_id: str) -> Account | None:
        account = _account(self, statements.ACCOUNT, {"this_id": account_id})
        while account is not None and account.merged_into is not None:
            account = _account(self, statements.ACCOUNT, {"this_id": account.merged_into})
        return account

    def gift_card(self: Reading, code_digest: str) -> Account | None:
        return _account(self, statements.GIFT_CARD, {"code_digest": code_digest})

    def store_credit(self: Reading, customer_id: str, currency: str) -> Account | None:
        return _account(self, statements.STORE_CREDIT, {"customer_id": customer_id, "currency": currency})

    def credit_accounts(self: Reading, customer_id: str) -> list[Account]:
        named = {"merchant_id": self.merchant_id, "customer_id": customer_id}
        rows: list[AccountRow] = self.driver.execute(statements.ACCOUNTS, named).fetchall()
        return [_with_balance(row) for row in rows]

    def credit_entries(self: Reading, account_id: str, *, limit: int, before: str | None = None) -> list[Entry]:
        named = {"merchant_id": self.merchant_id, "this_id": account_id, "limit": limit, "before": before}
        statement = statements.ENTRIES if before is None else statements.ENTRIES_BEFORE
        rows: list[EntryRow] = self.driver.execute(statement, named).fetchall()
        return [_entry(row) for row in rows]

    def credit_held(self: Reading, account_id: str) -> int:
        named = {"merchant_id": self.merchant_id, "this_id": account_id}
        row: tuple[int] = self.driver.execute(statements.HELD, named).fetchone()
        return row[0]

    def credit_hold(self: Reading, payment_id: str) -> Hold | None:
        named = {"merchant_id": self.merchant_id, "payment_id": payment_id}
        row: tuple[str, int] | None = self.driver.execute(statements.HOLD, named).fetchone()
        return None if row is None else Hold(*row)


class CreditWriting(CreditReading):
    """The part of a writing transaction that is about gift cards and store credit."""

    __slots__ = ()

    def new_gift_card_code(self: Writing) -> str:
        code = made_of(self.random_bits(RANDOM_BITS))
        while holds_card_number(printed(code)):  # callers may not send what looks like one
            code = made_of(self.random_bits(RANDOM_BITS))
        return code

    def add_credit_account(self: Writing, account: Account, code_digest: str | None = None) -> bool:
        named = {
            "id": account.account_id,
            "merchant_id": self.merchant_id,
            "version": account.version,
            "kind": account.kind,
            "currency": account.currency,
            "customer_id": account.customer_id,
            "code_digest": code_digest,
            "merged_into": account.merged_into,
            "balance": 0,
            "schema": ACCOUNT.schema,
            "body": ACCOUNT.dump(replace(account, balance=0)),
        }
        return self.driver.execute(statements.ADD_ACCOUNT, named).rowcount == 1

    def save_credit_account(self: Writing, account: Account) -> None:
        named = {
            "this_id": account.account_id,
            "merchant_id": self.merchant_id,
            "was": account.version - 1,
            "version": account.version,
            "customer_id": account.customer_id,
            "merged_into": account.merged_into,
            "schema": ACCOUNT.schema,
            "body": ACCOUNT.dump(replace(account, balance=0)),
        }
        written = self.driver.execute(statements.SAVE_ACCOUNT, named)
        require_one(written, account.account_id, account.version)

    def post_credit(self: Writing, entry: Entry) -> Entry | None:
        this = {"this_id": entry.account_id, "merchant_id": self.merchant_id, "amount": entry.amount}
        moved: list[tuple[int]] = self.driver.execute(statements.MOVE, this).fetchall()
        if not moved:
            return None
        posted = replace(entry, balance=moved[0][0])
        self.driver.execute(
            statements.ADD_ENTRY,
            {
                "id": posted.entry_id,
                "merchant_id": self.merchant_id,
                "account_id": posted.account_id,
                "kind": posted.kind,
                "amount": posted.amount,
                "balance": posted.balance,
                "transfer_id": posted.transfer_id,
                "payment_id": posted.payment_id,
                "order_id": posted.order_id,
                "counterpart": posted.counterpart,
                "actor": posted.actor,
                "note": posted.note,
                "at": micros(posted.at),
            },
        )
        return posted


def _account(tx: Reading, statement: str, named: Mapping[str, str]) -> Account | None:
    row: AccountRow | None = tx.driver.execute(statement, {**named, "merchant_id": tx.merchant_id}).fetchone()
    return None if row is None else _with_balance(row)


def _with_balance(row: AccountRow) -> Account:
    body, schema, balance = row
    return replace(ACCOUNT.load(body, schema), balance=balance)


def _entry(row: EntryRow) -> Entry:
    entry_id, account_id, kind, amount, balance, transfer_id, payment_id, order_id, counterpart, actor, note, at = row
    return Entry(
        entry_id=entry_id,
        account_id=account_id,
        kind=kind,
        amount=amount,
        balance=balance,
        transfer_id=transfer_id,
        payment_id=payment_id,
        order_id=order_id,
        counterpart=counterpart,
        actor=actor,
        note=note,
        at=from_micros(at),
    )
