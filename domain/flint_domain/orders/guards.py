"""Why an action is not possible now, without looking at arguments.

Each guard answers None ("go ahead") or a Block. The hints that agents read and the refusals that commands raise both
come from here, so they cannot disagree.
"""

from flint_domain.kernel.guards import Block
from flint_domain.orders.lifecycle import Standing, disputed, payment_in_flight, refundable_of
from flint_domain.payments.model import Payment, TransferKind, TransferState


def _ended(standing: Standing) -> Block | None:
    order = standing.order
    if order.ended:
        return Block("order_ended", f"the order is {order.ended}")
    if order.canceling:
        return Block("order_canceling", "the order is being canceled")
    return None


def _in_flight(standing: Standing) -> Block | None:
    payment = payment_in_flight(standing.order)
    if payment is None:
        return None
    waits = payment.step is not None and payment.step.state is TransferState.REQUIRES_ACTION
    what = "waits for the buyer" if waits else "has no final answer yet"
    return Block("payment_in_progress", f"{payment.payment_id} {what}", "void_payment" if voidable(payment) else None)


def _locked(standing: Standing) -> Block | None:
    if standing.money.paid > 0:
        return Block("price_locked", "money has been captured", None)
    if standing.money.authorized > 0:
        return Block("price_locked", "money is authorized", "void_payment")
    return None


def details(standing: Standing) -> Block | None:
    """Changing the customer reference, note or metadata."""
    return _ended(standing)


def reprice(standing: Standing) -> Block | None:
    """Changing lines, charges, tip, discounts or taxes."""
    return _ended(standing) or _in_flight(standing) or _locked(standing)


def apply_coupon(standing: Standing) -> Block | None:
    blocked = reprice(standing)
    if blocked is None and (alone := next((c for c in standing.order.coupons if c.terms.exclusive), None)):
        return Block("coupon_not_stackable", f"{alone.code} allows no other coupon", "remove_coupon")
    return blocked


def remove_coupon(standing: Standing) -> Block | None:
    if not standing.order.coupons:
        return Block("coupon_not_applied", "no coupon is applied", "apply_coupon", idle=True)
    return reprice(standing)


def pay(standing: Standing) -> Block | None:
    blocked = _ended(standing) or _in_flight(standing)
    if blocked:
        return blocked
    if standing.settled:
        return Block("nothing_to_pay", "the order is paid")
    if standing.priced.total > 0 and chargeable(standing) == 0:
        return Block("nothing_to_pay", "all that is outstanding is authorized", "capture_payment")
    return None


def chargeable(standing: Standing) -> int:
    """What pay_order would charge: outstanding - authorized - in flight, in minor units."""
    return standing.money.outstanding - standing.money.authorized - standing.money.in_flight


def capturable(payment: Payment) -> bool:
    return payment.authorized > 0 and payment.step is None and payment.voiding is None


def voidable(payment: Payment) -> bool:
    """Authorized, or still waiting for the buyer."""
    if payment.voiding is not None:
        return False
    if payment.step is None:
        return payment.authorized > 0
    return payment.step.kind is not TransferKind.CAPTURE and payment.step.state is TransferState.REQUIRES_ACTION


def capture(standing: Standing) -> Block | None:
    blocked = _ended(standing) or _in_flight(standing)
    if blocked:
        return blocked
    if not any(map(capturable, standing.order.payments)):
        by = "pay_order" if pay(standing) is None else None
        return Block("nothing_to_capture", "no payment is authorized", by, idle=True)
    return None


def void(standing: Standing) -> Block | None:
    blocked = _ended(standing)
    if blocked:
        return blocked
    if any(map(voidable, standing.order.payments)):
        return None
    nothing = Block("nothing_to_void", "no payment is authorized or waits for the buyer", idle=True)
    return _in_flight(standing) or nothing


def refund(standing: Standing) -> Block | None:
    if standing.order.canceling:
        return _ended(standing)
    if standing.money.paid == 0:
        by = "pay_order" if pay(standing) is None else "capture_payment" if capture(standing) is None else None
        return Block("nothing_to_refund", "nothing has been paid yet", by)
    if not any(refundable_of(standing.order, payment) > 0 for payment in standing.order.payments):
        if blocked := _disputed(standing):
            return blocked
        return Block("nothing_to_refund", "all that was paid has been refunded")
    return None


def _disputed(standing: Standing) -> Block | None:
    payment = disputed(standing.order)
    if payment is None:
        return None
    return Block("payment_disputed", f"{payment.payment_id} is disputed, and the bank decides about its money")


def cancel(standing: Standing) -> Block | None:
    return _ended(standing) or _in_flight(standing) or _disputed(standing)


def close(standing: Standing) -> Block | None:
    blocked = _ended(standing) or _in_flight(standing)
    if blocked:
        return blocked
    if standing.money.authorized > 0:
        return Block("money_held", "money is authorized and not captured", "capture_payment")
    if blocked := _disputed(standing):
        return blocked
    if standing.money.outstanding > 0:
        return Block("outstanding_remains", "the order is not paid in full", "pay_order", idle=True)
    if not standing.settled:
        return Block("outstanding_remains", "the zero total has not been settled", "pay_order")
    return None
