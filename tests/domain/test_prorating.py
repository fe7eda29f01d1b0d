"""Orders for days that change in the middle of them: nothing that was used is repriced, and no cent is lost."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from flint_domain.kernel.periods import Interval, Period, Schedule
from flint_domain.order import guards
from flint_domain.order.lifecycle import standing
from flint_domain.order.lines import Frozen, Line
from flint_domain.order.model import Order
from flint_domain.order.pricing import price
from flint_domain.order.prorating import cut, freeze, from_day
from flint_domain.order.tax.model import Share
from flint_domain.order.tracing import trace
from tests.domain.values import SALES_8, VAT_19, an_order, captured, coupon, line, orders

JUNE = Schedule(Interval("month"), date(2025, 6, 1)).period_from(date(2025, 6, 1))


def day(number: int) -> date:
    return JUNE.start + timedelta(days=number)


def in_june(number: int, unit_price: int, period: Period = JUNE, **fields: object) -> Line:
    return line(number, unit_price, period=period, **fields)


def test_a_line_for_some_days_of_a_period_costs_its_share_rounded_once() -> None:
    last_day = replace(JUNE, start=day(29))
    order = an_order(lines=(in_june(0, 100, last_day, quantity=Decimal(5)),))
    assert price(order).total == 17  # 5.00 / 30; 1.00 / 30 is 0.03, and five times that 0.15
    assert price(an_order(lines=(in_june(0, 100, quantity=Decimal(5)),))).total == 500


def test_a_coupon_takes_its_whole_amount_off_a_stub() -> None:
    stub = replace(JUNE, start=day(15))
    order = an_order(lines=(in_june(0, 10_000, stub),), coupons=(coupon("TEN", amount=1_000),))
    assert (price(order).subtotal, price(order).discount, price(order).total) == (5_000, 1_000, 4_000)


def test_what_was_used_is_no_longer_repriced_by_coupons_rates_or_an_address() -> None:
    order = an_order(lines=(in_june(0, 10_000),), coupons=(coupon("TEN", amount=1_000),), default_taxes=(SALES_8,))
    used = cut(standing(order), day(10))
    assert price(used).total == 3_240  # 90.00 - 60.00, and 8 %
    later = replace(used, default_taxes=(VAT_19,), coupons=(*used.coupons, coupon("HALF", percent=Decimal(50))))
    assert price(later).total == 3_240
    taken = [(made.discount.name, made.amount, made.missing) for made in price(later).discounts]
    assert taken == [("TEN", 333, 0), ("HALF", 0, 0)]


def test_a_coupon_whose_minimum_was_reached_is_not_judged_again_for_what_was_used() -> None:
    order = an_order(lines=(in_june(0, 10_000),), coupons=(coupon("TEN", amount=1_000, minimum_subtotal=5_000),))
    discount = price(cut(standing(order), day(10))).discounts[0]
    assert (discount.amount, discount.missing) == (333, 0)


def test_lines_that_are_for_no_days_stay_as_they_were_with_their_part_of_the_coupon() -> None:
    order = an_order(lines=(in_june(0, 10_000), line(1, 5_000)), coupons=(coupon("C", amount=1_500),))
    used = price(cut(standing(order), day(15)))
    assert [(item.gross, item.discount) for item in used.lines] == [(5_000, 500), (5_000, 500)]


def test_a_line_of_which_nothing_was_used_stays_without_days_and_money() -> None:
    used = cut(standing(an_order(lines=(in_june(0, 10_000),))), JUNE.start)
    assert (used.lines[0].period, price(used).total) == (replace(JUNE, end=JUNE.start), 0)
    assert cut(standing(used), day(4)) == used


def test_lines_that_are_named_are_not_cut() -> None:
    order = an_order(lines=(in_june(0, 10_000), in_june(1, 5_000)))
    assert price(cut(standing(order), day(15), but=("li_1",))).total == 10_000


def test_an_order_whose_period_changed_is_changed_by_its_subscription_alone() -> None:
    whole = an_order(lines=(in_june(0, 10_000),))
    used = cut(standing(whole), day(10))
    assert guards.reprice(standing(whole)) is None
    for guard, order in (
        (guards.reprice, used),
        (guards.apply_coupon, used),
        (guards.amend, replace(used, payments=(captured(3_333),))),
    ):
        block = guard(standing(order))
        assert block is not None
        assert (block.code, block.instead) == ("price_locked", "change_subscription")


def test_units_exchanged_later_take_their_share_of_a_frozen_line_with_them() -> None:
    order = freeze(standing(an_order(lines=(line(0, 1_000, quantity=Decimal(3)),), coupons=(coupon("C", amount=100),))))
    exchanged = replace(order, lines=(replace(order.lines[0], exchanged=Decimal(1)),))
    assert (price(exchanged).subtotal, price(exchanged).discount) == (2_000, 67)


def test_the_trace_says_how_many_days_were_paid_for() -> None:
    used = cut(standing(an_order(lines=(in_june(0, 10_000),))), day(10))
    assert trace(standing(used))[0].steps[0].what == "100.00 USD x 1, 10 of 30 days"
    assert trace(standing(an_order(lines=(in_june(0, 10_000),))))[0].steps[0].what == "100.00 USD x 1"


@given(order=orders)
def test_freezing_an_order_changes_none_of_its_amounts(order: Order) -> None:
    before, after = price(order), price(freeze(standing(order)))
    assert (after.lines, after.charges, after.taxes) == (before.lines, before.charges, before.taxes)
    assert (after.subtotal, after.discount, after.total) == (before.subtotal, before.discount, before.total)
    assert [made.amount for made in after.discounts] == [made.amount for made in before.discounts]


@given(order=orders, first=st.integers(0, 30), second=st.integers(0, 30))
def test_used_and_given_up_sum_to_what_was_charged_however_often_it_is_cut(
    order: Order, first: int, second: int
) -> None:
    order = replace(order, lines=tuple(replace(line, period=JUNE) for line in order.lines))
    for number in sorted((first, second), reverse=True):
        after = cut(standing(order), day(number))
        for charged, used, line_before, line_after in zip(
            price(order).lines, price(after).lines, order.lines, after.lines, strict=True
        ):
            assert line_before.period and line_after.period
            days, kept = line_before.period.days, line_after.period.days
            net = charged.gross - charged.discount
            credit = (2 * net * (days - kept) + days) // (2 * days) if days else 0  # rounded half up
            assert used.gross - used.discount == net - credit
            assert 0 <= used.discount <= used.gross <= charged.gross
        order = after


@given(
    gross=st.integers(0, 10**6),
    taken=st.lists(st.integers(0, 10**5), max_size=3),
    part=st.integers(0, 31),
    whole=st.integers(1, 31),
)
def test_a_share_and_the_rest_are_the_whole_for_every_discount(
    gross: int, taken: list[int], part: int, whole: int
) -> None:
    discounts = tuple(Share(f"cpn_{number}", amount) for number, amount in enumerate(taken) if amount)
    frozen = Frozen(quantity=Decimal(1), gross=gross + sum(taken), discounts=discounts)
    share = frozen.share(min(part, whole), whole)
    rest = frozen.without(share)
    assert (share.gross + rest.gross, share.net + rest.net) == (frozen.gross, frozen.net)
    of_source = {made.source: made.amount for made in share.discounts}
    assert all(of_source.get(made.source, 0) <= made.amount for made in discounts)
    assert min((made.amount for made in (*share.discounts, *rest.discounts)), default=1) > 0
    assert min(share.net, rest.net) >= 0


def test_what_is_charged_from_a_day_on_is_the_discounted_price_of_the_whole_period_by_days() -> None:
    order = an_order(lines=(in_june(0, 30_000),), coupons=(coupon("TEN", amount=1_000),))
    rest = from_day(order.lines[0], price(order).lines[0], day(10))
    assert (rest.period, rest.frozen) == (
        replace(JUNE, start=day(10)),
        Frozen(quantity=Decimal(1), gross=20_000, discounts=(Share("cpn_TEN", 667),)),
    )
