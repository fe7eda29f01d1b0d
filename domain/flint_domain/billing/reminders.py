"""What a subscriber hears before anything is charged: a trial that ends, a long period that renews, a card that will
have expired by then."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from flint_domain.billing.dunning import BillingTerms
from flint_domain.billing.previews import billed_next_on
from flint_domain.billing.status import Billed
from flint_domain.kernel.periods import instant_of, months_after

ReminderKind = Literal["trial_ending", "renewal_upcoming", "card_expiring"]

TRIAL_ENDS_IN = timedelta(days=3)
RENEWS_IN = timedelta(days=7)
LONG = timedelta(days=360)  # a renewal of what was paid as long ago as this comes as a surprise


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """about is the day on which the period begins that it is about: with the kind, it is told once."""

    kind: ReminderKind
    at: datetime
    about: date


def reminders(billed: Billed, terms: BillingTerms, card_expires: tuple[int, int] | None = None) -> tuple[Reminder, ...]:
    """What is to be told before the next order, in the order of time; nothing when nothing will be billed by itself.

    card_expires is year and month, to the end of which the saved card is good. A reminder whose day lies before the
    subscription began is none: who subscribed today knows.
    """
    on, subscription = billed_next_on(billed), billed.subscription
    if on is None:
        return ()
    before: list[tuple[ReminderKind, timedelta]] = []
    if billed.status == "TRIALING":
        before.append(("trial_ending", TRIAL_ENDS_IN))
    elif subscription.period is not None and on - subscription.period.start >= LONG:
        before.append(("renewal_upcoming", RENEWS_IN))
    if card_expires is not None and months_after(date(*card_expires, 1), 1) <= on:
        before.append(("card_expiring", RENEWS_IN))
    zone = subscription.zone
    made = (Reminder(kind=kind, at=instant_of(on - days, terms.billing_time, zone), about=on) for kind, days in before)
    return tuple(sorted((each for each in made if each.at > subscription.created_at), key=lambda each: each.at))
