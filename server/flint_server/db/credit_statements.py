"""The statements of gift cards and store credit, built from the schema once (see statements)."""

from typing import Any

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import ClauseElement

from flint_server.db.credit_tables import HAS_CODE, IS_A_HOLD, IS_STORE_CREDIT, credit_accounts, credit_entries
from flint_server.db.statements import DIALECT, ONE, ZERO


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=DIALECT))


def _values(*names: str) -> dict[str, Any]:
    return {name: bindparam(name) for name in names}


_MY_ACCOUNT = credit_accounts.c.merchant_id == bindparam("merchant_id")
_MY_ENTRY = credit_entries.c.merchant_id == bindparam("merchant_id")
_THIS = credit_accounts.c.id == bindparam("this_id")

# ── accounts ──
_new = sqlite.insert(credit_accounts).values(
    _values(*(column.name for column in credit_accounts.c if column.name != "seq"))
)
ADD_ACCOUNT = _sql(_new.on_conflict_do_nothing(index_elements=["merchant_id", "code_digest"], index_where=HAS_CODE))
SAVE_ACCOUNT = _sql(
    update(credit_accounts)
    .where(_THIS, _MY_ACCOUNT, credit_accounts.c.version == bindparam("was"))
    .values(_values("version", "customer_id", "merged_into", "schema", "body"))
)
_ACCOUNT = select(credit_accounts.c.body, credit_accounts.c.schema, credit_accounts.c.balance).where(_MY_ACCOUNT)
ACCOUNT = _sql(_ACCOUNT.where(_THIS))
GIFT_CARD = _sql(_ACCOUNT.where(credit_accounts.c.code_digest == bindparam("code_digest")))
STORE_CREDIT = _sql(
    _ACCOUNT.where(
        credit_accounts.c.customer_id == bindparam("customer_id"),
        credit_accounts.c.currency == bindparam("currency"),
        IS_STORE_CREDIT,
    )
)
ACCOUNTS = _sql(
    _ACCOUNT.where(
        credit_accounts.c.customer_id == bindparam("customer_id"), credit_accounts.c.merged_into.is_(None)
    ).order_by(credit_accounts.c.seq)
)

# ── the ledger ──
MOVE = _sql(
    update(credit_accounts)
    .where(_THIS, _MY_ACCOUNT, credit_accounts.c.balance + bindparam("amount") >= ZERO)
    .values(balance=credit_accounts.c.balance + bindparam("amount"))
    .returning(credit_accounts.c.balance)
)
ADD_ENTRY = _sql(
    insert(credit_entries).values(_values(*(column.name for column in credit_entries.c if column.name != "seq")))
)
_NEWEST = (
    select(*(column for column in credit_entries.c if column.name not in ("seq", "merchant_id")))
    .where(_MY_ENTRY, credit_entries.c.account_id == bindparam("this_id"))
    .order_by(credit_entries.c.seq.desc())
    .limit(bindparam("limit"))
    .offset(ZERO)
)
ENTRIES = _sql(_NEWEST)
_before = credit_entries.alias("page")
ENTRIES_BEFORE = _sql(
    _NEWEST.where(
        credit_entries.c.seq
        < select(_before.c.seq)
        .where(_before.c.account_id == bindparam("this_id"), _before.c.id == bindparam("before"))
        .scalar_subquery()
    )
)
HELD = _sql(
    select(func.coalesce(-func.sum(credit_entries.c.amount), ZERO)).where(
        _MY_ENTRY, credit_entries.c.account_id == bindparam("this_id"), IS_A_HOLD
    )
)
HOLD = _sql(
    select(credit_entries.c.account_id, -func.sum(credit_entries.c.amount))
    .where(_MY_ENTRY, credit_entries.c.payment_id == bindparam("payment_id"), IS_A_HOLD)
    .group_by(credit_entries.c.account_id)
    .having(func.sum(credit_entries.c.amount) < ZERO)
    .limit(ONE)
    .offset(ZERO)
)
