"""What the processor's answers make of a refund. Whether an answer counts at all is decided before
(see flint_domain.settling.moves)."""

from dataclasses import replace
from decimal import Decimal

from flint_domain.order.lifecycle import standing
from flint_domain.order.lines import Line
from flint_domain.order.model import Change, Order
from flint_domain.order.payments.model import Outcome, Transfer, TransferState
from flint_domain.order.refunds.model import Refund
from flint_domain.order.refunds.rules import fact_of, refund_of

_ANSWERS = {
    TransferState.SUCCEEDED: ("REFUND_SUCCEEDED", "Refunded {money}"),
    TransferState.DECLINED: ("REFUND_FAILED", "Refund of {money} failed; the money is refundable again"),
    TransferState.PENDING: ("REFUND_PENDING", "Refund of {money} is on its way"),
    TransferState.UNKNOWN: ("REFUND_UNKNOWN", "The processor's answer for a refund of {money} is not known yet"),
    TransferState.REQUIRES_ACTION: ("REFUND_PENDING", "Refund of {money} is on its way"),
}


def settle(order: Order, transfer: Transfer, outcome: Outcome) -> Change:
    """What the processor's answer makes of a refund; a failure may come after a success."""
    refund_id = transfer.refund_id or ""
    before = refund_of(order, refund_id)
    after = replace(
        before,
        state=outcome.state,
        reference=outcome.reference or before.reference,
        decline=outcome.decline if outcome.state is TransferState.DECLINED else None,
    )
    kind, text = _ANSWERS[outcome.state]
    refunds = tuple(after if refund.refund_id == refund_id else refund for refund in order.refunds)
    lines = order.lines
    if outcome.state in _THROUGH and before.state not in _THROUGH:
        lines = tuple(_restocked(line, after) for line in order.lines)
    settled = replace(order, refunds=refunds, lines=lines)
    if outcome.state is TransferState.DECLINED and order.amendments:
        settled = _not_reopened(order, settled)
    return Change(settled, (fact_of(kind, text, order, after),))


def _not_reopened(before: Order, after: Order) -> Order:
    """A refund that fails after its line was repriced must not make anything owing again: what it would is waived."""
    owed = standing(before).money.outstanding
    return replace(after, waived=max(0, standing(replace(after, waived=0)).money.outstanding - owed))


_THROUGH = (TransferState.SUCCEEDED, TransferState.PENDING)


def _restocked(line: Line, refund: Refund) -> Line:
    """The line with the units that go back into stock with this refund; they stay there if it fails later."""
    units = sum((part.restock for part in refund.parts if part.of == line.line_id), Decimal(0))
    return replace(line, restocked=min(line.quantity, line.restocked + units)) if units else line
