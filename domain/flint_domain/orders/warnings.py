"""What a caller should know about an order's present state, in words, derived like the status."""

from collections.abc import Iterator

from flint_domain.kernel.money import format_money
from flint_domain.orders.lifecycle import Standing
from flint_domain.orders.pricing import describe_missing
from flint_domain.payments.model import TransferState


def warnings(standing: Standing) -> Iterator[str]:
    """Coupons that give nothing, answers that are missing, captures and refunds that failed, cancels that did."""
    order, currency = standing.order, standing.order.currency
    for discount in standing.priced.discounts:
        if discount.missing:
            yield f"{discount.discount.name} gives nothing yet: {describe_missing(discount, currency)}"
        elif discount.amount == 0:
            yield f"{discount.discount.name} gives nothing on these items"
    for payment in order.payments:
        open_step = payment.voiding or payment.step
        if open_step and open_step.state is TransferState.UNKNOWN:
            yield (
                f"the processor's answer for {payment.payment_id} is not known: send the same idempotencyKey again, "
                "or read the order"
            )
        if payment.step and payment.step.state is TransferState.REQUIRES_ACTION:
            yield f"{payment.payment_id} waits for the buyer: send them to its actionUrl"
        if payment.authorized and payment.decline:
            yield (
                f"the last capture or void of {payment.payment_id} failed ({payment.decline.message}); its "
                f"{format_money(payment.authorized, currency)} may still be held: capture or void it again"
            )
    for refund in order.refunds:
        amount = format_money(refund.amount, currency)
        if refund.state is TransferState.UNKNOWN:
            yield f"whether {refund.refund_id} ({amount}) went through is not known: read the order again"
        elif not refund.counts and standing.money.refundable:
            why = f" ({refund.decline.message})" if refund.decline else ""
            yield f"{refund.refund_id} ({amount}) failed{why}: the money is refundable again"
    for transfer_id in order.in_doubt:
        yield f"what became of {transfer_id} cannot be found out: a person has to look at the processor"
    if standing.needs_attention and not order.in_doubt:
        yield "money stayed behind when the order was canceled: see availableActions"
