"""Why an action is not possible now, without looking at arguments.

Each guard answers None ("go ahead") or a Block. The hints that agents read and the refusals that commands raise both
come from here, so they cannot disagree.
"""

from dataclasses import replace

from flint_domain.kernel.guards import Block
from flint_domain.kernel.money import format_money
from flint_domain.order.fulfillment.counting import returnable, sent, unfulfilled, unsent
from flint_domain.order.lifecycle import Standing
from flint_domain.order.money import disputed, left_of, payment_in_flight, refundable_of
from flint_domain.order.payments.model import Payment, TransferKind, TransferState


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


def _amending(standing: Standing) -> Block | None:
    if standing.order.amending is None:
        return None
    return Block("order_amending", f"{standing.order.amending.amendment_id} waits for its money")


def _refunding(standing: Standing) -> Block | None:
    """A refund that nobody has heard of yet: whether its money and its goods are back decides about any change."""
    unheard = (TransferState.PLANNED, TransferState.UNKNOWN)
    refund = next((refund for refund in standing.order.refunds if refund.state in unheard), None)
    return None if refund is None else Block("payment_in_progress", f"{refund.refund_id} has no final answer yet")


def _locked(standing: Standing) -> Block | None:
    if standing.money.paid > 0:
        return Block("price_locked", "money has been captured", idle=True)
    if standing.money.authorized > 0:
        return Block("price_locked", "money is authorized", "void_payment")
    return None


def _settled_by_days(standing: Standing) -> Block | None:
    """What was used of a period is priced once and for all, and so is all that its order held then."""
    if not any(line.frozen for line in standing.order.lines):
        return None
    return Block("price_locked", "what was used of its period is settled", instead="change_subscription")


def details(standing: Standing) -> Block | None:
    """Changing note or metadata."""
    return _ended(standing)


def customer(standing: Standing) -> Block | None:
    """Changing whose order it is, which may decide about its taxes."""
    return _ended(standing) or _amending(standing)


def address(standing: Standing) -> Block | None:
    """Changing where an order goes."""
    blocked = _ended(standing) or _amending(standing)
    if blocked is None and standing.order.fulfillments and not unfulfilled(standing.order):
        return Block("order_fulfilled", "everything was handed over")
    return blocked


def reprice(standing: Standing) -> Block | None:
    """Changing lines, charges, tip, address or taxes."""
    blocked = _repriced(standing)
    if blocked is not None and blocked.code == "price_locked" and amend(standing) is None:
        return replace(blocked, instead="amend_order")
    return blocked


def _repriced(standing: Standing) -> Block | None:
    blocked = _ended(standing) or _in_flight(standing) or _locked(standing) or _settled_by_days(standing)
    if blocked is None and sent(standing.order):
        return Block("order_fulfilled", "units were handed over")
    return blocked


def apply_coupon(standing: Standing) -> Block | None:
    blocked = _repriced(standing)
    if blocked is None and (alone := next((c for c in standing.order.coupons if c.terms.exclusive), None)):
        return Block("coupon_not_stackable", f"{alone.code} allows no other coupon", "remove_coupon")
    return blocked


def remove_coupon(standing: Standing) -> Block | None:
    if not standing.order.coupons:
        return Block("coupon_not_applied", "no coupon is applied", "apply_coupon", idle=True)
    return _repriced(standing)


def pay(standing: Standing) -> Block | None:
    blocked = _ended(standing) or _in_flight(standing)
    if blocked:
        return blocked
    if standing.settled:
        return Block("nothing_to_pay", "the order is paid", idle=True)
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
    if blocked := _ended(standing):
        return blocked
    if blocked := _in_flight(standing):
        return replace(blocked, unblocked_by=None)  # calling the payment off leaves nothing to capture
    if any(map(capturable, standing.order.payments)):
        return None
    if any(payment.captured for payment in standing.order.payments):
        return Block("nothing_to_capture", "what was authorized has been captured or released", idle=True)
    by = "pay_order" if pay(standing) is None else None
    return Block("nothing_to_capture", "no payment is authorized", by, idle=True)


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
    if blocked := _amending(standing):
        return blocked
    if standing.money.paid == 0:
        by = "pay_order" if pay(standing) is None else "capture_payment" if capture(standing) is None else None
        return Block("nothing_to_refund", "nothing has been paid yet", by)
    if not any(left_of(standing.order, payment) > 0 for payment in standing.order.payments):
        return _disputed(standing) or Block("nothing_to_refund", "all that was paid has been refunded")
    return None


def _disputed(standing: Standing) -> Block | None:
    payment = disputed(standing.order)
    if payment is None:
        return None
    return Block("payment_disputed", f"{payment.payment_id} is disputed, and the bank decides about its money")


def _paid_elsewhere(standing: Standing) -> Block | None:
    """Money that Flint did not take in, and cannot give back the way it came."""
    if standing.money.elsewhere == 0:
        return None
    amount = format_money(standing.money.elsewhere, standing.order.currency)
    reason = f"{amount} was paid outside Flint, and can only go to store credit or a gift card (refundTo)"
    return Block("paid_elsewhere", reason, "create_refund")


def cancel(standing: Standing) -> Block | None:
    blocked = _ended(standing) or _in_flight(standing) or _amending(standing) or _disputed(standing)
    if blocked is None and sent(standing.order):
        if return_items(standing) is None:
            return Block("order_fulfilled", "units were handed over", instead="return_items")
        return Block("order_fulfilled", "units went out")
    return blocked or _paid_elsewhere(standing)


def close(standing: Standing) -> Block | None:
    blocked = _ended(standing) or _in_flight(standing) or _amending(standing)
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


def _unpaid(standing: Standing) -> Block | None:
    """Changes after payment need an order that is paid, with money that can still move."""
    blocked = _ended(standing) or _in_flight(standing) or _amending(standing) or _disputed(standing)
    if blocked := blocked or _refunding(standing):
        return blocked
    if not standing.settled:
        by = "pay_order" if pay(standing) is None else "capture_payment" if capture(standing) is None else None
        return Block("outstanding_remains", "the order is not paid in full", by, idle=True)
    return None


def amend(standing: Standing) -> Block | None:
    """Changing lines, charges, tip or address of a paid order, with the difference settled."""
    if blocked := _unpaid(standing) or _settled_by_days(standing):
        return blocked
    if standing.money.paid > 0 and standing.money.refundable == 0 and standing.money.elsewhere == 0:
        return Block("nothing_to_amend", "no money of it can move any more")
    if not unsent(standing.order):
        instead = "return_items" if returnable(standing.order) else None
        return Block("order_fulfilled", "everything was handed over", instead=instead)
    return None


def prorate(standing: Standing) -> Block | None:
    """Giving up what is left of a period in the middle of it: an unpaid order owes less then, a paid one gives back."""
    blocked = _ended(standing) or _in_flight(standing) or _amending(standing) or _disputed(standing)
    if blocked := blocked or _refunding(standing):
        return blocked
    if sent(standing.order):
        return Block("order_fulfilled", "goods of it were sent")
    if standing.money.authorized > 0:
        return Block("money_held", "money is authorized and not captured", "capture_payment")
    if standing.money.paid > standing.money.refunded and not standing.money.refundable + standing.money.elsewhere:
        return Block("payment_disputed", "a lost dispute took the money that would go back")
    return None


def fulfill(standing: Standing) -> Block | None:
    """Handing units over: a paid order, or one whose money is held. A hold that is being given up is no money."""
    blocked = _ended(standing) or _amending(standing) or (None if standing.settled else _in_flight(standing))
    if blocked:
        return blocked
    if standing.payment_status not in ("PAID", "AUTHORIZED"):
        by = "pay_order" if pay(standing) is None else None
        return Block("outstanding_remains", "the order is not paid", by, idle=True)
    if standing.money.refunded >= standing.money.paid > 0:
        return Block("nothing_to_fulfill", "all that was paid has been refunded", idle=True)
    if not unfulfilled(standing.order):
        return Block("nothing_to_fulfill", "no unit is left to hand over", idle=True)
    return None


def follow_up(standing: Standing) -> Block | None:
    """Marking a fulfillment as delivered, canceling it, adding tracking."""
    blocked = _ended(standing) or _amending(standing)
    if blocked is None and not any(fulfillment.state != "CANCELED" for fulfillment in standing.order.fulfillments):
        by = "fulfill_order" if fulfill(standing) is None else None
        return Block("nothing_to_fulfill", "nothing was handed over yet", by, idle=True)
    return blocked


def return_items(standing: Standing) -> Block | None:
    """Taking delivered units back, for money or for a replacement."""
    if blocked := _unpaid(standing):
        return blocked
    if not returnable(standing.order):
        if any(fulfillment.state == "FULFILLED" for fulfillment in standing.order.fulfillments):
            on_its_way = "what was sent has not arrived yet"
            return Block("nothing_to_return", on_its_way, "fulfill_order", idle=True)
        by = "fulfill_order" if sent(standing.order) or fulfill(standing) is None else None
        return Block("nothing_to_return", "no delivered unit is left to return", by, idle=True)
    if standing.money.paid > standing.money.refunded and not standing.money.refundable + standing.money.elsewhere:
        return Block("payment_disputed", "a lost dispute took the money that would go back")
    return None


def move_payment(standing: Standing) -> Block | None:
    """Letting another method pay what one has paid."""
    blocked = _ended(standing) or _in_flight(standing) or _amending(standing)
    if blocked is None and not any(refundable_of(standing.order, payment) > 0 for payment in standing.order.payments):
        return _disputed(standing) or Block("nothing_to_refund", "no payment has money to give back", idle=True)
    return blocked
