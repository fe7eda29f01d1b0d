"""Lives of any kind: a preview is the fact, nothing is billed twice, and no cent is lost or given back unpaid."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.billing import guards
from flint_domain.billing.changes import Difference
from flint_domain.billing.model import SubscribedCoupon
from flint_domain.kernel.periods import Interval
from flint_domain.order.lifecycle import standing
from flint_domain.order.refunds.rules import RefundRequest, refund
from tests.domain.billing.given import MOMENT, MONTHLY, YEARLY, a_plan, subscribed, with_coupon
from tests.domain.billing.life import CREDIT, MINIMUM, Life
from tests.domain.values import SALES_8, VAT_19

WEEKLY = Interval("week", 2)
starts = st.dates(date(2023, 1, 1), date(2026, 12, 31))
prices = st.integers(0, 99_999)
intervals = st.sampled_from([MONTHLY, MONTHLY, YEARLY, WEEKLY])
durations = st.sampled_from([("once", None), ("repeating", 3), ("forever", None)])
coupons = st.lists(
    st.one_of(
        st.tuples(st.just("percent"), st.integers(1, 100).map(Decimal), durations),
        st.tuples(st.just("amount"), st.integers(1, 30_000), durations),
    ),
    max_size=2,
)
changes = st.tuples(st.just("change"), prices, st.integers(1, 9), intervals)
steps = st.lists(
    st.tuples(
        st.integers(0, 40),  # days until then
        st.one_of(
            changes,
            changes,
            st.tuples(st.sampled_from(["pause", "resume", "resume anew", "cancel", "refund"]), st.integers(1, 50_000)),
            st.tuples(st.sampled_from(["decline", "pay", "wait", "disputed", "won", "lost"]), st.just(0)),
        ),
    ),
    max_size=10,
)


def coupons_of(wanted: Sequence[tuple[str, object, tuple[str, int | None]]]) -> tuple[SubscribedCoupon, ...]:
    return tuple(
        with_coupon(f"C{number}", duration, months, **{name: value})
        for number, (name, value, (duration, months)) in enumerate(wanted)
    )


def do(life: Life, action: tuple[object, ...]) -> Difference | None:
    """What a caller may do now, by the guards; None when it is not possible or moves no money."""
    match action:
        case ("change", int(price), int(quantity), Interval() as interval) if guards.change_now(life.billed) is None:
            return life.change(a_plan(price, interval=interval, plan_id=f"plan_{price}_{interval}"), quantity)
        case ("pause", *_) if guards.pause(life.billed) is None:
            return life.pause()
        case ("resume" | "resume anew" as how, *_) if guards.resume(life.billed) is None:
            life.resume(new_anchor=how == "resume anew")
        case ("cancel", *_) if guards.cancel(life.billed) is None:
            return life.cancel(refund=True)
        case ("refund", int(amount)) if life.current is not None and life.current.money.refundable:
            asked = RefundRequest(amount=min(amount, life.current.money.refundable), refund_to=CREDIT)
            change = refund(life.current, MOMENT, asked, reason="requested_by_customer", note=None)[0]
            life.perform(change)
        case ("decline", *_):
            life.pays = False
        case ("disputed", *_):
            life.dispute("needs_response")
        case ("won", *_):
            life.dispute("won")
        case ("lost", *_):
            life.dispute("lost")
        case ("pay", *_):
            life.pays = True
            for debt in life.debts:
                life.pay(life.orders[debt.order_id])
        case _:
            pass
    return None


def all_money(life: Life) -> tuple[int, int]:
    """What has come in and what has gone back over all orders, in minor units."""
    money = [standing(order).money for order in life.orders.values()]
    return sum(found.paid for found in money), sum(found.refunded for found in money)


@st.composite
def beginnings(draw: st.DrawFn) -> tuple[date, Life]:
    """A day, and a life that begins on it or after a trial."""
    start, price, interval = draw(starts), draw(prices), draw(intervals)
    plan = a_plan(price, price // 3, interval=interval)
    first = start + timedelta(days=draw(st.sampled_from([0, 14])))
    subscription = subscribed(plan, first, coupons=coupons_of(draw(coupons)))
    subscription = replace(subscription, collect=draw(st.sampled_from(["CHARGE", "CHARGE", "INVOICE"])))
    taxes = draw(st.sampled_from([(), (SALES_8,), (VAT_19,)]))
    return start, Life({plan.plan_id: plan}, subscription, MOMENT.now, taxes=taxes, minimum=MINIMUM)


@given(begin=beginnings(), actions=steps)
def test_previews_are_facts_and_the_books_balance(
    begin: tuple[date, Life], actions: list[tuple[int, tuple[object, ...]]]
) -> None:
    today, life = begin
    for days, action in actions:
        today += timedelta(days=days)
        life.at(today)
        was_paid, had_back = all_money(life)
        owed = life.billed.due
        preview = do(life, action)
        paid, back = all_money(life)
        if preview is not None:
            assert (paid - was_paid, back - had_back) == (preview.pays, preview.comes_back)
            assert life.billed.due - owed == preview.due - preview.pays + preview.comes_back
        assert back <= paid
        cards = sum(
            payment.captured for order in life.orders.values() for payment in order.payments if payment.source != CREDIT
        )
        assert cards == paid - back + life.wallet  # what cards paid is what was earned, and what buyers still have
        assert life.wallet >= 0
        for order in life.orders.values():
            found = standing(order)
            assert found.money.overpaid == 0
            if not any(part.of != "difference" for made in order.refunds for part in made.parts):
                assert found.priced.total == found.money.paid - found.money.refunded + found.money.outstanding
    check_days(life)


def check_days(life: Life) -> None:
    """No day is billed twice, and every sequence is used once."""
    assert [made.sequence for made in life.subscription.orders] == list(range(1, len(life.orders) + 1))
    for number in (0, 1):  # the plan's two lines
        periods = sorted(
            (line.period.start, line.period.end)
            for order in life.orders.values()
            for line in order.lines
            if line.period is not None and line.name == f"line {number}" and line.period.days
        )
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(periods))


@given(start=starts, price=prices, interval=intervals, gaps=st.lists(st.integers(0, 50), min_size=1, max_size=8))
def test_the_days_of_a_life_without_a_pause_have_no_gap(
    start: date, price: int, interval: Interval, gaps: list[int]
) -> None:
    plan = a_plan(price, interval=interval)
    life = Life({plan.plan_id: plan}, subscribed(plan, start), MOMENT.now)
    today = start
    for number, days in enumerate(gaps):
        today += timedelta(days=days)
        life.at(today).change(a_plan(price + number, interval=interval, plan_id=f"plan_{number}"))
    periods = sorted(
        (line.period.start, line.period.end)
        for order in life.orders.values()
        for line in order.lines
        if line.period is not None and line.period.days
    )
    assert periods[0][0] == start
    assert all(earlier[1] == later[0] for earlier, later in pairwise(periods))
    assert life.subscription.period is not None
    assert periods[-1][1] == life.subscription.period.end


@given(
    start=starts,
    price=prices,
    zone=st.sampled_from(["America/New_York", "America/Sao_Paulo", "Europe/Berlin", "Asia/Kolkata", "Asia/Tokyo"]),
    actions=steps,
)
def test_no_clock_moves_a_cent(
    start: date, price: int, zone: str, actions: list[tuple[int, tuple[object, ...]]]
) -> None:
    plan, lives = a_plan(price), list[Life]()
    for each in ("UTC", zone):
        life = Life({plan.plan_id: plan}, subscribed(plan, start, zone=each), MOMENT.now, minimum=MINIMUM)
        today = start
        for days, action in actions:
            today += timedelta(days=days)
            do(life.at(today), action)  # noon of UTC is the same day in all of them
        lives.append(life)
    assert lives[0].made == lives[1].made
    assert (lives[0].wallet, all_money(lives[0])) == (lives[1].wallet, all_money(lives[1]))


# ── against a second way of computing ────────────────────────────────────────────────────────────────────────────────


def rounded(amount: Fraction) -> int:
    return int(amount + Fraction(1, 2))  # half up, for what is not negative


@given(
    start=starts,
    first=prices,
    discount=st.sampled_from([None, 10, 33, 50]),
    amounts=st.lists(st.tuples(st.integers(0, 12), prices, st.integers(1, 5)), max_size=6),
)
def test_changes_of_a_month_cost_what_an_abacus_says(
    start: date, first: int, discount: int | None, amounts: list[tuple[int, int, int]]
) -> None:
    """Every line by itself: what was charged for it, for how many days, and what is left of them."""
    coupon = () if discount is None else (with_coupon("C", percent=Decimal(discount)),)
    plan = a_plan(first)
    life = Life({plan.plan_id: plan}, subscribed(plan, start, coupons=coupon), MOMENT.now).at(start)
    period = life.subscription.period
    assert period is not None

    def after_coupon(gross: int) -> int:
        return gross - rounded(Fraction(gross * (discount or 0), 100))

    charged, since, today = after_coupon(first), start, start
    for days, price, quantity in amounts:
        today += timedelta(days=days)
        if today >= period.end:
            break
        left = (period.end - today).days
        credit = rounded(Fraction(charged * left, (period.end - since).days))
        charge = rounded(Fraction(after_coupon(price * quantity) * left, period.grid_days))
        made = life.at(today).change(a_plan(price, plan_id=f"plan_{price}"), quantity)
        assert made.due == charge - credit
        charged, since = charge, today


@pytest.mark.parametrize("number", range(1, 4))
def test_a_declined_life_owes_and_a_paid_one_does_not(number: int) -> None:
    plan = a_plan(1_000 * number)
    life = Life({plan.plan_id: plan}, subscribed(plan, date(2025, 1, 31)), MOMENT.now).at("2025-01-31")
    life.pays = False
    life.at("2025-02-28")
    assert (life.billed.status, life.billed.due) == ("PAST_DUE", 1_000 * number)
    life.at("2025-06-01")
    assert len(life.orders) == 2  # renewals are held until it is paid
    life.pays = True
    do(life, ("pay", 0))
    life.at("2025-06-01")
    assert (life.billed.status, len(life.orders)) == ("ACTIVE", 5)
    assert life.subscription == replace(life.subscription, sequence=5)
