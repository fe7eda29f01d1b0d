"""What an order costs and where it stands, worked out a second time from CONTRACT §2 and §4 alone.

Exact fractions, one rounding where the contract says so. Only the stored values are shared with the domain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from flint_domain.orders.lines import Line
from flint_domain.orders.model import Order
from flint_domain.tax.model import Tax


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
    return half_up((line.unit_price + sum(m.amount for m in line.modifiers)) * Fraction(line.quantity))


def _taken(base: int, percent: Decimal | None, amount: int | None, cap: int | None = None) -> int:
    wanted = half_up(base * Fraction(percent) / 100) if percent is not None else amount or 0
    return min(wanted, base) if cap is None else min(wanted, base, cap)


def cost_of(order: Order) -> Cost:
    gross = {line.line_id: _gross(line) for line in order.lines}
    running = dict(gross)

    def coupons(*, percent: bool) -> None:
        for terms in (coupon.terms for coupon in order.coupons if (coupon.terms.percent is not None) == percent):
            ids = [line.line_id for line in order.lines if not terms.item_ids or line.item_id in terms.item_ids]
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
    bases += [(charge.charge_id, charge.amount, charge.taxes) for charge in order.charges]
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


def _taxes(order: Order, line: Line) -> tuple[Tax, ...]:
    return order.default_taxes if line.taxes is None else line.taxes


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
