"""What of an order is stored beside its body, to be looked up and listed."""

from collections.abc import Iterator

from flint_domain.orders.lifecycle import Standing
from flint_domain.orders.model import Order
from flint_domain.ports import OrderColumns


def columns_of(found: Standing) -> OrderColumns:
    """What of an order is stored beside its body, to be looked up and listed."""
    order = found.order
    words = [
        order.order_id,
        order.reference,
        order.customer_id,
        order.buyer_email,
        order.note,
        *order.metadata.values(),
        *(coupon.code for coupon in order.coupons),
        *(order.shipping_address.words() if order.shipping_address else ()),
        *(word for line in order.lines for word in (line.name, line.item_id, line.item_reference, line.sku, line.note)),
        *(parcel.tracking_number for parcel in order.fulfillments),
        *(modifier.name for line in order.lines for modifier in line.modifiers),
        *(charge.name for charge in order.charges),
        *_taken_elsewhere(order),
    ]
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
        text="\n".join(dict.fromkeys(word for word in words if word)),
    )


def _taken_elsewhere(order: Order) -> Iterator[str | None]:
    """The names of payments and refunds that no transfer brought, and by which they could not be found otherwise."""
    for payment in order.payments:
        if payment.elsewhere:
            yield from (payment.payment_id, payment.reference)
    yield from (refund.refund_id for refund in order.refunds if not refund.transfer_id)
