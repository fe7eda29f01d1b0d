"""Other people's prorations, coupons, previews and credit notes: every amount comes out, or says why not."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest

from flint_domain.billing.changes import Changed, Wanted, change, difference, stop
from flint_domain.billing.model import Plan, SubscribedCoupon
from flint_domain.kernel.money import round_half_up
from flint_domain.kernel.periods import Interval, Period, Schedule
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.model import Order
from flint_domain.order.refunds.rules import RefundRequest, refund
from flint_domain.order.tax.model import Tax
from tests.domain.billing.given import MOMENT, a_plan, billed, new_id, paid, performed, subscribed, to, with_coupon
from tests.domain.billing.life import Life
from tests.domain.billing_cases import Cases, of_kind
from tests.domain.values import an_order, coupon, line

DECIDED_OTHERWISE = {
    "BIL-PRO-061": "days are counted as they are, never as months of 30",
    "BIL-CRN-010": "what was used, 2.26, is taxed 0.57 at 25 %; the rest of the 2.50 comes back: 1.93, not 1.94",
}


def interval_between(start: date, end: date) -> Interval:
    wanted = (Interval("month"), Interval("year"))
    return next(interval for interval in wanted if Schedule(interval, start).boundary(1) == end)


def coupons_of(
    discount: dict[str, Any] | None, code: str = "C", duration: str = "forever", months: int | None = None
) -> tuple[SubscribedCoupon, ...]:
    if not discount:
        return ()
    terms: dict[str, Any] = {name: Decimal(value) if name == "percent" else value for name, value in discount.items()}
    return (with_coupon(code, duration, months, **terms),)


def changed(
    given: dict[str, Any],
    plan: Plan,
    other: Plan,
    quantities: tuple[int, int] = (1, 1),
    coupons: tuple[tuple[SubscribedCoupon, ...], tuple[SubscribedCoupon, ...]] = ((), ()),
) -> tuple[Standing, Changed]:
    """The paid order of the case's period, and what the case's change makes of it."""
    start = date.fromisoformat(given["periodStart"])
    subscription, order = billed(plan, subscribed(plan, start, quantity=quantities[0], coupons=coupons[0]))
    before = standing(paid(order))
    wanted = Wanted(to=to(other, quantities[1]), revision=other.newest)
    subscription = replace(subscription, coupons=coupons[1])
    return before, change(before, subscription, wanted, date.fromisoformat(given["changeAt"]), new_id)


def nets(order: Order) -> list[int]:
    return [item.gross - item.discount for item in standing(order).priced.lines]


def credits_of(before: Standing, after: Order) -> list[int]:
    """What was given up of each line that was there before."""
    charged = [item.gross - item.discount for item in before.priced.lines]
    return [was - used for was, used in zip(charged, nets(after), strict=False)]


def test_prorations(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "proration", 21):
        start, end = date.fromisoformat(given["periodStart"]), date.fromisoformat(given["periodEnd"])
        interval = interval_between(start, end)
        other = interval
        if given.get("newPeriodStarts"):
            other = Interval("year" if interval.unit == "month" else "month")
        plan = a_plan(given["fromMoney"], interval=interval)
        discounts = (coupons_of(given.get("fromDiscount"), "FROM"), coupons_of(given.get("toDiscount"), "TO"))
        if given["toMoney"] is None:
            _, order = billed(plan, subscribed(plan, start))
            before = standing(paid(order))
            after = stop(before, date.fromisoformat(given["changeAt"]))
            assert credits_of(before, after) == [expect["creditMoney"]], case_id
            continue
        before, made = changed(given, plan, a_plan(given["toMoney"], interval=other), coupons=discounts)
        assert credits_of(before, made.order) == [expect["creditMoney"]], case_id
        assert nets(made.order)[1] == expect["chargeMoney"], case_id
        assert difference(before, made.order).due == expect["netMoney"], case_id


def test_prorations_of_quantities(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "proration_quantity", 5):
        plan, discount = a_plan(given["unitMoney"]), coupons_of(given.get("discount"))
        quantities = (given["fromQuantity"], given["toQuantity"])
        before, made = changed(given, plan, plan, quantities, (discount, discount))
        assert difference(before, made.order).due == expect["netMoney"], case_id


def test_parts_of_a_period(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "proration_partial", 27):
        start, days, of_days = date(2024, 1, 1), given["days"], given["ofDays"]
        end = start + timedelta(days=of_days)
        period = Period(start=end - timedelta(days=days), end=end, grid_start=start, grid_end=end)
        order = an_order(lines=(line(0, given["priceMoney"], period=period),))
        assert standing(order).priced.total == expect["amountMoney"], case_id


def test_shares_of_a_period(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "proration_fraction", 4):
        schedule = Schedule(Interval(**given["interval"]), date.fromisoformat(given["to"]))
        period = schedule.period_from(date.fromisoformat(given["from"]))
        share = Fraction(period.days, period.grid_days)
        places = Decimal(share.numerator * 10**9) / share.denominator
        found = str(places.quantize(Decimal(1), ROUND_HALF_UP).scaleb(-9))
        assert (found == expect["fraction"]) is (case_id not in DECIDED_OTHERWISE), case_id


def test_a_chain_of_upgrades(billing_cases: Cases) -> None:
    """Each begins a full period; the shares that the source gives to four places are 104 of 111 and 97 of 105 days."""
    ((case_id, given, expect),) = of_kind(billing_cases, "proration_chain", 1)
    lengths = (Interval("day", 111), Interval("day", 105), Interval("month"))
    plans = [a_plan(price, interval=interval) for price, interval in zip(given["prices"], lengths, strict=True)]
    start = date(2024, 1, 1)
    life = Life({plans[0].plan_id: plans[0]}, subscribed(plans[0], start), MOMENT.now).at(start)
    first = life.at(start + timedelta(days=7)).change(plans[1])
    second = life.at(start + timedelta(days=15)).change(plans[2])
    assert [made.pays for made in (first, second)] == pytest.approx(
        [expect["firstPaidMoney"], expect["secondPaidMoney"]], abs=5
    ), case_id


def test_prorations_of_several_lines(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "proration_lines", 2):
        discount = coupons_of(given["discount"])
        before, made = changed(
            given, a_plan(*given["fromLines"]), a_plan(*given["toLines"]), coupons=(discount, discount)
        )
        assert credits_of(before, made.order) == expect["credits"], case_id
        assert nets(made.order)[len(expect["credits"]) :] == expect["charges"], case_id


# ── coupons ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_how_long_coupons_last(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "coupon_duration", 5):
        plan, named = a_plan(10_000, interval=Interval(**given["interval"])), dict(given["coupon"])
        duration, months = named.pop("duration"), named.pop("durationMonths", None)
        (subscribed_coupon,) = coupons_of(named, duration=duration, months=months)
        start = date(2024, 1, 31) + timedelta(days=14 if given.get("trial") else 0)
        subscription = subscribed(plan, start, coupons=(subscribed_coupon,))
        discounted: list[bool] = []
        for _ in range(given["periods"]):
            subscription, order = billed(plan, subscription)
            discounted.append(standing(order).priced.discount > 0)
        assert discounted == expect["discounted"], case_id


def test_a_fixed_amount_over_lines(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "coupon_allocation", 2):
        lines = tuple(line(number, price) for number, price in enumerate(given["lines"]))
        order = an_order(lines=lines, coupons=(coupon("C", amount=given["amount"]),))
        assert [item.discount for item in standing(order).priced.lines] == expect["discounts"], case_id


def test_a_coupon_discounts_the_renewal_and_no_proration_a_second_time(billing_cases: Cases) -> None:
    ((case_id, given, expect),) = of_kind(billing_cases, "coupon_with_proration", 1)
    plan = a_plan(given["renewalMoney"])
    terms = with_coupon("C", percent=Decimal(given["percent"]))
    _, order = billed(plan, subscribed(plan, date(2024, 1, 1), coupons=(terms,)))
    renewed, prorated = standing(order).priced, sum(given["prorations"])  # those are settled when they are made
    assert renewed.subtotal + prorated == expect["subtotalMoney"], case_id
    assert renewed.discount == expect["discountMoney"], case_id
    assert renewed.total + prorated == expect["netMoney"], case_id


# ── previews ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_next_invoices(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "next_invoice", 4):
        plan, taxes = a_plan(given["renewalMoney"]), ()
        if "taxMoney" in given:
            percent = Decimal(100 * given["taxMoney"]) / (given["renewalMoney"] - given["taxMoney"])
            taxes = (Tax(tax_rate_id="txr_1", name="tax", percent=percent, inclusive=given["inclusive"]),)
        elif "taxPercent" in given:
            percent = Decimal(given["taxPercent"])
            taxes = (Tax(tax_rate_id="txr_1", name="tax", percent=percent, inclusive=given["inclusive"]),)
        coupons = (with_coupon("C", percent=Decimal(given["percent"])),) if "percent" in given else ()
        _, order = billed(plan, subscribed(plan, date(2024, 1, 1), coupons=coupons), taxes=taxes)
        amounts = standing(order).priced
        found = {
            "subtotalMoney": amounts.subtotal,
            "discountMoney": amounts.discount,
            "netMoney": amounts.total - amounts.tax,
            "taxMoney": amounts.tax,
            "totalMoney": amounts.total,
        }
        assert {name: found[name] for name in expect} == expect, case_id


def test_previews_of_changes(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "change_preview", 2):
        plan, other = a_plan(given["fromMoney"]), a_plan(given["toMoney"], plan_id="plan_2")
        start = date(2024, 1, 1)
        life = Life({plan.plan_id: plan}, subscribed(plan, start), MOMENT.now)
        if given.get("trialContinues"):
            assert life.at("2023-12-20").change(other).due == expect["totalMoney"], case_id
            assert standing(billed(other, life.subscription)[1]).priced.total == given["toMoney"], case_id
            continue
        before = life.at(start).current
        assert before is not None
        difference(
            before, change(before, life.subscription, Wanted(to=to(other), revision=other.newest), start, new_id).order
        )
        assert (life.current, expect) == (before, {"changes": 0, "events": 0}), case_id


# ── credit notes, as far as their amounts go ─────────────────────────────────────────────────────────────────────────


def test_what_comes_back_with_its_tax(billing_cases: Cases) -> None:
    with_days = [case for case in of_kind(billing_cases, "credit_note", 12) if "unusedDays" in case[1]]
    assert len(with_days) == 7
    for case_id, given, expect in with_days:
        plan = a_plan(given["priceMoney"], interval=Interval("day", given["ofDays"]))
        tax = Tax(tax_rate_id="txr_1", name="VAT", percent=Decimal(given["taxPercent"]))
        start = date(2024, 1, 1)
        _, order = billed(plan, subscribed(plan, start), taxes=(tax,))
        before = standing(paid(order))
        after = stop(before, start + timedelta(days=given["ofDays"] - given["unusedDays"]))
        back, tax_back = difference(before, after).comes_back, before.priced.tax - standing(after).priced.tax
        found = {
            "invoiceTotalMoney": before.priced.total,
            "netMoney": back - tax_back,
            "taxMoney": tax_back,
            "totalMoney": back,
        }
        if case_id in DECIDED_OTHERWISE:
            assert (found["totalMoney"], found["taxMoney"], expect["totalMoney"]) == (967, 193, 968), case_id
            continue
        assert {name: found[name] for name in expect} == expect, case_id
        assert before.priced.tax == given.get("invoiceTaxMoney", before.priced.tax), case_id


def test_what_was_not_paid_does_not_come_back(billing_cases: Cases) -> None:
    known = {case_id: (given, expect) for case_id, given, expect in of_kind(billing_cases, "credit_note", 12)}
    start = date(2024, 1, 1)

    given, expect = known["BIL-CRN-013"]  # unpaid: all of it is owed no more, and nothing comes back
    _, order = billed(plan := a_plan(given["invoiceTotalMoney"]), subscribed(plan, start))
    made = difference(standing(order), stop(standing(order), start))
    assert (-made.due, made.comes_back) == (expect["creditNoteTotal"], given["refundMoney"])

    given, expect = known["BIL-CRN-014"]
    made = difference(standing(paid(order)), stop(standing(paid(order)), start))
    assert made.comes_back == expect["refundMoney"]

    for case_id in ("BIL-CRN-016", "BIL-CRN-017"):  # what is left of a line after a credit and a refund
        given, expect = known[case_id]
        plan = a_plan(given["invoiceMoney"])
        _, order = billed(plan, subscribed(plan, start))
        order = paid(order)
        for amount in (given["creditMoney"], given["thenMoney"]):
            asked = RefundRequest(amount=amount)
            order = performed(refund(standing(order), MOMENT, asked, reason="requested_by_customer", note=None)[0])
        assert standing(order).money.refundable == expect["leftMoney"], case_id

    given, expect = known["BIL-CRN-018"]  # all of it has gone back before: nothing is left to give
    _, order = billed(plan := a_plan(given["invoiceMoney"]), subscribed(plan, start))
    asked = RefundRequest(amount=given["givenBackBefore"])
    before = standing(
        performed(refund(standing(paid(order)), MOMENT, asked, reason="requested_by_customer", note=None)[0])
    )
    assert difference(before, stop(before, start + timedelta(days=5))).comes_back == expect["creditMoney"]


def test_only_what_was_paid_goes_back_when_some_of_it_was_used() -> None:
    """BIL-SEQ-023 is decided otherwise: there, 15.00 paid go back whole while the days used stay unpaid. Here the part
    that is not used first lowers what is outstanding."""
    plan = a_plan(4_000)
    _, order = billed(plan, subscribed(plan, date(2025, 2, 8)))
    before = standing(paid(order, 1_500))
    made = difference(before, stop(before, date(2025, 2, 15)))  # 7 of 28 days: 10.00 used
    assert (made.comes_back, round_half_up(4_000 * 7, 28)) == (500, 1_000)
