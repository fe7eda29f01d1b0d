"""What is due when, in the order of time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flint_domain.billing.changes import Wanted
from flint_domain.billing.dunning import BillingTerms
from flint_domain.billing.model import Planned, Trial
from flint_domain.billing.renewals import (
    End,
    Hold,
    Pause,
    Renew,
    Wait,
    changed_before_the_first,
    next_step,
    starting_on,
)
from flint_domain.billing.status import Billed, Debt
from flint_domain.order.payments.model import Decline
from tests.domain.billing.given import MOMENT, YEARLY, a_plan, billed, subscribed, to
from tests.domain.billing.life import Life
from tests.domain.values import line

JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)
TERMS = BillingTerms()
DECLINED = Debt(order_id="ord_1", sequence=1, amount=100, decline=Decline(code="card_declined", message="no"))


def in_june(now: datetime, *debts: Debt, **fields: Any) -> Billed:
    """A subscription of Berlin that was billed for June."""
    plan = a_plan(1_000)
    subscription, _ = billed(plan, subscribed(plan, JUNE, zone="Europe/Berlin"))
    return Billed(replace(subscription, **fields), now, debts)


def at(hour: int, day: date = JULY) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def test_a_renewal_is_due_at_nine_in_its_own_zone() -> None:
    assert next_step(in_june(at(6)), TERMS) == Wait(until=at(7))
    assert next_step(in_june(at(7)), TERMS) == Renew(sequence=2, on=JULY)


def test_a_cancel_or_pause_at_the_end_of_a_period_takes_effect_at_midnight_without_an_order() -> None:
    midnight = at(22, date(2025, 6, 30))
    cancel, pause = Planned(kind="cancel", on=JULY), Planned(kind="pause", on=JULY, until=date(2025, 9, 9))
    before = midnight - timedelta(seconds=1)
    assert next_step(in_june(before, planned=cancel), TERMS) == Wait(until=midnight)
    assert next_step(in_june(midnight, planned=cancel), TERMS) == End(on=JULY, reason="asked")
    assert next_step(in_june(at(12), planned=cancel), TERMS) == End(on=JULY, reason="asked")
    assert next_step(in_june(midnight, planned=pause), TERMS) == Pause(on=JULY, until=date(2025, 9, 9))


def test_a_change_between_midnight_and_the_renewal_is_what_the_renewal_bills() -> None:
    basic, pro = a_plan(1_000), a_plan(3_000, plan_id="plan_2")
    life = Life({basic.plan_id: basic}, subscribed(basic, JUNE), MOMENT.now, terms=TERMS).at("2025-06-01")
    made = life.at(at(1)).change(pro)
    assert (made.due, life.orders.keys()) == (0, {"ord_1"})
    life.at(at(10))
    assert [made.total for made in life.made] == [1_000, 3_000]


def test_between_midnight_and_the_renewal_a_pause_or_cancel_gives_nothing_back_and_makes_no_order() -> None:
    plan = a_plan(1_000)
    for act in ("pause", "cancel"):
        life = Life({plan.plan_id: plan}, subscribed(plan, JUNE), MOMENT.now, terms=TERMS).at("2025-06-01").at(at(1))
        given = life.pause() if act == "pause" else life.cancel(refund=True)
        life.at(at(10))
        assert (given.comes_back, life.wallet, len(life.made)) == (0, 0, 1)


def test_a_planned_change_of_interval_begins_a_new_grid_on_its_day() -> None:
    monthly, yearly = a_plan(1_000), a_plan(9_000, interval=YEARLY, plan_id="plan_2")
    life = Life({p.plan_id: p for p in (monthly, yearly)}, subscribed(monthly, date(2025, 1, 31)), MOMENT.now)
    life.at("2025-01-31").plan("change", date(2025, 2, 28), Wanted(to=to(yearly), revision=yearly.newest))
    life.at("2025-03-01")
    assert (life.made[-1].start, life.made[-1].end, life.made[-1].total) == (
        date(2025, 2, 28),
        date(2026, 2, 28),
        9_000,
    )
    assert life.subscription.planned is None


def test_renewals_are_held_while_an_order_is_past_due_or_billed_if_the_merchant_wants_it() -> None:
    assert next_step(in_june(at(7), DECLINED), TERMS) == Hold(on=JULY)
    bills = BillingTerms(while_past_due="bill")
    assert next_step(in_june(at(7), DECLINED), bills) == Renew(sequence=2, on=JULY)


def test_what_is_late_by_72_hours_is_made_and_not_charged_by_itself() -> None:
    late = at(7) + timedelta(hours=72)
    assert next_step(in_june(late - timedelta(seconds=1)), TERMS) == Renew(sequence=2, on=JULY)
    assert next_step(in_june(late), TERMS) == Renew(sequence=2, on=JULY, charge=False)
    assert next_step(in_june(at(7)), TERMS, uncharged=True) == Renew(sequence=2, on=JULY, charge=False)
    assert next_step(in_june(late), TERMS, held_until=late) == Renew(sequence=2, on=JULY)  # a debt had held it


def test_it_ends_by_itself_after_its_periods() -> None:
    assert next_step(in_june(at(7), ends_after=1), TERMS) == End(on=JULY, reason="periods_over")
    assert next_step(in_june(at(7, JUNE), ends_after=1), TERMS) == Wait(until=at(22, date(2025, 6, 30)))
    assert next_step(in_june(at(7), ends_after=2), TERMS) == Renew(sequence=2, on=JULY)


def test_a_first_order_that_nobody_pays_ends_it_after_its_time_but_never_while_a_payment_runs() -> None:
    expires_at = at(8, JUNE) + timedelta(hours=23)
    untried = Debt(order_id="ord_1", sequence=1, amount=100)
    assert next_step(in_june(at(9, JUNE), untried, expires_at=expires_at), TERMS) == Wait(until=expires_at)
    assert next_step(in_june(expires_at, DECLINED, expires_at=expires_at), TERMS) == End(
        on=date(2025, 6, 2), reason="incomplete"
    )
    running = replace(untried, in_flight=True)
    assert next_step(in_june(expires_at, running, expires_at=expires_at), TERMS) == Wait(until=expires_at)


def test_a_clock_that_is_set_back_makes_nothing_twice() -> None:
    plan = a_plan(3_000)
    life = Life({plan.plan_id: plan}, subscribed(plan, JUNE), MOMENT.now).at("2025-06-01").at("2025-07-01")
    life.at("2025-06-01").at("2025-07-01").at("2025-07-02")
    assert [made.start for made in life.made] == [JUNE, JULY]


def test_a_pause_with_a_last_day_resumes_by_itself_with_a_stub() -> None:
    plan = a_plan(3_000)
    life = Life({plan.plan_id: plan}, subscribed(plan, JUNE), MOMENT.now).at("2025-06-01")
    life.at("2025-06-11").pause(until=date(2025, 7, 22))
    assert life.wallet == 2_000
    assert isinstance(next_step(life.billed, life.terms), Wait)
    life.at("2025-07-22")
    assert (life.made[-1].start, life.made[-1].end, life.made[-1].total) == (date(2025, 7, 22), date(2025, 8, 1), 968)
    assert life.billed.status == "ACTIVE"


def test_a_pause_without_one_waits_for_somebody_and_nothing_is_due_after_the_end() -> None:
    plan = a_plan(3_000)
    life = Life({plan.plan_id: plan}, subscribed(plan, JUNE), MOMENT.now).at("2025-06-01")
    life.pause()
    assert next_step(life.billed, life.terms) == Wait(until=None)
    life.cancel()
    assert next_step(life.billed, life.terms) == Wait(until=None)


def test_in_a_trial_a_change_changes_only_the_plan_and_a_trial_can_be_moved() -> None:
    plan, other = a_plan(1_000), a_plan(5_000, interval=YEARLY, plan_id="plan_2")
    trial = Trial(starts_on=JUNE, ends_on=date(2025, 6, 15))
    subscription = subscribed(plan, date(2025, 6, 15), trial=trial, anchor_day="1")
    subscription = replace(subscription, anchor_day="1")
    later = starting_on(subscription, date(2025, 6, 20))
    assert (later.trial, later.schedule.anchor) == (Trial(starts_on=JUNE, ends_on=date(2025, 6, 20)), JULY)
    ending = replace(subscription, planned=Planned(kind="cancel", on=date(2025, 6, 15)))
    assert starting_on(ending, date(2025, 6, 20)).planned == Planned(kind="cancel", on=date(2025, 6, 20))
    changed = changed_before_the_first(later, to(other))
    assert (changed.schedule.interval, changed.schedule.anchor) == (YEARLY, date(2025, 6, 20))
    assert changed_before_the_first(later, to(a_plan(2_000, plan_id="plan_3"))).schedule == later.schedule


def test_lines_for_the_next_order_are_on_it_and_on_no_later_one() -> None:
    plan = a_plan(1_000)
    subscription = subscribed(plan, JUNE, next_lines=(line(9, 250),))
    after, first = billed(plan, subscription)
    assert [each.unit_price for each in first.lines] == [1_000, 250]
    assert [each.unit_price for each in billed(plan, after)[1].lines] == [1_000]
