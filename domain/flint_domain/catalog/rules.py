"""What saving an item changes: its variants matched with those there are, and what every item must be."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from flint_domain.catalog.model import Item, Variant
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.ids import IdPrefix, is_id
from flint_domain.kernel.money import Money
from flint_domain.kernel.references import differing, folded, meant, named, same
from flint_domain.kernel.telling import Told
from flint_domain.order.inputs import Amount

MAX_VARIANTS = 250  # all sizes and colors of one thing; keeps an item's row and its view readable
MAX_OPTIONS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantInput:
    """A variant as a caller gave it: of an existing one, by its id or SKU, only what changes.

    An empty sku removes it, and so does a low_stock_at of zero. tracked None leaves it as it is. stock is how many
    units there are of a variant that was never counted.
    """

    variant_id: Told[str | None] = None
    sku: Told[str | None] = None
    options: Told[dict[str, str] | None] = None
    price: Told[Amount | None] = None
    active: Told[bool | None] = None
    tracked: Told[bool | None] = None
    low_stock_at: Told[Decimal | None] = None
    stock: Told[Decimal | None] = None


def with_variants(
    item: Item, given: Sequence[VariantInput], new_id: Callable[[IdPrefix], str]
) -> tuple[Item, tuple[str, ...]]:
    """The item with these variants changed or added, and their ids in this order; one that is left out stays as it is.

    Raises Refused: "not_found" for a variant that the item does not have, "currency_mismatch", "invalid_argument" for
    one named twice or without a price.
    """
    variants = {variant.variant_id: variant for variant in item.variants}
    given_ids: list[str] = []
    for wanted in given:
        before = _named(item, wanted)
        variant = _added(item, wanted, new_id("var")) if before is None else _changed(item, before, wanted)
        if variant.variant_id in given_ids:
            raise _wrong(f"{variant.variant_id} is given twice.", "name each variant once")
        given_ids.append(variant.variant_id)
        variants[variant.variant_id] = variant
    return _checked(replace(item, variants=tuple(variants.values())), item.variants), tuple(given_ids)


def _named(item: Item, wanted: VariantInput) -> Variant | None:
    """The item's variant that is meant, by its id or else its SKU; None for a new one."""
    if wanted.variant_id is None:
        alike = [variant for variant in item.variants if wanted.sku and same(variant.sku, wanted.sku)]
        return meant(wanted.sku or "", alike, lambda variant: variant.sku or "", "variants")
    variant = next((variant for variant in item.variants if variant.variant_id == wanted.variant_id), None)
    if variant is None:
        raise Refused(
            "not_found",
            f"{wanted.variant_id} is not a variant of {item.item_id}.",
            hint="use the variantId values of this item, or leave variantId out to add a variant",
            param="variants",
        )
    return variant


def _added(item: Item, wanted: VariantInput, variant_id: str) -> Variant:
    if wanted.price is None:
        raise _wrong("A new variant has no price.", "give priceMoney, or the variantId or SKU of one that there is")
    return Variant(
        variant_id=variant_id,
        sku=wanted.sku or None,
        options=wanted.options or {},
        price=_amount(item, wanted.price),
        active=wanted.active is not False,
        low_stock_at=wanted.low_stock_at or None,
    )


def _changed(item: Item, before: Variant, wanted: VariantInput) -> Variant:
    """The variant with its new values. A SKU that only named it stays as it is spelled."""
    sku = before.sku if wanted.sku is None or wanted.variant_id is None else wanted.sku or None
    low = before.low_stock_at if wanted.low_stock_at is None else wanted.low_stock_at or None
    return replace(
        before,
        sku=sku,
        options=before.options if wanted.options is None else wanted.options,
        price=before.price if wanted.price is None else _amount(item, wanted.price),
        active=before.active if wanted.active is None else wanted.active,
        low_stock_at=low,
    )


def _amount(item: Item, price: Amount) -> int:
    if price.currency not in (None, item.currency):
        raise Refused(
            "currency_mismatch",
            f"{Money(price.amount, price.currency or '')} is not in {item.currency}, the item's currency.",
            hint=f"give all prices of an item in {item.currency}, or make an item of its own for the other currency",
            param="variants",
        )
    return price.amount


def _checked(item: Item, before: Sequence[Variant]) -> Item:
    """The item with the option names that its variants have, in the first one's order and spelling.

    before are the variants that it had, whose ids callers have seen. Raises Refused("invalid_argument") unless the
    variants have the same options and no two the same values, and ("reference_taken") when two have one SKU.
    """
    if not 1 <= len(item.variants) <= MAX_VARIANTS:
        raise _wrong(
            f"An item has 1 to {MAX_VARIANTS} variants; this one would have {len(item.variants)}.",
            "split it into several items" if item.variants else "give one variant with priceMoney",
        )
    known = {variant.variant_id for variant in before}
    called = {
        variant.variant_id: variant.variant_id if variant.variant_id in known else f"variant {number}"
        for number, variant in enumerate(item.variants, start=1)
    }
    first = item.variants[0]
    names = {name.casefold(): name for name in first.options}
    if len(first.options) > MAX_OPTIONS:
        raise _wrong(f"A variant has {len(first.options)} options; {MAX_OPTIONS} are the most.", "give fewer options")
    combinations: dict[frozenset[tuple[str, str]], Variant] = {}
    skus: dict[str, Variant] = {}
    former = {variant.sku for variant in before}
    for variant in item.variants:
        own = {name.casefold() for name in variant.options}
        if len(own) < len(variant.options):
            raise _wrong(f"{called[variant.variant_id]} names an option twice.", "give each option one value")
        if own != names.keys():
            raise _wrong(
                f"{called[variant.variant_id]} does not have the same options as {called[first.variant_id]}.",
                "give every variant of the item one value for each of its options",
            )
        twin = combinations.setdefault(variant.combination, variant)
        if twin is not variant:
            raise _wrong(
                f"{called[variant.variant_id]} has the same option values as {called[twin.variant_id]}.",
                "give other values, or the variantId of the one there is to change it",
            )
        if variant.sku is None:
            continue
        holder = skus.setdefault(folded(variant.sku), variant)
        if holder is not variant and (holder.sku == variant.sku or not former >= {holder.sku, variant.sku}):
            raise taken("sku", variant.sku, called[holder.variant_id], holder.sku or "")
    variants = tuple(
        replace(variant, options={names[name.casefold()]: value for name, value in variant.options.items()})
        for variant in item.variants
    )
    return replace(item, options=tuple(first.options), variants=variants)


def require_own(param: str, reference: str | None) -> None:
    """Refuse a SKU or a reference that is spelled like an id of Flint's: nobody could tell which of them is meant."""
    if reference and (is_id(reference, "var") or is_id(reference, "item")):
        raise Refused(
            "invalid_argument",
            f"{named(reference)} is spelled like an id that Flint makes.",
            hint="leave it out for a new record, or give a SKU or reference of your own",
            param=param,
        )


def taken(param: str, reference: str, owner: str, spelled: str) -> Refused:
    """The refusal for a SKU or reference that something else has, spelled so or in other case."""
    what = "the SKU" if param == "sku" else "the reference"
    return Refused(
        "reference_taken",
        f"{owner} has {what} {named(spelled)} already{differing(spelled, reference)}.",
        hint="choose another, or change that item by its itemId",
        param="variants" if param == "sku" else param,
    )


def _wrong(message: str, hint: str) -> Refused:
    return Refused("invalid_argument", message, hint=hint, param="variants")


def line_name(item: Item, variant: Variant) -> str:
    """`T-Shirt (red, M)`: the item's name with the variant's values, in the order of the item's options."""
    values = [variant.options[name] for name in item.options if name in variant.options]
    return f"{item.name} ({', '.join(values)})" if values else item.name
