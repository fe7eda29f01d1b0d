"""Store credit first, and what no processor could charge."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.billing.tenders import Tenders, adjustment, split
from flint_domain.order.lifecycle import standing
from tests.domain.billing.given import MOMENT, a_plan, subscribed
from tests.domain.billing.life import MINIMUM, Life


@pytest.mark.parametrize(
    ("amount", "balance", "paid"),
    [
        (10_000, 0, Tenders(credit=0, method=10_000)),
        (10_000, 4_000, Tenders(credit=4_000, method=6_000)),
        (10_000, 20_000, Tenders(credit=10_000, method=0)),
        (10_000, 9_980, Tenders(credit=9_950, method=50)),  # 99.80 of credit, 100.00 due: 99.50 and 0.50
        (30, 0, Tenders(credit=0, method=0, not_charged=30)),
        (30, 20, Tenders(credit=20, method=0, not_charged=10)),
        (30, 30, Tenders(credit=30, method=0)),
        (50, 0, Tenders(credit=0, method=50)),
        (0, 700, Tenders(credit=0, method=0)),
    ],
)
def test_credit_pays_first_and_leaves_the_card_its_minimum(amount: int, balance: int, paid: Tenders) -> None:
    assert split(amount, balance, 50) == paid


@given(amount=st.integers(0, 10_000), balance=st.integers(0, 10_000), minimum=st.sampled_from([0, 1, 50, 500]))
def test_what_pays_sums_to_the_amount_and_the_card_gets_nothing_or_enough(
    amount: int, balance: int, minimum: int
) -> None:
    paid = split(amount, balance, minimum)
    assert paid.credit + paid.method + paid.not_charged == amount
    assert paid.method == 0 or paid.method >= minimum
    assert 0 <= paid.credit <= balance
    assert paid.not_charged == 0 or amount < minimum


def test_what_is_not_charged_has_a_line_with_its_name() -> None:
    made = adjustment(split(30, 0, 50), 50, "USD", "chg_1")
    assert made is not None
    assert (made.name, made.amount, made.taxes) == ("below 0.50, not charged", -30, ())
    assert adjustment(split(300, 0, 50), 50, "USD", "chg_1") is None


def test_what_was_not_charged_never_comes_back() -> None:
    plan = a_plan(30)
    life = Life({plan.plan_id: plan}, subscribed(plan, date(2025, 6, 1)), MOMENT.now, minimum=MINIMUM).at("2025-06-01")
    assert life.current is not None
    assert (life.current.priced.total, life.current.money.paid) == (0, 0)
    made = life.at("2025-06-11").pause()  # 0.10 of 0.30 was used
    order = standing(life.orders["ord_1"])
    assert (made.comes_back, made.due, life.wallet) == (0, 0, 0)
    assert [(charge.name, charge.amount) for charge in order.order.charges] == [("below 0.50, not charged", -10)]
