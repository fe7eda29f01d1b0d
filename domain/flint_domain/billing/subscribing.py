"""What a new subscription is: its trial, its first day, its grid."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import NoReturn

from flint_domain.billing.model import Collect, Plan, Subscribed, SubscribedCoupon, Subscription, Trial
from flint_domain.billing.plans import MAX_TRIAL_DAYS
from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Moment
from flint_domain.kernel.periods import checked_zone, local_day, schedule_of
from flint_domain.order.lines import Line

INCOMPLETE_FOR = timedelta(hours=23)  # how long a first order waits for its payment; Stripe keeps one as long
MOST_AHEAD = timedelta(days=1_096)  # how far in the future a subscription may start
MAX_PERIODS = 1_200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a caller says of a new subscription; None is what the plan or the day says.

    trial_days 0 means none. periods ends it after so many. second_trial allows a trial to a customer who has had one of
    this plan. once_lines are on the first order only.
    """

    customer_id: str
    quantity: Decimal = Decimal(1)
    payment_method_id: str | None = None
    starts_on: date | None = None
    anchor_day: str | None = None
    periods: int | None = None
    trial_days: int | None = None
    second_trial: bool = False
    coupons: tuple[SubscribedCoupon, ...] = ()
    once_lines: tuple[Line, ...] = ()
    collect: Collect | None = None
    reference: str | None = None
    shipping_address: Address | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])


def subscribe(plan: Plan, wish: Wish, *, zone: str, had_trial: bool, moment: Moment) -> Subscription:
    """The subscription, of which nothing is billed yet. A first order that is made with it has to be paid in time.

    zone is the merchant's; had_trial says that the customer has had a trial of this plan. Raises Refused.
    """
    if not plan.active:
        raise Refused(
            "plan_inactive",
            f"{plan.plan_id} is switched off: it takes no new subscribers.",
            hint="subscribe to an active plan of list_plans, or switch it on with save_plan",
            param="planId",
        )
    zone = checked_zone(zone)
    today = local_day(moment.now, zone)
    starts_on = wish.starts_on or today
    _check(wish, today, starts_on)
    trial_days = plan.trial_days if wish.trial_days is None else wish.trial_days
    if trial_days and had_trial and not wish.second_trial:
        raise Refused(
            "trial_used",
            f"The customer has had a trial of {plan.plan_id} already.",
            hint="send trialDays 0; or secondTrial true, if another one is meant",
            param="trialDays",
        )
    first = starts_on + timedelta(days=trial_days)
    collect = wish.collect or plan.collect
    charged_at_once = collect == "CHARGE" and first == today
    return Subscription(
        subscription_id=moment.new_id("sub"),
        merchant_id=plan.merchant_id,
        version=1,
        reference=wish.reference,
        customer_id=wish.customer_id,
        currency=plan.currency,
        zone=zone,
        subscribed=Subscribed(
            plan_id=plan.plan_id, revision=plan.newest.number, quantity=wish.quantity, interval=plan.interval
        ),
        schedule=schedule_of(first, plan.interval, wish.anchor_day),
        anchor_day=wish.anchor_day,
        starts_on=first,
        trial=Trial(starts_on=starts_on, ends_on=first) if trial_days else None,
        collect=collect,
        net_days=plan.net_days,
        ends_after=wish.periods,
        expires_at=moment.now + INCOMPLETE_FOR if charged_at_once else None,
        payment_method_id=wish.payment_method_id,
        shipping_address=wish.shipping_address,
        coupons=wish.coupons,
        next_lines=wish.once_lines,
        metadata=wish.metadata,
        created_at=moment.now,
        updated_at=moment.now,
    )


def _check(wish: Wish, today: date, starts_on: date) -> None:
    if not today <= starts_on <= today + MOST_AHEAD:
        when = "past" if starts_on < today else "distant future"
        _refuse(
            f"{starts_on} lies in the {when}: today is {today}.",
            "give a day from today on, at most three years ahead",
            "startsOn",
        )
    if wish.trial_days is not None and not 0 <= wish.trial_days <= MAX_TRIAL_DAYS:
        _refuse(
            f"A trial of {wish.trial_days} days is not possible.", f"give from 0 to {MAX_TRIAL_DAYS} days", "trialDays"
        )
    if wish.periods is not None and not 1 <= wish.periods <= MAX_PERIODS:
        _refuse(f"{wish.periods} periods are not possible.", f"give from 1 to {MAX_PERIODS}", "periods")
    if wish.quantity <= 0:
        _refuse(f"A quantity of {wish.quantity.normalize():f} is not possible.", "give a quantity above 0", "quantity")


def _refuse(message: str, hint: str, param: str) -> NoReturn:
    raise Refused("invalid_argument", message, hint=hint, param=param)
