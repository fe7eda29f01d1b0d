"""Where the money of a cheaper order may go: to what paid, to a gift card, to store credit, and nowhere else."""

from dataclasses import dataclass

from flint_domain.credit.model import is_account
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.ids import is_id
from flint_domain.orders.lifecycle import left_of, refundable_of
from flint_domain.orders.model import Order
from flint_domain.payments.model import Payment
from flint_domain.refunds.rules import payments_to_refund


@dataclass(frozen=True, slots=True)
class WayBack:
    """The payments that give the money, in this order, and the account that gets it (none: back to what paid)."""

    payments: tuple[Payment, ...]
    destination: str | None = None

    def most_of(self, order: Order, payment: Payment) -> int:
        """What one of its payments can give, in minor units: an account may get what was taken elsewhere, too."""
        return refundable_of(order, payment) if self.destination is None else left_of(order, payment)


def way_back(order: Order, refund_to: str | None) -> WayBack:
    """How money goes back when the caller names a payment, what paid, or an account; by itself, the newest first.

    Raises Refused: "tender_never_paid" for a method that did not pay this order.
    """
    newest_first = payments_to_refund(order, None)
    if refund_to is None:
        return WayBack(tuple(newest_first))
    if is_id(refund_to, "pi"):
        return WayBack(tuple(payments_to_refund(order, refund_to)))
    if is_account(refund_to):
        left = [payment for payment in reversed(order.payments) if left_of(order, payment) > 0]
        own = sorted(left, key=lambda payment: payment.source != refund_to)
        return WayBack(tuple(own), refund_to)
    paid = [payment for payment in newest_first if payment.source == refund_to]
    if not paid:
        raise Refused(
            "tender_never_paid",
            f"What refundTo names did not pay {order.order_id}, or has all of its money back.",
            hint='leave refundTo out to give it back to what paid, or send "store_credit" or the id of a gift card',
            param="refundTo",
            order_id=order.order_id,
        )
    return WayBack(tuple(paid))


def most_back(order: Order, way: WayBack) -> int:
    """What can go this way, in minor units."""
    return sum(way.most_of(order, payment) for payment in way.payments)
