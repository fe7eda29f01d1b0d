"""What a subscriber hears before anything is charged."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from flint_domain.billing.dunning import BillingTerms
from flint_domain.billing.model import Planned, Trial
from flint_domain.billing.reminders import Reminder, reminders
from flint_domain.billing.status import Billed
from flint_domain.kernel.periods import Interval
from tests.domain.billing.given import MONTHLY, YEARLY, a_plan, billed, subscribed

TERMS = BillingTerms()
MADE = datetime(2025, 6, 1, 8, tzinfo=UTC)
JUNE = date(2025, 6, 1)


def stands(interval: Interval, **fields: Any) -> Billed:
    plan = a_plan(1_000, interval=interval)
    subscription, _ = billed(plan, subscribed(plan, JUNE, zone="Europe/Berlin"))
    return Billed(replace(subscription, created_at=MADE, **fields), MADE)


def test_a_yearly_renewal_is_told_a_week_before_and_a_monthly_one_is_not() -> None:
    about = date(2026, 6, 1)
    told = Reminder(kind="renewal_upcoming", at=datetime(2026, 5, 25, 7, tzinfo=UTC), about=about)
    assert reminders(stands(YEARLY), TERMS) == (told,)
    assert reminders(stands(MONTHLY), TERMS) == ()


def test_the_end_of_a_trial_is_told_three_days_before_unless_it_is_shorter() -> None:
    plan, end = a_plan(1_000), date(2025, 6, 15)
    subscription = replace(subscribed(plan, end, trial=Trial(starts_on=JUNE, ends_on=end)), created_at=MADE)
    told = Reminder(kind="trial_ending", at=datetime(2025, 6, 12, 9, tzinfo=UTC), about=end)
    assert reminders(Billed(subscription, MADE), TERMS) == (told,)
    soon = date(2025, 6, 3)
    short = replace(subscription, starts_on=soon, trial=Trial(starts_on=JUNE, ends_on=soon))
    assert reminders(Billed(short, MADE), TERMS) == ()


def test_a_card_is_good_to_the_end_of_its_month() -> None:
    told = Reminder(kind="card_expiring", at=datetime(2025, 6, 24, 7, tzinfo=UTC), about=date(2025, 7, 1))
    assert reminders(stands(MONTHLY), TERMS, (2025, 6)) == (told,)
    assert reminders(stands(MONTHLY), TERMS, (2025, 7)) == ()


def test_nobody_is_reminded_of_what_will_not_be_billed() -> None:
    planned = Planned(kind="cancel", on=date(2026, 6, 1))
    assert reminders(stands(YEARLY, planned=planned), TERMS, (2025, 6)) == ()
