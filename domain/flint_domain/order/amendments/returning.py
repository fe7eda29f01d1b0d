"""Delivered units that come back, for money or for a replacement, with the net settled once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Moment
from flint_domain.kernel.guards import require
from flint_domain.kernel.money import share_of
from flint_domain.kernel.telling import Told
from flint_domain.order import guards
from flint_domain.order.amendments.kept_back import KeepMoney, keep_back
from flint_domain.order.amendments.model import Amending, Amendment, Return, ReturnedLine
from flint_domain.order.amendments.rules import Means, becoming, refund_parts, settle_difference
from flint_domain.order.amendments.settling import started
from flint_domain.order.fulfillment.counting import returnable
from flint_domain.order.input_values import Inputs
from flint_domain.order.inputs import LineInput
from flint_domain.order.lifecycle import Standing
from flint_domain.order.lines import Line
from flint_domain.order.model import Change, Order
from flint_domain.order.refunds.allocation import part_returned, refundables
from flint_domain.order.refunds.model import RefundPart
from flint_domain.order.rules import check_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnItem:
    """Units of a line to take back (all that can be when quantity is None), and what the buyer gets for them: money, or
    the replacement: as many units of it as come back when replacement_quantity is None."""

    line_id: Told[str]
    quantity: Told[Decimal | None] = None
    replacement: Told[LineInput | None] = None
    replacement_quantity: Told[Decimal | None] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnRequest:
    """restock puts the units back into stock."""

    items: Told[tuple[ReturnItem, ...]]
    restock: Told[bool] = False
    note: str | None = None


def return_items(
    before: Standing,
    request: ReturnRequest,
    inputs: Inputs,
    *,
    means: Means,
    moment: Moment,
    keep: KeepMoney | None = None,
) -> Change:
    """Take delivered units back. What has no replacement is refunded at what it cost, but for what is kept; a
    replacement takes the place of its line in the order's price, discounts included. One charge or one refund settles
    the whole."""
    order = before.order
    require(guards.return_items(before), order.order_id)
    left = returnable(order)
    _check_names(order, request.items, left)
    lines = {line.line_id: line for line in order.lines}
    items = {item.id: item for item in refundables(before)}
    replacements: list[Line] = []
    returned: list[ReturnedLine] = []
    credits: list[RefundPart] = []
    for item in request.items:
        line, quantity = lines[item.line_id], left[item.line_id] if item.quantity is None else item.quantity
        if item.replacement is None:
            if part := part_returned(items[line.line_id], quantity):
                credits.append(part)
            line = replace(line, returned=line.returned + quantity)
            replaced_by = None
        else:
            line, new_line = _exchanged(line, quantity, item.replacement, inputs)
            new_line = replace(new_line, quantity=item.replacement_quantity or quantity)
            replacements.append(new_line)
            replaced_by = new_line.line_id
        restocked = request.restock and line.stocked
        if restocked:  # a refund may have put some of these units back already
            line = replace(line, restocked=min(line.quantity, line.restocked + quantity))
        lines[line.line_id] = line
        returned.append(
            ReturnedLine(line_id=line.line_id, quantity=quantity, replaced_by=replaced_by, restocked=restocked)
        )
    kept = None
    if keep is not None:
        credits, kept = keep_back(order, credits, items, keep)
    given = [] if replacements else [part for part in credits if part.amount]
    made_of = Return(
        return_id=moment.new_id("ret"),
        lines=tuple(returned),
        note=request.note,
        credits=tuple(part for part in credits if part not in given),
        kept=kept,
        created_at=moment.now,
    )
    after = replace(order, lines=(*lines.values(), *replacements))
    check_counts(after)
    to = replace(becoming(after), returned=made_of)
    if replacements:
        return settle_difference(before, to, "exchange", means=means, moment=moment, note=request.note)
    amendment = Amendment(
        amendment_id=moment.new_id("amd"),
        kind="return",
        difference=-sum(part.amount for part in given),
        return_id=made_of.return_id,
        created_at=moment.now,
    )
    if not given:
        return started(Change(order), amendment, Amending(amendment_id=amendment.amendment_id, to=to), moment)
    return refund_parts(order, to, amendment, given, means=means, moment=moment, note=request.note)


def _check_names(order: Order, items: Sequence[ReturnItem], left: dict[str, Decimal]) -> None:
    if len({item.line_id for item in items}) < len(items):
        raise Refused(
            "invalid_argument",
            "A line is named twice.",
            hint="name each line once, with the whole quantity",
            param="lines",
            order_id=order.order_id,
        )
    known = {line.line_id for line in order.lines}
    for item in items:
        if item.line_id not in known:
            raise Refused(
                "not_found",
                f"{item.line_id} is not a line of {order.order_id}.",
                hint="use the lineItemId values of this order",
                param="lines",
                order_id=order.order_id,
            )
        most = left.get(item.line_id, Decimal(0))
        if not most or (item.quantity is not None and item.quantity > most):
            raise Refused(
                "nothing_to_return",
                f"{most.normalize():f} delivered {'unit' if most == 1 else 'units'} of {item.line_id} can come back.",
                hint="return at most what was delivered and has not come back; units on their way are marked as "
                "delivered with fulfill_order first",
                param="lines",
                order_id=order.order_id,
            )


def _exchanged(line: Line, quantity: Decimal, replacement: LineInput, inputs: Inputs) -> tuple[Line, Line]:
    """The line with these units exchanged, and the line that replaces them on the same terms: taxes named by hand,
    percentages, and its share of an amount taken off. The same variant again costs what it cost."""
    new_line = inputs.line(replacement)
    same = line.variant_id is not None and new_line.variant_id == line.variant_id
    share = None
    if line.discount_amount is not None and line.priced_quantity:
        share = share_of(line.discount_amount, quantity, line.priced_quantity)
    new_line = replace(
        new_line,
        unit_price=line.unit_price if same and replacement.unit_price is None else new_line.unit_price,
        modifiers=line.modifiers if same and not replacement.modifiers else new_line.modifiers,
        taxes=line.taxes if replacement.tax_rate_ids is None else new_line.taxes,
        discount_percent=new_line.discount_percent or line.discount_percent,
        discount_amount=new_line.discount_amount or share,
        replaces=line.line_id,
    )
    kept = None if share is None or line.discount_amount is None else (line.discount_amount - share) or None
    return replace(line, exchanged=line.exchanged + quantity, discount_amount=kept), new_line
