"""What of an order is stored beside its body, to be looked up and listed."""

from flint_domain.order.lifecycle import Standing
from flint_domain.unit_of_work.order_words import words_of
from flint_domain.unit_of_work.ports import OrderColumns


def columns_of(found: Standing) -> OrderColumns:
    """What of an order is stored beside its body, to be looked up and listed."""
    order = found.order
    return OrderColumns(
        status=found.status,
        payment_status=found.payment_status,
        fulfillment_status=found.fulfillment_status,
        total=found.priced.total,
        outstanding=found.money.outstanding,
        paid=found.money.paid,
        refunded=found.money.refunded,
        reserved_until=order.reserved_until if any(held.reserved for held in order.stock) else None,
        needs_attention=found.needs_attention,
        text=words_of(order),
    )
