"""Items and their variants: one body each, with a row per variant for what it is found and filtered by."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    delete,
    exists,
    select,
    text,
    union_all,
)

from flint_domain.catalog.model import Item, Variant
from flint_domain.catalog.ports import ItemQuery
from flint_domain.kernel.references import folded
from flint_domain.reactions.catalog.lookup import words_of
from flint_server.db.codecs import ITEM
from flint_server.db.constructs import contains, matching, unindexed, words_sought
from flint_server.db.metadata import (
    Sequence,
    find_by_words,
    metadata,
    of_merchant,
    partial_index,
    within_merchant,
)
from flint_server.db.records.stock import stock, to_units
from flint_server.db.rows import Body, Columns, save
from flint_server.db.session import Session
from flint_server.db.statement import EMPTY, ONE, ZERO, Statement, added, mine, place_of, saved, this

BETWEEN = "\x1f"  # ASCII's unit separator: no text that comes in has control characters
PAIR = "\x1e"
LAST = "\U0010ffff"  # every name that begins so lies before the beginning with the last of all characters behind it

# A query can use a partial index only when it repeats the index's condition word for word: both take it from here.
HAS_REFERENCE = text("reference_key IS NOT NULL")
HAS_SKU = text("sku_key IS NOT NULL")

items = Table(
    "items",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False),
    of_merchant(),
    Column("version", Integer, nullable=False),
    Column("reference_key", Text),
    Column("reference_twin", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("merchant_id", "id"),
)
Index("ix_items_newest", items.c.merchant_id, items.c.seq, items.c.active)
partial_index(
    "uq_items_reference",
    items.c.merchant_id,
    items.c.reference_key,
    items.c.reference_twin,
    unique=True,
    where=HAS_REFERENCE,
)

# What search and ordering ask of variants; all of a variant is in its item's body. options holds `name, value` pairs
# in lower case between separators that no text has, so that one pair is found by a plain comparison. Rows have numbers
# here: SQLite, which knows no more of a merchant than that it is one, would else walk all of its variants by their key.
variants = Table(
    "variants",
    metadata,
    of_merchant(),
    Column("id", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("sku_key", Text),
    Column("sku_twin", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False),
    Column("low_stock_at", BigInteger),
    Column("options", Text, nullable=False),
    within_merchant("item_id", "items"),
    PrimaryKeyConstraint("merchant_id", "id"),
)
Index("ix_variants_item", variants.c.merchant_id, variants.c.item_id)
partial_index(
    "uq_variants_sku",
    variants.c.merchant_id,
    variants.c.sku_key,
    variants.c.sku_twin,
    unique=True,
    where=HAS_SKU,
)
find_by_words(items, "text")


def options_text(options: Mapping[str, str]) -> str:
    """Options as the column holds them, and as a search looks for one of them."""
    return "".join(f"{PAIR}{name.casefold()}{BETWEEN}{value.casefold()}{PAIR}" for name, value in options.items())


def _sku_key(variant: Variant) -> str | None:
    return None if variant.sku is None else folded(variant.sku)


ROW = Body(
    items,
    ITEM,
    Item,
    id="item_id",
    reference_key=lambda item: None if item.reference is None else folded(item.reference),
    text=words_of,
)
VARIANT = Columns(
    variants,
    Variant,
    id="variant_id",
    sku_key=_sku_key,
    low_stock_at=lambda variant: None if variant.low_stock_at is None else to_units(variant.low_stock_at),
    options=lambda variant: options_text(variant.options),
)

_REFERENCE = bindparam("reference_key", type_=Text)
ADD = Statement(added(items, "reference_twin"))
SAVE = Statement(
    saved(
        items,
        # A twin stays one until it is called something else.
        reference_twin=case((items.c.reference_key == _REFERENCE, items.c.reference_twin), else_=EMPTY),
        reference_key=_REFERENCE,
    )
)
_ITEMS = select(*ROW.columns)
ONE_ITEM = Statement(_ITEMS.where(this(items)))
BY_REFERENCE = Statement(
    _ITEMS.where(mine(items), items.c.reference_key == bindparam("reference_key")).order_by(
        items.c.reference_twin  # as with orders
    )
)
OF_VARIANT = Statement(_ITEMS.join(variants, variants.c.item_id == items.c.id).where(this(variants), mine(items)))
_has_sku = mine(variants), variants.c.sku_key == bindparam("sku_key")
OF_SKU = Statement(
    _ITEMS.where(mine(items), items.c.id.in_(select(variants.c.item_id).where(*_has_sku))).order_by(
        unindexed(items.c.seq)
    )
)
NAMES_FROM = Statement(
    union_all(
        *(
            select(key).where(mine(owner), key >= bindparam("beginning"), key < bindparam("behind"))
            for owner, key in ((variants, variants.c.sku_key), (items, items.c.reference_key))
        )
    )
    .limit(bindparam("limit"))
    .offset(ZERO)
)
SKU_TWINS = Statement(
    select(variants.c.id, variants.c.sku_key, variants.c.sku_twin).where(
        variants.c.item_id == bindparam("item_id"), mine(variants), variants.c.sku_twin != EMPTY
    )
)
FORGET_VARIANTS = Statement(delete(variants).where(variants.c.item_id == bindparam("item_id"), mine(variants)))
ADD_VARIANT = Statement(added(variants))


@dataclass(frozen=True, slots=True)
class _Shape:
    """Which filters a search has; options says how many. Searches of one shape share a statement."""

    words: bool
    options: int
    in_stock: bool
    low_stock: bool
    include_inactive: bool
    before: bool


@lru_cache(maxsize=256)
def _listed(shape: _Shape) -> Statement:
    """The items with a variant that passes every filter, newest first."""
    newest, order = _ITEMS.where(mine(items)), items.c.seq
    if shape.words:
        newest, order = matching(newest, items)
    if not shape.include_inactive:
        newest = newest.where(items.c.active == ONE)
    newest = newest.where(exists().where(mine(variants), variants.c.item_id == items.c.id, *_passing(shape)))
    if shape.before:
        newest = newest.where(order < place_of(items, "before_id"))
    return Statement(newest.order_by(order.desc()).limit(bindparam("limit")).offset(ZERO))


def _passing(shape: _Shape) -> list[ColumnElement[bool]]:
    """What a variant has to be."""
    passing: list[ColumnElement[bool]] = []
    if not shape.include_inactive:
        passing.append(variants.c.active == ONE)
    passing += [contains(variants.c.options, bindparam(f"option_{number}")) for number in range(shape.options)]
    its_stock = and_(mine(stock), stock.c.variant_id == variants.c.id, stock.c.tracked == ONE)
    if shape.in_stock:
        passing.append(~exists().where(its_stock, stock.c.available <= ZERO))
    if shape.low_stock:
        passing.append(exists().where(its_stock, stock.c.available <= variants.c.low_stock_at))
    return passing


def listing(query: ItemQuery) -> tuple[Statement, dict[str, object]] | None:
    """The statement of a search, and its parameters; None for one that has no word to look for."""
    words = words_sought(query.text, any_word=query.any_word)
    if words == "":
        return None
    shape = _Shape(
        words=words is not None,
        options=len(query.options),
        in_stock=query.in_stock,
        low_stock=query.low_stock,
        include_inactive=query.include_inactive,
        before=query.before_id is not None,
    )
    wanted = enumerate(query.options.items())
    options = {f"option_{number}": options_text({name: value}) for number, (name, value) in wanted}
    return _listed(shape), {**options, "words": words, "before_id": query.before_id, "limit": query.limit}


def items_of(tx: Session, query: ItemQuery) -> list[Item]:
    search = listing(query)
    return [] if search is None else ROW.every(tx, search[0], **search[1])


def item(tx: Session, item_id: str) -> Item | None:
    return ROW.first(tx, ONE_ITEM, id=item_id)


def item_of_variant(tx: Session, variant_id: str) -> Item | None:
    return ROW.first(tx, OF_VARIANT, id=variant_id)


def items_of_sku(tx: Session, sku: str) -> list[Item]:
    return ROW.every(tx, OF_SKU, sku_key=folded(sku))


def items_by_reference(tx: Session, reference: str) -> list[Item]:
    return ROW.every(tx, BY_REFERENCE, reference_key=folded(reference))


def names_from(tx: Session, beginning: str, limit: int) -> list[str]:
    first = folded(beginning)
    return [row[0] for row in tx.all(NAMES_FROM, beginning=first, behind=first + LAST, limit=limit)]


def add_item(tx: Session, item: Item) -> None:
    tx.run(ADD, **ROW.of(item))
    _add_variants(tx, item, {})


def save_item(tx: Session, item: Item) -> None:
    """Write an item whose version is one more than the stored one's."""
    save(tx, SAVE, ROW.of(item))
    # Written anew as a whole, so that two variants may exchange their SKUs.
    kept: list[tuple[str, str, str]] = tx.all(SKU_TWINS, item_id=item.item_id)
    tx.run(FORGET_VARIANTS, item_id=item.item_id)
    _add_variants(tx, item, {(variant_id, key): twin for variant_id, key, twin in kept})


def _add_variants(tx: Session, item: Item, twins: Mapping[tuple[str, str], str]) -> None:
    """Write the item's variants; twins are those whose SKU differs from another's in case only, by id and key."""
    tx.run_each(
        ADD_VARIANT,
        [
            {
                **VARIANT.of(variant),
                "item_id": item.item_id,
                "sku_twin": twins.get((variant.variant_id, _sku_key(variant) or ""), ""),
            }
            for variant in item.variants
        ],
    )
