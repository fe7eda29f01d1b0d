"""Ordering by reference: what a line copies from the catalog."""

from dataclasses import dataclass

from flint_domain.ports import ReadTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """What the catalog says of a reference: copied onto the line, so that later changes touch no existing order."""

    item_id: str
    variant_id: str
    sku: str | None
    name: str
    unit_price: int
    currency: str
    tax_category: str | None


def sold(tx: ReadTransaction, reference: str) -> Sold | None:
    """What is sold under an item's or variant's id, or a SKU; None for a reference of the merchant's own.

    Raises Refused: "not_found" for an id that the catalog does not have, "item_inactive", "variant_needed".
    """
    return None
