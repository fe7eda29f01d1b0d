"""Refunded units that go back into stock, once the refund is through."""

from dataclasses import replace
from decimal import Decimal

from flint_domain.kernel.errors import Refused
from flint_domain.order.lines import Line
from flint_domain.order.model import Change, Order
from flint_domain.order.refunds.model import RefundPart
from flint_domain.order.refunds.rules import RefundRequest


def restock(change: Change, before: Order, request: RefundRequest) -> tuple[Change, tuple[str, ...]]:
    """A refund's change whose units will go back into stock, and warnings about lines of which none do.

    Of a line no more goes back than has not gone back yet. Raises Refused("invalid_argument") when the request names
    no lines: an amount has no units.
    """
    asked = {item.id for item in request.items}
    chosen = {line.line_id: line for line in before.lines if line.line_id in asked}
    if not chosen:
        raise Refused(
            "invalid_argument",
            "restock is given, and no lines.",
            hint="name the lines whose units go back into stock, with their quantities",
            param="restock",
            order_id=before.order_id,
        )
    refunds = change.order.refunds[len(before.refunds) :]
    restocked = tuple(replace(refund, parts=tuple(_part(part, chosen) for part in refund.parts)) for refund in refunds)
    back = {part.of for refund in restocked for part in refund.parts if part.restock}
    order = replace(change.order, refunds=(*before.refunds, *restocked))
    return replace(change, order=order), tuple(
        f"{line.line_id} cost nothing: adjust_inventory puts its units back"
        if line.stocked
        else f"{line.line_id} is not counted in any stock"
        for line in chosen.values()
        if line.line_id not in back and not (line.stocked and line.restocked >= line.quantity)
    )


def _part(part: RefundPart, chosen: dict[str, Line]) -> RefundPart:
    line = chosen.get(part.of)
    if line is None or not line.stocked:
        return part
    return replace(part, restock=min(part.quantity or Decimal(0), line.quantity - line.restocked))
