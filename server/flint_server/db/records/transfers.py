"""Transfers and errands: what others are asked for once, leased by whoever asks and settled by compare-and-set."""

from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    func,
    select,
    text,
    update,
)

from flint_domain.customers.errands import PAYMENT_METHOD
from flint_domain.kernel.errors import Refused
from flint_domain.order.payments.model import UNSETTLED, Asked, Transfer, TransferKind
from flint_domain.settling import ERRANDS
from flint_domain.unit_of_work.ports import DueWork
from flint_server.db import codecs
from flint_server.db.codecs import micros
from flint_server.db.constructs import unindexed
from flint_server.db.metadata import Sequence as RowNumber
from flint_server.db.metadata import metadata, of_merchant, partial_index, quoted, within_merchant
from flint_server.db.rows import Body
from flint_server.db.session import Session
from flint_server.db.statement import ONE, ZERO, Statement, added, mine, this, word

# A query can use a partial index only when it repeats the index's condition word for word: both take it from here.
IS_UNSETTLED = text(f"state IN ({quoted(UNSETTLED)})")

# A capture or a void carries the reference of the payment it works on; these kinds get a reference of their own.
_OWN_REFERENCE = quoted([TransferKind.AUTHORIZE, TransferKind.CHARGE, TransferKind.REFUND])
HAS_OWN_REFERENCE = text(f"reference IS NOT NULL AND kind IN ({_OWN_REFERENCE})")

# What moves money has a payment of an order; an errand has a subject instead.
_MONEY = "payment_id IS NOT NULL AND order_id IS NOT NULL AND subject_kind IS NULL AND subject_id IS NULL"
_ERRAND = "payment_id IS NULL AND refund_id IS NULL AND subject_kind IS NOT NULL AND subject_id IS NOT NULL"

# Every payment and every refund has a transfer, so this is also how an order is found by one of theirs.
transfers = Table(
    "transfers",
    metadata,
    Column("seq", RowNumber, primary_key=True),
    Column("id", Text, nullable=False),
    of_merchant(),
    Column("order_id", Text),
    Column("customer_id", Text),
    Column("account_id", Text),
    Column("subject_kind", Text),
    Column("subject_id", Text),
    Column("payment_id", Text),
    Column("refund_id", Text),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reference", Text),
    Column("idempotency_key", Text),
    Column("principal", Text),
    Column("leased_until", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    CheckConstraint(f"({_MONEY}) OR ({_ERRAND})", "money_or_errand"),
    UniqueConstraint("merchant_id", "id"),
    within_merchant("order_id", "orders"),
)
for _name in ("order", "payment", "refund"):
    _named = transfers.c[f"{_name}_id"]
    partial_index(f"ix_transfers_{_name}", transfers.c.merchant_id, _named, where=text(f"{_name}_id IS NOT NULL"))
partial_index(
    "ix_transfers_subject",
    transfers.c.merchant_id,
    transfers.c.subject_kind,
    transfers.c.subject_id,
    where=text("subject_kind IS NOT NULL"),
)
partial_index("ix_transfers_due", transfers.c.leased_until, where=IS_UNSETTLED)
partial_index(
    "ix_transfers_open",
    transfers.c.merchant_id,
    transfers.c.principal,
    transfers.c.idempotency_key,
    where=IS_UNSETTLED,
)
partial_index(
    "uq_transfers_reference",
    transfers.c.merchant_id,
    transfers.c.kind,
    transfers.c.reference,
    unique=True,
    where=HAS_OWN_REFERENCE,
)

ROW = Body(
    transfers,
    codecs.TRANSFER,
    Transfer,
    counted=("leased_until",),
    id="transfer_id",
    account_id="account",
    subject_kind=lambda _transfer: None,
    subject_id=lambda _transfer: None,
)
_ERRAND_ROWS = {
    kind: Body(
        transfers,
        codecs.ERRANDS[kind],
        reaction.model,
        counted=("leased_until",),
        id="errand_id",
        subject_kind=attrgetter("subject.kind"),
        subject_id=attrgetter("subject.subject_id"),
        payment_id=lambda _errand: None,
        refund_id=lambda _errand: None,
    )
    for kind, reaction in ERRANDS.items()
}
_COLUMNS = [transfers.c.kind, *ROW.columns]

ADD = Statement(added(transfers))
_CHANGING = ("state", "reference", "idempotency_key", "principal", "leased_until", "schema", "body")
SAVE = Statement(
    update(transfers)
    .where(this(transfers), transfers.c.state == bindparam("was"))
    .values({name: bindparam(name) for name in _CHANGING})
)
LEASE = Statement(
    update(transfers)
    .where(this(transfers), IS_UNSETTLED, transfers.c.leased_until <= bindparam("now"))
    .values(leased_until=bindparam("until"))
)
ONE_ASKED = Statement(select(*_COLUMNS).where(this(transfers)))
UNSETTLED_OF = Statement(
    select(*_COLUMNS)
    .where(
        mine(transfers),
        transfers.c.principal == bindparam("principal"),
        transfers.c.idempotency_key == bindparam("key"),
        IS_UNSETTLED,
    )
    .order_by(unindexed(transfers.c.id))
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
_is_at_a_processor = and_(transfers.c.account_id.is_(None), transfers.c.payment_id.is_not(None))
NEWEST_AT_A_PROCESSOR = Statement(
    select(*ROW.columns).where(_is_at_a_processor).order_by(transfers.c.seq.desc()).limit(ONE).offset(ZERO)
)
AT_A_PROCESSOR = Statement(select(transfers.c.body, transfers.c.kind, transfers.c.state).where(_is_at_a_processor))

# ── of which payment: for what a processor tells ──
_what_it_is_about = func.coalesce(transfers.c.payment_id, transfers.c.subject_id)
PAYMENT_OF_TRANSFER = Statement(select(_what_it_is_about).where(this(transfers)).limit(ONE).offset(ZERO))
PAYMENT_OF_REFERENCE = Statement(
    select(transfers.c.payment_id)
    .where(mine(transfers), HAS_OWN_REFERENCE, transfers.c.reference == bindparam("reference"))
    .limit(ONE)
    .offset(ZERO)
)
OF_PAYMENT = Statement(
    select(*_COLUMNS)
    .where(mine(transfers), transfers.c.payment_id == bindparam("payment_id"))
    .order_by(unindexed(transfers.c.id))
)
OF_METHOD = Statement(
    select(*_COLUMNS)
    .where(
        mine(transfers),
        transfers.c.subject_kind == word(PAYMENT_METHOD),
        transfers.c.subject_id == bindparam("method_id"),
    )
    .order_by(unindexed(transfers.c.id))
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
    return [_read(row) for row in tx.all(UNSETTLED_OF, principal=principal, key=key)]


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
    found = tx.all(OF_PAYMENT, payment_id=payment_id) or tx.all(OF_METHOD, method_id=payment_id)
    return [_read(row) for row in found]


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
