"""Read one item, or search them; read a variant's stock."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flint_domain.catalog.model import Item, Stock, Variant
from flint_domain.catalog.ports import CatalogReads, ItemQuery
from flint_domain.catalog.views import (
    LISTED_VARIANTS,
    NEWEST_CHANGES,
    ItemList,
    ItemView,
    is_low,
    item_view,
    stock_change_view,
    stock_view,
)
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.paging import DEFAULT_LIMIT, bad_cursor, page
from flint_domain.kernel.words import sought
from flint_domain.reactions.catalog.lookup import item_of, named
from flint_domain.unit_of_work.ports import ReadTransaction

LISTED_ROWS = 100  # variants that a page shows before an item's are cut down to the cheapest few


def show_item(tx: CatalogReads, item: Item) -> dict[str, Any]:
    """The whole item as JSON, with the stock of now."""
    stock = tx.stock([variant.variant_id for variant in item.variants])
    return item_view(item, stock).to_wire(keep_empty=False)


def show_stock(tx: ReadTransaction, variant_id: str) -> dict[str, Any]:
    """A variant's stock and the newest of its trail, as JSON."""
    item, _ = item_of(tx, variant_id, "variantId")
    stock = tx.stock([variant_id]).get(variant_id, Stock(variant_id=variant_id, tracked=False))
    return {
        "stock": stock_view(item, item.variant(variant_id), stock).to_wire(keep_empty=False),
        "changes": [
            stock_change_view(change).to_wire(keep_empty=False)
            for change in tx.stock_changes(variant_id, NEWEST_CHANGES)
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchItems:
    """Items by words and options, newest first, with every one of their variants that matches; or with item_id the one
    item behind an id, SKU or reference.

    Of the one item, variants that are not sold any more are shown, too.
    """

    text: str | None = None
    item_id: str | None = None
    options: dict[str, str] = field(default_factory=dict[str, str])
    in_stock: bool = False
    low_stock: bool = False
    include_inactive: bool = False
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        if self.cursor is not None and not is_id(self.cursor, "item"):
            raise bad_cursor()
        if self.item_id is not None:
            item, _ = item_of(tx, self.item_id)
            stock = tx.stock([variant.variant_id for variant in item.variants])
            shown = item_view(item, stock, variants=self._passing(item, stock, whole=True))
            return ItemList(summary="1 item.", items=[shown]).to_wire(keep_empty=False)
        query = ItemQuery(
            text=self.text,
            options=self.options,
            in_stock=self.in_stock,
            low_stock=self.low_stock,
            include_inactive=self.include_inactive,
            before_id=self.cursor,
            limit=self.limit + 1,
        )
        found, how, any_word = tx.items(query), "", False
        if not found and self.text and len(self.text.split()) > 1 and self.cursor is None:
            found, any_word = tx.items(replace(query, any_word=True, limit=self.limit)), True
            how = " None has every word; these have at least one." if found else ""
        rows, cursor = page(found, self.limit, lambda item: item.item_id)
        count = f"{len(rows)} {'item' if len(rows) == 1 else 'items'}{' and more' if cursor else ''}"
        listed = ItemList(
            summary=f"{count}.{how}", items=list(self._rows(tx, rows, any_word=any_word)), next_cursor=cursor
        )
        return listed.to_wire(keep_empty=False)

    def _rows(self, tx: CatalogReads, items: list[Item], *, any_word: bool) -> Iterator[ItemView]:
        """Each item with its variants that match. Without words or options all do, and the cheapest are enough."""
        stock = tx.stock([variant.variant_id for item in items for variant in item.variants])
        asked = sought(self.text or "", any_word=any_word)
        left = LISTED_ROWS if asked or self.options else 0
        for at, item in enumerate(items):
            matching = named(item, self._passing(item, stock, whole=False), asked)
            fits = len(matching) <= left or (at == 0 and left > 0)
            most = len(matching) if fits else LISTED_VARIANTS
            left -= min(most, len(matching))
            yield item_view(item, stock, variants=matching, most=most, whole=False)

    def _passing(self, item: Item, stock: Mapping[str, Stock], *, whole: bool) -> list[Variant]:
        """The variants that pass every filter but the words. Of the one item, whole, what is not sold any more, too."""
        return [
            variant for variant in item.variants if self._passes(variant, stock.get(variant.variant_id), whole=whole)
        ]

    def _passes(self, variant: Variant, stock: Stock | None, *, whole: bool) -> bool:
        wanted = {(name.casefold(), value.casefold()) for name, value in self.options.items()}
        gone = stock is not None and stock.tracked and stock.available <= 0
        return (
            wanted <= variant.combination
            and (whole or variant.active or self.include_inactive)
            and not (self.in_stock and gone)
            and (not self.low_stock or is_low(variant, stock))
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GetItem:
    """One item with all of its variants and their stock."""

    item_id: str

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        item, _ = item_of(tx, self.item_id)
        return show_item(tx, item)
