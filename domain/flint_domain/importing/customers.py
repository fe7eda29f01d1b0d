"""One customer of a file: made, brought up to date, or left as it is."""

from dataclasses import replace

from flint_domain.customers import rules as customers
from flint_domain.customers.model import Customer
from flint_domain.importing.model import CustomerRecord
from flint_domain.importing.naming import id_in
from flint_domain.importing.rows import RowOutcome
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.references import named, same
from flint_domain.procedures.customers import save_profile
from flint_domain.reactions.customers import by_reference, unerased
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work


def imported_customer(work: Work, record: CustomerRecord) -> RowOutcome:
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
