"""Save items, and adjust stock by hand."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar

from flint_domain.catalog import rules
from flint_domain.catalog.model import AdjustmentReason, Item, Stock, StockChange, Variant
from flint_domain.catalog.rules import VariantInput
from flint_domain.commands.shown import beside
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.telling import Told
from flint_domain.order.inputs import currency_of_new_order
from flint_domain.queries.catalog import show_item, show_stock
from flint_domain.reactions.catalog.line_lookup import LISTED_VARIANTS
from flint_domain.reactions.catalog.lookup import SEARCH, by_sku, instead_of, item_of, of_sku
from flint_domain.unit_of_work.command import Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work, not_found


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRef(Ref):
    """An item, with what the command has to say beside it."""

    item_id: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveItem:
    """A new item, or with item_id new values for one: what is None stays as it is.

    An empty reference, description or tax_category removes it; images and variants: see rules.with_variants. Orders
    that have the item keep what they copied.
    """

    name: ClassVar[str] = "save_item"
    ref: ClassVar[type[Ref]] = ItemRef
    item_id: Told[str | None] = None
    item_name: Told[str | None] = None
    reference: Told[str | None] = None
    description: Told[str | None] = None
    images: Told[tuple[str, ...] | None] = None
    tax_category: Told[str | None] = None
    active: Told[bool | None] = None
    variants: Told[tuple[VariantInput, ...]] = ()
    expected_version: int | None = None

    def change(self, work: Work) -> ItemRef:
        before = self._present(work)
        item = self._new(work) if before is None else before
        item = replace(
            item,
            name=item.name if self.item_name is None else self.item_name,
            reference=item.reference if self.reference is None else self.reference or None,
            description=item.description if self.description is None else self.description or None,
            images=item.images if self.images is None else self.images,
            tax_category=item.tax_category if self.tax_category is None else self.tax_category or None,
            active=item.active if self.active is None else self.active,
        )
        item, given = rules.with_variants(item, self.variants, work.new_id)
        _require_free_names(work, item, before)
        if before is None:
            work.tx.add_item(item)
        elif item != before:
            work.tx.save_item(replace(item, version=before.version + 1, updated_at=work.tx.now))
        for variant_id, wanted in zip(given, self.variants, strict=True):
            if wanted.tracked is not None:
                work.tx.track_stock(variant_id, item.item_id, tracked=wanted.tracked)
            if wanted.stock is not None:
                _count_first(work, item, variant_id, wanted.stock)
        return ItemRef(item_id=item.item_id, warnings=tuple(_without_effect(work, item, self)))

    @staticmethod
    def show(tx: ReadTransaction, ref: ItemRef, caller: Caller) -> dict[str, Any]:
        item, _ = item_of(tx, ref.item_id)
        return beside({"item": show_item(tx, item)}, ref.warnings)

    def _present(self, work: Work) -> Item | None:
        """The item to change, judged against the version the caller has seen; None for a new one.

        Raises Refused: "not_found", "version_conflict".
        """
        if self.item_id is None:
            return None
        item, _ = item_of(work.tx, self.item_id)
        if self.expected_version not in (None, item.version):
            raise Refused(
                "version_conflict",
                f"{item.item_id} is at version {item.version}, not {self.expected_version}.",
                hint="read the item with search_items, then send the call again with its version",
                param="expectedVersion",
                details={"currentVersion": item.version},
            )
        return item

    def _new(self, work: Work) -> Item:
        """An item without variants yet, in the currency that its prices name, or else the merchant's."""
        if self.item_name is None:
            raise Refused(
                "invalid_argument",
                "A new item has no name.",
                hint="give name and variants, or the itemId of the item to change",
                param="name",
            )
        prices = [variant.price for variant in self.variants if variant.price is not None]
        return Item(
            item_id=work.new_id("item"),
            merchant_id=work.tx.merchant_id,
            version=1,
            name=self.item_name,
            currency=currency_of_new_order(prices, work.tx.currency),
            variants=(),
            created_at=work.tx.now,
            updated_at=work.tx.now,
        )


def _without_effect(work: Work, item: Item, saved: SaveItem) -> Iterator[str]:
    """What was given and does nothing as things are."""
    stock = work.tx.stock([variant.variant_id for variant in item.variants])
    watched = [variant for variant in item.variants if variant.low_stock_at is not None]
    uncounted = [variant for variant in watched if not _is_tracked(stock.get(variant.variant_id))]
    if uncounted and any(given.low_stock_at for given in saved.variants):
        named = ", ".join(variant.variant_id for variant in uncounted[:LISTED_VARIANTS])
        yield f"lowStockAt does nothing while nobody counts the units (tracked: true): {named}"
    category = saved.tax_category
    if category and work.quotes is None and all(rate.category != category for rate in work.tx.tax_rates()):
        yield f"no tax rate is for the category {category}: the item is taxed like those without one"


def _is_tracked(stock: Stock | None) -> bool:
    return stock is not None and stock.tracked


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRef(Ref):
    """What there is of a variant."""

    variant_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdjustInventory:
    """Change what is available of a variant, or set it to what was counted; from the first time on it is tracked.

    Exactly one of variant_id and sku, and one of change (which may be negative) and count.
    """

    name: ClassVar[str] = "adjust_inventory"
    ref: ClassVar[type[Ref]] = StockRef
    variant_id: Told[str | None] = None
    sku: Told[str | None] = None
    change_by: Told[Decimal | None] = None
    count: Told[Decimal | None] = None
    reason: Told[AdjustmentReason]
    note: str | None = None

    def change(self, work: Work) -> StockRef:
        item, variant = self._variant(work)
        before = work.tx.stock([variant.variant_id]).get(variant.variant_id)
        available = Decimal(0) if before is None else before.available
        change = (self.count or Decimal(0)) - available if self.change_by is None else self.change_by
        if not _adjust(work, item, variant.variant_id, change, reason=self.reason, note=self.note):
            raise Refused(
                "out_of_stock",
                f"{variant.variant_id} has {available.normalize():f} available: "
                f"a change of {change.normalize():f} would leave less than none.",
                hint="give count, if this is what was counted; units that orders hold are not in it",
                param="change",
            )
        return StockRef(variant_id=variant.variant_id)

    @staticmethod
    def show(tx: ReadTransaction, ref: StockRef, caller: Caller) -> dict[str, Any]:
        return show_stock(tx, ref.variant_id)

    def _variant(self, work: Work) -> tuple[Item, Variant]:
        if self.variant_id is not None:
            item = work.tx.item_of_variant(self.variant_id)
            found = None if item is None else item.variant(self.variant_id)
        else:
            item, found = by_sku(work.tx, self.sku or "", "sku") or (None, None)
        if item is None or found is None:
            param = "sku" if self.variant_id is None else "variantId"
            hint = instead_of(work.tx, self.sku) if self.sku else SEARCH
            raise not_found("variant", self.variant_id or quoted(self.sku or ""), param, hint)
        return item, found


def _adjust(
    work: Work, item: Item, variant_id: str, change: Decimal, *, reason: AdjustmentReason, note: str | None = None
) -> bool:
    """Put units into a variant's stock, or take some out, from then on tracked: False when there are too few."""
    before = work.tx.stock([variant_id]).get(variant_id)
    if not _is_tracked(before):
        work.tx.track_stock(variant_id, item.item_id, tracked=True)
    return work.tx.move_stock(
        StockChange(
            change_id=work.new_id("stk"),
            variant_id=variant_id,
            available=change,
            reason=reason,
            note=note,
            actor=work.actor,
            at=work.tx.now,
        )
    )


def _count_first(work: Work, item: Item, variant_id: str, units: Decimal) -> None:
    """The stock that a variant begins with.

    Raises Refused("invalid_argument") once it was counted: orders may have taken units since, and a count that somebody
    remembers would bring them back.
    """
    if work.tx.stock_changes(variant_id, 1):
        present = work.tx.stock([variant_id])[variant_id].available
        raise Refused(
            "invalid_argument",
            f"{variant_id} has stock already: {present.normalize():f} available.",
            hint="leave stock out; adjust_inventory adds units, takes them away, or sets what was counted",
            param="variants",
        )
    _adjust(work, item, variant_id, units, reason="counted")


def _require_free_names(work: Work, item: Item, before: Item | None) -> None:
    """Refuse a SKU or a reference that another item has. What the item had before is its own, twin or not."""
    if item.reference is not None and (before is None or item.reference != before.reference):
        rules.require_own("reference", item.reference)
        for owner in work.tx.items_by_reference(item.reference):
            if owner.item_id != item.item_id:
                raise rules.taken("reference", item.reference, owner.item_id, owner.reference or "")
    former = () if before is None else {variant.sku for variant in before.variants}
    for sku in (variant.sku for variant in item.variants if variant.sku and variant.sku not in former):
        rules.require_own("variants", sku)
        for owner, variant in of_sku(work.tx, sku):
            if owner.item_id != item.item_id:
                raise rules.taken("sku", sku, owner.item_id, variant.sku or "")
