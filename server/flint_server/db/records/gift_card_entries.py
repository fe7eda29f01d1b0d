"""The ledger of gift cards and store credit: every entry moves a balance, which never falls below zero."""

from dataclasses import replace

from sqlalchemy import BigInteger, Column, Index, Table, Text, UniqueConstraint, bindparam, func, select, text, update

from flint_domain.gift_cards.model import Entry, Hold
from flint_server.db.constructs import unindexed
from flint_server.db.metadata import Sequence, metadata, of_merchant, partial_index, within_merchant
from flint_server.db.records.gift_cards import accounts
from flint_server.db.rows import Columns
from flint_server.db.session import Session
from flint_server.db.statement import ONE, ZERO, Statement, added, mine, place_of, this

# Partial indexes are used only by queries that repeat their condition word for word.
IS_A_HOLD = text("kind IN ('held', 'released')")

entries = Table(
    "gift_card_entries",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False),
    of_merchant(),
    Column("account_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("transfer_id", Text),
    Column("payment_id", Text),
    Column("order_id", Text),
    Column("counterpart", Text),
    Column("actor", Text, nullable=False),
    Column("note", Text),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("merchant_id", "id"),
    within_merchant("account_id", "gift_card_accounts"),
    within_merchant("transfer_id", "transfers"),
    within_merchant("order_id", "orders"),
    within_merchant("counterpart", "gift_card_accounts"),
)
Index(None, entries.c.merchant_id, entries.c.account_id, entries.c.seq)
# A transfer moves the money once, whatever goes wrong around it.
partial_index(
    "uq_gift_card_entries_transfer",
    entries.c.merchant_id,
    entries.c.transfer_id,
    entries.c.kind,
    unique=True,
    where=text("transfer_id IS NOT NULL"),
)
partial_index("ix_gift_card_entries_hold", entries.c.merchant_id, entries.c.payment_id, where=IS_A_HOLD)

ROW = Columns(entries, Entry, id="entry_id")

MOVE = Statement(
    update(accounts)
    .where(this(accounts), accounts.c.balance + bindparam("amount") >= ZERO)
    .values(balance=accounts.c.balance + bindparam("amount"))
    .returning(accounts.c.balance)
)
ADD = Statement(added(entries))
_of_account = mine(entries), entries.c.account_id == bindparam("account_id")
_NEWEST = select(*ROW.columns).where(*_of_account).order_by(entries.c.seq.desc()).limit(bindparam("limit")).offset(ZERO)
NEWEST = Statement(_NEWEST)
BEFORE = Statement(_NEWEST.where(entries.c.seq < place_of(entries, "before", of="account_id")))
HELD = Statement(select(func.coalesce(-func.sum(entries.c.amount), ZERO)).where(*_of_account, IS_A_HOLD))
HOLD = Statement(
    select(entries.c.account_id, -func.sum(entries.c.amount))
    .where(mine(entries), entries.c.payment_id == bindparam("payment_id"), IS_A_HOLD)
    .group_by(unindexed(entries.c.account_id))  # or all of the merchant's would be gone through in that order
    .having(func.sum(entries.c.amount) < ZERO)
    .limit(ONE)
    .offset(ZERO)
)


def credit_entries_of(tx: Session, account_id: str, *, limit: int, before: str | None = None) -> list[Entry]:
    statement = NEWEST if before is None else BEFORE
    return ROW.every(tx, statement, account_id=account_id, limit=limit, before=before)


def credit_held(tx: Session, account_id: str) -> int:
    row: tuple[int] = tx.one(HELD, account_id=account_id)
    return row[0]


def credit_hold(tx: Session, payment_id: str) -> Hold | None:
    row: tuple[str, int] | None = tx.one(HOLD, payment_id=payment_id)
    return None if row is None else Hold(*row)


def post_credit(tx: Session, entry: Entry) -> Entry | None:
    moved: tuple[int] | None = tx.written(MOVE, id=entry.account_id, amount=entry.amount)
    if moved is None:
        return None
    posted = replace(entry, balance=moved[0])
    tx.run(ADD, **ROW.of(posted))
    return posted
