"""Transfers and errands: what others are asked for once, leased by whoever asks and settled by compare-and-set."""

from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    and_,
    bindparam,
    func,
    select,
    text,
    update,
)

from flint_domain.kernel.errors import Refused
from flint_domain.order.payments.model import UNSETTLED, Asked, Transfer, TransferKind
from flint_domain.settling import ERRANDS
from flint_domain.unit_of_work.ports import DueWork
from flint_server.db import codecs
from flint_server.db.codecs import micros
from flint_server.db.constructs import json_text
from flint_server.db.metadata import metadata, partial_index, quoted
from flint_server.db.rows import Body
from flint_server.db.session import Session
from flint_server.db.statement import ONE, ZERO, Statement, added, mine, this, word

# A query can use a partial index only when it repeats the index's condition word for word: both take it from here.
IS_UNSETTLED = text(f"state IN ({quoted(UNSETTLED)})")

# A capture or a void carries the reference of the payment it works on; these kinds get a reference of their own.
_OWN_REFERENCE = quoted([TransferKind.AUTHORIZE, TransferKind.CHARGE, TransferKind.REFUND])
HAS_OWN_REFERENCE = text(f"reference IS NOT NULL AND kind IN ({_OWN_REFERENCE})")

# Every payment and every refund has a transfer, so this is also how an order is found by one of theirs. An errand
# has the id of its subject in the payment's place.
transfers = Table(
    "transfers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False),
    Column("order_id", Text, ForeignKey("orders.id")),
    Column("payment_id", Text, nullable=False),
    Column("refund_id", Text),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reference", Text),
    Column("receipt_key", Text),
    Column("leased_until", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
Index(None, transfers.c.order_id)
Index(None, transfers.c.payment_id)
partial_index(None, transfers.c.refund_id, where=text("refund_id IS NOT NULL"))
partial_index("ix_transfers_due", transfers.c.leased_until, where=IS_UNSETTLED)
partial_index("ix_transfers_open", transfers.c.merchant_id, transfers.c.receipt_key, where=IS_UNSETTLED)
partial_index(
    "uq_transfers_reference",
    transfers.c.merchant_id,
    transfers.c.kind,
    transfers.c.reference,
    unique=True,
    where=HAS_OWN_REFERENCE,
)

ROW = Body(
    transfers, codecs.TRANSFER, Transfer, counted=("leased_until",), id="transfer_id", receipt_key="idempotency_key"
)
_ERRAND_ROWS = {
    kind: Body(
        transfers,
        codecs.ERRANDS[kind],
        reaction.model,
        counted=("leased_until",),
        id="errand_id",
        payment_id=attrgetter("subject.subject_id"),
        refund_id=lambda _errand: None,
        receipt_key="idempotency_key",
    )
    for kind, reaction in ERRANDS.items()
}
_COLUMNS = [transfers.c.kind, *ROW.columns]

ADD = Statement(added(transfers))
SAVE = Statement(
    update(transfers)
    .where(this(transfers), transfers.c.state == bindparam("was"))
    .values({name: bindparam(name) for name in ("state", "reference", "receipt_key", "leased_until", "schema", "body")})
)
LEASE = Statement(
    update(transfers)
    .where(this(transfers), IS_UNSETTLED, transfers.c.leased_until <= bindparam("now"))
    .values(leased_until=bindparam("until"))
)
ONE_ASKED = Statement(select(*_COLUMNS).where(this(transfers)))
UNSETTLED_OF = Statement(
    select(*_COLUMNS)
    .where(mine(transfers), transfers.c.receipt_key == bindparam("receipt_key"), IS_UNSETTLED)
    .order_by(transfers.c.id)
)
# The worker's view, across merchants.
DUE = Statement(
    select(transfers.c.merchant_id, transfers.c.id)
    .where(IS_UNSETTLED, transfers.c.leased_until <= bindparam("now"))
    .order_by(transfers.c.leased_until, transfers.c.id)
    .limit(bindparam("limit"))
    .offset(ZERO)
)
# Flint's own books, of gift cards and store credit, go with every processor; errands are not money.
_is_at_a_processor = and_(
    json_text(transfers.c.body, "account").is_(None),
    transfers.c.kind.in_([word(kind) for kind in sorted(TransferKind)]),
)
_newest = select(func.max(transfers.c.id)).where(_is_at_a_processor).scalar_subquery()
NEWEST_AT_A_PROCESSOR = Statement(select(*ROW.columns).where(transfers.c.id == _newest))
AT_A_PROCESSOR = Statement(select(transfers.c.body, transfers.c.kind, transfers.c.state).where(_is_at_a_processor))

# ── of which payment: for what a processor tells ──
PAYMENT_OF_TRANSFER = Statement(select(transfers.c.payment_id).where(this(transfers)).limit(ONE).offset(ZERO))
PAYMENT_OF_REFERENCE = Statement(
    select(transfers.c.payment_id)
    .where(mine(transfers), HAS_OWN_REFERENCE, transfers.c.reference == bindparam("reference"))
    .limit(ONE)
    .offset(ZERO)
)
OF_PAYMENT = Statement(
    select(*_COLUMNS).where(transfers.c.payment_id == bindparam("payment_id"), mine(transfers)).order_by(transfers.c.id)
)


def _written(asked: Asked) -> dict[str, object]:
    return ROW.of(asked) if isinstance(asked, Transfer) else _ERRAND_ROWS[asked.kind].of(asked)


def _read(row: tuple[Any, ...]) -> Asked:
    errand = _ERRAND_ROWS.get(row[0])
    return ROW.load(row[1:]) if errand is None else errand.load(row[1:])


def asked(tx: Session, asked_id: str) -> Asked | None:
    row = tx.one(ONE_ASKED, id=asked_id)
    return None if row is None else _read(row)


def transfer(tx: Session, transfer_id: str) -> Transfer | None:
    found = asked(tx, transfer_id)
    return found if isinstance(found, Transfer) else None


def unsettled(tx: Session, principal: str, key: str) -> list[Asked]:
    return [_read(row) for row in tx.all(UNSETTLED_OF, receipt_key=key)]


def add_asked(tx: Session, asked: Asked) -> None:
    if isinstance(asked, Transfer) and asked.in_books_of_a_processor:
        _require_same_books(tx, asked.processor)
    tx.run(ADD, **_written(asked))


def save_asked(tx: Session, asked: Asked, *, was: str) -> bool:
    return tx.run(SAVE, **_written(asked), was=was) == 1


def lease_asked(tx: Session, asked_id: str, until: datetime) -> bool:
    return tx.run(LEASE, id=asked_id, now=micros(tx.now), until=micros(until)) == 1


def due_work(tx: Session, limit: int) -> list[DueWork]:
    """What of every merchant is unsettled and has no lease any more, the one that ran out first at the front."""
    return [DueWork(*row) for row in tx.all(DUE, now=micros(tx.now), limit=limit)]


def payment_of_transfer(tx: Session, transfer_id: str) -> str | None:
    row: tuple[str] | None = tx.one(PAYMENT_OF_TRANSFER, id=transfer_id)
    return None if row is None else row[0]


def payment_of_reference(tx: Session, reference: str) -> str | None:
    """The payment that has this reference at the processor."""
    row: tuple[str] | None = tx.one(PAYMENT_OF_REFERENCE, reference=reference)
    return None if row is None else row[0]


def asked_of(tx: Session, payment_id: str) -> list[Asked]:
    """Every transfer of a payment, or errand for a payment method, oldest first."""
    return [_read(row) for row in tx.all(OF_PAYMENT, payment_id=payment_id)]


# ── whose books a file's money is in: those of the processor that its first payment was made through ──


def books_of(tx: Session) -> str | None:
    """The processor's name, which says test or live, too; None while no money has moved."""
    newest = ROW.first(tx, NEWEST_AT_A_PROCESSOR)
    return None if newest is None else newest.processor


def _require_same_books(tx: Session, processor: str) -> None:
    """Refuse to move money of this file through another processor than before. What is asked when a server starts is
    not enough: two may start on a file that no payment has bound yet, and the first payment decides."""
    known = books_of(tx)
    if known not in (None, processor):
        raise Refused(
            "storage_unavailable",
            f"Nothing was changed: the payments of this data file were made through {known}, and this server speaks to "
            f"{processor}.",
            hint="tell the operator: this server has to be started as the other one was, or on another data folder",
        )
