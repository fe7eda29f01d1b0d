"""Looking up what a line sells: what it copies from the catalog."""

from flint_domain.catalog.model import Item, Variant
from flint_domain.catalog.rules import line_name
from flint_domain.kernel.errors import Refused
from flint_domain.order.sold import Sold
from flint_domain.reactions.catalog.lookup import find
from flint_domain.unit_of_work.ports import ReadTransaction

LISTED_VARIANTS = 10  # as many as a refusal may list: enough to choose from, short enough to read


def sold(tx: ReadTransaction, reference: str) -> Sold | None:
    """What is sold under an item's or variant's id, a SKU or an item's own reference; None for a reference of the
    merchant's own that the catalog does not know.

    Raises Refused: "not_found" for an id that the catalog does not have, "item_inactive", "variant_needed".
    """
    found = find(tx, reference)
    if found is None:
        return None
    item, named = found
    variant = _only_variant(item) if named is None else named
    if not (item.active and variant.active):
        raise _inactive(variant.variant_id if item.active else item.item_id)
    stock = tx.stock([variant.variant_id]).get(variant.variant_id)
    return Sold(
        item_id=item.item_id,
        variant_id=variant.variant_id,
        reference=item.reference,
        sku=variant.sku,
        name=line_name(item, variant),
        unit_price=variant.price,
        currency=item.currency,
        tax_category=item.tax_category,
        tracked=stock is not None and stock.tracked,
    )


def _only_variant(item: Item) -> Variant:
    """The one variant that a reference to the item can mean."""
    choices = [variant for variant in item.variants if variant.active]
    if not choices or not item.active:
        raise _inactive(item.item_id)
    if len(choices) == 1:
        return choices[0]
    listed = choices[:LISTED_VARIANTS]
    raise Refused(
        "variant_needed",
        f"{item.item_id} has {len(choices)} variants, and the line names none of them.",
        hint="give the variantId or the SKU of one as itemId; search_items(itemId) shows all, with options and stock",
        param="itemId",
        details={
            "variants": [
                {
                    "variantId": variant.variant_id,
                    **({"sku": variant.sku} if variant.sku else {}),
                    "options": variant.options,
                    "priceMoney": {"amount": variant.price, "currency": item.currency},
                }
                for variant in listed
            ]
        },
    )


def _inactive(record_id: str) -> Refused:
    return Refused(
        "item_inactive",
        f"{record_id} is not sold any more.",
        hint="search_items finds what is; save_item with active: true only if it is to be sold again",
        param="itemId",
    )
