"""Import customers, items and past orders: many records in one transaction, each of them all or nothing.

A record is judged as a whole before anything of it is written, so that a bad one needs no rollback and costs the others
nothing. Sent again, a record changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from functools import cache, partial
from hashlib import sha256
from typing import Any, ClassVar, TypeVar

from pydantic import TypeAdapter

from flint_domain.catalog.model import Item, StockChange, Variant
from flint_domain.catalog.rules import line_name
from flint_domain.commands.catalog import SaveItem
from flint_domain.customers import rules as customers
from flint_domain.customers.model import Customer
from flint_domain.importing import rules
from flint_domain.importing.exporting import record_of
from flint_domain.importing.model import CustomerRecord, ItemRecord, OrderRecord, Rejected, VariantRecord
from flint_domain.importing.naming import id_in
from flint_domain.importing.rows import RowFault, RowOutcome, RowState
from flint_domain.importing.rules import CatalogLookup, Known
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.references import meant, named, same
from flint_domain.order.inputs import currency_of_new_order
from flint_domain.order.model import Change
from flint_domain.procedures.customers import save_profile
from flint_domain.reactions.catalog.lookup import by_reference as item_by_reference
from flint_domain.reactions.catalog.lookup import find
from flint_domain.reactions.customers import by_reference, customer_of, unerased
from flint_domain.reactions.order_references import order_by_reference
from flint_domain.saving import create
from flint_domain.unit_of_work.command import Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work

MOST_TOGETHER = 64  # records of one command: few enough that callers beside an import wait for milliseconds

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsRef(Ref):
    """What became of each record."""

    rows: tuple[RowOutcome, ...]


class _ShowsRows:
    """A command whose answer is what became of each of its records."""

    __slots__ = ()
    ref: ClassVar[type[Ref]] = RowsRef

    @staticmethod
    def show(tx: ReadTransaction, ref: RowsRef, caller: Caller) -> dict[str, Any]:
        return {"rows": [asdict(row) for row in ref.rows]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportCustomers(_ShowsRows):
    """Make customers, or bring those of the same reference up to date."""

    name: ClassVar[str] = "import_customers"
    records: tuple[CustomerRecord, ...]

    def change(self, work: Work) -> RowsRef:
        return _each(self.records, lambda record: _customer(work, record))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportItems(_ShowsRows):
    """Make items, or bring those of the same reference up to date; stock that was counted once stays as it is."""

    name: ClassVar[str] = "import_items"
    records: tuple[ItemRecord, ...]

    def change(self, work: Work) -> RowsRef:
        return _each(self.records, lambda record: _item(work, record))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOrders(_ShowsRows):
    """Add orders of the past. They are history: one that is there already is never changed, and no stock moves."""

    name: ClassVar[str] = "import_orders"
    records: tuple[OrderRecord, ...]

    def change(self, work: Work) -> RowsRef:
        known = cache(partial(_known, work.tx))
        return _each(self.records, lambda record: _order(work, record, known))


def _each(records: Sequence[Record], one: Callable[[Record], RowOutcome]) -> RowsRef:
    return RowsRef(rows=tuple(_outcome(record, one) for record in records))


def _outcome(record: Record, one: Callable[[Record], RowOutcome]) -> RowOutcome:
    try:
        return one(record)
    except Refused as refused:
        return _rejected((refused,))
    except Rejected as rejected:
        return _rejected(rejected.refusals)


def _rejected(refusals: Sequence[Refused]) -> RowOutcome:
    return RowOutcome(
        state="rejected",
        faults=tuple(
            RowFault(code=refused.code, message=refused.message, hint=refused.hint, param=refused.param)
            for refused in refusals
        ),
    )


# ── customers ──


def _customer(work: Work, record: CustomerRecord) -> RowOutcome:
    found = _present_customer(work.tx, record.reference)
    if found is not None:
        after = customers.saved(found, record.profile, work.tx.now)
        if after == found:
            return RowOutcome(state="unchanged", record_id=found.customer_id)
        save_profile(work, after)
        return RowOutcome(state="changed", record_id=found.customer_id)
    before = Customer(
        customer_id=work.new_id("cus"),
        merchant_id=work.tx.merchant_id,
        version=0,
        created_at=work.tx.now,
        updated_at=work.tx.now,
    )
    made = customers.saved(before, replace(record.profile, reference=record.reference), work.tx.now)
    save_profile(work, made, new=True)
    work.tx.move_coupon_uses(record.reference, made.customer_id)
    return RowOutcome(state="made", record_id=made.customer_id)


def _present_customer(tx: ReadTransaction, name: str) -> Customer | None:
    """The customer of this name.

    Raises Refused: "customer_merged" for one that another took over (a row about the one must not change the other),
    "customer_erased".
    """
    customer_id = id_in(name, "cus")
    found = None if customer_id is None else tx.customer(customer_id)
    found = found or by_reference(tx, name, "reference")
    if found is None:
        return None
    if customer_id != found.customer_id and not same(found.reference, name):
        raise Refused(
            "customer_merged",
            f"{named(name)} was merged into {found.customer_id}.",
            hint="leave the record out, or change the customer that took this one over",
            param="reference",
        )
    return unerased(found, "reference")


# ── items ──


def _item(work: Work, record: ItemRecord) -> RowOutcome:
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


# ── orders ──

_RECORD = TypeAdapter(OrderRecord)


def _order(work: Work, record: OrderRecord, known: CatalogLookup) -> RowOutcome:
    tx, digest = work.tx, sha256(b"import_order:" + _RECORD.dump_json(record, exclude_defaults=True)).hexdigest()
    order_id = id_in(record.reference, "ord")
    present = None if order_id is None else tx.order(order_id)
    present = present or order_by_reference(tx, record.reference)
    if present is not None:
        same = tx.look_alike_order(digest, present.created_at) == present.order_id or record == record_of(tx, present)
        if not same:
            raise Refused(
                "reference_taken",
                f"{present.order_id} has the reference {named(present.reference or '')} and was imported from, or made "
                "as, something else: history is not changed.",
                hint="correct the reference if this is another order; change the order itself with its tools",
                param="reference",
            )
        return RowOutcome(state="unchanged", record_id=present.order_id)
    prices = [line.unit_price for line in record.lines]
    customer = None if record.customer_id is None else _buyer(tx, record.customer_id)
    found = rules.imported(
        record,
        currency=record.currency or currency_of_new_order(prices, tx.currency),
        customer_id=record.customer_id if customer is None else customer.customer_id,
        merchant_id=tx.merchant_id,
        known=known,
        moment=work.moment,
    )
    change = Change(found.order, (rules.fact_of(found, record),))
    return RowOutcome(state="made", record_id=create(work, change, digest, found).order_id)


def _buyer(tx: ReadTransaction, name: str) -> Customer | None:
    """The customer of this name; None for a reference that Flint does not know (yet).

    Raises Refused: "not_found" for a cus_ id that nobody has, "customer_erased".
    """
    customer_id = id_in(name, "cus")
    found = None if customer_id is None else tx.customer(customer_id)
    return customer_of(tx, name) if found is None else unerased(found)


def _known(tx: ReadTransaction, name: str) -> Known | None:
    """What the catalog knows by this name, whether it is sold still or not."""
    found = None
    if (variant_id := id_in(name, "var")) is not None and (item := tx.item_of_variant(variant_id)) is not None:
        found = item, item.variant(variant_id)
    elif (item_id := id_in(name, "item")) is not None and (item := tx.item(item_id)) is not None:
        found = item, None
    else:
        found = find(tx, name)
    if found is None:
        return None
    item, variant = found
    if variant is None and len(item.variants) == 1:
        variant = item.variants[0]
    return Known(
        name=item.name if variant is None else line_name(item, variant),
        item_id=item.item_id,
        variant_id=variant.variant_id if variant else None,
        sku=variant.sku if variant else None,
        reference=item.reference,
        tax_category=item.tax_category,
    )
