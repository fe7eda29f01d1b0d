"""A payment and a refund, each on one line: in an order, beside it, and by themselves."""

from flint_tools.rendering.lines import amounts_of
from flint_tools.rendering.words import Facts, joined, labeled

_PAYMENT = (
    ("authorizedMoney", "authorized"),
    ("capturedMoney", "captured"),
    ("refundedMoney", "refunded"),
    ("refundableMoney", "refundable"),
)


def payment_line(payment: Facts) -> str:
    """`pi_… CAPTURED card visa 4242: 110.59, refundable 110.59`. Its summary says no more than that."""
    payment.take("summary")
    if payment.peek("status") == "CAPTURED" and payment.peek("capturedMoney") == payment.peek("amountMoney"):
        payment.take("capturedMoney")  # said by the amount of one that is CAPTURED
    tender, dispute = payment.object("tender"), payment.object("dispute")
    with_what = (tender.text("type"), tender.text("brand"), tender.text("last4"), tender.text("paymentMethodId"))
    head = joined((payment.text("paymentIntentId"), payment.text("status"), *with_what, tender.text("accountId")), " ")
    return joined(
        (
            f"{head}: {payment.money('amountMoney') or '0'}",
            tender.rest(),
            amounts_of(payment, _PAYMENT),
            payment.flag("elsewhere", "paid outside Flint"),
            joined((payment.text("declineCode"), payment.take("declineMessage", "")), " "),
            _may_be_retried(payment),
            labeled("the buyer approves at", payment.text("actionUrl")),
            labeled("disputed", joined((dispute.text("disputeId"), dispute.text("status"), dispute.rest()))),
            labeled("of", payment.text("orderId")),
            labeled("created", payment.text("createdAt")),
            payment.rest(),
        )
    )


def _may_be_retried(payment: Facts) -> str:
    retryable = payment.take("retryable")
    return "" if retryable is None else "may work later" if retryable else "will not work later"


def refund_line(refund: Facts) -> str:
    """`ref_… SUCCEEDED: 29.00 from pi_…, requested_by_customer`. Its summary says no more than that; that of a whole of
    several parts says what went where."""
    parts = list(refund.each("parts"))
    summary = refund.take("summary", "")
    lines = [_refunded(line) for line in refund.each("lines")]
    head = joined((refund.text("refundId"), refund.text("status")), " ")
    whence = labeled("from", refund.text("paymentIntentId"))
    return joined(
        (
            joined((summary if parts else "", f"{head}: {refund.money('amountMoney') or '0'}", whence), " "),
            labeled("to", refund.text("accountId")),
            labeled("tax in it", refund.money("taxMoney")),
            refund.text("reason"),
            labeled("note", refund.words("note")),
            labeled("failed:", refund.take("failureMessage", "")),
            labeled("for", joined(lines, " + ")),
            labeled("of", refund.text("orderId")),
            labeled("created", refund.text("createdAt")),
            refund.rest(),
            *(f"part {refund_line(part)}" for part in parts),
        )
    )


def _refunded(line: Facts) -> str:
    """What a line, a charge or the tip gets back."""
    of = line.text("lineItemId") or line.text("chargeId") or line.flag("tip", "the tip")
    units = line.take("quantity")
    tax = line.money("taxMoney")
    amount = line.money("amountMoney") or "0"
    head = f"{of} x{units} {amount}" if units is not None else f"{of} {amount}"
    return joined((f"{head} ({tax} of it tax)" if tax else head, line.rest()))
