"""Orders for a period that change in the middle of it: what was used stays as it was priced, the rest is given up.

What changes freezes the whole order: a coupon that was spread over its lines would otherwise be spread anew, and what
was used would cost something else.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from decimal import Decimal

from flint_domain.order.lifecycle import Standing
from flint_domain.order.lines import Frozen, Line
from flint_domain.order.model import Order
from flint_domain.order.pricing import PricedItem
from flint_domain.order.tax.model import Tax


def frozen(line: Line, item: PricedItem) -> Line:
    """The line at what it was priced at."""
    amounts = Frozen(quantity=line.priced_quantity, gross=item.gross, discounts=item.discounts)
    return replace(line, frozen=amounts)


def freeze(standing: Standing) -> Order:
    """The same order to the cent, which no later coupon, price or rate reprices."""
    order = standing.order
    lines = (
        replace(frozen(line, item), taxes=_taxes(order, line))
        for line, item in zip(order.lines, standing.priced.lines, strict=True)
    )
    return replace(order, lines=tuple(lines))


def _taxes(order: Order, line: Line) -> tuple[Tax, ...] | None:
    """The taxes that the line has now. A tax service is asked again: it has to know of all that is sold."""
    if line.taxes is not None or order.service_taxes is not None:
        return line.taxes
    return order.category_taxes.get(line.tax_category or "", order.default_taxes)


def cut(standing: Standing, day: date, *, but: Collection[str] = ()) -> Order:
    """The order frozen, its lines for days that go on until later ended before this day, but for those named.

    What is left of a line, round(charged x days left / its days), is given up, and what was used is the rest of it: the
    two sum to what was charged. A line of which nothing was used stays, with no days and no money.
    """
    order = freeze(standing)
    return replace(order, lines=tuple(line if line.line_id in but else cut_line(line, day) for line in order.lines))


def cut_line(line: Line, day: date) -> Line:
    """A frozen line for the days before this one."""
    period, amounts = line.period, line.frozen
    if period is None or amounts is None or not (left := period.days_left(day)):
        return line
    used = amounts.without(amounts.share(left, period.days))
    return replace(line, period=replace(period, end=max(day, period.start)), frozen=used)


def from_day(line: Line, item: PricedItem, day: date) -> Line:
    """A line of a whole grid period, as it was priced with its coupons, for the days from this one on."""
    period = line.period
    if period is None:
        return frozen(line, item)
    rest = replace(period, start=day)
    whole = Frozen(quantity=line.priced_quantity, gross=item.gross, discounts=item.discounts)
    return replace(line, period=rest, frozen=whole.share(Decimal(rest.days), Decimal(rest.grid_days)))
