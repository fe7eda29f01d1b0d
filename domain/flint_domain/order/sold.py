"""What the catalog says of what is sold, as a line copies it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What the catalog says of a reference: copied onto the line, so that later changes touch no existing order.

    reference is the item's, which coupons may name; tracked says that orders take their units from the variant's stock.
    """

    item_id: str
    variant_id: str
    reference: str | None = None
    sku: str | None
    name: str
    unit_price: int
    currency: str
    tax_category: str | None
    tracked: bool = False
