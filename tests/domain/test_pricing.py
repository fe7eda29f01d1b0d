"""What holds for the price of any order, and an independent computation of the same."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.order.lifecycle import standing
from flint_domain.order.model import Order
from flint_domain.order.pricing import price
from flint_domain.order.tracing import trace
from tests.domain.values import SALES_8, VAT_7, VAT_19, an_order, coupon, line, orders
from tests.machine.oracle import cost_of


@given(orders)
def test_any_order_costs_what_the_contract_says(order: Order) -> None:
    priced, cost = price(order), cost_of(order)
    assert (priced.subtotal, priced.discount, priced.charge) == (cost.subtotal, cost.discount, cost.charge)
    assert (priced.tax, priced.included_tax, priced.tip) == (cost.tax, cost.included, cost.tip)
    assert priced.total == cost.total
    assert {item.id: item.total for item in (*priced.lines, *priced.charges)} == cost.items


@pytest.mark.promise("P2")
@given(orders)
def test_every_amount_is_the_sum_of_its_parts(order: Order) -> None:
    priced = price(order)
    items = (*priced.lines, *priced.charges)
    assert priced.total == sum(item.total for item in items) + priced.tip
    assert priced.total == (
        priced.subtotal - priced.discount + priced.charge + priced.tax - priced.included_tax + priced.tip
    )
    assert priced.tax == sum(tax.amount for tax in priced.taxes) == sum(item.tax for item in items)
    own = sum(share.amount for item in priced.lines for share in item.discounts if share.source.startswith("line "))
    assert priced.discount == own + sum(discount.amount for discount in priced.discounts)
    for entry in trace(standing(order)):
        assert sum(step.amount_money.amount for step in entry.steps) == entry.sum_money.amount


@given(orders)
def test_no_discount_takes_more_than_there_is_and_nothing_costs_less_than_nothing(order: Order) -> None:
    for item in price(order).lines:
        assert 0 <= item.discount <= item.gross
        assert 0 <= item.included_tax <= item.tax <= item.total or item.included_tax == item.tax
        assert item.total >= 0


@given(orders, st.randoms(use_true_random=False))
def test_the_order_of_lines_and_charges_changes_no_total(order: Order, random) -> None:
    """Which line gets the odd cent may change, and with it, when two rates or two coupons are at work, their sums."""
    order = replace(order, coupons=order.coupons[:1], lines=tuple(replace(x, taxes=None) for x in order.lines))
    order = replace(order, charges=tuple(replace(charge, taxes=()) for charge in order.charges))
    order = replace(order, lines=tuple(replace(x, discount_amount=None) for x in order.lines))
    mixed = replace(order, lines=tuple(random.sample(order.lines, len(order.lines))), charges=order.charges[::-1])
    before, after = price(order), price(mixed)
    assert (before.subtotal, before.discount, before.tax, before.total) == (
        after.subtotal,
        after.discount,
        after.tax,
        after.total,
    )


@given(orders)
def test_a_price_never_moves_by_being_looked_at_twice(order: Order) -> None:
    assert price(order) == price(order)


@pytest.mark.promise("P3")
def test_tax_is_rounded_once_per_rate_and_not_line_by_line() -> None:
    order = an_order(
        lines=(line(0, 9_900), line(1, 2_900)),
        coupons=(coupon("LAUNCH20", percent=Decimal(20)),),
        default_taxes=(SALES_8,),
    )
    priced = price(order)
    assert (priced.discount, priced.tax, priced.total) == (2_560, 819, 11_059)
    assert [item.tax for item in priced.lines] == [633, 186]


def test_inclusive_and_additive_tax_stand_side_by_side() -> None:
    order = an_order(lines=(line(0, 11_900, taxes=(VAT_19,)), line(1, 10_000, taxes=(SALES_8,))))
    priced = price(order)
    assert (priced.tax, priced.included_tax, priced.total) == (1_900 + 800, 1_900, 22_700)


def test_two_inclusive_rates_are_taken_out_together() -> None:
    priced = price(an_order(lines=(line(0, 12_600, taxes=(VAT_19, VAT_7)),)))
    assert {tax.tax.name: tax.amount for tax in priced.taxes} == {"VAT": 1_900, "VAT low": 700}
    assert priced.total == 12_600


def test_a_discount_lowers_the_price_before_inclusive_tax_is_taken_out() -> None:
    priced = price(an_order(lines=(line(0, 23_800, taxes=(VAT_19,)),), coupons=(coupon("HALF", percent=Decimal(50)),)))
    assert (priced.total, priced.included_tax) == (11_900, 1_900)


@pytest.mark.promise("P4")
def test_percentages_come_before_amounts_and_lines_before_orders() -> None:
    """100.00: the line's 10 %, the order's 50 %, the line's 5.00, the order's 1.00."""
    order = an_order(
        lines=(line(0, 10_000, discount_percent=Decimal(10), discount_amount=500),),
        coupons=(coupon("ONE", amount=100), coupon("HALF", percent=Decimal(50))),
    )
    priced = price(order)
    assert priced.total == 3_900
    assert [(made.discount.name, made.amount) for made in priced.discounts] == [("ONE", 100), ("HALF", 4_500)]


def test_a_coupon_for_certain_items_takes_from_those_alone_and_minds_its_minimum_and_its_cap() -> None:
    lines = (line(0, 2_000, item_id="mug"), line(1, 9_000, item_id="pan"))
    mugs = coupon("MUGS", percent=Decimal(50), item_ids=("mug",), minimum_subtotal=3_000)
    short = price(an_order(lines=lines, coupons=(mugs,)))
    assert (short.discounts[0].amount, short.discounts[0].missing) == (0, 1_000)
    enough = price(an_order(lines=(replace(lines[0], quantity=Decimal(2)), lines[1]), coupons=(mugs,)))
    assert [item.discount for item in enough.lines] == [2_000, 0]
    capped = coupon("CAPPED", percent=Decimal(50), max_discount=777)
    assert price(an_order(lines=lines, coupons=(capped,))).discount == 777


def test_a_discount_larger_than_its_base_takes_the_base() -> None:
    priced = price(an_order(coupons=(coupon("HUGE", amount=99_999),), default_taxes=(SALES_8,)))
    assert (priced.discount, priced.tax, priced.total) == (10_000, 0, 0)


def test_decimal_quantities_and_modifiers_are_rounded_once() -> None:
    from flint_domain.order.lines import Modifier

    wrapped = line(0, 333, quantity=Decimal("1.5"), modifiers=(Modifier(name="wrap", amount=1),))
    assert price(an_order(lines=(wrapped,))).subtotal == 501
