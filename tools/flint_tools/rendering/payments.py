"""A payment and a refund, each on one line: in an order, beside it, and by themselves."""

from collections.abc import Iterator

from flint_tools.rendering.lines import amounts_of
from flint_tools.rendering.words import Facts, joined, labeled

_PAYMENT = (
    ("authorizedMoney", "authorized"),
    ("capturedMoney", "captured"),
    ("releasedMoney", "released"),
    ("refundedMoney", "refunded"),
    ("movedMoney", "of it because another method has paid"),
    ("refundableMoney", "refundable"),
)


def payment_line(payment: Facts) -> str:
    """`pi_… CAPTURED card visa 4242: 110.59, refundable 110.59`; one with a summary says that instead."""
    summary, amount, captured = payment.take("summary"), payment.peek("amountMoney"), payment.peek("capturedMoney")
    if payment.peek("status") == "CAPTURED" and captured == amount:
        payment.take("capturedMoney")  # said by the amount of one that is CAPTURED
    tender, dispute = payment.object("tender"), payment.object("dispute")
    payment_id, state, money = payment.id("paymentIntentId"), payment.text("status"), payment.money("amountMoney")
    means = joined((tender.text("type"), tender.text("brand"), tender.text("last4")), " ")
    told = f"{payment_id}: {_sentence(summary)}" if summary else ""
    why = payment.take("declineMessage", "")
    return joined(
        (
            *(_said_once(told, state, money) if told else (_head(payment_id, state, means, money),)),
            labeled("with", joined((tender.text("paymentMethodId"), tender.text("accountId"), tender.rest()))),
            amounts_of(payment, _PAYMENT),
            payment.flag("elsewhere", "paid outside Flint"),
            joined((payment.text("declineCode"), "" if _sentence(why) in told else why), " "),
            _may_be_retried(payment),
            labeled("the buyer approves at", payment.text("actionUrl")),
            labeled("disputed", joined((dispute.text("disputeId"), dispute.text("status"), dispute.rest()))),
            labeled("of", payment.text("orderId")),
            labeled("created", payment.text("createdAt")),
            payment.rest(),
        )
    )


def _head(record_id: str, state: str, means: str, money: str) -> str:
    return f"{joined((record_id, state, means), ' ')}: {money or '0'}"


def _said_once(told: str, *facts: str) -> Iterator[str]:
    """A summary, and those of the facts that are not among its words."""
    yield told
    yield from (fact for fact in facts if fact not in told)


def _sentence(words: str) -> str:
    """Words that others follow on the same line."""
    return words.rstrip(".")


def _may_be_retried(payment: Facts) -> str:
    retryable = payment.take("retryable")
    return "" if retryable is None else "may work later" if retryable else "will not work later"


def refund_line(refund: Facts) -> str:
    """`ref_… SUCCEEDED: 29.00 from pi_…, requested_by_customer`; one with a summary says that instead."""
    summary, parts = refund.take("summary"), list(refund.each("parts"))
    refund_id, state, money = refund.id("refundId"), refund.text("status"), refund.money("amountMoney")
    payment_id, account_id = refund.text("paymentIntentId"), refund.text("accountId")
    told = joined((refund_id, _sentence(summary)), ": ") if summary else ""
    lines = [refunded_part(line) for line in refund.each("lines")]
    return joined(
        (
            *(_said_once(told, state, money) if told else (_head(refund_id, state, "", money),)),
            labeled("from", "" if payment_id in told else payment_id),
            labeled("to", "" if account_id in told else account_id),
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


def refunded_part(line: Facts) -> str:
    """What a line, a charge or the tip gets back."""
    of = line.text("lineItemId") or line.text("chargeId") or line.flag("tip", "the tip")
    units = line.take("quantity")
    tax = line.money("taxMoney")
    amount = line.money("amountMoney") or "0"
    head = joined((of, "" if units is None else f"x{units}", amount), " ")
    return joined((f"{head} ({tax} of it tax)" if tax else head, line.rest()))
