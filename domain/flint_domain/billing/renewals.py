"""What is due: the next period, the end, a pause; and what a renewal makes of the subscription."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flint_domain.billing import orders
from flint_domain.billing.dunning import BillingTerms
from flint_domain.billing.model import Ended, EndReason, Paused, PeriodOrder, Plan, Planned, Subscribed, Subscription
from flint_domain.billing.orders import NewId, PeriodCharge
from flint_domain.billing.status import Billed, is_past_due
from flint_domain.kernel.periods import Schedule, instant_of, midnight, schedule_of
from flint_domain.order.pricing import Priced

CHARGES_BY_ITSELF = timedelta(hours=72)  # what is later than that was an outage that a person should look at first


@dataclass(frozen=True, slots=True, kw_only=True)
class Renew:
    """Make the order of this period, which begins on a boundary, or on the day on which a pause ends.

    charge says whether it is charged by itself: after a long outage, a person starts that.
    """

    sequence: int
    on: date
    charge: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """End the subscription on this day, without an order."""

    on: date
    reason: EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Pause it from this day on, without an order."""

    on: date
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The renewal is due, and waits until what is owed is paid."""

    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing is due before then; None: nothing at all, by itself."""

    until: datetime | None = None


Step = Renew | End | Pause | Hold | Wait


def next_step(
    billed: Billed, terms: BillingTerms, *, held_until: datetime | None = None, uncharged: bool = False
) -> Step:
    """The one thing that is due now, in the order of time; asked again after each, until it is to wait.

    held_until is when what had held a renewal was paid: it is late from then on. uncharged says that an earlier period
    was made without being charged: the ones after it are not charged by themselves either.
    """
    subscription, now, zone = billed.subscription, billed.now, billed.subscription.zone
    if subscription.ended is not None:
        return Wait()
    if billed.status == "INCOMPLETE":
        return _incomplete(billed)
    planned = subscription.planned
    if planned is not None and planned.kind != "change" and midnight(planned.on, zone) <= now:
        if planned.kind == "cancel":
            return End(on=planned.on, reason="asked")
        return Pause(on=planned.on, until=planned.until)
    if subscription.paused is not None and subscription.paused.until is None:
        return Wait(until=None if planned is None else midnight(planned.on, zone))
    on = renews_on(subscription)
    if subscription.sequence == subscription.ends_after:
        ends = midnight(on, zone)
        return End(on=on, reason="periods_over") if ends <= now else Wait(until=ends)
    at = instant_of(on, terms.billing_time, zone)
    if now < at:
        ends = at if planned is None or planned.kind == "change" else midnight(planned.on, zone)
        return Wait(until=min(at, ends))
    if terms.while_past_due == "hold" and is_past_due(billed.debts, billed.today):
        return Hold(on=on)
    late = now - max(at, held_until or at)
    return Renew(sequence=subscription.sequence + 1, on=on, charge=late < CHARGES_BY_ITSELF and not uncharged)


def _incomplete(billed: Billed) -> Step:
    """A first order that nobody paid ends the subscription, unless a payment of it is under way."""
    expires_at = billed.subscription.expires_at
    if expires_at is None or billed.now < expires_at or any(debt.in_flight for debt in billed.debts):
        return Wait(until=expires_at)
    return End(on=billed.today, reason="incomplete")


def renews_on(subscription: Subscription) -> date:
    """The day on which the next order begins: the end of a pause, the first day, or the next boundary."""
    if subscription.paused is not None and subscription.paused.until is not None:
        return subscription.paused.until
    return subscription.starts_on if subscription.period is None else subscription.period.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A renewal that has not been made yet: the subscription as it is billed, with what was planned for that day, and
    what is charged. The preview of the next order is this, and so is the order."""

    subscription: Subscription
    charge: PeriodCharge

    def made(self, order_id: str, amounts: Priced) -> Subscription:
        """The subscription once the charge is this order, priced at these amounts."""
        charge, subscription = self.charge, self.subscription
        return replace(
            subscription,
            sequence=charge.sequence,
            period=charge.period,
            orders=(
                *subscription.orders,
                PeriodOrder(sequence=charge.sequence, order_id=order_id, period=charge.period),
            ),
            coupons=orders.begun(subscription.coupons, charge, amounts),
            next_lines=(),
            paused=None,
        )


def renewal(subscription: Subscription, plan: Plan, on: date, new_id: NewId) -> Renewal:
    """The next period, from this day on. plan is that of what the subscription is for then."""
    subscription = with_planned(subscription, on)
    revision = plan.revision(subscription.subscribed.revision)
    period = subscription.schedule.period_from(on)
    return Renewal(subscription=subscription, charge=orders.charge_for(subscription, revision, period, new_id))


def with_planned(subscription: Subscription, on: date) -> Subscription:
    """The subscription with the change that is planned for this day, or was for one before it. Another interval begins
    a new grid on the day."""
    planned = subscription.planned
    if planned is None or planned.to is None or planned.on > on:
        return subscription
    schedule = subscription.schedule
    if planned.to.interval != schedule.interval:
        schedule = Schedule(planned.to.interval, on)
    return replace(subscription, subscribed=planned.to, schedule=schedule, planned=None)


def still_planned(subscription: Subscription, was: date, becomes: date) -> Planned | None:
    """What is planned once something was changed now: another change is not, since this one was wanted later, and what
    was to happen at a boundary happens where that is now."""
    planned = subscription.planned
    if planned is None or planned.kind == "change":
        return None
    return replace(planned, on=becomes) if planned.on == was else planned


def changed_before_the_first(subscription: Subscription, to: Subscribed) -> Subscription:
    """Another plan or quantity before anything was billed: in a trial only the plan changes, and no money moves."""
    first = subscription.starts_on
    subscription = replace(subscription, subscribed=to, planned=still_planned(subscription, first, first))
    if to.interval == subscription.schedule.interval:
        return subscription
    return replace(subscription, schedule=Schedule(to.interval, first), anchor_day=None)


def starting_on(subscription: Subscription, day: date) -> Subscription:
    """The subscription with its first period, and the end of its trial, moved to this day, before anything was
    billed."""
    trial = None if subscription.trial is None else replace(subscription.trial, ends_on=day)
    schedule = schedule_of(day, subscription.schedule.interval, subscription.anchor_day)
    planned = subscription.planned
    if planned is not None and planned.on == subscription.starts_on:
        planned = replace(planned, on=day)
    return replace(subscription, starts_on=day, trial=trial, schedule=schedule, planned=planned)


def resumed(subscription: Subscription, on: date, *, new_anchor: bool) -> Subscription:
    """The subscription as it is when a pause ends on this day: it keeps its anchor, and the first period is a stub; or
    that day is the new anchor, and the period is a whole one."""
    schedule = Schedule(subscription.schedule.interval, on) if new_anchor else subscription.schedule
    return replace(subscription, schedule=schedule, paused=None)


def paused(subscription: Subscription, on: date, until: date | None) -> Subscription:
    """The subscription paused from this day on; whatever else was planned is dropped."""
    return replace(subscription, paused=Paused(since=on, until=until), planned=None)


def ended(subscription: Subscription, on: date, reason: EndReason) -> Subscription:
    """The subscription at its end: nothing is planned any more."""
    return replace(subscription, ended=Ended(on=on, reason=reason), planned=None, paused=None)
