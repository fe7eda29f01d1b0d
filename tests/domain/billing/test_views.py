"""What callers read of plans and subscriptions, word for word."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from flint_domain.billing.changes import Wanted
from flint_domain.billing.coupons import discounts_until
from flint_domain.billing.next_views import money_trace, next_order_view
from flint_domain.billing.plan_views import plan_view
from flint_domain.billing.views import subscription_view
from flint_domain.order.refunds.rules import RefundRequest, refund
from tests.domain.billing.given import MOMENT, YEARLY, a_plan, subscribed, to, with_coupon
from tests.domain.billing.life import CREDIT, Life
from tests.domain.values import SALES_8

JUNE = date(2025, 6, 1)
BASIC, PRO = a_plan(10_000), a_plan(30_000, plan_id="plan_2")


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


def a_life(**fields: Any) -> Life:
    coupons = (with_coupon("TWO", "repeating", 2, percent=Decimal(25)),)
    subscription = replace(subscribed(BASIC, JUNE, coupons=coupons), **fields)
    life = Life({"plan_1": BASIC, "plan_2": PRO}, subscription, MOMENT.now, taxes=(SALES_8,))
    return life.at(JUNE).at("2025-06-11")


def test_a_plan_says_its_price_and_how_many_are_on_which_revision() -> None:
    flat = replace(BASIC.newest.lines[0], name="Base", unit_price=2_000, per_unit=False)
    setup = replace(flat, name="Set-up", unit_price=500, once=True)
    plan = a_plan(lines=(flat, *BASIC.newest.lines, setup), interval=YEARLY, trial_days=14, reference="pro")
    view = plan_view(plan, {1: 3}).to_wire(keep_empty=False)
    assert view["summary"] == "active plan, 20.00 USD + 100.00 USD per unit every year, 3 subscribers."
    assert view["interval"] == {"unit": "year", "count": 1}
    assert view["lines"] == [
        {"name": "Base", "unitPriceMoney": usd(2_000), "perUnit": False},
        {"name": "line 0", "unitPriceMoney": usd(10_000), "perUnit": True},
        {"name": "Set-up", "unitPriceMoney": usd(500), "perUnit": False, "once": True},
    ]
    assert (view["subscribers"], view["trialDays"], view["collect"]) == (
        [{"revision": 1, "subscribers": 3}],
        14,
        "CHARGE",
    )
    assert "netDays" not in view
    free = plan_view(a_plan(0, active=False), {1: 1}).summary
    assert free == "inactive plan, 0.00 USD every month, 1 subscriber."


def test_a_subscription_says_where_it_stands_and_what_comes_next() -> None:
    life = a_life()
    life.plan("change", date(2025, 7, 1), Wanted(to=to(PRO, 2), revision=PRO.newest))
    view = subscription_view(life.billed, life.preview()).to_wire(keep_empty=False)
    assert view["summary"] == (
        "ACTIVE subscription, 1 of plan_1; change planned for 2025-07-01; next 486.00 USD on 2025-07-01."
    )
    assert view["period"] == {"startsOn": "2025-06-01", "endsOn": "2025-07-01"}
    assert view["planned"] == {
        "action": "change",
        "on": "2025-07-01",
        "planId": "plan_2",
        "revision": 1,
        "quantity": 2,
    }
    assert view["coupons"] == [{"couponCode": "TWO", "until": "2025-08-01"}]
    assert (view["status"], view["amountDueMoney"], view["orderIds"]) == ("ACTIVE", usd(0), ["ord_1"])
    assert view["nextOrderAt"] == "2025-07-01T00:00:00Z"
    assert {"trialEndsOn", "paused", "ended"}.isdisjoint(view)


def test_a_pause_an_end_and_a_debt_are_told() -> None:
    life = a_life()
    life.pause(until=date(2025, 7, 22))
    view = subscription_view(life.billed, life.preview()).to_wire(keep_empty=False)
    assert view["paused"] == {"since": "2025-06-11", "until": "2025-07-22"}
    life.cancel()
    view = subscription_view(life.billed, None).to_wire(keep_empty=False)
    assert (view["ended"], view["summary"]) == (
        {"on": "2025-06-11", "reason": "asked"},
        "CANCELED subscription, 1 of plan_1.",
    )
    life = a_life()
    life.pays = False
    life.at("2025-07-01")
    assert subscription_view(life.billed, None).summary == "PAST_DUE subscription, 1 of plan_1; 81.00 USD due."


def test_the_next_order_is_told_line_by_line() -> None:
    life = a_life()
    life.wallet = 2_000
    view = next_order_view(life.preview()).to_wire(keep_empty=False)
    assert view == {
        "summary": "81.00 USD on 2025-07-01, order 2 of the subscription.",
        "at": "2025-07-01T00:00:00Z",
        "period": {"startsOn": "2025-07-01", "endsOn": "2025-08-01"},
        "lines": [
            {
                "name": "line 0",
                "quantity": 1,
                "unitPriceMoney": usd(10_000),
                "grossMoney": usd(10_000),
                "discountMoney": usd(2_500),
                "taxMoney": usd(600),
                "totalMoney": usd(8_100),
            }
        ],
        "discounts": [{"couponCode": "TWO", "discountMoney": usd(2_500), "lastTime": True}],
        "taxes": [
            {
                "taxRateId": "txr_8",
                "name": "Sales tax",
                "ratePercent": "8",
                "inclusive": False,
                "taxableMoney": usd(7_500),
                "taxMoney": usd(600),
            }
        ],
        "totalMoney": usd(8_100),
        "creditMoney": usd(2_000),
        "methodMoney": usd(6_100),
    }


def test_every_cent_of_a_changed_period_is_traced() -> None:
    life = a_life()
    life.change(PRO)
    assert life.current is not None
    asked = RefundRequest(amount=1_000, refund_to=CREDIT)
    life.perform(refund(life.current, MOMENT, asked, reason="requested_by_customer", note=None)[0])
    traces = money_trace(life.billed)
    assert [[(step.what, step.amount_money.amount) for step in made.steps][:2] for made in traces[:2]] == [
        [("100.00 USD x 1, 10 of 30 days", 3_333), ("coupon TWO", -833)],
        [("300.00 USD x 1, 20 of 30 days", 20_000), ("coupon TWO", -5_000)],
    ]
    for made in traces:
        assert sum(step.amount_money.amount for step in made.steps) == made.sum_money.amount
    due = {step.what.split(" by ")[0]: step.amount_money.amount for step in traces[-1].steps}
    assert (traces[-1].of, due["total"], due["given back"]) == ("due", 18_900, 1_000)
    assert due["given back, and not owed again"] == -1_000
    assert traces[-1].sum_money.amount == 0


def test_nothing_is_traced_before_anything_is_billed() -> None:
    life = Life({"plan_1": BASIC}, subscribed(BASIC, JUNE), MOMENT.now).at("2025-05-01")
    assert money_trace(life.billed) == []


def test_how_long_a_coupon_lasts_is_known_once_it_has_begun() -> None:
    coupons = [with_coupon("C", duration, 3, amount=1) for duration in ("once", "repeating", "forever")]
    assert [discounts_until(coupon) for coupon in coupons] == [None, None, None]
    begun = [discounts_until(replace(coupon, first=JUNE)) for coupon in coupons]
    assert begun == [date(2025, 6, 2), date(2025, 9, 1), None]


def test_an_unpaid_order_is_traced_to_what_is_due() -> None:
    life = a_life()
    life.pays = False
    due = money_trace(life.at("2025-07-01").billed)[-1]
    assert [(step.what, step.amount_money.amount) for step in due.steps] == [("total", 8_100)]
    assert due.sum_money.amount == 8_100
