"""What an order is found by, but for its customer's own words, which the store keeps beside these."""

from collections.abc import Iterator

from flint_domain.customers.finding import phone_words
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.words import as_one_word, stored
from flint_domain.order.model import Order


def words_of(order: Order) -> str:
    """Every word of the order itself: ids, numbers, names, notes and metadata."""
    return stored(_texts(order), codes=_codes(order))


def _texts(order: Order) -> Iterator[str | None]:
    named = order.customer_id
    yield as_one_word(named) if named is not None and is_id(named, "cus") else named
    yield from map(as_one_word, _ids(order))
    yield from (order.buyer_email, order.note, *order.metadata.values())
    yield from (coupon.code for coupon in order.coupons)
    address = order.shipping_address
    if address is not None:
        yield from address.words()
        yield from phone_words(address.phone or "")
    for line in order.lines:
        yield from (line.name, line.item_id, line.note, *(modifier.name for modifier in line.modifiers))
    yield from (charge.name for charge in order.charges)
    for payment in order.payments:
        yield from (payment.reference, None if payment.tender is None else str(payment.tender))


def _ids(order: Order) -> Iterator[str]:
    yield order.order_id
    yield from (payment.payment_id for payment in order.payments)
    yield from (refund.refund_id for refund in order.refunds)


def _codes(order: Order) -> Iterator[str | None]:
    yield order.reference
    if order.shipping_address is not None:
        yield order.shipping_address.postal_code
    for line in order.lines:
        yield from (line.sku, line.item_reference)
    yield from (parcel.tracking_number for parcel in order.fulfillments)
