"""The statements of the inbox, built from the schema once (see statements)."""

from sqlalchemy import ColumnElement, Text, and_, bindparam, delete, literal_column, or_, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import ClauseElement

from flint_server.db.inbox_tables import IS_WAITING, stripe_events
from flint_server.db.statements import DIALECT, ONE, ZERO
from flint_server.db.tables import HAS_OWN_REFERENCE, transfers


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=DIALECT))


def _word(word: str) -> ColumnElement[str]:
    """A constant of a statement: as a parameter, it would keep a partial index from being used."""
    return literal_column(f"'{word}'", Text)


_THIS = and_(stripe_events.c.id == bindparam("this_id"), stripe_events.c.merchant_id == bindparam("this_merchant"))
_MINE = transfers.c.merchant_id == bindparam("merchant_id")

# An event that comes again is the same event. One that was settled stays so; one that nothing could be made of is
# looked at once more, since somebody may have mended what was wrong and had Stripe send it again.
_new = sqlite.insert(stripe_events).values(
    {column.name: bindparam(column.name) for column in stripe_events.c if column.name != "seq"}
)
KEEP = _sql(
    _new.on_conflict_do_update(
        index_elements=["merchant_id", "id"],
        set_={
            "state": _new.excluded.state,
            "reason": _new.excluded.reason,
            "due_at": _new.excluded.due_at,
            "tries": _new.excluded.tries,
            "received_at": _new.excluded.received_at,
        },
        where=or_(stripe_events.c.state == _word("ignored"), stripe_events.c.state == _word("left")),
    )
)
DUE = _sql(
    select(stripe_events.c.merchant_id, stripe_events.c.id)
    .where(IS_WAITING, stripe_events.c.due_at <= bindparam("now"))
    .order_by(stripe_events.c.due_at, stripe_events.c.seq)
    .limit(bindparam("limit"))
    .offset(ZERO)
)
LEASE = _sql(
    update(stripe_events)
    .where(_THIS, IS_WAITING, stripe_events.c.due_at <= bindparam("now"))
    .values(due_at=bindparam("until"))
    .returning(stripe_events.c.body, stripe_events.c.schema, stripe_events.c.tries, stripe_events.c.received_at)
)
SAVE = _sql(
    update(stripe_events)
    .where(_THIS, IS_WAITING, stripe_events.c.due_at == bindparam("was_due_at"))
    .values({name: bindparam(name) for name in ("state", "reason", "due_at", "tries")})
)
_oldest = select(stripe_events.c.seq).order_by(stripe_events.c.seq).limit(bindparam("limit")).offset(ZERO)
FORGET = _sql(
    delete(stripe_events).where(
        stripe_events.c.seq.in_(_oldest),
        stripe_events.c.received_at <= bindparam("expired"),
        stripe_events.c.state != _word("waiting"),
    )
)

PAYMENT_OF_TRANSFER = _sql(
    select(transfers.c.payment_id).where(transfers.c.id == bindparam("this_id"), _MINE).limit(ONE).offset(ZERO)
)
PAYMENT_OF_REFERENCE = _sql(
    select(transfers.c.payment_id)
    .where(_MINE, HAS_OWN_REFERENCE, transfers.c.reference == bindparam("reference"))
    .limit(ONE)
    .offset(ZERO)
)
TRANSFERS_OF_PAYMENT = _sql(
    select(transfers.c.id).where(transfers.c.payment_id == bindparam("payment_id"), _MINE).order_by(transfers.c.id)
)
