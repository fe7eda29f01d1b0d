"""Facts: what happened to a subject, the source of its trail, of webhooks and of notifications."""

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    select,
    tuple_,
)

from flint_domain.kernel.facts import Activity, By, Fact
from flint_domain.kernel.subjects import Subject
from flint_server.db.metadata import BY_KEY, metadata, of_merchant, within_merchant
from flint_server.db.records.webhook_addressing import address_facts
from flint_server.db.rows import Columns
from flint_server.db.session import Session
from flint_server.db.statement import ZERO, Statement, added, mine

# The trail of each subject: an order, so far. Without a rowid its facts lie together, in their order. order_id
# is the order that the subject belongs to, if there is one.
facts = Table(
    "facts",
    metadata,
    of_merchant(),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("position", Integer, nullable=False),
    Column("id", Text, nullable=False),
    Column("order_id", Text),
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("principal", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("data", Text, nullable=False),
    within_merchant("order_id", "orders"),
    UniqueConstraint("merchant_id", "id"),
    PrimaryKeyConstraint("merchant_id", "subject_kind", "subject_id", "version", "position"),
    **BY_KEY,
)
ROW = Columns(facts, Activity, id="activity_id")

ADD = Statement(added(facts))
_PLACE = tuple_(facts.c.version, facts.c.position)
_of_subject = and_(
    mine(facts), facts.c.subject_kind == bindparam("subject_kind"), facts.c.subject_id == bindparam("subject_id")
)
_TRAIL = select(*ROW.columns).where(_of_subject)
_NEWEST = _TRAIL.order_by(facts.c.version.desc(), facts.c.position.desc()).limit(bindparam("limit")).offset(ZERO)
_before = facts.alias("page")
NEWEST = Statement(_NEWEST)
BEFORE = Statement(
    _NEWEST.where(
        select(_before.c.version, _before.c.position)
        .where(
            mine(_before),
            _before.c.id == bindparam("before"),
            _before.c.subject_kind == bindparam("subject_kind"),
            _before.c.subject_id == bindparam("subject_id"),
        )
        .scalar_subquery()
        > _PLACE
    )
)
SINCE = Statement(_TRAIL.where(facts.c.version > bindparam("version")).order_by(facts.c.version, facts.c.position))
CHANGED_ORDERS = Statement(
    select(facts.c.id, facts.c.order_id)
    .where(mine(facts), facts.c.id > bindparam("after"), facts.c.order_id.is_not(None))
    .order_by(facts.c.id)
)


def activities(tx: Session, subject: Subject, *, limit: int, before: str | None = None) -> list[Activity]:
    statement = NEWEST if before is None else BEFORE
    return ROW.every(tx, statement, **_named(subject), limit=limit, before=before)


def activities_since(tx: Session, subject: Subject, version: int) -> list[Activity]:
    return ROW.every(tx, SINCE, **_named(subject), version=version)


def add_facts(
    tx: Session, subject: Subject, version: int, facts: Sequence[Fact], by: By, *, order_id: str | None = None
) -> None:
    """Write what happened to a subject at its version, and a delivery for whoever listens."""
    trail = [
        Activity(
            activity_id=tx.new_id("evt"),
            type=fact.type,
            summary=fact.summary,
            data=fact.data,
            actor=fact.actor or by.actor,
            at=tx.now,
            version=version,
            principal=by.principal,
        )
        for fact in facts
    ]
    about = {**_named(subject), "order_id": order_id}
    tx.run_each(ADD, [{**ROW.of(each), **about, "position": position} for position, each in enumerate(trail)])
    told = [(each.activity_id, each.type) for each in trail]
    address_facts(tx, subject, version, told, order_id=order_id)


def _named(subject: Subject) -> dict[str, str | None]:
    return {"subject_kind": subject.kind, "subject_id": subject.subject_id}


def changed_orders(tx: Session, after: str) -> list[tuple[str, str]]:
    """The facts younger than this id, oldest first: each one's id and its order's."""
    return tx.all(CHANGED_ORDERS, after=after)
