"""Finding what is sold: by an item's or variant's id, a SKU, the merchant's own product id, or by words."""

from collections.abc import Sequence

from flint_domain.catalog.model import Item, Variant
from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.references import folded, meant
from flint_domain.kernel.words import has, stored
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


def words_of(item: Item) -> str:
    """Every word that search finds the item by: its own and those of its variants."""
    texts, codes = [*_texts(item)], [item.reference]
    for variant in item.variants:
        texts += _variant_texts(variant)
        codes.append(variant.sku)
    return stored(texts, codes)


def named(item: Item, variants: Sequence[Variant], asked: Sequence[tuple[str, ...]]) -> list[Variant]:
    """Those of these variants of the item that a search was for: they have most of the words that are variants' own.

    asked is from kernel.words.sought. Words that the item has itself, and those that nothing of it has, tell no variant
    from another.
    """
    own = stored(_texts(item), codes=(item.reference,)).split()
    theirs = {variant.variant_id: stored(_variant_texts(variant), (variant.sku,)).split() for variant in item.variants}
    telling = [
        beginnings
        for beginnings in asked
        if not has(own, beginnings) and any(has(words, beginnings) for words in theirs.values())
    ]
    if not telling:
        return list(variants)
    scores = [sum(has(theirs[variant.variant_id], beginnings) for beginnings in telling) for variant in variants]
    most = max(scores, default=0)
    return [variant for variant, score in zip(variants, scores, strict=True) if score == most > 0]


def _texts(item: Item) -> tuple[str | None, ...]:
    return (item.name, item.description, item.item_id, item.tax_category, *item.options)


def _variant_texts(variant: Variant) -> tuple[str, ...]:
    return (variant.variant_id, *variant.options.values())
