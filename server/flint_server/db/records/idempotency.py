"""Idempotency records: what a command was asked under a key, and what it answered."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    select,
    update,
)

from flint_domain.unit_of_work.ports import IdempotencyRecord
from flint_server.db.codecs import dump_object, load_object, micros
from flint_server.db.constructs import OnConflict
from flint_server.db.metadata import Sequence, metadata, of_merchant
from flint_server.db.packing import packed, unpacked
from flint_server.db.rows import Columns, Kind
from flint_server.db.session import Session
from flint_server.db.stale import StaleWrite
from flint_server.db.statement import ZERO, Statement, added, this

KEPT = timedelta(days=30)

# Records are added in the order of time, so that the expired ones are found at the front without an index. What they
# are about are columns, which erasure reads; they point at nothing, as a record is kept for thirty days and no longer.
records = Table(
    "idempotency_records",
    metadata,
    Column("seq", Sequence, primary_key=True),
    of_merchant(),
    Column("principal", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("command", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("fields", LargeBinary, nullable=False),
    Column("ref", Text),
    Column("order_id", Text),
    Column("customer_id", Text),
    Column("account_id", Text),
    Column("answer", LargeBinary),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("merchant_id", "principal", "key"),
)


PACKED = Kind(lambda value: packed(dump_object(value)), lambda blob: load_object(unpacked(blob)))
ROW = Columns(records, IdempotencyRecord, fields=PACKED, answer=PACKED)

_this = and_(this(records, "key"), records.c.principal == bindparam("principal"))
ADD = Statement(added(records).ext(OnConflict("merchant_id", "principal", "key")))
ANSWER = Statement(update(records).where(_this, records.c.answer.is_(None)).values({"answer": bindparam("answer")}))
BY_KEY = Statement(select(*ROW.columns).where(_this, records.c.created_at > bindparam("expired")))
FORGET_ONE = Statement(delete(records).where(_this, records.c.created_at <= bindparam("expired")))
_oldest = select(records.c.seq).order_by(records.c.seq).limit(bindparam("limit")).offset(ZERO)
FORGET = Statement(delete(records).where(records.c.seq.in_(_oldest), records.c.created_at <= bindparam("expired")))


def idempotency_record(tx: Session, principal: str, key: str) -> IdempotencyRecord | None:
    return ROW.first(tx, BY_KEY, principal=principal, key=key, expired=micros(tx.now - KEPT))


def add_idempotency_record(tx: Session, record: IdempotencyRecord) -> None:
    """Claim the key. Raises StaleWrite when it is taken by a record that has not expired."""
    row = ROW.of(record)
    if tx.run(ADD, **row) == 1:
        return
    if tx.run(FORGET_ONE, principal=record.principal, key=record.key, expired=micros(tx.now - KEPT)) == 0:
        raise StaleWrite(f"the idempotency key {record.key!r} is taken")
    tx.run(ADD, **row)


def answer_idempotency_record(tx: Session, principal: str, key: str, answer: dict[str, Any]) -> bool:
    return tx.run(ANSWER, principal=principal, key=key, answer=packed(dump_object(answer))) == 1


def forget_expired(tx: Session, limit: int) -> None:
    """Delete expired records of every merchant, so many at most."""
    tx.run(FORGET, expired=micros(tx.now - KEPT), limit=limit)
