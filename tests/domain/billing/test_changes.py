"""Changes in the middle of a period: the specification's own figures, word for word, and what comes back."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from flint_domain.billing import guards
from flint_domain.billing.changes import Changed, Difference, Wanted, change, difference, stop, worth_left
from flint_domain.billing.model import Plan, Planned, Subscription
from flint_domain.billing.renewals import renewal
from flint_domain.kernel.errors import Refused
from flint_domain.order.amendments.rules import Means, becoming, reprice
from flint_domain.order.lifecycle import standing
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Tendered
from flint_domain.order.refunds.rules import RefundRequest, refund
from flint_domain.order.tax.model import Tax
from tests.domain.billing.given import (
    MOMENT,
    MONTHLY,
    YEARLY,
    a_plan,
    billed,
    new_id,
    of_goods,
    paid,
    performed,
    subscribed,
    to,
    with_coupon,
)
from tests.domain.billing.life import Life
from tests.domain.values import SALES_8, VAT_19

JUNE = date(2025, 6, 1)  # 30 days
BASIC, PRO, MAX = a_plan(10_000), a_plan(30_000, plan_id="plan_2"), a_plan(50_000, plan_id="plan_3")
CREDIT = "crd_00000000000000000000000001"


def day(number: int) -> date:
    return JUNE + timedelta(days=number)


def changed(order: Order, subscription: Subscription, plan: Plan, number: int, quantity: int = 1) -> Changed:
    wanted = Wanted(to=to(plan, quantity), revision=plan.newest)
    return change(standing(order), subscription, wanted, day(number), new_id)


TO_CREDIT = Means(source="pm_1", refund_to=CREDIT)


def settled(order: Order, after: Order, means: Means = TO_CREDIT) -> Order:
    """The order once the change is made, its money moved."""
    return performed(
        reprice(standing(order), replace(becoming(after), coupons=after.coupons), means=means, moment=MOMENT)
    )


def nets(order: Order) -> list[int]:
    return [item.gross - item.discount for item in standing(order).priced.lines]


def of_june(plan: Plan, **fields: Any) -> tuple[Subscription, Order]:
    subscription, order = billed(plan, subscribed(plan, JUNE, **fields))
    return subscription, paid(order)


# ── the same interval ────────────────────────────────────────────────────────────────────────────────────────────────


def test_from_100_to_300_after_10_of_30_days() -> None:
    subscription, order = of_june(BASIC)
    after = changed(order, subscription, PRO, 10)
    assert worth_left(standing(order), day(10)) == 6_667  # the credit
    assert nets(after.order) == [3_333, 20_000]  # used, and charged
    assert difference(standing(order), after.order) == Difference(due=13_333, pays=13_333, comes_back=0)


def test_the_same_with_10_off_for_ever() -> None:
    subscription, order = of_june(BASIC, coupons=(with_coupon("TEN", amount=1_000),))
    after = changed(order, subscription, PRO, 10)
    assert worth_left(standing(order), day(10)) == 6_000
    assert nets(after.order) == [3_000, 19_333]
    assert difference(standing(order), after.order).due == 13_333


def test_from_100_to_300_on_day_10_and_to_500_on_day_20() -> None:
    subscription, order = of_june(BASIC)
    first = changed(order, subscription, PRO, 10)
    assert difference(standing(order), first.order).due == 13_333
    order = settled(order, first.order)
    second = changed(order, first.subscription, MAX, 20)
    assert worth_left(standing(order), day(20)) == 10_000  # 200.00 x 10 / 20
    assert nets(second.order) == [3_333, 10_000, 16_667]
    assert difference(standing(order), second.order).due == 6_667
    assert standing(settled(order, second.order)).money.paid == 30_000


def test_in_a_stub_of_27_of_31_days_to_15_with_20_left() -> None:
    plan, dearer = a_plan(1_000), a_plan(1_500)
    subscription, order = billed(plan, subscribed(plan, date(2024, 3, 5), anchor_day="1"))
    assert standing(order).priced.total == 871
    wanted = Wanted(to=to(dearer), revision=dearer.newest)
    after = change(standing(paid(order)), subscription, wanted, date(2024, 3, 12), new_id)
    assert nets(after.order)[1] == 968
    assert difference(standing(paid(order)), after.order).due == 968 - 645


def test_what_comes_after_the_change_renews_at_the_new_price_on_the_old_day() -> None:
    subscription, order = of_june(BASIC)
    after = changed(order, subscription, PRO, 10, quantity=2).subscription
    assert (after.period, after.sequence, after.schedule) == (subscription.period, 1, subscription.schedule)
    following, order = billed(PRO, after)
    assert (following.sequence, following.period and following.period.start) == (2, date(2025, 7, 1))
    assert standing(order).priced.total == 60_000


def test_the_tax_of_a_change_is_that_of_the_order_after_it_without_that_of_before() -> None:
    subscription, order = billed(BASIC, subscribed(BASIC, JUNE), taxes=(SALES_8,))
    order = paid(order)
    after = changed(order, subscription, PRO, 10)
    assert (standing(order).priced.tax, standing(after.order).priced.tax) == (800, 1_867)  # 8 % of 233.33
    assert difference(standing(order), after.order).due == 13_333 + 1_067


def test_a_price_that_holds_its_tax_is_credited_with_it() -> None:
    subscription, order = billed(BASIC, subscribed(BASIC, JUNE), taxes=(VAT_19,))
    order = paid(order)
    after = changed(order, subscription, PRO, 10)
    assert difference(standing(order), after.order).due == 13_333
    assert standing(after.order).priced.included_tax == 3_725  # 233.33 x 19 / 119


def test_setup_fees_are_neither_given_back_nor_charged_again() -> None:
    setup = replace(BASIC.newest.lines[0], name="Set-up", unit_price=5_000, once=True)
    plan = a_plan(lines=(*BASIC.newest.lines, setup))
    subscription, order = of_june(plan)
    assert standing(order).priced.total == 15_000
    after = changed(order, subscription, a_plan(lines=(*PRO.newest.lines, setup)), 10)
    assert nets(after.order) == [3_333, 5_000, 20_000]
    assert standing(billed(plan, subscription)[1]).priced.total == 10_000


def test_a_coupon_that_is_added_with_the_change_discounts_what_is_charged_and_nothing_before() -> None:
    subscription, order = of_june(BASIC)
    subscription = replace(subscription, coupons=(with_coupon("HALF", percent=Decimal(50), duration="once"),))
    after = changed(order, subscription, PRO, 10)
    assert nets(after.order) == [3_333, 10_000]
    assert [made.code for made in after.order.coupons] == ["HALF"]
    made = settled(order, after.order)
    assert [(taken.discount.name, taken.amount) for taken in standing(made).priced.discounts] == [("HALF", 10_000)]
    assert standing(billed(PRO, after.subscription)[1]).priced.total == 30_000  # it was used in June


# ── another interval ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_from_yearly_1000_to_monthly_100_after_73_of_365_days() -> None:
    yearly, monthly = a_plan(100_000, interval=YEARLY), a_plan(10_000, interval=MONTHLY, plan_id="plan_2")
    subscription, order = of_june(yearly)
    after = changed(order, subscription, monthly, 73)
    assert worth_left(standing(order), day(73)) == 80_000
    assert nets(after.order) == [20_000, 10_000]
    assert difference(standing(order), after.order) == Difference(due=-70_000, pays=0, comes_back=70_000)
    assert (after.subscription.sequence, after.subscription.schedule.anchor) == (1, day(73))
    assert after.subscription.period == after.subscription.schedule.period_from(day(73))
    made = renewal(after.subscription, monthly, date(2025, 9, 13), new_id)
    assert (made.charge.sequence, made.charge.period.start, made.charge.period.end) == (
        2,
        date(2025, 9, 13),
        date(2025, 10, 13),
    )


def test_a_change_now_takes_the_place_of_a_planned_one_and_a_planned_end_moves_to_the_new_boundary() -> None:
    subscription, order = of_june(BASIC)
    yearly = a_plan(90_000, interval=YEARLY, plan_id="plan_2")
    planned = Planned(kind="change", on=date(2025, 7, 1), to=to(MAX))
    assert changed(order, replace(subscription, planned=planned), PRO, 10).subscription.planned is None
    for on, becomes in ((date(2025, 7, 1), date(2026, 6, 11)), (date(2025, 6, 20), date(2025, 6, 20))):
        ending = replace(subscription, planned=Planned(kind="cancel", on=on))
        assert changed(order, ending, PRO, 10).subscription.planned == ending.planned
        assert changed(order, ending, yearly, 10).subscription.planned == Planned(kind="cancel", on=becomes)


# ── only money that was paid comes back ──────────────────────────────────────────────────────────────────────────────


def test_of_100_unpaid_with_10_of_30_days_used_33_33_stays_due_and_nothing_comes_back() -> None:
    _, order = billed(BASIC, subscribed(BASIC, JUNE))
    after = stop(standing(order), day(10))
    assert difference(standing(order), after) == Difference(due=-6_667, pays=0, comes_back=0)
    made = settled(order, after)
    assert (standing(made).money.outstanding, made.refunds) == (3_333, ())


def test_of_40_paid_6_67_comes_back() -> None:
    _, order = billed(BASIC, subscribed(BASIC, JUNE))
    order = paid(order, 4_000)
    after = stop(standing(order), day(10))
    assert difference(standing(order), after) == Difference(due=-6_667, pays=0, comes_back=667)
    made = settled(order, after)
    assert (standing(made).money.outstanding, standing(made).money.refunded) == (0, 667)


def test_what_comes_back_of_a_part_that_was_paid_holds_its_share_of_the_tax() -> None:
    _, order = billed(BASIC, subscribed(BASIC, JUNE), taxes=(SALES_8,))
    order = paid(order, 5_000)
    made = settled(order, stop(standing(order), day(10)))
    assert standing(made).priced.total == 3_600  # 33.33 + 2.67
    (part,) = made.refunds[0].parts
    assert (part.net, part.tax) == (1_296, 104)  # 14.00 of 72.00, of which 5.33 is tax


def test_what_comes_back_has_its_tax_by_the_rates_it_falls_on_however_many_payments_give_it() -> None:
    reduced = Tax(tax_rate_id="txr_5", name="Reduced", percent=Decimal(5))
    book = replace(BASIC.newest.lines[0], name="Book", unit_price=20_000, taxes=(reduced,))
    plan = a_plan(lines=(*BASIC.newest.lines, book))
    _, order = billed(plan, subscribed(plan, JUNE), taxes=(SALES_8,))
    order = paid(paid(order, 29_000))  # 318.00: 100.00 at 8 % and 200.00 at 5 %
    made = settled(order, stop(standing(order), day(10)))
    parts = [part for back in made.refunds for part in back.parts]
    assert len(parts) == 2
    assert [sum(share.amount for share in part.taxes) for part in parts] == [part.tax for part in parts]
    by_rate = Counter[str]()
    for part in parts:
        by_rate.update({share.source: share.amount for share in part.taxes})
    assert by_rate == {"txr_8": 533, "txr_5": 667}  # of 8.00 and 10.00, 2.67 and 3.33 stay


def test_an_earlier_refund_does_not_lower_the_credit_of_a_change() -> None:
    subscription, order = of_june(BASIC)
    order = performed(
        refund(standing(order), MOMENT, RefundRequest(amount=3_000), reason="requested_by_customer", note=None)[0]
    )
    after = changed(order, subscription, PRO, 10)
    assert difference(standing(order), after.order).due == 13_333


def test_an_earlier_refund_bounds_the_credit_by_what_is_left_of_the_line() -> None:
    subscription, order = of_june(BASIC)
    order = performed(
        refund(standing(order), MOMENT, RefundRequest(amount=8_000), reason="requested_by_customer", note=None)[0]
    )
    after = changed(order, subscription, PRO, 10)
    assert difference(standing(order), after.order).due == 20_000 - 2_000


def test_the_credit_goes_to_store_credit_or_back_to_what_paid() -> None:
    _, order = of_june(BASIC)
    for refund_to, destination in ((CREDIT, CREDIT), (None, None)):
        made = settled(order, stop(standing(order), day(10)), Means(refund_to=refund_to))
        assert [(back.amount, back.destination) for back in made.refunds] == [(6_667, destination)]
        assert (standing(made).money.outstanding, standing(made).money.overpaid) == (0, 0)


def test_a_pause_of_an_order_that_cannot_give_back_leaves_its_money_where_it_is() -> None:
    life = Life({BASIC.plan_id: BASIC}, subscribed(BASIC, JUNE), MOMENT.now).at(JUNE).at(day(10))
    life.dispute("needs_response")
    assert (life.pause(), life.billed.status) == (Difference(due=0, pays=0, comes_back=0), "PAUSED")
    assert life.current is not None
    assert life.current.priced.total == 10_000
    block = guards.stays(life.billed)
    assert block is not None
    assert block.code == "payment_disputed"


def test_goods_that_were_sent_are_not_prorated(fulfilled: Callable[[Order, str], Order]) -> None:
    subscription, order = of_june(of_goods(10_000, 5_000))
    order = fulfilled(order, order.lines[1].line_id)
    assert nets(stop(standing(order), day(10))) == [3_333, 5_000]
    with pytest.raises(Refused) as refused:
        settled(order, changed(order, subscription, PRO, 10).order)
    assert refused.value.code == "order_fulfilled"


def test_several_changes_on_one_day_give_back_all_of_it() -> None:
    subscription, order = of_june(a_plan(1_995))
    first = changed(order, subscription, a_plan(2_995), 0)
    assert difference(standing(order), first.order).due == 1_000
    order = settled(order, first.order)
    assert difference(standing(order), stop(standing(order), JUNE)).comes_back == 2_995


# ── who pays ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_change_pays_from_store_credit_and_a_card_together() -> None:
    subscription, order = of_june(BASIC)
    after = changed(order, subscription, PRO, 10).order
    made = settled(order, after, Means(tenders=(Tendered(CREDIT, 3_333), Tendered("pm_1", 10_000))))
    assert [payment.captured for payment in made.payments] == [10_000, 3_333, 10_000]
    assert (made.amendments[0].state, nets(made), standing(made).settled) == ("made", [3_333, 20_000], True)


def test_a_change_of_which_one_tender_declines_leaves_everything_as_it_was() -> None:
    subscription, order = of_june(BASIC)
    after = changed(order, subscription, PRO, 10).order
    means = Means(tenders=(Tendered(CREDIT, 3_333), Tendered("pm_2", 10_000)))
    asked = reprice(standing(order), becoming(after), means=means, moment=MOMENT)
    made = performed(asked, declined=frozenset({"pm_2"}))
    assert (made.lines, made.amending, made.amendments[0].state) == (order.lines, None, "dropped")
    assert (standing(made).money.paid, standing(made).money.authorized) == (10_000, 0)


def test_a_change_that_is_declined_changes_nothing() -> None:
    subscription, order = of_june(BASIC)
    after = changed(order, subscription, PRO, 10).order
    asked = reprice(standing(order), becoming(after), means=Means(source="pm_2"), moment=MOMENT)
    made = performed(asked, declined=frozenset({"pm_2"}))
    assert (made.lines, standing(made).money.outstanding) == (order.lines, 0)


def test_a_preview_is_the_fact() -> None:
    subscription, order = of_june(BASIC, coupons=(with_coupon("TEN", amount=1_000),))
    after = changed(order, subscription, PRO, 10)
    preview = difference(standing(order), after.order)
    made = settled(order, after.order)
    assert standing(made).money.paid - standing(order).money.paid == preview.pays
