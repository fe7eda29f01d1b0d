"""Finding what is sold by any of its names: an item's or variant's id, a SKU, the merchant's own product id."""

from flint_domain.catalog.model import Item, Variant
from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.ids import is_id
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
    item = tx.item_of_sku(reference)
    if item is not None:
        return item, next(variant for variant in item.variants if variant.sku == reference)
    item = tx.item_by_reference(reference)
    return None if item is None else (item, None)


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
