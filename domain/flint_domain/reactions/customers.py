"""A customer on an order: by Flint's id, or by the merchant's own reference."""

from flint_domain.customers.finding import spelling
from flint_domain.customers.model import Customer
from flint_domain.customers.ports import CustomerReads
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.references import meant, named, told_apart
from flint_domain.order.model import Order
from flint_domain.unit_of_work.ports import ReadTransaction


def known(tx: ReadTransaction, customer_id: str | None) -> Customer | None:
    """The customer with this id or reference, or the one that it was merged into."""
    if customer_id is None:
        return None
    if is_id(customer_id, "cus"):
        return tx.customer(customer_id)
    return by_reference(tx, customer_id, "customerId")


def buyer_of(tx: CustomerReads, order: Order) -> Customer | None:
    """The customer that a stored order names, erased or not.

    What an order of an older file spells as none of several twins does is nobody's, and stays as it is: whoever reads
    the order, exports it or pays it cannot spell it in another way.
    """
    named_by = order.customer_id
    if named_by is None:
        return None
    if is_id(named_by, "cus"):
        return tx.customer(named_by)
    return told_apart(named_by, tx.customers_by_reference(named_by), lambda customer: spelling(customer, named_by))


def by_reference(tx: CustomerReads, reference: str, param: str) -> Customer | None:
    """The customer with this id of the merchant's own, or who took over whoever had it."""
    return meant(reference, tx.customers_by_reference(reference), lambda customer: spelling(customer, reference), param)


def customer_of(tx: ReadTransaction, customer_id: str | None) -> Customer | None:
    """The customer behind an order's customerId: none for an order without one, or with a reference that is only the
    merchant's own.

    Raises Refused: "not_found" for a cus_ id that nobody has, "customer_erased".
    """
    customer = known(tx, customer_id)
    if customer is not None:
        return unerased(customer)
    if customer_id is not None and is_id(customer_id, "cus"):
        raise no_customer(customer_id)
    return None


def nobody(customer_id: str | None, customer: Customer | None) -> tuple[str, ...]:
    """A warning of an order's customerId that is nobody's, and reads like a name or an e-mail address rather than like
    a reference of a customer that the merchant keeps elsewhere."""
    if not customer_id or customer is not None or _reads_like_a_reference(customer_id):
        return ()
    return (
        f"customerId {named(customer_id)} is no id or reference of a customer that Flint knows: the order keeps it as "
        "it stands, with no profile behind it; if a person is meant, give update_order the cus_ id that "
        "search_customers finds",
    )


def _reads_like_a_reference(customer_id: str) -> bool:
    """One plain word with a digit in it: nobody is called so."""
    return named(customer_id) == customer_id and any(character.isdigit() for character in customer_id)


def customer_named(tx: ReadTransaction, customer_id: str, param: str = "customerId") -> Customer:
    """The customer with this id or reference, erased or not.

    Raises Refused("not_found").
    """
    customer = known(tx, customer_id)
    if customer is None:
        raise no_customer(customer_id, param)
    return customer


def unerased(customer: Customer, param: str = "customerId") -> Customer:
    """The customer itself.

    Raises Refused("customer_erased").
    """
    if customer.erased_at is not None:
        raise Refused(
            "customer_erased",
            f"The personal data of {customer.customer_id} was erased.",
            hint="save the person as a new customer with save_customer",
            param=param,
        )
    return customer


def no_customer(customer_id: str, param: str = "customerId") -> Refused:
    """The refusal for an id or reference that no customer has."""
    return Refused(
        "not_found",
        f"There is no customer {named(customer_id)}.",
        hint="search_customers finds customers by name, e-mail, phone or postcode",
        param=param,
    )


def counted_for(tx: CustomerReads, order: Order) -> str | None:
    """The id that a use of a coupon is counted for: an order may name its customer by another one, for example by that
    of a customer who was merged since."""
    customer = buyer_of(tx, order)
    return order.customer_id if customer is None else customer.customer_id
