"""What a new subscription is: trial, first day, grid, and what is refused."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from flint_domain.billing.dunning import BillingTerms
from flint_domain.billing.model import Plan, Subscription, Trial
from flint_domain.billing.renewals import Renew, Wait, next_step
from flint_domain.billing.status import Billed
from flint_domain.billing.subscribing import Wish, subscribe
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Moment
from flint_domain.order.lifecycle import standing
from tests.domain.billing.given import a_plan, billed, new_id

NOW = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)  # the 28th in Berlin
TODAY = date(2026, 11, 28)
PLAN = a_plan(1_000)


def made(plan: Plan = PLAN, *, had_trial: bool = False, zone: str = "europe/berlin", **wish: Any) -> Subscription:
    known = Wish(customer_id="cus_1", **wish)
    return subscribe(plan, known, zone=zone, had_trial=had_trial, moment=Moment(NOW, new_id))


def test_it_begins_today_in_the_merchants_zone_and_its_first_order_has_23_hours() -> None:
    subscription = made(quantity=Decimal(3))
    assert (subscription.zone, subscription.starts_on, subscription.schedule.anchor) == ("Europe/Berlin", TODAY, TODAY)
    assert subscription.expires_at == datetime(2026, 11, 28, 22, 30, tzinfo=UTC)
    assert standing(billed(PLAN, subscription)[1]).priced.total == 3_000


def test_a_trial_has_no_order_and_its_end_is_the_anchor() -> None:
    subscription = made(replace(PLAN, trial_days=14))
    assert subscription.trial == Trial(starts_on=TODAY, ends_on=date(2026, 12, 12))
    assert (subscription.schedule.anchor, subscription.expires_at) == (date(2026, 12, 12), None)
    stands = Billed(subscription, NOW)
    assert stands.status == "TRIALING"
    assert next_step(stands, BillingTerms()) == Wait(until=datetime(2026, 12, 12, 8, tzinfo=UTC))


def test_trial_days_of_zero_are_no_trial() -> None:
    assert made(replace(PLAN, trial_days=14), trial_days=0).trial is None


def test_one_that_starts_later_bills_nothing_before_and_does_not_expire() -> None:
    subscription = made(starts_on=date(2026, 12, 1), anchor_day="15", periods=12)
    assert (subscription.expires_at, subscription.ends_after) == (None, 12)
    assert subscription.schedule.anchor == date(2026, 12, 15)
    due = Billed(subscription, datetime(2026, 12, 1, 8, tzinfo=UTC))
    assert next_step(due, BillingTerms()) == Renew(sequence=1, on=date(2026, 12, 1))


def test_an_invoice_waits_for_its_own_day() -> None:
    assert made(collect="INVOICE").expires_at is None


@pytest.mark.parametrize(
    ("wish", "code", "param", "message"),
    [
        (
            {"starts_on": date(2026, 11, 27)},
            "invalid_argument",
            "startsOn",
            "2026-11-27 lies in the past: today is 2026-11-28.",
        ),
        (
            {"starts_on": date(2030, 1, 1)},
            "invalid_argument",
            "startsOn",
            "2030-01-01 lies in the distant future: today is 2026-11-28.",
        ),
        ({"trial_days": -1}, "invalid_argument", "trialDays", "A trial of -1 days is not possible."),
        ({"periods": 0}, "invalid_argument", "periods", "0 periods are not possible."),
        ({"quantity": Decimal(0)}, "invalid_argument", "quantity", "A quantity of 0 is not possible."),
        (
            {"anchor_day": "monday"},
            "invalid_argument",
            "anchorDay",
            '"monday" is no anchor day of a plan that is billed every month.',
        ),
        (
            {"trial_days": 7, "had_trial": True},
            "trial_used",
            "trialDays",
            "The customer has had a trial of plan_1 already.",
        ),
        (
            {"plan": replace(PLAN, active=False)},
            "plan_inactive",
            "planId",
            "plan_1 is switched off: it takes no new subscribers.",
        ),
        ({"zone": "Mars/Base"}, "invalid_argument", "timeZone", '"Mars/Base" is no IANA time zone.'),
    ],
)
def test_what_cannot_be_subscribed_to_is_refused(wish: dict[str, Any], code: str, param: str, message: str) -> None:
    with pytest.raises(Refused) as refused:
        made(**wish)
    assert (refused.value.code, refused.value.param, refused.value.message) == (code, param, message)


def test_a_second_trial_is_possible_when_it_is_said() -> None:
    assert made(trial_days=7, had_trial=True, second_trial=True).trial is not None
    assert made(had_trial=True).trial is None
