"""What the catalog asks of a transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from flint_domain.catalog.model import Item, Stock, StockChange


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemQuery:
    """Which items to list, newest first: those with a variant that passes all of it. before_id is the page's cursor.

    text matches every word by its beginning; options are values by option name, compared without case. in_stock leaves
    out tracked variants without available units, low_stock all of which enough are left. What is not sold any more is
    left out unless include_inactive says otherwise.
    """

    text: str | None = None
    any_word: bool = False
    options: dict[str, str] = field(default_factory=dict[str, str])
    in_stock: bool = False
    low_stock: bool = False
    include_inactive: bool = False
    before_id: str | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True)
class DueRelease:
    """An unpaid order whose time to hold stock has run out."""

    merchant_id: str
    order_id: str


class CatalogReads(Protocol):
    """Items, variants and stock of one merchant. Every look-up that finds nothing answers None."""

    def item(self, item_id: str) -> Item | None: ...
    def item_of_variant(self, variant_id: str) -> Item | None: ...
    def items_of_sku(self, sku: str) -> list[Item]:
        """The items with a variant of this SKU, which is compared without case: one, or none. Twins that differ in case
        only may be left from before it was."""
        ...

    def items_by_reference(self, reference: str) -> list[Item]:
        """The items with the merchant's own product id, compared like a SKU."""
        ...

    def names_from(self, beginning: str, limit: int) -> list[str]:
        """Up to so many SKUs and product ids that begin so, as they are compared (see kernel.references.folded)."""
        ...

    def items(self, query: ItemQuery) -> list[Item]: ...
    def stock(self, variant_ids: Sequence[str]) -> dict[str, Stock]:
        """The stock of those variants that ever had any, by their ids."""
        ...

    def stock_changes(self, variant_id: str, limit: int) -> list[StockChange]:
        """The trail of a variant's stock, newest first."""
        ...


class CatalogWrites(CatalogReads, Protocol):
    """Stock changes by conditional updates: never below zero, whoever asks at the same time."""

    def add_item(self, item: Item) -> None: ...
    def save_item(self, item: Item) -> None:
        """Write an item whose version is one more than the stored one's, with its variants."""
        ...

    def track_stock(self, variant_id: str, item_id: str, *, tracked: bool) -> None:
        """Have orders limited by a variant's stock, or not any more; stock that is new begins with zero."""
        ...

    def move_stock(self, change: StockChange) -> bool:
        """Add a change to the stock and to its trail: False, and nothing written, when a number would fall below zero,
        or when units would be taken that are not tracked."""
        ...
