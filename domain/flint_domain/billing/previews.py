"""What the next order and a change will cost: by the code that makes them, before anything is made."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flint_domain.billing import coupons, orders, renewals, tenders
from flint_domain.billing.changes import Difference, difference
from flint_domain.billing.dunning import BillingTerms
from flint_domain.billing.model import Plan, Subscribed
from flint_domain.billing.orders import NewId, PeriodCharge
from flint_domain.billing.status import Billed
from flint_domain.billing.tenders import Tenders
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.money import format_money
from flint_domain.kernel.periods import instant_of, midnight
from flint_domain.order.discounts import AppliedCoupon
from flint_domain.order.lifecycle import Standing
from flint_domain.order.model import Order
from flint_domain.order.pricing import Priced
from flint_domain.order.tax.model import Taxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Purse:
    """What can pay beside the saved method: balance is the store credit, minimum the least that the processor charges.
    Both are minor units."""

    balance: int = 0
    minimum: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class NextOrder:
    """The order that a subscription will make next by itself, and when. running_out are the coupons that it is the last
    order for."""

    at: datetime
    subscribed: Subscribed
    charge: PeriodCharge
    amounts: Priced
    tenders: Tenders
    running_out: tuple[AppliedCoupon, ...]


def next_order(
    billed: Billed,
    plan_of: Callable[[str], Plan],
    new_id: NewId,
    *,
    taxes: Taxes,
    purse: Purse,
    terms: BillingTerms,
) -> NextOrder | None:
    """The renewal that comes next, as if it were made now; None when nothing will be billed by itself.

    taxes are those of the subscription's address now, as the renewal will find them then.
    """
    on = billed_next_on(billed)
    if on is None:
        return None
    subscription = billed.subscription
    plan = plan_of(renewals.with_planned(subscription, on).subscribed.plan_id)
    made = renewals.renewal(subscription, plan, on, new_id)
    charge = made.charge
    amounts = orders.priced(charge.lines, charge.coupons, taxes, subscription.currency)
    following = made.subscription.schedule.period_from(charge.period.end)
    return NextOrder(
        at=max(billed.now, instant_of(on, terms.billing_time, subscription.zone)),
        subscribed=made.subscription.subscribed,
        charge=charge,
        amounts=amounts,
        tenders=tenders.split(amounts.total, purse.balance, purse.minimum),
        running_out=coupons.running_out(subscription.coupons, charge.period.grid_start, following.grid_start),
    )


def billed_next_on(billed: Billed) -> date | None:
    """The first day of the next period; None when the subscription ends or pauses before, or has."""
    subscription = billed.subscription
    if billed.status in ("CANCELED", "INCOMPLETE"):
        return None
    if subscription.paused is not None and subscription.paused.until is None:
        return None
    on, planned = renewals.renews_on(subscription), subscription.planned
    if planned is not None and planned.kind != "change" and planned.on <= on:
        return None
    return None if subscription.sequence == subscription.ends_after else on


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change of a period's order before its money moves: what the order becomes, what that makes of its money, and
    what pays. It is what a dry run answers and what the call does, until the day is over."""

    order: Order
    difference: Difference
    tenders: Tenders
    valid_until: datetime


def propose(billed: Billed, before: Standing, after: Order, purse: Purse, charge_id: str) -> Proposal:
    """Who pays a change, or what comes back; what is too little to be charged gets a line that says so."""
    made = difference(before, after)
    split = tenders.split(made.pays, purse.balance, purse.minimum)
    adjustment = tenders.adjustment(split, purse.minimum, after.currency, charge_id)
    if adjustment is not None:
        after = replace(after, charges=(*after.charges, adjustment))
        made = difference(before, after)
    return Proposal(
        order=after,
        difference=made,
        tenders=split,
        valid_until=midnight(billed.today + timedelta(days=1), billed.subscription.zone),
    )


def require_due(billed: Billed, proposal: Proposal, expected: int | None) -> None:
    """Refuse a change that was previewed at another amount: the day, the store credit or the order has changed.

    Raises Refused("amount_changed") with the figures of now.
    """
    due, currency = proposal.difference.due, billed.subscription.currency
    if expected is None or expected == due:
        return
    raise Refused(
        "amount_changed",
        f"{format_money(due, currency)} is due for the change now, not {format_money(expected, currency)}.",
        hint=f"send expectedDueMoney {due}, if that is right; it is valid for today",
        param="expectedDueMoney",
        details={
            "dueMoney": {"amount": due, "currency": currency},
            "validUntil": proposal.valid_until.isoformat().replace("+00:00", "Z"),
            "version": billed.subscription.version,
        },
    )
