"""The order that a payment belongs to."""

from flint_domain.order.model import Order
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import not_found


def order_with(tx: ReadTransaction, payment_id: str) -> Order:
    """The order that a payment belongs to.

    Raises Refused("not_found").
    """
    order = tx.order_of_payment(payment_id)
    if order is None:
        raise not_found("payment", payment_id, "paymentIntentId", "paymentIntentIds of the order lists its payments")
    return order
