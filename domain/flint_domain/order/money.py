"""Where an order's money stands: what was paid, what went back and for what, what is outstanding, what can go back."""

from collections.abc import Sequence

from flint_domain.kernel.money import share_of
from flint_domain.order.lines import Line
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Payment, Settlement, TransferKind, TransferState
from flint_domain.order.pricing import Priced
from flint_domain.order.refunds.model import DIFFERENCE, MOVED, TIP, RefundPart


def settlement(order: Order, priced: Priced) -> Settlement:
    """The order's money in minor units; see Settlement for what each amount means."""
    counting = [refund for refund in order.refunds if refund.counts]
    moved = sum(refund.amount_of(MOVED) for refund in counting)
    paid = sum(payment.captured for payment in order.payments) - moved
    # What an amendment under way gives back belongs to the order that it will make, not to the present one.
    waiting = (*order.amending.awaited, *order.amending.moved) if order.amending else ()
    in_transit = sum(refund.amount_of(DIFFERENCE) for refund in counting if refund.transfer_id in waiting)
    refunded = sum(refund.amount for refund in counting) - moved
    due = priced.total - paid + refunded - in_transit - sum(given_back(order, priced).values()) - order.waived
    pending = (refund for refund in counting if refund.state is not TransferState.SUCCEEDED)
    return Settlement(
        authorized=sum(payment.authorized for payment in order.payments),
        paid=paid,
        refunded=refunded,
        pending_refund=sum(refund.amount - refund.amount_of(MOVED) for refund in pending),
        outstanding=max(0, due),
        overpaid=max(0, -due),
        refundable=sum(refundable_of(order, payment) for payment in order.payments),
        in_flight=sum(reserved(payment) for payment in order.payments),
        elsewhere=sum(left_of(order, payment) for payment in order.payments if payment.elsewhere),
    )


def parts_back(order: Order) -> dict[str, list[RefundPart]]:
    """By line, charge and tip: what went back for it, or was set off against its replacement."""
    refunded = (part for refund in order.refunds if refund.counts for part in refund.parts)
    set_off = (part for returned in order.returns for part in returned.credits)
    by_item: dict[str, list[RefundPart]] = {}
    for part in (*refunded, *set_off):
        by_item.setdefault(part.of, []).append(part)
    return by_item


def kept_back(order: Order) -> dict[str, int]:
    """By line: what was kept of the money for units that came back, in minor units."""
    kept: dict[str, int] = {}
    for returned in order.returns:
        for line in returned.kept.lines if returned.kept else ():
            kept[line.line_id] = kept.get(line.line_id, 0) + line.amount
    return kept


def given_back(order: Order, priced: Priced) -> dict[str, int]:
    """What went back for each line, charge and the tip that the order still has, in minor units: the buyer owes it no
    more. For an order that was never amended this is all that was refunded.

    Units that went back are worth what such units cost now, so that an amendment neither charges for them nor pays for
    them again. An amount that went back for units that are gone is gone with them. It is never more than the item costs
    now; what is beyond that counts for the line's replacements, which come after it.
    """
    back = parts_back(order)
    if not back:
        return {}
    lines = {line.line_id: line for line in order.lines}
    beyond: dict[str, int] = {}
    given: dict[str, int] = {}
    for item_id, cost in (*((item.id, item.total) for item in (*priced.lines, *priced.charges)), (TIP, order.tip)):
        line, origin = lines.get(item_id), item_id
        while origin in lines and (replaced := lines[origin].replaces):
            origin = replaced
        parts = back.get(item_id, [])
        if line is None:
            went_back = sum(part.amount for part in parts)
        else:
            went_back = cost if _is_all_back(parts, line) else sum(_worth(part, line, cost) for part in parts)
        went_back += beyond.get(origin, 0)
        given[item_id] = min(went_back, cost)
        beyond[origin] = went_back - given[item_id]
    return given


def _is_all_back(parts: Sequence[RefundPart], line: Line) -> bool:
    """Whether everything went back for every unit of a line, at what it cost then."""
    units = sum(part.quantity or 0 for part in parts)
    cost_then = max((part.of_total or 0 for part in parts), default=0)
    return 0 < line.priced_quantity <= units and sum(part.amount for part in parts) >= cost_then > 0


def _worth(part: RefundPart, line: Line, cost: int) -> int:
    """What a part that went back for a line is worth at the line's present cost and quantity, in minor units."""
    units = line.priced_quantity
    if part.of_quantity is None or part.of_total == 0 or not units:
        return part.amount
    if part.of_total is None:
        fewer = units < part.of_quantity and not line.exchanged
        return share_of(part.amount, units, part.of_quantity) if fewer else part.amount
    as_then = part.of_total * units == cost * part.of_quantity
    return part.amount if as_then else share_of(part.amount * cost, part.of_quantity, units * part.of_total)


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
    """What can still go back through this payment, in minor units; nothing of one that was taken elsewhere."""
    return 0 if payment.elsewhere else left_of(order, payment)


def left_of(order: Order, payment: Payment) -> int:
    """What of this payment has not gone back, in minor units: a gift card or store credit can still get it. Nothing
    while a dispute holds its money."""
    if payment.dispute is not None and payment.dispute.holds_money:
        return 0
    back = sum(r.amount for r in order.refunds if r.payment_id == payment.payment_id and r.counts)
    return payment.captured - back
