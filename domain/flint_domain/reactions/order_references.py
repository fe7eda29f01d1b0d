"""An order's own number, which the merchant gives: unique, and compared without case."""

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.references import differing, meant, named
from flint_domain.order.model import Order
from flint_domain.unit_of_work.ports import ReadTransaction


def order_by_reference(tx: ReadTransaction, reference: str) -> Order | None:
    """The order with this number."""
    return meant(reference, tx.orders_by_reference(reference), lambda order: order.reference or "", "reference")


def require_free(tx: ReadTransaction, reference: str) -> None:
    """Refuse a number that an order has, and one that nobody could tell from an id.

    Raises Refused: "reference_taken", "invalid_argument".
    """
    if is_id(reference, "ord"):
        raise Refused(
            "invalid_argument",
            f"The reference {reference} is spelled like an id of Flint's.",
            hint="reference is your own number of the order; Flint gives every order an id by itself",
            param="reference",
        )
    present = next(iter(tx.orders_by_reference(reference)), None)
    if present is not None:
        spelled = present.reference or ""
        raise Refused(
            "reference_taken",
            f"{present.order_id} has the reference {named(spelled)} already{differing(spelled, reference)}.",
            hint=f"get_order with orderId {present.order_id} reads that order: use it if it is the one that you mean, "
            "or give a number of its own",
            param="reference",
        )
