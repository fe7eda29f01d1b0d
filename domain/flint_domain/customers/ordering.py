"""A customer on an order."""

from flint_domain.customers.model import Customer
from flint_domain.ports import ReadTransaction


def customer_of(tx: ReadTransaction, customer_id: str | None) -> Customer | None:
    """The customer behind an order's customerId: none for an order without one, or with a reference that is only the
    merchant's own.

    Raises Refused: "not_found" for a cus_ id that nobody has, "customer_erased".
    """
    return None
