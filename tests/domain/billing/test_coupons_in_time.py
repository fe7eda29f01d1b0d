"""How long a coupon lasts on a subscription."""

from dataclasses import replace
from datetime import date

from flint_domain.billing.coupons import begun, running_out, runs
from flint_domain.billing.model import SubscribedCoupon
from flint_domain.order.lifecycle import standing
from tests.domain.billing.given import YEARLY, a_plan, billed, subscribed, with_coupon
from tests.domain.billing.life import Life
from tests.domain.values import NOW

ONCE = with_coupon("ONCE", "once", amount=1_000)
THREE = with_coupon("THREE", "repeating", 3, amount=1_000)
ALWAYS = with_coupon("ALWAYS", "forever", amount=1_000)


def discounts(coupon: SubscribedCoupon, periods: int, start: date, anchor_day: str | None = None) -> list[int]:
    plan = a_plan(10_000)
    subscription = subscribed(plan, start, anchor_day=anchor_day, coupons=(coupon,))
    found: list[int] = []
    for _ in range(periods):
        subscription, order = billed(plan, subscription)
        found.append(standing(order).priced.discount)
    return found


def test_once_repeating_and_forever() -> None:
    start = date(2024, 1, 31)
    assert discounts(ONCE, 3, start) == [1_000, 0, 0]
    assert discounts(THREE, 5, start) == [1_000, 1_000, 1_000, 0, 0]
    assert discounts(ALWAYS, 14, start) == [1_000] * 14


def test_a_stub_at_the_start_belongs_to_its_whole_period() -> None:
    assert discounts(THREE, 5, date(2024, 1, 20), "1") == [1_000, 1_000, 1_000, 0, 0]


def test_three_months_of_a_year_are_its_first_period() -> None:
    plan = a_plan(10_000, interval=YEARLY)
    subscription, first = billed(plan, subscribed(plan, date(2024, 1, 1), coupons=(THREE,)))
    _, second = billed(plan, subscription)
    assert [standing(order).priced.discount for order in (first, second)] == [1_000, 0]


def test_a_coupon_begins_when_it_first_takes_something_off() -> None:
    unmet = with_coupon("BIG", "once", amount=1_000, minimum_subtotal=50_000)
    plan, dear = a_plan(10_000), a_plan(60_000, plan_id="plan_2")
    subscription, order = billed(plan, subscribed(plan, date(2024, 1, 1), coupons=(unmet,)))
    assert (standing(order).priced.discount, subscription.coupons[0].first) == (0, None)
    subscription, order = billed(dear, replace(subscription, subscribed=subscribed(dear, date(2024, 1, 1)).subscribed))
    assert (standing(order).priced.discount, subscription.coupons[0].first) == (1_000, date(2024, 2, 1))


def test_what_is_charged_after_a_pause_inside_a_discounted_period_is_discounted() -> None:
    plan = a_plan(3_000)
    life = Life({plan.plan_id: plan}, subscribed(plan, date(2025, 6, 1), coupons=(ONCE,)), NOW).at("2025-06-01")
    assert life.made[0].total == 2_000
    life.at("2025-06-06").pause()
    life.at("2025-06-21").resume()
    assert life.made[-1].total == 0  # 10 of 30 days of 30.00, less 10.00
    life.at("2025-07-01")
    assert life.made[-1].total == 3_000


def test_the_coupons_that_run_out_with_a_period_are_known_before() -> None:
    june, july, august = date(2025, 6, 1), date(2025, 7, 1), date(2025, 8, 1)
    coupons = (ONCE, THREE, ALWAYS)
    assert [coupon.code for coupon in running_out(coupons, june, july)] == ["ONCE"]
    coupons = begun(coupons, june, {"cpn_ONCE", "cpn_THREE", "cpn_ALWAYS"})
    assert [coupon.code for coupon in running_out(coupons, august, date(2025, 9, 1))] == ["THREE"]
    assert [runs(coupon, july) for coupon in coupons] == [False, True, True]
