"""Plans, subscriptions and their orders, and a processor that says yes: what the billing tests start from."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count
from typing import Any

from flint_domain.billing import orders
from flint_domain.billing.model import Plan, PlanLine, Revision, Subscribed, SubscribedCoupon, Subscription
from flint_domain.billing.renewals import Renewal, renewal
from flint_domain.kernel.facts import Moment
from flint_domain.kernel.ids import IdPrefix
from flint_domain.kernel.periods import Interval, schedule_of
from flint_domain.order.amendments.settling import advance
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.model import Change, Order
from flint_domain.order.payments import settling as payments
from flint_domain.order.payments.model import Decline, Outcome, Transfer, TransferKind, TransferState
from flint_domain.order.payments.rules import pay
from flint_domain.order.refunds import settling as refunds
from flint_domain.order.tax.model import Tax, Taxes
from tests.domain.values import coupon

NOW = datetime(2025, 6, 1, 9, tzinfo=UTC)
MONTHLY, YEARLY = Interval("month"), Interval("year")
_numbers = count(1)


def new_id(prefix: IdPrefix = "li") -> str:
    return f"{prefix}_{next(_numbers)}"


MOMENT = Moment(NOW, new_id)


def a_plan(*prices: int, interval: Interval = MONTHLY, plan_id: str = "plan_1", **fields: Any) -> Plan:
    """A plan of a line per price, for each unit of the quantity."""
    lines = tuple(PlanLine(name=f"line {number}", unit_price=price) for number, price in enumerate(prices))
    known = {
        "plan_id": plan_id,
        "merchant_id": "mer_1",
        "version": 1,
        "name": "Pro",
        "currency": "USD",
        "interval": interval,
        "revisions": (Revision(number=1, lines=fields.pop("lines", lines), created_at=NOW),),
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Plan(**{**known, **fields})


def of_goods(*prices: int) -> Plan:
    """A plan of things that are sent."""
    plan = a_plan(*prices)
    return a_plan(lines=tuple(replace(line, shippable=True) for line in plan.newest.lines))


def to(plan: Plan, quantity: int = 1) -> Subscribed:
    return Subscribed(
        plan_id=plan.plan_id, revision=plan.newest.number, quantity=Decimal(quantity), interval=plan.interval
    )


def subscribed(
    plan: Plan, start: date, *, quantity: int = 1, anchor_day: str | None = None, **fields: Any
) -> Subscription:
    """A subscription that nothing was billed of yet."""
    known = {
        "subscription_id": "sub_1",
        "merchant_id": "mer_1",
        "version": 1,
        "customer_id": "cus_1",
        "currency": plan.currency,
        "zone": "UTC",
        "subscribed": to(plan, quantity),
        "schedule": schedule_of(start, plan.interval, anchor_day),
        "starts_on": start,
        "payment_method_id": "pm_1",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Subscription(**{**known, **fields})


def with_coupon(code: str, duration: str = "forever", months: int | None = None, **terms: Any) -> SubscribedCoupon:
    return SubscribedCoupon(coupon=coupon(code, duration=duration, duration_months=months, **terms))


def order_of(made: Renewal, taxes: Sequence[Tax] = ()) -> Order:
    """The order of a renewal, which nobody has paid yet."""
    return Order(
        order_id=f"ord_{made.charge.sequence}",
        merchant_id="mer_1",
        version=1,
        currency=made.subscription.currency,
        customer_id=made.subscription.customer_id,
        lines=made.charge.lines,
        coupons=made.charge.coupons,
        default_taxes=tuple(taxes),
        created_at=NOW,
        updated_at=NOW,
    )


def billed(
    plan: Plan, subscription: Subscription, on: date | None = None, taxes: Sequence[Tax] = ()
) -> tuple[Subscription, Order]:
    """The subscription after its next period's order was made, and that order."""
    made = renewal(
        subscription, plan, on or (subscription.period.end if subscription.period else subscription.starts_on), new_id
    )
    order = order_of(made, taxes)
    amounts = orders.priced(made.charge.lines, made.charge.coupons, Taxes(tuple(taxes)), order.currency)
    assert amounts.total == standing(order).priced.total
    return made.made(order.order_id, amounts), order


def paid(order: Order, amount: int | None = None) -> Order:
    """The order, paid in full, or this much of it."""
    before = standing(order)
    if before.money.outstanding == 0:
        return replace(order, settled_free=True)
    if amount is None:
        return performed(pay(before, MOMENT, ["pm_1"], later=False))
    part = pay(Standing(order, before.priced, replace(before.money, outstanding=amount)), MOMENT, ["pm_1"], later=False)
    return performed(part)


def performed(change: Change, declined: frozenset[str] = frozenset()) -> Order:
    """The order after every movement of money has its answer: yes, but for those from the sources that decline."""
    order, waiting = change.order, list(change.transfers)
    while waiting:
        transfer = waiting.pop(0)
        made = _answered(order, transfer, no=transfer.source in declined)
        order = made.order
        waiting += made.transfers
    return order


def _answered(order: Order, transfer: Transfer, *, no: bool) -> Change:
    state = TransferState.DECLINED if no else TransferState.SUCCEEDED
    outcome = Outcome(state=state, decline=Decline(code="card_declined", message="no") if no else None)
    if transfer.kind is TransferKind.REFUND:
        change = refunds.settle(order, transfer, outcome)
    else:
        change = payments.settle(order, transfer, outcome, MOMENT)
    return advance(change, transfer.transfer_id, transfer.kind, state, MOMENT)
