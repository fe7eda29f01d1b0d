"""Where money that goes back may go: to what paid, to a gift card, to store credit, and nowhere else. Whose account it
may be needs to be looked up (see reactions.gift_cards.refund_accounts)."""

from dataclasses import dataclass

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.ids import is_id
from flint_domain.order.accounts import STORE_CREDIT, is_account
from flint_domain.order.model import Order
from flint_domain.order.money import left_of, refundable_of
from flint_domain.order.payments.model import Payment
from flint_domain.order.payments.rules import payment_of


@dataclass(frozen=True, slots=True)
class RefundDestination:
    """The payments that give the money, in this order, and the account that gets it (none: back to what paid)."""

    payments: tuple[Payment, ...]
    account: str | None = None

    def most_of(self, order: Order, payment: Payment) -> int:
        """What one of its payments can give, in minor units: an account may get what was taken elsewhere, too."""
        return refundable_of(order, payment) if self.account is None else left_of(order, payment)


def destination_of(order: Order, refund_to: str | None, payment_id: str | None = None) -> RefundDestination:
    """How money goes back when the caller names a payment, what paid, or an account; by itself, the newest first.

    payment_id, when given, is the only payment that gives it. An account is named by its id, or as the store credit
    that is opened with the refund. Raises Refused: "tender_never_paid" for a method that did not pay this order, and
    what speaks against a payment that is named.
    """
    account = refund_to if refund_to is not None and (is_account(refund_to) or refund_to == STORE_CREDIT) else None
    if payment_id is not None:
        payment = _named(order, payment_id, elsewhere=account is not None)
        if account is None and refund_to not in (None, payment_id, payment.source):
            raise Refused(
                "invalid_argument",
                f"Money of {payment_id} goes back to what paid it, and refundTo names something else.",
                hint='leave refundTo or paymentIntentId out, or send refundTo "store_credit" or a gift card',
                param="refundTo",
                order_id=order.order_id,
            )
        return RefundDestination((payment,), account)
    if refund_to is not None and is_id(refund_to, "pi"):
        return RefundDestination((_named(order, refund_to),))
    if account is not None:
        left = [payment for payment in reversed(order.payments) if left_of(order, payment) > 0]
        own = sorted(left, key=lambda payment: payment.source != account)
        return RefundDestination(tuple(own), account)
    newest_first = [payment for payment in reversed(order.payments) if refundable_of(order, payment) > 0]
    paid = [payment for payment in newest_first if refund_to in (None, payment.source)]
    if refund_to is not None and not paid:
        raise Refused(
            "tender_never_paid",
            f"What refundTo names did not pay {order.order_id}, or has all of its money back.",
            hint='leave refundTo out to give it back to what paid, or send "store_credit" or the id of a gift card',
            param="refundTo",
            order_id=order.order_id,
        )
    return RefundDestination(tuple(paid))


def _named(order: Order, payment_id: str, *, elsewhere: bool = False) -> Payment:
    """The payment that is named to give money back; elsewhere allows one that was taken outside Flint."""
    payment = payment_of(order, payment_id)
    if payment.dispute is not None and payment.dispute.holds_money:
        raise Refused(
            "payment_disputed",
            f"{payment_id} is disputed, and the bank decides about its money.",
            hint="answer the dispute at the processor, or leave paymentIntentId out to refund other payments",
            param="paymentIntentId",
            order_id=order.order_id,
        )
    if payment.elsewhere and not elsewhere:
        raise Refused(
            "paid_elsewhere",
            f"{payment_id} was paid outside Flint, which cannot give its money back.",
            hint='send refundTo "store_credit" or a gift card to give credit for it',
            param="paymentIntentId",
            order_id=order.order_id,
        )
    if left_of(order, payment) == 0:
        raise Refused(
            "nothing_to_refund",
            f"Nothing is left to refund on {payment_id}.",
            hint="leave paymentIntentId out to refund through the payments that have money left",
            param="paymentIntentId",
            order_id=order.order_id,
        )
    return payment


def most_back(order: Order, destination: RefundDestination) -> int:
    """What can go there, in minor units."""
    return sum(destination.most_of(order, payment) for payment in destination.payments)
