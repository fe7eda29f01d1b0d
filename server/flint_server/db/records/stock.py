"""Stock, and the trail whose sums it is. Units are ten-thousandths, since quantities have four places."""

import json
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    or_,
    select,
    update,
)

from flint_domain.catalog.model import Stock, StockChange
from flint_server.db.constructs import OnConflict, each_of, excluded
from flint_server.db.metadata import BY_KEY, metadata, of_merchant, within_merchant
from flint_server.db.metadata import Sequence as RowNumber
from flint_server.db.rows import KINDS, Columns, Kind
from flint_server.db.session import Session
from flint_server.db.statement import ONE, ZERO, Statement, added, mine, this

UNIT_PLACES = 4  # decimal places of a quantity; stock is counted in their units

# No foreign key to variants, whose rows are written anew when their item is saved.
stock = Table(
    "stock",
    metadata,
    of_merchant(),
    Column("variant_id", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("tracked", Boolean, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("sold", BigInteger, nullable=False),
    CheckConstraint("available >= 0", name="available"),
    CheckConstraint("reserved >= 0", name="reserved"),
    CheckConstraint("sold >= 0", name="sold"),
    within_merchant("item_id", "items"),
    PrimaryKeyConstraint("merchant_id", "variant_id"),
    **BY_KEY,
)

# The trail, whose sums are the stock. No foreign key to orders: a new order takes its stock before it is added.
stock_changes = Table(
    "stock_changes",
    metadata,
    Column("seq", RowNumber, primary_key=True),
    Column("id", Text, nullable=False),
    of_merchant(),
    Column("variant_id", Text, nullable=False),
    Column("available", BigInteger, nullable=False),
    Column("reserved", BigInteger, nullable=False),
    Column("sold", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("order_id", Text),
    Column("note", Text),
    Column("actor", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("merchant_id", "id"),
    within_merchant("variant_id", "stock", "variant_id"),
)
Index(None, stock_changes.c.merchant_id, stock_changes.c.variant_id, stock_changes.c.seq)


def to_units(quantity: Decimal) -> int:
    """A quantity in ten-thousandths. A fifth place would be lost: whoever takes quantities in refuses it."""
    return int(quantity.scaleb(UNIT_PLACES))


def from_units(units: int) -> Decimal:
    """The quantity, without zeros behind the point."""
    whole, rest = divmod(units, 10**UNIT_PLACES)
    return Decimal(units).scaleb(-UNIT_PLACES).normalize() if rest else Decimal(whole)


_KINDS = {**KINDS, Decimal: Kind(to_units, from_units)}
ROW = Columns(stock, Stock, kinds=_KINDS)
CHANGE = Columns(stock_changes, StockChange, kinds=_KINDS, id="change_id")

TRACK = Statement(
    added(stock, available=ZERO, reserved=ZERO, sold=ZERO).ext(
        OnConflict("merchant_id", "variant_id", set_={"tracked": excluded("tracked")})
    )
)
_added = {name: bindparam(name, type_=BigInteger) for name in ("available", "reserved", "sold")}
_moved = {name: stock.c[name] + units for name, units in _added.items()}
MOVE = Statement(
    update(stock)
    .where(
        this(stock, "variant_id"),
        *(after >= ZERO for after in _moved.values()),
        or_(stock.c.tracked == ONE, _added["available"] >= ZERO),
    )
    .values(_moved)
)
OF_VARIANTS = Statement(select(*ROW.columns).where(stock.c.variant_id.in_(each_of("variant_ids")), mine(stock)))
ADD_CHANGE = Statement(added(stock_changes))
CHANGES = Statement(
    select(*CHANGE.columns)
    .where(stock_changes.c.variant_id == bindparam("variant_id"), mine(stock_changes))
    .order_by(stock_changes.c.seq.desc())
    .limit(bindparam("limit"))
    .offset(ZERO)
)


def stock_of(tx: Session, variant_ids: Sequence[str]) -> dict[str, Stock]:
    if not variant_ids:
        return {}
    found = ROW.every(tx, OF_VARIANTS, variant_ids=json.dumps(list(variant_ids)))
    return {each.variant_id: each for each in found}


def stock_changes_of(tx: Session, variant_id: str, limit: int) -> list[StockChange]:
    return CHANGE.every(tx, CHANGES, variant_id=variant_id, limit=limit)


def track_stock(tx: Session, variant_id: str, item_id: str, *, tracked: bool) -> None:
    tx.run(TRACK, variant_id=variant_id, item_id=item_id, tracked=tracked)


def move_stock(tx: Session, change: StockChange) -> bool:
    row = CHANGE.of(change)
    if tx.run(MOVE, **row) == 0:
        return False
    tx.run(ADD_CHANGE, **row)
    return True
