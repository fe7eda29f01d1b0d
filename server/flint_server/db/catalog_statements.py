"""The statements of the catalog, built from the schema once (see statements)."""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Table,
    Text,
    and_,
    bindparam,
    case,
    column,
    delete,
    exists,
    false,
    func,
    insert,
    literal_column,
    or_,
    select,
    table,
    union_all,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.sql.elements import ClauseElement

from flint_domain.catalog.ports import ItemQuery
from flint_server.db.catalog_tables import items, stock, stock_changes, variants
from flint_server.db.constructs import words_sought
from flint_server.db.search import Statement
from flint_server.db.statements import DIALECT, ONE, ZERO
from flint_server.db.tables import IS_RESERVED, orders

BETWEEN = "\x1f"  # ASCII's unit separator: no text that comes in has control characters
PAIR = "\x1e"
EMPTY = literal_column("''", Text)

_items_text = table("items_text", column("rowid", Integer))
_matches = literal_column("items_text", Text).op("MATCH", is_comparison=True)


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=DIALECT))


def _values(table_: Table, *without: str) -> dict[str, BindParameter[object]]:
    return {each.name: bindparam(each.name) for each in table_.c if each.name not in ("seq", *without)}


def _mine(table_: Table) -> ColumnElement[bool]:
    return table_.c.merchant_id == bindparam("merchant_id")


# ── items ──
_ITEM = select(items.c.body, items.c.schema)
_OF_VARIANT = _ITEM.join(variants, variants.c.item_id == items.c.id)

ADD_ITEM = _sql(insert(items).values(_values(items, "reference_twin")))
SAVE_ITEM = _sql(
    update(items)
    .where(items.c.id == bindparam("this_id"), _mine(items), items.c.version == bindparam("was"))
    .values(
        # A twin stays one until it is called something else.
        reference_twin=case((items.c.reference_key == bindparam("reference_key"), items.c.reference_twin), else_=EMPTY),
        **_values(items, "id", "merchant_id", "reference_twin"),
    )
)
ITEM = _sql(_ITEM.where(items.c.id == bindparam("this_id"), _mine(items)))
_has_reference = _mine(items), items.c.reference_key == bindparam("this_key")
ITEMS_BY_REFERENCE = _sql(_ITEM.where(*_has_reference).order_by(items.c.reference_twin))  # see statements
ITEM_OF_VARIANT = _sql(_OF_VARIANT.where(variants.c.id == bindparam("this_id"), _mine(variants)))
_has_sku = _mine(variants), variants.c.sku_key == bindparam("this_key")
ITEMS_OF_SKU = _sql(_ITEM.where(items.c.id.in_(select(variants.c.item_id).where(*_has_sku))).order_by(items.c.seq))
# Every name that begins so lies before the beginning with the last of all characters behind it.
_last = bindparam("beginning", type_=Text) + literal_column("char(0x10FFFF)", Text)
NAMES_FROM = _sql(
    union_all(
        *(
            select(key).where(_mine(owner), key >= bindparam("beginning"), key < _last)
            for owner, key in ((variants, variants.c.sku_key), (items, items.c.reference_key))
        )
    )
    .limit(bindparam("limit"))
    .offset(ZERO)
)
SKU_TWINS = _sql(
    select(variants.c.id, variants.c.sku_key, variants.c.sku_twin).where(
        variants.c.item_id == bindparam("this_id"), _mine(variants), variants.c.sku_twin != EMPTY
    )
)
FORGET_VARIANTS = _sql(delete(variants).where(variants.c.item_id == bindparam("this_id"), _mine(variants)))
ADD_VARIANT = _sql(insert(variants).values(_values(variants)))

# ── stock ──
TRACK_STOCK = _sql(
    sqlite.insert(stock)
    .values({**_values(stock, "available", "reserved", "sold"), "available": ZERO, "reserved": ZERO, "sold": ZERO})
    .on_conflict_do_update(index_elements=["variant_id"], set_={"tracked": bindparam("tracked")}, where=_mine(stock))
)
_moved = {name: stock.c[name] + bindparam(f"{name}_added", type_=Integer) for name in ("available", "reserved", "sold")}
MOVE_STOCK = _sql(
    update(stock)
    .where(
        stock.c.variant_id == bindparam("this_id"),
        _mine(stock),
        *(after >= ZERO for after in _moved.values()),
        or_(stock.c.tracked == ONE, bindparam("available_added", type_=Integer) >= ZERO),
    )
    .values(_moved)
)
_wanted = func.json_each(bindparam("variant_ids")).table_valued("value")
STOCK = _sql(
    select(stock.c.variant_id, stock.c.tracked, stock.c.available, stock.c.reserved, stock.c.sold).where(
        stock.c.variant_id.in_(select(_wanted.c.value)), _mine(stock)
    )
)
ADD_STOCK_CHANGE = _sql(insert(stock_changes).values(_values(stock_changes)))
STOCK_CHANGES = _sql(
    select(*(each for each in stock_changes.c if each.name not in ("seq", "merchant_id")))
    .where(stock_changes.c.variant_id == bindparam("variant_id"), _mine(stock_changes))
    .order_by(stock_changes.c.seq.desc())
    .limit(bindparam("limit"))
    .offset(ZERO)
)

# ── the worker's view, across merchants ──
DUE_RELEASES = _sql(
    select(orders.c.merchant_id, orders.c.id)
    .where(IS_RESERVED, orders.c.reserved_until <= bindparam("now"))
    .order_by(orders.c.reserved_until, orders.c.seq)
    .limit(bindparam("limit"))
    .offset(ZERO)
)


def options_text(options: dict[str, str]) -> str:
    """Options as the column holds them, and as a search looks for one of them."""
    return "".join(f"{PAIR}{name.casefold()}{BETWEEN}{value.casefold()}{PAIR}" for name, value in options.items())


def items_statement(merchant_id: str, query: ItemQuery) -> Statement:
    """Bodies and schemas of the items with a variant that passes every filter, newest first.

    A cursor that names nothing gives an empty page.
    """
    newest = select(items.c.body, items.c.schema).where(items.c.merchant_id == merchant_id)
    order = items.c.seq
    if query.text is not None and query.text.strip():
        expression = words_sought(query.text, any_word=query.any_word)
        order = _items_text.c.rowid  # walked newest first by itself, as with orders (see search)
        newest = newest.select_from(_items_text, items).where(
            items.c.seq == literal_column("+items_text.rowid", Integer)
        )
        newest = newest.where(false() if expression is None else _matches(expression))
    if not query.include_inactive:
        newest = newest.where(items.c.active == ONE)
    newest = newest.where(exists().where(variants.c.item_id == items.c.id, *_passing(query)))
    if query.before_id is not None:
        before = items.alias("page")
        place = select(before.c.seq).where(before.c.merchant_id == merchant_id, before.c.id == query.before_id)
        newest = newest.where(order < place.scalar_subquery())
    return _compiled(newest.order_by(order.desc()).limit(query.limit).offset(ZERO))


def _passing(query: ItemQuery) -> list[ColumnElement[bool]]:
    """What a variant has to be."""
    passing: list[ColumnElement[bool]] = []
    if not query.include_inactive:
        passing.append(variants.c.active == ONE)
    passing += [
        func.instr(variants.c.options, options_text({name: value})) > ZERO for name, value in query.options.items()
    ]
    its_stock = and_(stock.c.variant_id == variants.c.id, stock.c.tracked == ONE)
    if query.in_stock:
        passing.append(~exists().where(its_stock, stock.c.available <= ZERO))
    if query.low_stock:
        passing.append(exists().where(its_stock, stock.c.available <= variants.c.low_stock_at))
    return passing


def _compiled(statement: ClauseElement) -> Statement:
    compiled: Any = statement.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
    return str(compiled), {**(compiled.params or {})}
