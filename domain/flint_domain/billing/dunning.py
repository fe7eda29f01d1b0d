"""When a declined order is tried again, with which method never, and how it ends.

An attempt belongs to a local day: when that day is over it is missed, and not made up. So it ends by date, however few
attempts were made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from flint_domain.billing.status import Billed
from flint_domain.kernel.periods import BILLING_TIME, instant_of, local_day, midnight
from flint_domain.order.payments.model import Decline

AtTheEnd = Literal["cancel", "pause", "keep"]
WhilePastDue = Literal["hold", "bill"]

HARD = frozenset(
    {
        "authentication_required",
        "highest_risk_level",
        "incorrect_number",
        "lost_card",
        "pickup_card",
        "revocation_of_all_authorizations",
        "revocation_of_authorization",
        "stolen_card",
        "transaction_not_allowed",
    }
)
"""Declines after which the same method is never tried by itself again (https://docs.stripe.com/billing/revenue-recovery/smart-retries)."""
IN_FLIGHT_DELAY = timedelta(minutes=10)  # how long the worker waits for a payment that somebody else has begun


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingTerms:
    """What the merchant decides about renewals: when on their day they are due, after how many days a declined order is
    tried again, what happens when that is over, and whether there are renewals meanwhile."""

    billing_time: time = BILLING_TIME
    retry_days: tuple[int, ...] = (2, 7, 14, 21)
    at_the_end: AtTheEnd = "cancel"
    while_past_due: WhilePastDue = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpaid:
    """A declined order. made are the numbers of the attempts since, of which a postponed one is none; declined is the
    newest answer, and declined_method what it was given to."""

    order_id: str
    first_declined_at: datetime
    made: tuple[int, ...] = ()
    declined: Decline
    declined_method: str | None = None
    in_flight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Charge the order now. number counts the days of the schedule from 1: with the order it is the attempt's key."""

    order_id: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAttempt:
    """Nothing to do before then. charges says whether that will be an attempt: without a method, or with one that was
    declined for good, only the end comes."""

    at: datetime
    charges: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """The last day is over."""

    order_id: str
    action: AtTheEnd


Dunning = Attempt | NextAttempt | GiveUp | None


def is_hard(decline: Decline) -> bool:
    """Whether the same method must not be tried by itself again."""
    return decline.final or decline.code in HARD or decline.decline_code in HARD


def attempt_days(first: date, retry_days: Sequence[int]) -> tuple[date, ...]:
    return tuple(first + timedelta(days=days) for days in retry_days)


def attempts(unpaid: Unpaid, terms: BillingTerms, zone: str) -> tuple[datetime, ...]:
    """The instants of all attempts, made or not."""
    days = attempt_days(local_day(unpaid.first_declined_at, zone), terms.retry_days)
    return tuple(instant_of(day, terms.billing_time, zone) for day in days)


def decide(billed: Billed, unpaid: Unpaid, terms: BillingTerms) -> Dunning:
    """What is to be done about a declined order now; None when nothing is: it has ended, or will by itself
    unless its first order is paid in time.

    A payment in flight puts off whatever is due, and is no attempt. The days are over at the midnight after the last
    attempt's day; right after the last attempt has been declined, when it was made.
    """
    if billed.status in ("CANCELED", "INCOMPLETE"):
        return None
    now, zone, method = billed.now, billed.subscription.zone, billed.subscription.payment_method_id
    today = billed.today
    days = attempt_days(local_day(unpaid.first_declined_at, zone), terms.retry_days)
    over = not days or today > days[-1] or len(days) in unpaid.made
    if over:
        return NextAttempt(at=now + IN_FLIGHT_DELAY) if unpaid.in_flight else _give_up(unpaid, terms)
    end = midnight(days[-1] + timedelta(days=1), zone)
    if not _may_charge(unpaid, method):
        return NextAttempt(at=end, charges=False)
    left = (number for number, day in enumerate(days, start=1) if day >= today and number not in unpaid.made)
    number = next(left, None)
    if number is None:
        return NextAttempt(at=end, charges=False)
    at = instant_of(days[number - 1], terms.billing_time, zone)
    if at > now:
        return NextAttempt(at=at)
    if unpaid.in_flight:
        return NextAttempt(at=now + IN_FLIGHT_DELAY)
    return Attempt(order_id=unpaid.order_id, number=number)


def _may_charge(unpaid: Unpaid, method: str | None) -> bool:
    if method is None:
        return False
    return method != unpaid.declined_method or not is_hard(unpaid.declined)


def _give_up(unpaid: Unpaid, terms: BillingTerms) -> GiveUp:
    return GiveUp(order_id=unpaid.order_id, action=terms.at_the_end)
