"""Finding what is sold by any of its names: an item's or variant's id, a SKU, the merchant's own product id."""

from flint_domain.catalog.model import Item, Variant
from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.references import folded, meant
from flint_domain.ports import ReadTransaction

SEARCH = "search_items finds what is sold, with its ids"


def find(tx: ReadTransaction, reference: str, param: str = "itemId") -> tuple[Item, Variant | None] | None:
    """The item behind a reference, and the variant where the reference is a variant's; a SKU goes before an item's own
    reference. None for a reference that the catalog does not know.

    Raises Refused("not_found") for an id as Flint makes them that nothing has.
    """
    if is_id(reference, "var"):
        item = tx.item_of_variant(reference)
        if item is None:
            raise _unknown("variant", reference, param)
        return item, item.variant(reference)
    if is_id(reference, "item"):
        item = tx.item(reference)
        if item is None:
            raise _unknown("item", reference, param)
        return item, None
    sold = by_sku(tx, reference, param)
    if sold is not None:
        return sold
    item = by_reference(tx, reference, param)
    return None if item is None else (item, None)


def by_sku(tx: ReadTransaction, sku: str, param: str) -> tuple[Item, Variant] | None:
    """The item and variant of this SKU."""
    return meant(sku, of_sku(tx, sku), lambda found: found[1].sku or "", param)


def of_sku(tx: ReadTransaction, sku: str) -> list[tuple[Item, Variant]]:
    """The variants whose SKU is this one or differs in case only: one at most, but for twins from before."""
    key = folded(sku)
    return [
        (item, variant)
        for item in tx.items_of_sku(sku)
        for variant in item.variants
        if variant.sku is not None and folded(variant.sku) == key
    ]


def by_reference(tx: ReadTransaction, reference: str, param: str) -> Item | None:
    """The item with this product id of the merchant's own."""
    return meant(reference, tx.items_by_reference(reference), lambda item: item.reference or "", param)


def item_of(tx: ReadTransaction, reference: str, param: str = "itemId") -> tuple[Item, Variant | None]:
    """Like find, for a caller that has no use for a reference of nothing.

    Raises Refused("not_found").
    """
    found = find(tx, reference, param)
    if found is None:
        raise _unknown("item, variant or SKU", quoted(reference), param)
    return found


def _unknown(what: str, reference: str, param: str) -> Refused:
    return Refused("not_found", f"There is no {what} {reference}.", hint=SEARCH, param=param)
