"""What callers read of plans."""

from collections.abc import Mapping

from pydantic import Field

from flint_domain.billing.model import Collect, Plan, PlanLine
from flint_domain.kernel.money import format_money
from flint_domain.kernel.periods import Unit
from flint_domain.kernel.wire import Id, MoneyView, Timestamp, WireModel, money


class IntervalView(WireModel):
    unit: Unit
    count: int


class PlanLineView(WireModel):
    name: str
    unit_price_money: MoneyView
    per_unit: bool = Field(description="paid for each unit of the subscription's quantity")
    once: bool | None = Field(default=None, description="true on the first order only")
    item_id: str | None = None
    tax_category: str | None = None


class RevisionView(WireModel):
    """How many are on which price."""

    revision: int
    subscribers: int


class PlanView(WireModel):
    """A plan as new subscribers get it, and how many are on which of its revisions."""

    summary: str
    plan_id: Id
    reference: str | None = None
    name: str
    currency: str
    interval: IntervalView
    revision: int
    lines: list[PlanLineView]
    trial_days: int | None = None
    collect: Collect
    net_days: int | None = Field(default=None, description="days to pay an invoice")
    active: bool
    subscribers: list[RevisionView]
    created_at: Timestamp


def plan_view(plan: Plan, subscribers: Mapping[int, int]) -> PlanView:
    """The plan; subscribers are how many subscriptions that have not ended are on each revision."""
    known = [RevisionView(revision=number, subscribers=count) for number, count in sorted(subscribers.items())]
    total = sum(subscribers.values())
    people = f"{total} {'subscriber' if total == 1 else 'subscribers'}"
    state = "active" if plan.active else "inactive"
    return PlanView(
        summary=f"{state} plan, {_price(plan)} {plan.interval}, {people}.",
        plan_id=plan.plan_id,
        reference=plan.reference,
        name=plan.name,
        currency=plan.currency,
        interval=IntervalView(unit=plan.interval.unit, count=plan.interval.count),
        revision=plan.newest.number,
        lines=[_line_view(line, plan.currency) for line in plan.newest.lines],
        trial_days=plan.trial_days or None,
        collect=plan.collect,
        net_days=plan.net_days if plan.collect == "INVOICE" else None,
        active=plan.active,
        subscribers=known,
        created_at=plan.created_at,
    )


def _price(plan: Plan) -> str:
    """`20.00 USD + 10.00 USD per unit`."""
    regular = [line for line in plan.newest.lines if not line.once]
    flat = sum(line.unit_price for line in regular if not line.per_unit)
    each = sum(line.unit_price for line in regular if line.per_unit)
    parts = [format_money(flat, plan.currency)] if flat or not each else []
    return " + ".join([*parts, *([f"{format_money(each, plan.currency)} per unit"] if each else [])])


def _line_view(line: PlanLine, currency: str) -> PlanLineView:
    return PlanLineView(
        name=line.name,
        unit_price_money=money(line.unit_price, currency),
        per_unit=line.per_unit,
        once=line.once or None,
        item_id=line.item_id,
        tax_category=line.tax_category,
    )
