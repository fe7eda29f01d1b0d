"""Gift cards and store credit: accounts, whose balances are the sum of their ledgers (see gift_card_entries)."""

from dataclasses import replace

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    select,
    text,
)

from flint_domain.gift_cards.codes import RANDOM_BITS, made_of, printed
from flint_domain.gift_cards.model import Account
from flint_domain.kernel.cards import holds_card_number
from flint_server.db.codecs import ACCOUNT
from flint_server.db.constructs import OnConflict
from flint_server.db.metadata import Sequence, metadata, of_merchant, partial_index, within_merchant
from flint_server.db.rows import Body, save
from flint_server.db.session import Session
from flint_server.db.statement import Statement, added, mine, saved, this

# Partial indexes are used only by queries that repeat their condition word for word.
IS_STORE_CREDIT = text("kind = 'store_credit'")
HAS_CODE = text("code_digest IS NOT NULL")

accounts = Table(
    "gift_card_accounts",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False),
    of_merchant(),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("customer_id", Text),
    Column("code_digest", Text),
    Column("merged_into", Text),
    Column("balance", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    CheckConstraint("balance >= 0", "never_below_zero"),
    UniqueConstraint("merchant_id", "id"),
    within_merchant("merged_into", "gift_card_accounts"),
)
partial_index(
    "uq_gift_card_accounts_code",
    accounts.c.merchant_id,
    accounts.c.code_digest,
    unique=True,
    where=HAS_CODE,
)
partial_index(
    "ix_gift_card_accounts_customer",
    accounts.c.merchant_id,
    accounts.c.customer_id,
    accounts.c.seq,
    where=text("customer_id IS NOT NULL"),
)
partial_index(
    "uq_gift_card_accounts_store_credit",
    accounts.c.merchant_id,
    accounts.c.customer_id,
    accounts.c.currency,
    unique=True,
    where=IS_STORE_CREDIT,
)

# The balance is counted in its column: in the body it is always 0.
ROW = Body(
    accounts,
    ACCOUNT,
    Account,
    counted=("balance",),
    id="account_id",
    balance="balance",
    body=lambda account: ACCOUNT.dump(replace(account, balance=0)),
)

ADD = Statement(added(accounts).ext(OnConflict("merchant_id", "code_digest", index_where=HAS_CODE)))
SAVE = Statement(saved(accounts, "kind", "currency", "code_digest", "balance"))
_ACCOUNTS = select(*ROW.columns).where(mine(accounts))
ONE_ACCOUNT = Statement(select(*ROW.columns).where(this(accounts)))
GIFT_CARD = Statement(_ACCOUNTS.where(accounts.c.code_digest == bindparam("code_digest")))
STORE_CREDIT = Statement(
    _ACCOUNTS.where(
        accounts.c.customer_id == bindparam("customer_id"),
        accounts.c.currency == bindparam("currency"),
        IS_STORE_CREDIT,
    )
)
OF_CUSTOMER = Statement(
    _ACCOUNTS.where(accounts.c.customer_id == bindparam("customer_id"), accounts.c.merged_into.is_(None)).order_by(
        accounts.c.seq
    )
)


def credit_account(tx: Session, account_id: str) -> Account | None:
    """The account at the end of the merges."""
    account = ROW.first(tx, ONE_ACCOUNT, id=account_id)
    while account is not None and account.merged_into is not None:
        account = ROW.first(tx, ONE_ACCOUNT, id=account.merged_into)
    return account


def gift_card(tx: Session, code_digest: str) -> Account | None:
    return ROW.first(tx, GIFT_CARD, code_digest=code_digest)


def store_credit(tx: Session, customer_id: str, currency: str) -> Account | None:
    return ROW.first(tx, STORE_CREDIT, customer_id=customer_id, currency=currency)


def credit_accounts_of(tx: Session, customer_id: str) -> list[Account]:
    return ROW.every(tx, OF_CUSTOMER, customer_id=customer_id)


def new_gift_card_code(tx: Session) -> str:
    code = made_of(tx.random_bits(RANDOM_BITS))
    while holds_card_number(printed(code)):  # callers may not send what looks like one
        code = made_of(tx.random_bits(RANDOM_BITS))
    return code


def add_credit_account(tx: Session, account: Account, code_digest: str | None = None) -> bool:
    return tx.run(ADD, **{**ROW.of(account), "balance": 0, "code_digest": code_digest}) == 1


def save_credit_account(tx: Session, account: Account) -> None:
    save(tx, SAVE, ROW.of(account))
