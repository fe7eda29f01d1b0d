"""How each amount of an order came to be: every cent by its source."""

from pydantic import Field

from flint_domain.kernel.money import format_money
from flint_domain.kernel.wire import Id, MoneyView, WireModel, money
from flint_domain.order.lifecycle import Standing
from flint_domain.order.lines import Line
from flint_domain.order.pricing import PricedItem


class TraceStep(WireModel):
    """One term of a sum: what it is for, and how much it adds (or, when negative, takes)."""

    what: str
    amount_money: MoneyView


class MoneyTrace(WireModel):
    """An amount and the terms that it is the sum of."""

    of: Id = Field(description="a lineItemId, a charge id, or total")
    steps: list[TraceStep]
    sum_money: MoneyView


def trace(standing: Standing) -> list[MoneyTrace]:
    """One entry per line and charge, then the order's total from them; each entry's steps sum to its sumMoney."""
    order, priced, currency = standing.order, standing.priced, standing.order.currency
    sources = {entry.discount.discount_id: f"coupon {entry.discount.name}" for entry in priced.discounts}
    rates = {
        tax.tax.tax_rate_id: (f"tax {tax.tax.percent.normalize():f} % ({tax.tax.tax_rate_id})", tax.tax.inclusive)
        for tax in priced.taxes
    }

    def entry(item: PricedItem, first: str) -> MoneyTrace:
        steps = [TraceStep(what=first, amount_money=money(item.gross, currency))]
        steps += [
            TraceStep(what=sources.get(share.source, share.source), amount_money=money(-share.amount, currency))
            for share in item.discounts
        ]
        for share in item.taxes:
            name, inclusive = rates[share.source]
            added = 0 if inclusive else share.amount
            what = f"{name}: {format_money(share.amount, currency)} of it inside the price" if inclusive else name
            steps.append(TraceStep(what=what, amount_money=money(added, currency)))
        return MoneyTrace(of=item.id, steps=steps, sum_money=money(item.total, currency))

    entries: list[MoneyTrace] = []
    for line, item in zip(order.lines, priced.lines, strict=True):
        unit = format_money(line.unit_price + sum(modifier.amount for modifier in line.modifiers), currency)
        entries.append(entry(item, f"{unit} x {line.priced_quantity.normalize():f}{_days(line)}"))
    entries += [entry(item, "charge") for item in priced.charges]
    total = [TraceStep(what=entry.of, amount_money=entry.sum_money) for entry in entries]
    if priced.tip:
        total.append(TraceStep(what="tip", amount_money=money(priced.tip, currency)))
    return [*entries, MoneyTrace(of="total", steps=total, sum_money=money(priced.total, currency))]


def _days(line: Line) -> str:
    """`, 10 of 30 days`: the part of a period that the line is for; nothing for a whole one."""
    if line.period is None or line.period.whole:
        return ""
    return f", {line.period.days} of {line.period.grid_days} days"
