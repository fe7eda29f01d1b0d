"""Items, variants and stock, as frozen values."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

AdjustmentReason = Literal["received", "counted", "damaged", "lost", "found", "correction"]
"""Why a person or an agent changes stock by hand."""

StockReason = Literal[AdjustmentReason, "reserved", "sold", "released", "restocked"]
"""Why stock changed: by hand, or because an order took, paid, gave up or gave back units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What is ordered of an item: one value for each of the item's options, and a price in minor units.

    low_stock_at is the number of available units from which on stock counts as low.
    """

    variant_id: str
    sku: str | None = None
    options: dict[str, str] = field(default_factory=dict[str, str])
    price: int
    active: bool = True
    low_stock_at: Decimal | None = None

    @property
    def combination(self) -> frozenset[tuple[str, str]]:
        """Its options without regard to case: what tells it from the item's other variants."""
        return frozenset((name.casefold(), value.casefold()) for name, value in self.options.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What is sold. An item has one currency, and one variant at least; without options it has just one.

    reference is the merchant's own product id. options are the names that every variant has a value for, in the order
    they are shown in. images are https addresses. Whether a variant's stock is tracked is kept with its stock.
    """

    item_id: str
    merchant_id: str
    version: int
    name: str
    currency: str
    reference: str | None = None
    description: str | None = None
    images: tuple[str, ...] = ()
    tax_category: str | None = None
    active: bool = True
    options: tuple[str, ...] = ()
    variants: tuple[Variant, ...]
    created_at: datetime
    updated_at: datetime

    def variant(self, variant_id: str) -> Variant:
        """The item's variant of this id, which must exist."""
        return next(variant for variant in self.variants if variant.variant_id == variant_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The units of a variant: available to whoever orders next, reserved by unpaid orders, sold to paid ones.

    tracked says whether orders are limited by it; what was counted before stays when that is switched off.
    """

    variant_id: str
    tracked: bool
    available: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    sold: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StockChange:
    """One row of stock's trail: by how much each number changed, why, for which order and by whom."""

    change_id: str
    variant_id: str
    available: Decimal = Decimal(0)
    reserved: Decimal = Decimal(0)
    sold: Decimal = Decimal(0)
    reason: StockReason
    order_id: str | None = None
    note: str | None = None
    actor: str
    at: datetime
