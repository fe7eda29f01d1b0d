"""The next order and a change, before they are made."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from flint_domain.billing.changes import Wanted, change, stop
from flint_domain.billing.model import Ended, Paused, Planned
from flint_domain.billing.previews import Purse, billed_next_on, next_order, propose, require_due
from flint_domain.billing.tenders import Tenders
from flint_domain.kernel.errors import Refused
from flint_domain.order.lifecycle import standing
from flint_domain.order.tax.model import Taxes
from tests.domain.billing.given import MOMENT, a_plan, new_id, subscribed, to, with_coupon
from tests.domain.billing.life import Life
from tests.domain.values import SALES_8, line

JUNE, JULY = date(2025, 6, 1), date(2025, 7, 1)
BASIC, PRO = a_plan(10_000), a_plan(30_000, plan_id="plan_2")
PLANS = {plan.plan_id: plan for plan in (BASIC, PRO)}


def in_june(**fields: Any) -> Life:
    return (
        Life(dict(PLANS), replace(subscribed(BASIC, JUNE), **fields), MOMENT.now, taxes=(SALES_8,))
        .at(JUNE)
        .at("2025-06-11")
    )


def test_the_next_order_is_told_line_by_line_with_coupons_tax_and_credit() -> None:
    life = in_june(coupons=(with_coupon("TWO", "repeating", 2, percent=Decimal(25)),))
    life.subscription = replace(life.subscription, next_lines=(line(9, 500),))
    life.wallet = 2_000
    made = life.preview()
    assert (made.at, made.charge.sequence) == (datetime(2025, 7, 1, tzinfo=UTC), 2)
    assert (made.charge.period.start, made.charge.period.end) == (JULY, date(2025, 8, 1))
    assert [(item.gross, item.discount, item.tax) for item in made.amounts.lines] == [
        (10_000, 2_500, 600),
        (500, 125, 30),
    ]
    assert made.amounts.total == 8_505
    assert made.tenders == Tenders(credit=2_000, method=6_505)
    assert [coupon.code for coupon in made.running_out] == ["TWO"]
    assert life.at("2025-07-01").made[-1].total == 8_505


def test_a_planned_change_is_in_the_next_order() -> None:
    life = in_june()
    life.plan("change", JULY, Wanted(to=to(PRO, 2), revision=PRO.newest))
    made = life.preview()
    assert (made.subscribed.plan_id, made.amounts.subtotal) == ("plan_2", 60_000)
    assert life.subscription.subscribed.plan_id == "plan_1"  # a preview plans nothing


@pytest.mark.parametrize(
    "fields",
    [
        {"ended": Ended(on=JUNE, reason="asked")},
        {"paused": Paused(since=JUNE)},
        {"planned": Planned(kind="cancel", on=JULY)},
        {"planned": Planned(kind="pause", on=JULY)},
        {"ends_after": 1},
    ],
)
def test_there_is_no_next_order_where_nothing_is_billed_by_itself(fields: dict[str, Any]) -> None:
    billed = in_june().billed
    assert billed_next_on(billed) == JULY
    stands = replace(billed, subscription=replace(billed.subscription, **fields))
    made = next_order(stands, PLANS.__getitem__, new_id, taxes=Taxes(), purse=Purse(), terms=in_june().terms)
    assert (billed_next_on(stands), made) == (None, None)


def test_the_next_order_after_a_pause_with_a_last_day_is_its_stub() -> None:
    life = in_june()
    life.pause(until=date(2025, 7, 22))
    made = life.preview()
    assert (made.charge.period.start, made.charge.period.end) == (date(2025, 7, 22), date(2025, 8, 1))
    assert made.amounts.subtotal == 3_226  # 10 of 31 days


def test_a_change_is_proposed_until_midnight_and_refused_at_another_amount() -> None:
    life = in_june()
    assert life.current is not None
    made = change(life.current, life.subscription, Wanted(to=to(PRO), revision=PRO.newest), life.today, new_id)
    proposal = propose(life.billed, life.current, made.order, Purse(balance=400), "chg_1")
    assert (proposal.difference.due, proposal.tenders) == (14_400, Tenders(credit=400, method=14_000))
    assert proposal.valid_until == datetime(2025, 6, 12, tzinfo=UTC)
    require_due(life.billed, proposal, None)
    require_due(life.billed, proposal, 14_400)
    with pytest.raises(Refused) as refused:
        require_due(life.billed, proposal, 14_399)
    assert (refused.value.code, refused.value.param) == ("amount_changed", "expectedDueMoney")
    assert refused.value.message == "144.00 USD is due for the change now, not 143.99 USD."
    assert refused.value.details == {
        "dueMoney": {"amount": 14_400, "currency": "USD"},
        "validUntil": "2025-06-12T00:00:00Z",
        "version": 1,
    }


def test_what_comes_back_is_due_below_zero() -> None:
    life = in_june()
    assert life.current is not None
    proposal = propose(life.billed, life.current, stop(life.current, life.today), Purse(), "chg_1")
    assert (proposal.difference.due, proposal.difference.comes_back, proposal.tenders) == (
        -7_200,
        7_200,
        Tenders(credit=0, method=0),
    )
    require_due(life.billed, proposal, -7_200)


def test_a_change_that_costs_less_than_can_be_charged_gets_a_line_that_says_so() -> None:
    life = in_june()
    assert life.current is not None
    a_cent_more = a_plan(10_010, plan_id="plan_3")
    wanted = Wanted(to=to(a_cent_more), revision=a_cent_more.newest)
    made = change(life.current, life.subscription, wanted, life.today, new_id)
    proposal = propose(life.billed, life.current, made.order, Purse(minimum=50), "chg_1")
    assert [(charge.name, charge.amount) for charge in proposal.order.charges] == [("below 0.50, not charged", -6)]
    assert (proposal.difference.due, proposal.difference.pays, standing(proposal.order).priced.total) == (0, 0, 10_800)
