"""Which line, charge and tip a refund gives back, net and tax, to the cent."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flint_domain.kernel.money import allocate, round_half_up, share_of
from flint_domain.orders.lifecycle import Standing
from flint_domain.refunds.model import TIP, Refund, RefundPart


@dataclass(frozen=True, slots=True, kw_only=True)
class Refundable:
    """A line, charge or the tip: what it cost and what of it has gone back, in minor units.

    quantity is the number of units (1 for charges and the tip).
    """

    id: str
    quantity: Decimal
    net: int
    tax: int
    net_back: int
    tax_back: int
    quantity_back: Decimal

    @property
    def left(self) -> int:
        return self.net + self.tax - self.net_back - self.tax_back

    @property
    def quantity_left(self) -> Decimal:
        return self.quantity - self.quantity_back


def refundables(standing: Standing) -> tuple[Refundable, ...]:
    """Everything the buyer pays for on this order, with what has gone back already (failed refunds did not)."""
    order, priced = standing.order, standing.priced
    quantities = {line.line_id: line.quantity for line in order.lines}
    items = [(item.id, item.total - item.tax, item.tax) for item in (*priced.lines, *priced.charges)]
    if order.tip:
        items.append((TIP, order.tip, 0))
    back = _parts_by_item(refund for refund in order.refunds if refund.counts)
    return tuple(
        Refundable(
            id=item_id,
            quantity=quantities.get(item_id, Decimal(1)),
            net=net,
            tax=tax,
            net_back=sum(part.net for part in back.get(item_id, ())),
            tax_back=sum(part.tax for part in back.get(item_id, ())),
            quantity_back=sum((part.quantity or Decimal(0) for part in back.get(item_id, ())), Decimal(0)),
        )
        for item_id, net, tax in items
    )


def _parts_by_item(refunds: Iterable[Refund]) -> dict[str, list[RefundPart]]:
    by_item: dict[str, list[RefundPart]] = {}
    for refund in refunds:
        for part in refund.parts:
            by_item.setdefault(part.of, []).append(part)
    return by_item


def spread(amount: int, items: Sequence[Refundable]) -> list[RefundPart]:
    """Spread an amount over what is left of the items, by largest remainder."""
    parts = allocate(amount, [item.left for item in items])
    return [part_of_amount(item, part) for item, part in zip(items, parts, strict=True) if part]


def part_of_amount(item: Refundable, amount: int) -> RefundPart:
    """Split an amount (at most item.left) into net and tax, cumulatively, so that the last one takes the last cent."""
    total = item.net + item.tax
    so_far = item.net_back + item.tax_back + amount
    tax = round_half_up(item.tax * so_far, total) - item.tax_back
    tax = max(0, min(tax, amount, item.tax - item.tax_back))
    return RefundPart(of=item.id, net=amount - tax, tax=tax)


def part_of_units(item: Refundable, quantity: Decimal) -> RefundPart:
    """Give back units: their net first and then the tax that belongs to it, never more than is left.

    The tax of all refunds together is round(tax x net so far / net): 1.77 over 3.33 + 3.33 + 3.33 + 10.00 goes back as
    0.29 + 0.30 + 0.29 + 0.89, where rounding each by itself would lose a cent.
    """
    before, after = item.quantity_back, item.quantity_back + quantity
    units = share_of(item.net, after, item.quantity) - share_of(item.net, before, item.quantity)
    net = min(units, item.net - item.net_back)
    tax_left = item.tax - item.tax_back
    tax = round_half_up(item.tax * (item.net_back + net), item.net) - item.tax_back if item.net else tax_left
    return RefundPart(of=item.id, net=net, tax=max(0, min(tax, tax_left)), quantity=quantity)


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
                tax = round_half_up(part.tax * room, part.amount)
                rest.insert(0, RefundPart(of=part.of, net=part.net - (room - tax), tax=part.tax - tax))
                part = RefundPart(of=part.of, net=room - tax, tax=tax, quantity=part.quantity)
            taken.append(part)
            room -= part.amount
        filled.append(taken)
    return filled
