"""Where an order stands, derived from its money and never set by hand."""

from dataclasses import dataclass

from flint_domain.kernel.callers import NOBODYS, Setting
from flint_domain.order.fulfillment.counting import status as fulfillment_status
from flint_domain.order.fulfillment.model import FulfillmentStatus
from flint_domain.order.model import Order, OrderStatus, PaymentStatus, RefundStatus
from flint_domain.order.money import awaits_answer, payment_in_flight, settlement
from flint_domain.order.payments.model import Settlement
from flint_domain.order.pricing import Priced, price, priced_alike


@dataclass(frozen=True, slots=True)
class Standing:
    """An order with everything that follows from it, in the setting in which somebody looks at it: what guards, hints
    and views look at."""

    order: Order
    priced: Priced
    money: Settlement
    setting: Setting = NOBODYS

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
        return fulfillment_status(self.order)

    @property
    def needs_attention(self) -> bool:
        """A person should look: money is where it should not stay, or nobody can find out where it is."""
        if self.order.in_doubt or any(awaits_answer(payment) for payment in self.order.payments):
            return True
        if self.order.service_taxes is not None and self.order.service_taxes.needs_attention:
            return True
        return self.left_behind or self.money.overpaid > 0

    @property
    def left_behind(self) -> bool:
        """Whether money stayed where it should not be after a cancel."""
        remains = self.money.refundable > 0 or self.money.authorized > 0
        return remains and (self.order.ended == "canceled" or self.order.cancel_failed)

    @property
    def price_is_locked(self) -> bool:
        return self.money.authorized > 0 or self.money.paid > 0 or payment_in_flight(self.order) is not None


def standing(order: Order, setting: Setting = NOBODYS, *, was: Standing | None = None) -> Standing:
    """Where the order stands; was is where it stood before, whose price is taken if nothing of it has changed."""
    priced = was.priced if was is not None and priced_alike(order, was.order) else price(order)
    return Standing(order, priced, settlement(order, priced), setting)
