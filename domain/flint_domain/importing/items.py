"""One item of a file with its variants: made, brought up to date, or left as it is."""

from dataclasses import replace
from decimal import Decimal

from flint_domain.catalog.model import Item, StockChange, Variant
from flint_domain.commands.catalog import SaveItem
from flint_domain.importing.model import ItemRecord, VariantRecord
from flint_domain.importing.naming import id_in
from flint_domain.importing.rows import RowOutcome, RowState
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.references import meant, same
from flint_domain.reactions.catalog.lookup import by_reference as item_by_reference
from flint_domain.unit_of_work.work import Work


def imported_item(work: Work, record: ItemRecord) -> RowOutcome:
    item_id = id_in(record.reference, "item")
    before = None if item_id is None else work.tx.item(item_id)
    before = before or item_by_reference(work.tx, record.reference, "reference")
    given = tuple(_matched(before, variant) for variant in record.variants)
    stock = work.tx.stock([variant.variant_id for variant in before.variants]) if before else {}
    saved = SaveItem(
        item_id=before.item_id if before else None,
        item_name=record.name,
        reference=None if before else record.reference,
        description=record.description,
        images=record.images,
        tax_category=record.tax_category,
        active=record.active,
        variants=tuple(variant.given for variant in given),
    ).change(work)
    after = work.tx.item(saved.item_id)
    assert after is not None, "it was saved just now"
    for variant in given:
        _count_first(work, after, variant)
    state: RowState = "made" if before is None else "changed"
    if before is not None and before.version == after.version:
        now = work.tx.stock([variant.variant_id for variant in after.variants])
        state = "unchanged" if now == stock else "changed"
    return RowOutcome(state=state, record_id=after.item_id)


def _matched(item: Item | None, record: VariantRecord) -> VariantRecord:
    """The record, with the id of the variant that it means where the SKU does not say: it was made from an id, or there
    is none and the options tell."""
    given = record.given
    if record.available is not None and given.tracked is None:
        given = replace(given, tracked=True)
    if record.available is not None and given.tracked is False:
        raise Refused(
            "invalid_argument",
            "A variant is not tracked, and has units that are available.",
            hint="leave available out, or track it",
            param="available",
        )
    variant = None if item is None else _variant_of(item, record)
    if variant is None:
        return replace(record, given=given)
    own = given.sku is not None and id_in(given.sku, "var") == variant.variant_id
    sku = None if own else given.sku
    return replace(record, given=replace(given, variant_id=variant.variant_id, sku=sku))


def _variant_of(item: Item, record: VariantRecord) -> Variant | None:
    given = record.given
    if given.variant_id is not None:
        return item.variant(given.variant_id)
    if given.sku:
        made_from = id_in(given.sku, "var")
        own = next((each for each in item.variants if made_from == each.variant_id), None)
        alike = [each for each in item.variants if same(each.sku, given.sku)]
        return own or meant(given.sku, alike, lambda each: each.sku or "", "variants")
    options = frozenset((name.casefold(), value.casefold()) for name, value in (given.options or {}).items())
    return next((each for each in item.variants if each.sku is None and each.combination == options), None)


def _count_first(work: Work, item: Item, record: VariantRecord) -> None:
    """Put the units into stock, unless they were ever counted: sales since then must not come back."""
    variant = _variant_of(item, record)
    if variant is None or not record.available or work.tx.stock_changes(variant.variant_id, 1):
        return
    work.tx.move_stock(
        StockChange(
            change_id=work.new_id("stk"),
            variant_id=variant.variant_id,
            available=record.available or Decimal(0),
            reason="counted",
            note="imported",
            actor=work.actor,
            at=work.tx.now,
        )
    )
