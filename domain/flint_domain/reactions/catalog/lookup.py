"""Finding what is sold: by an item's or variant's id, a SKU, the merchant's own product id, or by words."""

from collections.abc import Sequence

from flint_domain.catalog.model import Item, Variant
from flint_domain.catalog.ports import CatalogReads
from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.references import folded, meant
from flint_domain.kernel.references import named as shown_reference
from flint_domain.kernel.words import as_one_word, has, stored
from flint_domain.unit_of_work.ports import ReadTransaction

SEARCH = "search_items finds what is sold, with its ids"

MOST_COMPARED = 1000  # names of one beginning that a mistyped one is compared with

_LOOK_ALIKES = str.maketrans("oil", "011")


def find(tx: ReadTransaction, reference: str, param: str = "itemId") -> tuple[Item, Variant | None] | None:
    """The item behind a reference, and the variant where the reference is a variant's; a SKU goes before an item's own
    reference. None for a reference that the catalog does not know.

    Raises Refused("not_found") for an id as Flint makes them that nothing has.
    """
    if is_id(reference, "var"):
        item = tx.item_of_variant(reference)
        if item is None:
            raise _unknown(tx, "variant", reference, param)
        return item, item.variant(reference)
    if is_id(reference, "item"):
        item = tx.item(reference)
        if item is None:
            raise _unknown(tx, "item", reference, param)
        return item, None
    sold = by_sku(tx, reference, param)
    if sold is not None:
        return sold
    item = by_reference(tx, reference, param)
    return None if item is None else (item, None)


def by_sku(tx: CatalogReads, sku: str, param: str) -> tuple[Item, Variant] | None:
    """The item and variant of this SKU."""
    return meant(sku, of_sku(tx, sku), lambda found: found[1].sku or "", param)


def of_sku(tx: CatalogReads, sku: str) -> list[tuple[Item, Variant]]:
    """The variants whose SKU is this one or differs in case only: one at most, but for twins from before."""
    key = folded(sku)
    return [
        (item, variant)
        for item in tx.items_of_sku(sku)
        for variant in item.variants
        if variant.sku is not None and folded(variant.sku) == key
    ]


def by_reference(tx: CatalogReads, reference: str, param: str) -> Item | None:
    """The item with this product id of the merchant's own."""
    return meant(reference, tx.items_by_reference(reference), lambda item: item.reference or "", param)


def item_of(tx: ReadTransaction, reference: str, param: str = "itemId") -> tuple[Item, Variant | None]:
    """Like find, for a caller that has no use for a reference of nothing.

    Raises Refused("not_found").
    """
    found = find(tx, reference, param)
    if found is None:
        raise _unknown(tx, "item, variant or SKU", reference, param)
    return found


def _unknown(tx: CatalogReads, what: str, reference: str, param: str) -> Refused:
    shown = reference if is_id(reference, "var") or is_id(reference, "item") else quoted(reference)
    return Refused("not_found", f"There is no {what} {shown}.", hint=instead_of(tx, reference), param=param)


def instead_of(tx: CatalogReads, reference: str) -> str:
    """What to do about a reference that the catalog does not know."""
    near = written_otherwise(tx, reference)
    return SEARCH if near is None else f"the catalog has {shown_reference(near)}: send that if it is what you mean"


def written_otherwise(tx: CatalogReads, reference: str) -> str | None:
    """The SKU or product id that is this reference but for blanks, dashes and the like, or for O and 0, I, L and 1.

    Nothing less alike: TEE-L and TEE-XL are one letter apart, and two things.
    """
    wanted = _skeleton(folded(reference))
    if not wanted:
        return None
    beginning = next(character for character in folded(reference) if character.isalnum())
    alike = [name for name in tx.names_from(beginning, MOST_COMPARED) if _skeleton(name) == wanted]
    found = {name for name in alike if name != folded(reference)}
    return None if len(found) != 1 else _spelled(tx, found.pop())


def _skeleton(key: str) -> str:
    return "".join(character for character in key if character.isalnum()).translate(_LOOK_ALIKES)


def _spelled(tx: CatalogReads, key: str) -> str:
    """How the catalog spells a name that is known as it is compared."""
    skus = [variant.sku for _, variant in of_sku(tx, key)]
    references = [item.reference for item in tx.items_by_reference(key)]
    return next(name for name in (*skus, *references, key) if name)


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
    return (item.name, item.description, as_one_word(item.item_id), item.tax_category, *item.options)


def _variant_texts(variant: Variant) -> tuple[str, ...]:
    return (as_one_word(variant.variant_id), *variant.options.values())
