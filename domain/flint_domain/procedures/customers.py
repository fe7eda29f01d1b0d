"""Storing a customer."""

from dataclasses import replace

from flint_domain.customers.model import Customer
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.references import named
from flint_domain.unit_of_work.work import Work


def save_profile(work: Work, customer: Customer, *, new: bool = False) -> Customer:
    """Store what a rule made of a customer, one version up.

    Raises Refused("reference_taken").
    """
    stored = replace(customer, version=customer.version + 1, updated_at=work.tx.now)
    if not (work.tx.add_customer(stored) if new else work.tx.save_customer(stored)):
        raise Refused(
            "reference_taken",
            f"Another customer has the reference {named(customer.reference or '')}.",
            hint=f"get_customer with customerId {named(customer.reference or '')} reads that one: change it instead",
            param="reference",
        )
    return stored
