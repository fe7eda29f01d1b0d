"""Where an order stands, derived from its money and never set by hand."""

from dataclasses import dataclass

from flint_domain.fulfillment.counting import status as status_of_units
from flint_domain.fulfillment.model import FulfillmentStatus
from flint_domain.orders.model import Order, OrderStatus, PaymentStatus, RefundStatus
from flint_domain.orders.pricing import Priced, price
from flint_domain.payments.model import Payment, Settlement, TransferKind, TransferState


@dataclass(frozen=True, slots=True)
class Standing:
    """An order with everything that follows from it: what guards, hints and views look at."""

    order: Order
    priced: Priced
    money: Settlement

    @property
    def status(self) -> OrderStatus:
        match self.order.ended:
            case "canceled":
                return "CANCELED"
            case "closed":
                return "CLOSED"
            case None:
                pass
        if self.money.paid > 0 and self.money.refunded == self.money.paid:
            return "REFUNDED"
        if self.money.refunded > 0:
            return "PARTIALLY_REFUNDED"
        return "PAID" if self.settled else "OPEN"

    @property
    def settled(self) -> bool:
        """Nothing is outstanding, and somebody said so: money arrived, or pay_order settled a zero total."""
        return self.money.outstanding == 0 and (self.money.paid > 0 or self.order.settled_free)

    @property
    def payment_status(self) -> PaymentStatus:
        if self.settled:
            return "PAID"
        if self.money.paid > 0:
            return "PARTIALLY_PAID"
        if self.money.authorized > 0 and self.money.authorized >= self.money.outstanding:
            return "AUTHORIZED"
        return "UNPAID"

    @property
    def refund_status(self) -> RefundStatus:
        if self.money.refunded == 0:
            return "NONE"
        return "FULL" if self.money.refunded == self.money.paid else "PARTIAL"

    @property
    def fulfillment_status(self) -> FulfillmentStatus:
        return status_of_units(self.order.lines, self.order.fulfillments)

    @property
    def needs_attention(self) -> bool:
        """A person should look: money is where it should not stay, or nobody can find out where it is."""
        if self.order.in_doubt or any(awaits_answer(payment) for payment in self.order.payments):
            return True
        return self.left_behind

    @property
    def left_behind(self) -> bool:
        """Whether money stayed where it should not be after a cancel."""
        remains = self.money.refundable > 0 or self.money.authorized > 0
        return remains and (self.order.ended == "canceled" or self.order.cancel_failed)

    @property
    def price_is_locked(self) -> bool:
        return self.money.authorized > 0 or self.money.paid > 0 or payment_in_flight(self.order) is not None


def standing(order: Order) -> Standing:
    priced = price(order)
    return Standing(order, priced, settlement(order, priced.total))


def settlement(order: Order, total: int) -> Settlement:
    """The order's money in minor units; see Settlement for what each amount means."""
    paid = sum(payment.captured for payment in order.payments)
    refunded = sum(refund.amount for refund in order.refunds if refund.counts)
    pending = sum(
        refund.amount for refund in order.refunds if refund.counts and refund.state is not TransferState.SUCCEEDED
    )
    return Settlement(
        authorized=sum(payment.authorized for payment in order.payments),
        paid=paid,
        refunded=refunded,
        pending_refund=pending,
        outstanding=total - paid,
        refundable=sum(refundable_of(order, payment) for payment in order.payments),
        in_flight=sum(reserved(payment) for payment in order.payments),
    )


def reserved(payment: Payment) -> int:
    """What a payment's open charge or authorization may still bring in."""
    step = payment.step
    return step.amount if step is not None and step.kind is not TransferKind.CAPTURE else 0


def payment_in_flight(order: Order) -> Payment | None:
    """The first payment without a final answer. A refund is no such payment: refunds may run side by side."""
    return next((payment for payment in order.payments if payment.step or payment.voiding), None)


def awaits_answer(payment: Payment) -> bool:
    """Whether the payment is disputed and nobody has answered the bank yet."""
    return payment.dispute is not None and payment.dispute.status == "needs_response"


def disputed(order: Order) -> Payment | None:
    """The first payment whose money an open dispute holds."""
    return next((p for p in order.payments if p.dispute and p.dispute.holds_money and p.dispute.status != "lost"), None)


def refundable_of(order: Order, payment: Payment) -> int:
    """What can still go back through this payment, in minor units; nothing while a dispute holds its money."""
    if payment.dispute is not None and payment.dispute.holds_money:
        return 0
    back = sum(r.amount for r in order.refunds if r.payment_id == payment.payment_id and r.counts)
    return payment.captured - back
