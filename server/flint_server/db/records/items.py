"""Items, variants and stock as a transaction reads and writes them (see flint_domain.catalog.ports)."""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from pydantic_core import to_json

from flint_domain.catalog.model import Item, Stock, StockChange, StockReason
from flint_domain.catalog.ports import ItemQuery
from flint_domain.kernel.references import folded
from flint_domain.reactions.catalog.lookup import words_of
from flint_server.db import catalog_statements as statements
from flint_server.db.codecs import Codec, from_micros, micros
from flint_server.db.stale import require_one

ITEM = Codec(Item)

UNIT_PLACES = 4  # decimal places of a quantity; stock is counted in their units

ChangeRow = tuple[str, str, int, int, int, StockReason, str | None, str | None, str, int]


class Reading(Protocol):
    """What of a transaction is needed to read."""

    driver: sqlite3.Connection
    merchant_id: str
    now: datetime


class CatalogReading:
    """The part of a read transaction that is about this."""

    __slots__ = ()

    def item(self: Reading, item_id: str) -> Item | None:
        return _item(self, statements.ITEM, item_id)

    def item_of_variant(self: Reading, variant_id: str) -> Item | None:
        return _item(self, statements.ITEM_OF_VARIANT, variant_id)

    def items_of_sku(self: Reading, sku: str) -> list[Item]:
        return _named_items(self, statements.ITEMS_OF_SKU, sku)

    def items_by_reference(self: Reading, reference: str) -> list[Item]:
        return _named_items(self, statements.ITEMS_BY_REFERENCE, reference)

    def names_from(self: Reading, beginning: str, limit: int) -> list[str]:
        named = {"merchant_id": self.merchant_id, "beginning": folded(beginning), "limit": limit}
        rows: list[tuple[str]] = self.driver.execute(statements.NAMES_FROM, named).fetchall()
        return [row[0] for row in rows]

    def items(self: Reading, query: ItemQuery) -> list[Item]:
        rows: list[tuple[str, int]] = self.driver.execute(
            *statements.items_statement(self.merchant_id, query)
        ).fetchall()
        return [ITEM.load(*row) for row in rows]

    def stock(self: Reading, variant_ids: Sequence[str]) -> dict[str, Stock]:
        if not variant_ids:
            return {}
        named = {"variant_ids": to_json(list(variant_ids)).decode(), "merchant_id": self.merchant_id}
        rows: list[tuple[str, int, int, int, int]] = self.driver.execute(statements.STOCK, named).fetchall()
        return {
            variant_id: Stock(
                variant_id=variant_id,
                tracked=bool(tracked),
                available=from_units(available),
                reserved=from_units(reserved),
                sold=from_units(sold),
            )
            for variant_id, tracked, available, reserved, sold in rows
        }

    def stock_changes(self: Reading, variant_id: str, limit: int) -> list[StockChange]:
        named = {"variant_id": variant_id, "merchant_id": self.merchant_id, "limit": limit}
        rows: list[ChangeRow] = self.driver.execute(statements.STOCK_CHANGES, named).fetchall()
        return [
            StockChange(
                change_id=change_id,
                variant_id=of,
                available=from_units(available),
                reserved=from_units(reserved),
                sold=from_units(sold),
                reason=reason,
                order_id=order_id,
                note=note,
                actor=actor,
                at=from_micros(at),
            )
            for change_id, of, available, reserved, sold, reason, order_id, note, actor, at in rows
        ]


class CatalogWriting(CatalogReading):
    """The part of a writing transaction that is about this."""

    __slots__ = ()

    def add_item(self: Reading, item: Item) -> None:
        self.driver.execute(
            statements.ADD_ITEM, {"id": item.item_id, "merchant_id": self.merchant_id, **_columns(item)}
        )
        _add_variants(self, item, {})

    def save_item(self: Reading, item: Item) -> None:
        """Write an item whose version is one more than the stored one's."""
        this = {"this_id": item.item_id, "merchant_id": self.merchant_id}
        written = self.driver.execute(statements.SAVE_ITEM, {**this, "was": item.version - 1, **_columns(item)})
        require_one(written, item.item_id, item.version)
        # Written anew as a whole, so that two variants may exchange their SKUs.
        kept: list[tuple[str, str, str]] = self.driver.execute(statements.SKU_TWINS, this).fetchall()
        self.driver.execute(statements.FORGET_VARIANTS, this)
        _add_variants(self, item, {(variant_id, key): twin for variant_id, key, twin in kept})

    def track_stock(self: Reading, variant_id: str, item_id: str, *, tracked: bool) -> None:
        named = {"variant_id": variant_id, "item_id": item_id, "tracked": tracked, "merchant_id": self.merchant_id}
        self.driver.execute(statements.TRACK_STOCK, named)

    def move_stock(self: Reading, change: StockChange) -> bool:
        deltas = {
            "available": to_units(change.available),
            "reserved": to_units(change.reserved),
            "sold": to_units(change.sold),
        }
        this = {"this_id": change.variant_id, "merchant_id": self.merchant_id}
        added = {f"{name}_added": units for name, units in deltas.items()}
        if self.driver.execute(statements.MOVE_STOCK, {**this, **added}).rowcount == 0:
            return False
        self.driver.execute(
            statements.ADD_STOCK_CHANGE,
            {
                **deltas,
                "id": change.change_id,
                "merchant_id": self.merchant_id,
                "variant_id": change.variant_id,
                "reason": change.reason,
                "order_id": change.order_id,
                "note": change.note,
                "actor": change.actor,
                "at": micros(change.at),
            },
        )
        return True


def to_units(quantity: Decimal) -> int:
    """A quantity in ten-thousandths. A fifth place would be lost: whoever takes quantities in refuses it."""
    return int(quantity.scaleb(UNIT_PLACES))


def from_units(units: int) -> Decimal:
    """The quantity, without zeros behind the point."""
    whole, rest = divmod(units, 10**UNIT_PLACES)
    return Decimal(units).scaleb(-UNIT_PLACES).normalize() if rest else Decimal(whole)


def _item(tx: Reading, statement: str, this_id: str) -> Item | None:
    row: tuple[str, int] | None = tx.driver.execute(
        statement, {"this_id": this_id, "merchant_id": tx.merchant_id}
    ).fetchone()
    return None if row is None else ITEM.load(*row)


def _named_items(tx: Reading, statement: str, name: str) -> list[Item]:
    named = {"this_key": folded(name), "merchant_id": tx.merchant_id}
    rows: list[tuple[str, int]] = tx.driver.execute(statement, named).fetchall()
    return [ITEM.load(*row) for row in rows]


def _columns(item: Item) -> dict[str, object]:
    return {
        "version": item.version,
        "reference_key": None if item.reference is None else folded(item.reference),
        "active": item.active,
        "text": words_of(item),
        "schema": ITEM.schema,
        "body": ITEM.dump(item),
    }


def _add_variants(tx: Reading, item: Item, twins: Mapping[tuple[str, str], str]) -> None:
    """Write the item's variants; twins are those whose SKU differs from another's in case only, by id and key."""
    keys = {variant.variant_id: folded(variant.sku) for variant in item.variants if variant.sku is not None}
    tx.driver.executemany(
        statements.ADD_VARIANT,
        [
            {
                "id": variant.variant_id,
                "merchant_id": tx.merchant_id,
                "item_id": item.item_id,
                "sku_key": keys.get(variant.variant_id),
                "sku_twin": twins.get((variant.variant_id, keys.get(variant.variant_id, "")), ""),
                "active": variant.active,
                "low_stock_at": None if variant.low_stock_at is None else to_units(variant.low_stock_at),
                "options": statements.options_text(variant.options),
            }
            for variant in item.variants
        ],
    )
