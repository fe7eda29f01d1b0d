"""Invoices and credit notes of changes in the middle of a period say together what the order comes to."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.billing.changes import Wanted, change, stop
from flint_domain.invoices.rules import invoice_of
from flint_domain.order.amendments.rules import Means, becoming, reprice
from flint_domain.order.model import Order
from flint_domain.order.tax.model import Tax
from tests.domain.billing.given import a_plan, billed, new_id, subscribed, to, with_coupon
from tests.domain.invoices import lives
from tests.domain.invoices.lives import by_group
from tests.domain.values import SALES_8, VAT_19

JUNE = date(2025, 6, 1)
VAT_25 = Tax(tax_rate_id="txr_25", name="VAT", percent=Decimal(25))


def take(life: lives.Life, after: Order) -> None:
    means = Means(source="tok_visa")
    wanted = replace(becoming(after), coupons=after.coupons)
    life.take(reprice(life.standing, wanted, means=means, moment=life.moment))


@pytest.mark.parametrize("paid", [True, False])
def test_an_upgrade_makes_a_further_invoice_and_a_stop_a_credit_note(paid: bool) -> None:
    basic, pro = a_plan(10_000), a_plan(30_000, plan_id="plan_2")
    subscription, order = billed(basic, subscribed(basic, JUNE), taxes=(VAT_25,))
    life = lives.Life(order, (VAT_25,))
    life.invoice()
    if paid:
        life.pay()
        wanted = Wanted(to=to(pro), revision=pro.newest)
        take(life, change(life.standing, subscription, wanted, JUNE + timedelta(days=10), new_id).order)
        rise = life.documents[-1]
        assert (rise.kind, rise.cause, rise.total) == ("invoice", "change", 16_666)  # 133.33, and tax 58.33 - 25.00
        assert [(line.gross, line.period and line.period.first.day) for line in rise.lines] == [
            (-6_667, 11),
            (20_000, 11),
        ]
    take(life, stop(life.standing, JUNE + timedelta(days=20)))
    fall = life.documents[-1]
    assert (fall.kind, fall.cause) == ("credit_note", "change")
    assert fall.total == (12_500 if paid else 4_166)  # 100.00 of the dearer plan and its tax; 33.33, and 25.00 - 16.67
    assert by_group(life.documents) == by_group([invoice_of(life.order, life.drafting)])


steps = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 60_000), st.integers(1, 3)), max_size=4)


@given(
    price=st.integers(1, 60_000),
    actions=steps,
    tax=st.sampled_from([SALES_8, VAT_19, VAT_25]),
    percent=st.sampled_from([None, 10, 33]),
    stops=st.booleans(),
)
def test_documents_of_any_changes_are_by_group_what_the_order_comes_to(
    price: int, actions: list[tuple[int, int, int]], tax: Tax, percent: int | None, stops: bool
) -> None:
    plan = a_plan(price, price // 7)
    coupons = () if percent is None else (with_coupon("C", percent=Decimal(percent)),)
    subscription, order = billed(plan, subscribed(plan, JUNE, coupons=coupons), taxes=(tax,))
    life = lives.Life(order, (tax,))
    life.invoice()
    life.pay()
    today = JUNE
    for days, other, quantity in actions:
        today = min(today + timedelta(days=days), date(2025, 6, 30))
        dear = a_plan(other, plan_id="plan_2")
        made = change(life.standing, subscription, Wanted(to=to(dear, quantity), revision=dear.newest), today, new_id)
        take(life, made.order)
        subscription = made.subscription
        assert by_group(life.documents) == by_group([invoice_of(life.order, life.drafting)])
    if stops:
        take(life, stop(life.standing, today))
        assert by_group(life.documents) == by_group([invoice_of(life.order, life.drafting)])
