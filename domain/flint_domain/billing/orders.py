"""What a period's order is made of: the same for the renewal, its preview and its dry run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flint_domain.billing import coupons
from flint_domain.billing.model import PlanLine, Revision, SubscribedCoupon, Subscription
from flint_domain.kernel.periods import Period
from flint_domain.order.discounting import discount_of
from flint_domain.order.discounts import AppliedCoupon
from flint_domain.order.lines import Line
from flint_domain.order.pricing import Priced, price_items
from flint_domain.order.tax.model import Taxes

NewId = Callable[[], str]
"""Makes an id of a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodCharge:
    """What is charged for a period: the lines and coupons of its order."""

    sequence: int
    period: Period
    lines: tuple[Line, ...]
    coupons: tuple[AppliedCoupon, ...]


def charge_for(subscription: Subscription, revision: Revision, period: Period, new_id: NewId) -> PeriodCharge:
    """The next order of the subscription, for these days: its plan, its lines for the next order, its coupons."""
    first = subscription.sequence == 0
    wanted = plan_lines(revision, subscription.subscribed.quantity, period, new_id, first=first)
    return PeriodCharge(
        sequence=subscription.sequence + 1,
        period=period,
        lines=(*wanted, *subscription.next_lines),
        coupons=coupons.running(subscription.coupons, period.grid_start),
    )


def plan_lines(
    revision: Revision, quantity: Decimal, period: Period, new_id: NewId, *, first: bool = False
) -> tuple[Line, ...]:
    """The plan's lines for these days; what is paid only once is on the first order."""
    return tuple(
        plan_line(line, quantity, None if line.once else period, new_id())
        for line in revision.lines
        if first or not line.once
    )


def plan_line(line: PlanLine, quantity: Decimal, period: Period | None, line_id: str) -> Line:
    return Line(
        line_id=line_id,
        name=line.name,
        quantity=quantity if line.per_unit else Decimal(1),
        unit_price=line.unit_price,
        tax_category=line.tax_category,
        taxes=line.taxes,
        item_id=line.item_id,
        variant_id=line.variant_id,
        sku=line.sku,
        item_reference=line.item_reference,
        shippable=line.shippable,
        period=period,
    )


def priced(lines: Sequence[Line], running: Sequence[AppliedCoupon], taxes: Taxes, currency: str) -> Priced:
    """What lines cost with these coupons: the order's own arithmetic."""
    return price_items(
        lines,
        [discount_of(coupon, lines) for coupon in running],
        default_taxes=taxes.default,
        category_taxes=taxes.by_category,
        tax_exempt=taxes.exempt,
        currency=currency,
    )


def took(amounts: Priced) -> frozenset[str]:
    """The coupons, by id, that took something off."""
    return frozenset(made.discount.discount_id for made in amounts.discounts if made.amount)


def begun(
    subscribed: Sequence[SubscribedCoupon], charge: PeriodCharge, amounts: Priced
) -> tuple[SubscribedCoupon, ...]:
    """The subscription's coupons once this charge is an order."""
    return coupons.begun(subscribed, charge.period.grid_start, took(amounts))
