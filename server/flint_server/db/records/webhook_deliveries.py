"""Webhook deliveries: what has to be sent to whom, its body and its tries, in one line per subject and endpoint."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    exists,
    func,
    null,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy import column as bare_column

from flint_domain.kernel.subjects import Subject
from flint_domain.webhooks.model import Delivery, DeliveryQuery
from flint_domain.webhooks.ports import DueDelivery, Slots
from flint_server.db.codecs import DELIVERY_LOG, micros
from flint_server.db.metadata import Sequence as RowNumber
from flint_server.db.metadata import metadata, of_merchant, partial_index, within_merchant
from flint_server.db.records.webhook_endpoints import webhook_endpoints
from flint_server.db.rows import Columns
from flint_server.db.session import Session
from flint_server.db.statement import ONE, ZERO, Statement, mine, place_of, this, word

KEPT = timedelta(days=30)  # as long as an idempotency record: so far back one can be read and sent again

# Partial indexes are used only by queries that repeat their condition word for word.
CAN_BE_DUE = text("state IN ('pending', 'sending')")
IN_LINE = text("state IN ('pending', 'sending', 'waiting') AND again = 0")

# The payload is the last column: what is asked for most lies before it and is read without its pages.
webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("seq", RowNumber, primary_key=True),
    Column("id", Text, nullable=False),
    of_merchant(),
    Column("endpoint_id", Text, nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("subject_version", Integer, nullable=False),
    Column("order_id", Text),
    Column("event_id", Text, nullable=False),
    Column("event_type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("again", Boolean, nullable=False),
    Column("reason", Text),
    Column("created_at", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("log", Text, nullable=False),
    Column("payload", Text),
    UniqueConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "endpoint_id", "event_id"),
    within_merchant("endpoint_id", "webhook_endpoints"),
    within_merchant("order_id", "orders"),
)
Index(None, webhook_deliveries.c.merchant_id, webhook_deliveries.c.seq)
Index(None, webhook_deliveries.c.merchant_id, webhook_deliveries.c.endpoint_id, webhook_deliveries.c.seq)
partial_index(
    "ix_webhook_deliveries_order",
    webhook_deliveries.c.merchant_id,
    webhook_deliveries.c.order_id,
    webhook_deliveries.c.seq,
    where=text("order_id IS NOT NULL"),
)
partial_index(
    "ix_webhook_deliveries_due",
    webhook_deliveries.c.merchant_id,
    webhook_deliveries.c.endpoint_id,
    webhook_deliveries.c.due_at,
    webhook_deliveries.c.seq,
    where=CAN_BE_DUE,
)
partial_index(
    "ix_webhook_deliveries_line",
    webhook_deliveries.c.merchant_id,
    webhook_deliveries.c.endpoint_id,
    webhook_deliveries.c.subject_kind,
    webhook_deliveries.c.subject_id,
    webhook_deliveries.c.seq,
    where=IN_LINE,
)


class _Deliveries(Columns[Delivery]):
    """The log of tries is a body, with the number of its schema."""

    def __init__(self) -> None:
        super().__init__(
            webhook_deliveries,
            Delivery,
            id="delivery_id",
            schema=lambda _: DELIVERY_LOG.schema,
        )
        self._written["log"] = lambda delivery: DELIVERY_LOG.dump(delivery.log)
        self.columns.append(webhook_deliveries.c.schema)

    def _fields(self, row: tuple[Any, ...]) -> dict[str, Any]:
        *columns, schema = row
        read = super()._fields(tuple(columns))
        return {**read, "log": DELIVERY_LOG.load(read["log"], schema)}


ROW = _Deliveries()

THIS_LINE = and_(
    mine(webhook_deliveries),
    webhook_deliveries.c.endpoint_id == bindparam("endpoint_id"),
    webhook_deliveries.c.subject_kind == bindparam("subject_kind"),
    webhook_deliveries.c.subject_id == bindparam("subject_id"),
    IN_LINE,
)
_IS_DUE = and_(CAN_BE_DUE, webhook_deliveries.c.due_at <= bindparam("now"))

ONE_DELIVERY = Statement(select(*ROW.columns).where(this(webhook_deliveries)))
# A body that is frozen now tells of its order as it still is. What was taken out of the order when its buyer was erased
# would else come back with a body that was made before.
_orders = table(
    "orders", bare_column("merchant_id"), bare_column("id"), bare_column("version")
)  # whose file needs this
_MADE, _AS_OF = bindparam("made", type_=Text), bindparam("as_of", type_=Integer)
_tells_what_is = or_(
    _AS_OF.is_(None),
    exists()
    .select_from(_orders)
    .where(
        _orders.c.merchant_id == webhook_deliveries.c.merchant_id,
        _orders.c.id == webhook_deliveries.c.order_id,
        _orders.c.version == _AS_OF,
    ),
)
LEASE = Statement(
    update(webhook_deliveries)
    .where(
        this(webhook_deliveries),
        _IS_DUE,
        or_(webhook_deliveries.c.payload.is_not(None), and_(_MADE.is_not(None), _tells_what_is)),
    )
    .values(
        state=word("sending"),
        due_at=bindparam("until"),
        attempts=webhook_deliveries.c.attempts + ONE,
        tries=webhook_deliveries.c.tries + ONE,
        payload=func.coalesce(webhook_deliveries.c.payload, _MADE),
    )
    .returning(*ROW.columns)
)
SAVE = Statement(
    update(webhook_deliveries)
    .where(
        this(webhook_deliveries),
        webhook_deliveries.c.state == bindparam("was_state"),
        webhook_deliveries.c.due_at == bindparam("was_due_at"),
    )
    .values({name: bindparam(name) for name in ("state", "due_at", "tries", "again", "reason", "schema", "log")})
)
_next_in_line = (
    select(webhook_deliveries.c.seq).where(THIS_LINE).order_by(webhook_deliveries.c.seq).limit(ONE).offset(ZERO)
)
RELEASE = Statement(
    update(webhook_deliveries)
    .where(
        webhook_deliveries.c.seq.in_(_next_in_line),
        webhook_deliveries.c.state == word("waiting"),
        mine(webhook_deliveries),
    )
    .values(state=word("pending"), due_at=bindparam("now"))
)
FAIL = Statement(
    update(webhook_deliveries)
    .where(
        webhook_deliveries.c.endpoint_id == bindparam("endpoint_id"),
        mine(webhook_deliveries),
        webhook_deliveries.c.state.in_([word("waiting"), word("pending"), word("sending")]),
    )
    .values(state=word("failed"), reason=bindparam("reason"))
)

# ── the worker's view, across merchants ──
ENDPOINTS_WITH_WORK = Statement(
    select(webhook_endpoints.c.merchant_id, webhook_endpoints.c.id, webhook_endpoints.c.failing)
    .where(
        webhook_endpoints.c.status == word("enabled"),
        webhook_endpoints.c.held_until <= bindparam("now"),
        exists()
        .select_from(webhook_deliveries)
        .where(
            webhook_deliveries.c.merchant_id == webhook_endpoints.c.merchant_id,
            webhook_deliveries.c.endpoint_id == webhook_endpoints.c.id,
            _IS_DUE,
        ),
    )
    .order_by(webhook_endpoints.c.seq)
)
DUE = Statement(
    select(webhook_deliveries.c.id)
    .where(
        webhook_deliveries.c.merchant_id == bindparam("whose"),
        webhook_deliveries.c.endpoint_id == bindparam("endpoint_id"),
        _IS_DUE,
    )
    .order_by(webhook_deliveries.c.due_at, webhook_deliveries.c.seq)
    .limit(bindparam("limit"))
    .offset(ZERO)
)
_oldest = select(webhook_deliveries.c.seq).order_by(webhook_deliveries.c.seq).limit(bindparam("limit")).offset(ZERO)
FORGET = Statement(
    delete(webhook_deliveries).where(
        webhook_deliveries.c.seq.in_(_oldest),
        webhook_deliveries.c.created_at <= bindparam("expired"),
        webhook_deliveries.c.state.in_([word("delivered"), word("failed")]),
    )
)

FILTERS = ("endpoint_id", "order_id", "state", "event_type")


@cache
def _listed(filters: tuple[str, ...], *, before: bool) -> Statement:
    """The deliveries that pass every filter, newest first, without their payloads, which nobody lists."""
    shown = [null() if column is webhook_deliveries.c.payload else column for column in ROW.columns]
    newest = select(*shown).where(mine(webhook_deliveries))
    newest = newest.where(*(webhook_deliveries.c[name] == bindparam(name) for name in filters))
    if before:
        newest = newest.where(webhook_deliveries.c.seq < place_of(webhook_deliveries, "before_id"))
    return Statement(newest.order_by(webhook_deliveries.c.seq.desc()).limit(bindparam("limit")).offset(ZERO))


def webhook_delivery(tx: Session, delivery_id: str) -> Delivery | None:
    return ROW.first(tx, ONE_DELIVERY, id=delivery_id)


def webhook_deliveries_of(tx: Session, query: DeliveryQuery) -> list[Delivery]:
    named = {name: getattr(query, name) for name in FILTERS if getattr(query, name) is not None}
    statement = _listed(tuple(named), before=query.before_id is not None)
    return ROW.every(tx, statement, **named, before_id=query.before_id, limit=query.limit)


def lease_webhook_delivery(
    tx: Session, delivery_id: str, until: datetime, payload: str | None, *, as_of: int | None
) -> Delivery | None:
    row = tx.written(LEASE, id=delivery_id, now=micros(tx.now), until=micros(until), made=payload, as_of=as_of)
    return None if row is None else ROW.load(row)


def save_webhook_delivery(tx: Session, delivery: Delivery, *, was: Delivery) -> bool:
    return tx.run(SAVE, **ROW.of(delivery), was_state=was.state, was_due_at=micros(was.due_at)) == 1


def release_webhook_delivery(tx: Session, endpoint_id: str, subject: Subject) -> None:
    tx.run(RELEASE, endpoint_id=endpoint_id, **in_line_of(subject), now=micros(tx.now))


def in_line_of(subject: Subject) -> dict[str, str]:
    """The parameters that name a subject's line."""
    return {"subject_kind": subject.kind, "subject_id": subject.subject_id}


def fail_webhook_deliveries(tx: Session, endpoint_id: str, reason: str) -> None:
    tx.run(FAIL, endpoint_id=endpoint_id, reason=reason)


def due_deliveries(tx: Session, slots: Slots) -> list[DueDelivery]:
    """Deliveries of every merchant that are due, the longest due first within each endpoint."""
    now = micros(tx.now)
    due: list[DueDelivery] = []
    for merchant_id, endpoint_id, failing in tx.all(ENDPOINTS_WITH_WORK, now=now):
        rows = tx.all(DUE, whose=merchant_id, endpoint_id=endpoint_id, now=now, limit=slots(endpoint_id, bool(failing)))
        due += [DueDelivery(merchant_id, endpoint_id, row[0]) for row in rows]
    return due


def forget_deliveries(tx: Session, limit: int) -> int:
    """Delete finished deliveries that are older than KEPT, so many at most; how many there were."""
    return tx.run(FORGET, expired=micros(tx.now - KEPT), limit=limit)
