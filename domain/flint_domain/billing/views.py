"""What callers read of subscriptions."""

from datetime import date
from typing import Annotated

from pydantic import Field, PlainSerializer

from flint_domain.billing import coupons
from flint_domain.billing.model import Collect, EndReason, PlannedKind, Subscription
from flint_domain.billing.previews import NextOrder
from flint_domain.billing.status import Billed, SubscriptionStatus
from flint_domain.kernel.money import format_money
from flint_domain.kernel.periods import Period
from flint_domain.kernel.wire import Id, MoneyView, Quantity, Timestamp, WireModel, money

Day = Annotated[date, PlainSerializer(date.isoformat, return_type=str)]
"""A local date of the subscription's time zone."""


class PeriodView(WireModel):
    """Days from startsOn to before endsOn."""

    starts_on: Day
    ends_on: Day
    days: int | None = Field(default=None, description="of a part of a period")
    of_days: int | None = None


def period_view(period: Period) -> PeriodView:
    return PeriodView(
        starts_on=period.start,
        ends_on=period.end,
        days=None if period.whole else period.days,
        of_days=None if period.whole else period.grid_days,
    )


class PlannedView(WireModel):
    """What will happen at the beginning of a day."""

    action: PlannedKind
    on: Day
    plan_id: Id | None = None
    revision: int | None = None
    quantity: Quantity | None = None
    until: Day | None = None


class PausedView(WireModel):
    since: Day
    until: Day | None = Field(default=None, description="the day on which it resumes by itself")


class EndedView(WireModel):
    on: Day
    reason: EndReason


class SubscribedCouponView(WireModel):
    coupon_code: str
    until: Day | None = Field(default=None, description="periods that begin before this day are discounted")


class SubscriptionView(WireModel):
    """A subscription: where it stands, what it is for, and what is planned."""

    summary: str
    subscription_id: Id
    version: int
    reference: str | None = None
    status: SubscriptionStatus
    customer_id: str
    plan_id: Id
    revision: int
    quantity: Quantity
    collect: Collect
    amount_due_money: MoneyView
    period: PeriodView | None = None
    trial_ends_on: Day | None = None
    next_order_at: Timestamp | None = None
    planned: PlannedView | None = None
    paused: PausedView | None = None
    ended: EndedView | None = None
    coupons: list[SubscribedCouponView] | None = None
    payment_method_id: Id | None = None
    time_zone: str
    order_ids: list[Id] = Field(description="the newest first")
    metadata: dict[str, str] | None = None
    created_at: Timestamp


ORDERS_SHOWN = 6


def subscription_view(billed: Billed, coming: NextOrder | None) -> SubscriptionView:
    """The subscription; coming is the order that it makes next by itself."""
    subscription = billed.subscription
    planned, paused, ended = subscription.planned, subscription.paused, subscription.ended
    changes_to = planned.to if planned else None
    return SubscriptionView(
        summary=_summary(billed, coming),
        subscription_id=subscription.subscription_id,
        version=subscription.version,
        reference=subscription.reference,
        status=billed.status,
        customer_id=subscription.customer_id,
        plan_id=subscription.subscribed.plan_id,
        revision=subscription.subscribed.revision,
        quantity=subscription.subscribed.quantity,
        collect=subscription.collect,
        amount_due_money=money(billed.due, subscription.currency),
        period=None if subscription.period is None else period_view(subscription.period),
        trial_ends_on=subscription.trial.ends_on if subscription.trial and billed.status == "TRIALING" else None,
        next_order_at=None if coming is None else coming.at,
        planned=None
        if planned is None
        else PlannedView(
            action=planned.kind,
            on=planned.on,
            plan_id=changes_to.plan_id if changes_to else None,
            revision=changes_to.revision if changes_to else None,
            quantity=changes_to.quantity if changes_to else None,
            until=planned.until,
        ),
        paused=None if paused is None else PausedView(since=paused.since, until=paused.until),
        ended=None if ended is None else EndedView(on=ended.on, reason=ended.reason),
        coupons=_coupons(subscription) or None,
        payment_method_id=subscription.payment_method_id,
        time_zone=subscription.zone,
        order_ids=[owner.order_id for owner in reversed(subscription.orders[-ORDERS_SHOWN:])],
        metadata=subscription.metadata or None,
        created_at=subscription.created_at,
    )


def _coupons(subscription: Subscription) -> list[SubscribedCouponView]:
    return [
        SubscribedCouponView(coupon_code=each.coupon.code, until=coupons.discounts_until(each))
        for each in subscription.coupons
    ]


def _summary(billed: Billed, coming: NextOrder | None) -> str:
    """`ACTIVE subscription, 3 of plan_1; 20.00 USD due; next 108.00 USD on 2025-07-01.`"""
    subscription = billed.subscription
    units = f"{subscription.subscribed.quantity.normalize():f} of {subscription.subscribed.plan_id}"
    parts = [f"{billed.status} subscription, {units}"]
    if billed.due:
        parts.append(f"{format_money(billed.due, subscription.currency)} due")
    if subscription.planned is not None:
        parts.append(f"{subscription.planned.kind} planned for {subscription.planned.on}")
    if coming is not None:
        total = format_money(coming.amounts.total, subscription.currency)
        parts.append(f"next {total} on {coming.charge.period.start}")
    return f"{'; '.join(parts)}."
