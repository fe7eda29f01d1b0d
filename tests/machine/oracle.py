"""What an order costs and where it stands, worked out a second time from CONTRACT §2 and §4 alone.

Exact fractions, one rounding where the contract says so. Only the stored values are shared with the domain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from flint_domain.order.lines import Charge, Line
from flint_domain.order.model import Order
from flint_domain.order.refunds.model import RefundPart
from flint_domain.order.tax.model import Tax


def half_up(value: Fraction) -> int:
    """The nearest integer, a half away from zero."""
    return floor(value + Fraction(1, 2)) if value >= 0 else -floor(-value + Fraction(1, 2))


def shares(amount: int, weights: Sequence[int]) -> list[int]:
    """amount (not negative) over weights by largest remainder; ties to the earlier, all-zero weights evenly."""
    even = weights if any(weights) else [1] * len(weights)
    exact = [Fraction(amount * weight, sum(even)) for weight in even]
    parts = [floor(share) for share in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[: amount - sum(parts)]:
        parts[index] += 1
    return parts


@dataclass
class Cost:
    """Every amount in minor units; items are what each line and charge costs the buyer, by id."""

    subtotal: int
    discount: int
    charge: int
    tax: int
    included: int
    tip: int
    items: dict[str, int]

    @property
    def total(self) -> int:
        return self.subtotal - self.discount + self.charge + self.tax - self.included + self.tip


def _gross(line: Line) -> int:
    units = line.quantity - line.exchanged  # those that a replacement stands for are priced there
    return half_up((line.unit_price + sum(m.amount for m in line.modifiers)) * Fraction(units))


def _taken(base: int, percent: Decimal | None, amount: int | None, cap: int | None = None) -> int:
    wanted = half_up(base * Fraction(percent) / 100) if percent is not None else amount or 0
    return min(wanted, base) if cap is None else min(wanted, base, cap)


def cost_of(order: Order) -> Cost:
    gross = {line.line_id: _gross(line) for line in order.lines}
    running = dict(gross)

    def coupons(*, percent: bool) -> None:
        for terms in (coupon.terms for coupon in order.coupons if (coupon.terms.percent is not None) == percent):
            ids = [line.line_id for line in order.lines if not terms.item_ids or _is_named(line, terms.item_ids)]
            if not ids or sum(gross[i] for i in ids) < terms.minimum_subtotal:
                continue
            taken = _taken(sum(running[i] for i in ids), terms.percent, terms.amount, terms.max_discount)
            for line_id, part in zip(ids, shares(taken, [running[i] for i in ids]), strict=True):
                running[line_id] -= part

    for line in order.lines:
        running[line.line_id] -= _taken(running[line.line_id], line.discount_percent or Decimal(0), None)
    coupons(percent=True)
    for line in order.lines:
        running[line.line_id] -= _taken(running[line.line_id], None, line.discount_amount)
    coupons(percent=False)

    bases = [(line.line_id, running[line.line_id], _taxes(order, line)) for line in order.lines]
    bases += [(charge.charge_id, charge.amount, _charge_taxes(order, charge)) for charge in order.charges]
    items = {item_id: base for item_id, base, _ in bases}
    tax = included = 0
    for rate in {t.tax_rate_id: t for _, _, taxes in bases for t in taxes if not t.inclusive}.values():
        members = [(i, base) for i, base, taxes in bases if rate.tax_rate_id in [t.tax_rate_id for t in taxes]]
        amount = half_up(sum(base for _, base in members) * Fraction(rate.percent) / 100)
        tax += amount
        for (item_id, _), part in zip(members, shares(amount, [base for _, base in members]), strict=True):
            items[item_id] += part
    for group in {frozenset(t for t in taxes if t.inclusive) for _, _, taxes in bases} - {frozenset()}:
        base = sum(base for _, base, taxes in bases if frozenset(t for t in taxes if t.inclusive) == group)
        percent = sum((Fraction(t.percent) for t in group), Fraction(0))
        amount = half_up(base * percent / (100 + percent))
        tax, included = tax + amount, included + amount
    return Cost(
        subtotal=sum(gross.values()),
        discount=sum(gross.values()) - sum(running.values()),
        charge=sum(charge.amount for charge in order.charges),
        tax=tax,
        included=included,
        tip=order.tip,
        items=items,
    )


def _is_named(line: Line, names: Sequence[str]) -> bool:
    return any(name in names for name in (line.item_id, line.variant_id, line.sku, line.item_reference) if name)


def _taxes(order: Order, line: Line) -> tuple[Tax, ...]:
    if order.tax_exempt:
        return ()
    if line.taxes is not None:
        return line.taxes
    return order.category_taxes.get(line.tax_category or "", order.default_taxes)


def _charge_taxes(order: Order, charge: Charge) -> tuple[Tax, ...]:
    if order.tax_exempt:
        return ()
    return order.default_taxes if charge.taxes is None else charge.taxes


def still_bought_and_given_back(order: Order, cost: Cost) -> int:
    """What went back for things that are still on the order, and that the buyer does not owe again, in minor units.

    Units that went back are worth what they cost now. Never more for a thing than it costs; what is beyond that counts
    for what it was exchanged for, and then for nothing: it went back for something that is gone or cheaper.
    """
    lines = {line.line_id: line for line in order.lines}
    origin = dict.fromkeys(lines, "")
    for line_id, line in lines.items():
        origin[line_id] = line_id if line.replaces is None else origin.get(line.replaces, line.replaces)
    prices = {**cost.items, "tip": order.tip}
    parts: dict[str, list[RefundPart]] = {thing: [] for thing in prices}
    for part in (
        *(part for refund in order.refunds if refund.counts for part in refund.parts),
        *(part for returned in order.returns for part in returned.credits),
    ):
        if part.of in parts:
            parts[part.of].append(part)
    purses: dict[str, int] = {}
    total = 0
    for thing, price in prices.items():
        family = origin.get(thing, thing)
        purse = purses.get(family, 0) + _worth_of(parts[thing], lines.get(thing), price)
        total += min(purse, price)
        purses[family] = max(0, purse - price)
    return total


def _worth_of(parts: Sequence[RefundPart], line: Line | None, price: int) -> int:
    """What these parts are worth at the thing's present price: all of it once every unit went back in full."""
    amounts = sum(part.net + part.tax for part in parts)
    if line is None:
        return amounts
    units = line.quantity - line.exchanged
    price_then = max((part.of_total or 0 for part in parts), default=0)
    if 0 < units <= sum(part.quantity or 0 for part in parts) and amounts >= price_then > 0:
        return price
    worth = 0
    for part in parts:
        amount = Fraction(part.net + part.tax)
        if part.of_quantity is not None and units > 0:
            if part.of_total:
                amount *= Fraction(price, part.of_total) * Fraction(part.of_quantity) / Fraction(units)
            elif part.of_total is None and units < part.of_quantity and not line.exchanged:
                amount *= Fraction(units) / Fraction(part.of_quantity)
        worth += half_up(amount)
    return worth


def fulfillment_status_of(order: Order) -> str:
    """Whether every unit has arrived, was handed over, some were, or none."""
    parcels = [parcel for parcel in order.fulfillments if parcel.state != "CANCELED"]
    if not parcels:
        return "UNFULFILLED"
    for line in order.lines:
        sent = sum(units.quantity for parcel in parcels for units in parcel.lines if units.line_id == line.line_id)
        refunded = sum(
            part.quantity or 0
            for refund in order.refunds
            if refund.counts
            for part in refund.parts
            if part.of == line.line_id
        )
        never_sent = max(Decimal(0), refunded - line.returned)
        if sent + never_sent < line.quantity:
            return "PARTIALLY_FULFILLED"
    return "DELIVERED" if all(parcel.state == "DELIVERED" for parcel in parcels) else "FULFILLED"


def status_of(*, total: int, paid: int, refunded: int, ended: str | None, settled_free: bool) -> str:
    """The first match of CONTRACT §4's table."""
    if ended is not None:
        return {"canceled": "CANCELED", "closed": "CLOSED"}[ended]
    if paid > 0 and refunded == paid:
        return "REFUNDED"
    if refunded > 0:
        return "PARTIALLY_REFUNDED"
    if total - paid == 0 and (paid > 0 or settled_free):
        return "PAID"
    return "OPEN"


def payment_status_of(*, total: int, paid: int, held: int, settled_free: bool) -> str:
    if total - paid == 0 and (paid > 0 or settled_free):
        return "PAID"
    if paid > 0:
        return "PARTIALLY_PAID"
    return "AUTHORIZED" if held > 0 and held >= total - paid else "UNPAID"
