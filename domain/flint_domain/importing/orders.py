"""One order of the past: added, or there already. It is history, and never changed."""

from hashlib import sha256

from pydantic import TypeAdapter

from flint_domain.catalog.rules import line_name
from flint_domain.customers.model import Customer
from flint_domain.importing import rules
from flint_domain.importing.exporting import record_of
from flint_domain.importing.model import OrderRecord
from flint_domain.importing.naming import id_in
from flint_domain.importing.rows import RowOutcome
from flint_domain.importing.rules import CatalogLookup, Known
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.references import named
from flint_domain.order.inputs import currency_of_new_order
from flint_domain.order.model import Change
from flint_domain.reactions.catalog.lookup import find
from flint_domain.reactions.customers import customer_of, unerased
from flint_domain.reactions.order_references import order_by_reference
from flint_domain.saving import create
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work

_RECORD = TypeAdapter(OrderRecord)


def imported_order(work: Work, record: OrderRecord, known: CatalogLookup) -> RowOutcome:
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


def known_in(tx: ReadTransaction, name: str) -> Known | None:
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
