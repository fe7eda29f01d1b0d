"""Coupons, and who holds them: their uses are counted by conditional update, in all and for each customer."""

from functools import cache

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from flint_domain.coupons.model import Coupon
from flint_domain.customers.finding import customer_key
from flint_server.db.codecs import COUPON
from flint_server.db.constructs import OnConflict, contains, excluded
from flint_server.db.metadata import BY_KEY, Sequence, metadata, of_merchant, partial_index, within_merchant
from flint_server.db.rows import Body, save
from flint_server.db.session import Session
from flint_server.db.statement import ONE, ZERO, Statement, added, mine, place_of, saved, this

coupons = Table(
    "coupons",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False),
    of_merchant(),
    Column("code_upper", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("uses", Integer, nullable=False),
    Column("max_uses", Integer),
    Column("max_uses_per_customer", Integer),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("merchant_id", "id"),
    UniqueConstraint("merchant_id", "code_upper"),
)
Index(None, coupons.c.merchant_id, coupons.c.seq)

# Who holds a coupon. customer_id is set when the use was counted for the customer, so that releasing it mirrors it.
# No foreign key to orders: a new order redeems its coupons before it is added.
coupon_uses = Table(
    "coupon_uses",
    metadata,
    of_merchant(),
    Column("coupon_id", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("customer_id", Text),
    within_merchant("coupon_id", "coupons"),
    PrimaryKeyConstraint("merchant_id", "coupon_id", "order_id"),
    **BY_KEY,
)
partial_index(
    "ix_coupon_uses_customer",
    coupon_uses.c.merchant_id,
    coupon_uses.c.customer_id,
    where=text("customer_id IS NOT NULL"),
)

coupon_customer_uses = Table(
    "coupon_customer_uses",
    metadata,
    of_merchant(),
    Column("coupon_id", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("uses", Integer, nullable=False),
    within_merchant("coupon_id", "coupons"),
    PrimaryKeyConstraint("merchant_id", "coupon_id", "customer_id"),
    **BY_KEY,
)

ROW = Body(coupons, COUPON, Coupon, counted=("uses",), id="coupon_id", code_upper=lambda coupon: coupon.code.upper())

ADD = Statement(added(coupons).ext(OnConflict("merchant_id", "code_upper")))
SAVE = Statement(saved(coupons, "code_upper", "uses"))
_COUPONS = select(*ROW.columns).where(mine(coupons))
BY_CODE = Statement(_COUPONS.where(coupons.c.code_upper == bindparam("code_upper")))

# ── uses ──
COUNT = Statement(
    update(coupons)
    .where(this(coupons), or_(coupons.c.max_uses.is_(None), coupons.c.uses < coupons.c.max_uses))
    .values(uses=coupons.c.uses + ONE)
    .returning(coupons.c.max_uses_per_customer)
)
UNCOUNT = Statement(update(coupons).where(this(coupons)).values(uses=coupons.c.uses - ONE))
COUNT_FOR_CUSTOMER = Statement(
    added(coupon_customer_uses, uses=ONE).ext(
        OnConflict(
            *("merchant_id", "coupon_id", "customer_id"),
            set_={"uses": coupon_customer_uses.c.uses + ONE},
            where=coupon_customer_uses.c.uses < bindparam("most"),
        )
    )
)
UNCOUNT_FOR_CUSTOMER = Statement(
    update(coupon_customer_uses)
    .where(
        mine(coupon_customer_uses),
        coupon_customer_uses.c.coupon_id == bindparam("coupon_id"),
        coupon_customer_uses.c.customer_id == bindparam("customer_id"),
    )
    .values(uses=coupon_customer_uses.c.uses - ONE)
)
ADD_USE = Statement(added(coupon_uses))
DELETE_USE = Statement(
    delete(coupon_uses)
    .where(
        coupon_uses.c.coupon_id == bindparam("coupon_id"),
        coupon_uses.c.order_id == bindparam("order_id"),
        mine(coupon_uses),
    )
    .returning(coupon_uses.c.customer_id)
)

# ── the uses that are counted for :former_id, counted for :customer_id instead ──
_THEIRS = and_(mine(coupon_uses), coupon_uses.c.customer_id == bindparam("former_id"))
_moved = insert(coupon_customer_uses).from_select(
    ["merchant_id", "coupon_id", "customer_id", "uses"],
    select(
        bindparam("merchant_id", type_=Text),
        coupon_uses.c.coupon_id,
        bindparam("customer_id", type_=Text),
        func.count(),
    )
    .where(_THEIRS)
    .group_by(coupon_uses.c.coupon_id),
)
MOVE = (
    Statement(
        _moved.ext(
            OnConflict(
                *("merchant_id", "coupon_id", "customer_id"),
                set_={"uses": coupon_customer_uses.c.uses + excluded("uses")},
            )
        )
    ),
    Statement(
        delete(coupon_customer_uses).where(
            mine(coupon_customer_uses),
            coupon_customer_uses.c.customer_id == bindparam("former_id"),
            coupon_customer_uses.c.coupon_id.in_(select(coupon_uses.c.coupon_id).where(_THEIRS)),
        )
    ),
    Statement(update(coupon_uses).where(_THEIRS).values(customer_id=bindparam("customer_id"))),
)


@cache
def _listed(*, text: bool, active: bool | None, before: bool) -> Statement:
    """The coupons whose code contains the text, newest first."""
    newest = _COUPONS.order_by(coupons.c.seq.desc()).limit(bindparam("limit")).offset(ZERO)
    if text:
        newest = newest.where(contains(coupons.c.code_upper, bindparam("text")))
    if active is not None:
        newest = newest.where(coupons.c.active == (ONE if active else ZERO))
    if before:
        newest = newest.where(coupons.c.seq < place_of(coupons, "before_id"))
    return Statement(newest)


def coupon(tx: Session, code: str) -> Coupon | None:
    return ROW.first(tx, BY_CODE, code_upper=code.upper())


def coupons_of(
    tx: Session, *, text: str | None, active: bool | None, before_id: str | None, limit: int
) -> list[Coupon]:
    statement = _listed(text=text is not None, active=active, before=before_id is not None)
    sought = None if text is None else text.strip().upper()
    return ROW.every(tx, statement, text=sought, before_id=before_id, limit=limit)


def add_coupon(tx: Session, coupon: Coupon) -> bool:
    return tx.run(ADD, **ROW.of(coupon)) == 1


def save_coupon(tx: Session, coupon: Coupon) -> None:
    """Write a coupon whose version is one more than the stored one's. Its code and its uses stay as they are."""
    save(tx, SAVE, ROW.of(coupon))


def redeem_coupon(tx: Session, coupon_id: str, order_id: str, customer_id: str | None) -> str | None:
    counted = tx.written(COUNT, id=coupon_id)
    if counted is None:
        return "total"
    most: int | None = counted[0]
    counted_for = customer_key(customer_id) if most is not None and customer_id is not None else None
    if counted_for is not None and not tx.run(
        COUNT_FOR_CUSTOMER, coupon_id=coupon_id, customer_id=counted_for, most=most
    ):
        tx.run(UNCOUNT, id=coupon_id)
        return "customer"
    tx.run(ADD_USE, coupon_id=coupon_id, order_id=order_id, customer_id=counted_for)
    return None


def release_coupon(tx: Session, coupon_id: str, order_id: str) -> None:
    held = tx.written(DELETE_USE, coupon_id=coupon_id, order_id=order_id)
    if held is None:
        return
    tx.run(UNCOUNT, id=coupon_id)
    if held[0] is not None:
        tx.run(UNCOUNT_FOR_CUSTOMER, coupon_id=coupon_id, customer_id=held[0])


def move_coupon_uses(tx: Session, former_id: str, customer_id: str) -> None:
    for statement in MOVE:
        tx.run(statement, former_id=customer_key(former_id), customer_id=customer_key(customer_id))
