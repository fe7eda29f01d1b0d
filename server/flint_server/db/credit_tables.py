"""The schema of gift cards and store credit: accounts, and the ledger that their balances are the sum of."""

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, Table, Text, text

from flint_server.db.metadata import Sequence, metadata

# Partial indexes are used only by queries that repeat their condition word for word.
IS_A_HOLD = text("kind IN ('held', 'released')")
IS_STORE_CREDIT = text("kind = 'store_credit'")
HAS_CODE = text("code_digest IS NOT NULL")

credit_accounts = Table(
    "credit_accounts",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("customer_id", Text),
    Column("code_digest", Text),
    Column("merged_into", Text, ForeignKey("credit_accounts.id")),
    Column("balance", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    CheckConstraint("balance >= 0", "never_below_zero"),
)
Index(
    "uq_credit_accounts_code",
    credit_accounts.c.merchant_id,
    credit_accounts.c.code_digest,
    unique=True,
    sqlite_where=HAS_CODE,
)
Index(
    "ix_credit_accounts_customer",
    credit_accounts.c.merchant_id,
    credit_accounts.c.customer_id,
    credit_accounts.c.seq,
    sqlite_where=text("customer_id IS NOT NULL"),
)
Index(
    "uq_credit_accounts_store_credit",
    credit_accounts.c.merchant_id,
    credit_accounts.c.customer_id,
    credit_accounts.c.currency,
    unique=True,
    sqlite_where=IS_STORE_CREDIT,
)

credit_entries = Table(
    "credit_entries",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("account_id", Text, ForeignKey("credit_accounts.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("balance", BigInteger, nullable=False),
    Column("transfer_id", Text, ForeignKey("transfers.id")),
    Column("payment_id", Text),
    Column("order_id", Text, ForeignKey("orders.id")),
    Column("counterpart", Text, ForeignKey("credit_accounts.id")),
    Column("actor", Text, nullable=False),
    Column("note", Text),
    Column("at", BigInteger, nullable=False),
)
Index(None, credit_entries.c.account_id, credit_entries.c.seq)
# A transfer moves the money once, whatever goes wrong around it.
Index(
    "uq_credit_entries_transfer",
    credit_entries.c.transfer_id,
    credit_entries.c.kind,
    unique=True,
    sqlite_where=text("transfer_id IS NOT NULL"),
)
Index("ix_credit_entries_hold", credit_entries.c.payment_id, sqlite_where=IS_A_HOLD)
