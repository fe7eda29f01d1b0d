"""Which line, charge and tip a refund gives back, net and tax, to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from flint_domain.kernel.money import allocate, round_half_up, share_of
from flint_domain.order.fulfillment.counting import returnable
from flint_domain.order.lifecycle import Standing
from flint_domain.order.money import given_back, kept_back, parts_back
from flint_domain.order.refunds.model import TIP, RefundPart
from flint_domain.order.tax.model import Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Refundable:
    """A line, charge or the tip: what it cost and what of it has gone back, in minor units.

    quantity is the number of units (1 for charges and the tip). kept_back was kept when units were returned: earned
    as a fee, and given back only when somebody asks for that.
    """

    id: str
    quantity: Decimal
    net: int
    tax: int
    net_back: int
    tax_back: int
    quantity_back: Decimal
    kept_back: int = 0

    @property
    def left(self) -> int:
        """What can still go back. An amendment may have made a refunded item cheaper than what was given back."""
        return max(0, self.net + self.tax - self.net_back - self.tax_back)

    @property
    def kept(self) -> int:
        """What of it is a fee by now, in minor units."""
        return min(self.kept_back, self.left)

    @property
    def quantity_left(self) -> Decimal:
        """Units that nothing has gone back for. Those that did may have been exchanged since."""
        return max(Decimal(0), self.quantity - self.quantity_back)


def refundables(standing: Standing) -> tuple[Refundable, ...]:
    """Everything the buyer pays for on this order, with what has gone back already (failed refunds did not)."""
    order, priced = standing.order, standing.priced
    quantities = {line.line_id: line.priced_quantity for line in order.lines}
    items = [(item.id, item.total - item.tax, item.tax) for item in (*priced.lines, *priced.charges)]
    if order.tip:
        items.append((TIP, order.tip, 0))
    back, given, kept = parts_back(order), given_back(order, priced), kept_back(order)
    listed: list[Refundable] = []
    for item_id, net, tax in items:
        parts = back.get(item_id, ())
        net_back, tax_back = sum(part.net for part in parts), sum(part.tax for part in parts)
        worth = given.get(item_id, 0)
        share = round_half_up(tax * worth, net + tax) if net + tax else 0
        repriced = worth != net_back + tax_back  # or another line's replacement
        # The same money under other taxes: an address that changed since. Rounding alone is a cent for each part.
        taxed_otherwise = bool(order.amendments) and abs(tax_back - share) > len(parts)
        if repriced or taxed_otherwise:
            net_back, tax_back = worth - share, share
        listed.append(
            Refundable(
                id=item_id,
                quantity=quantities.get(item_id, Decimal(1)),
                net=net,
                tax=tax,
                net_back=net_back,
                tax_back=tax_back,
                quantity_back=sum((part.quantity or Decimal(0) for part in parts), Decimal(0)),
                kept_back=kept.get(item_id, 0),
            )
        )
    return tuple(listed)


def spread(amount: int, items: Sequence[Refundable]) -> list[RefundPart]:
    """Spread an amount over what is left of the items, by largest remainder; what was kept back of them goes last."""
    free = [item.left - item.kept for item in items]
    last = max(0, amount - sum(free)) if any(item.kept for item in items) else 0
    parts = allocate(amount - last, free) if amount > last else [0] * len(items)
    if last:
        parts = [part + more for part, more in zip(parts, allocate(last, [item.kept for item in items]), strict=True)]
    return [part_of_amount(item, part) for item, part in zip(items, parts, strict=True) if part]


def part_of_amount(item: Refundable, amount: int) -> RefundPart:
    """Split an amount (at most item.left) into net and tax, cumulatively, so that the last one takes the last cent."""
    total = item.net + item.tax
    so_far = item.net_back + item.tax_back + amount
    tax = round_half_up(item.tax * so_far, total) - item.tax_back
    tax = max(0, min(tax, amount, item.tax - item.tax_back))
    return RefundPart(of=item.id, net=amount - tax, tax=tax, of_quantity=item.quantity)


def part_of_units(item: Refundable, quantity: Decimal) -> RefundPart:
    """Give back units: their net first and then the tax that belongs to it, never more than is left.

    The tax of all refunds together is round(tax x net so far / net): 1.77 over 3.33 + 3.33 + 3.33 + 10.00 goes back as
    0.29 + 0.30 + 0.29 + 0.89, where rounding each by itself would lose a cent.
    """
    before, after = item.quantity_back, item.quantity_back + quantity
    units = share_of(item.net, after, item.quantity) - share_of(item.net, before, item.quantity)
    net = max(0, min(units, item.net - item.net_back, item.left))
    tax_left = min(item.tax - item.tax_back, item.left - net)
    tax = round_half_up(item.tax * (item.net_back + net), item.net) - item.tax_back if item.net else tax_left
    return RefundPart(
        of=item.id,
        net=net,
        tax=max(0, min(tax, tax_left)),
        quantity=quantity,
        of_quantity=item.quantity,
        of_total=item.net + item.tax,
    )


def part_returned(item: Refundable, quantity: Decimal) -> RefundPart | None:
    """What units of a line give back that come back: None when all of it has gone back for them already."""
    units = min(quantity, item.quantity_left)
    part = part_of_units(item, units) if units > 0 else None
    return part if part is not None and part.amount else None


def returned_worth(standing: Standing) -> dict[str, int]:
    """By line: what all of its delivered units would give back, in minor units; without lines that give nothing."""
    items = {item.id: item for item in refundables(standing)}
    parts = (part_returned(items[line_id], units) for line_id, units in returnable(standing.order).items())
    return {part.of: part.amount for part in parts if part is not None}


def over_payments(parts: Sequence[RefundPart], limits: Sequence[int]) -> list[list[RefundPart]]:
    """Fill payments one after the other with parts; a part that passes a payment's limit is cut in two.

    A cut keeps net and tax in proportion; the units count where the part begins.
    """
    filled: list[list[RefundPart]] = []
    rest = list(parts)
    for limit in limits:
        taken: list[RefundPart] = []
        room = limit
        while rest and room:
            part = rest.pop(0)
            if part.amount > room:
                part, later = _cut(part, room)
                rest.insert(0, later)
            taken.append(part)
            room -= part.amount
        filled.append(taken)
    return filled


def _cut(part: RefundPart, room: int) -> tuple[RefundPart, RefundPart]:
    """The part cut in two, the first of which is this amount; the tax of each falls on the same rates."""
    tax = round_half_up(part.tax * room, part.amount)
    first = allocate(tax, [share.amount for share in part.taxes]) if part.taxes else []
    shares = list(zip(part.taxes, first, strict=True))
    now = tuple(Share(share.source, amount) for share, amount in shares if amount)
    left = tuple(Share(share.source, share.amount - amount) for share, amount in shares if share.amount > amount)
    later = replace(part, net=part.net - (room - tax), tax=part.tax - tax, taxes=left)
    later = replace(later, quantity=None, unsent=Decimal(0), restock=Decimal(0))
    return replace(part, net=room - tax, tax=tax, taxes=now), later
