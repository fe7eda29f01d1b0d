"""Idempotency records: what a command was asked under a key, and what it answered."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    select,
    update,
)

from flint_domain.unit_of_work.ports import IdempotencyRecord
from flint_server.db.codecs import micros
from flint_server.db.constructs import upsert
from flint_server.db.metadata import Sequence, metadata
from flint_server.db.rows import Columns
from flint_server.db.session import Session
from flint_server.db.stale import StaleWrite
from flint_server.db.statement import ZERO, Statement, parameters, this

KEPT = timedelta(days=30)

# Receipts are added in the order of time, so that the expired ones are found at the front without an index.
receipts = Table(
    "receipts",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("key", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("fields", Text, nullable=False),
    Column("shown", Text),
    Column("answer", Text),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("merchant_id", "key"),
)

ROW = Columns(receipts, IdempotencyRecord, shown="ref")

ADD = Statement(
    upsert(receipts).values(parameters(receipts)).on_conflict_do_nothing(index_elements=["merchant_id", "key"])
)
SAVE = Statement(
    update(receipts)
    .where(this(receipts, "key"))
    .values({name: bindparam(name) for name in ("fields", "shown", "answer")})
)
BY_KEY = Statement(select(*ROW.columns).where(this(receipts, "key"), receipts.c.created_at > bindparam("expired")))
FORGET_ONE = Statement(delete(receipts).where(this(receipts, "key"), receipts.c.created_at <= bindparam("expired")))
_oldest = select(receipts.c.seq).order_by(receipts.c.seq).limit(bindparam("limit")).offset(ZERO)
FORGET = Statement(delete(receipts).where(receipts.c.seq.in_(_oldest), receipts.c.created_at <= bindparam("expired")))


def idempotency_record(tx: Session, principal: str, key: str) -> IdempotencyRecord | None:
    record = ROW.first(tx, BY_KEY, key=key, expired=micros(tx.now - KEPT))
    return None if record is None else replace(record, principal=principal)


def add_idempotency_record(tx: Session, record: IdempotencyRecord) -> None:
    """Claim the key. Raises StaleWrite when it is taken by a record that has not expired."""
    row = ROW.of(record)
    if tx.run(ADD, **row) == 1:
        return
    if tx.run(FORGET_ONE, key=record.key, expired=micros(tx.now - KEPT)) == 0:
        raise StaleWrite(f"the idempotency key {record.key!r} is taken")
    tx.run(ADD, **row)


def save_idempotency_record(tx: Session, record: IdempotencyRecord) -> None:
    if tx.run(SAVE, **ROW.of(record)) == 0:
        raise StaleWrite(f"no idempotency record has the key {record.key!r}")


def forget_expired(tx: Session, limit: int) -> None:
    """Delete expired records of every merchant, so many at most."""
    tx.run(FORGET, expired=micros(tx.now - KEPT), limit=limit)
