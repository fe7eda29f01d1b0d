"""What may be done with a subscription in which status, and why not the rest."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from flint_domain.billing import guards
from flint_domain.billing.hints import hints
from flint_domain.billing.model import Ended, Paused, Planned, Trial
from flint_domain.billing.status import Billed, Debt, SubscriptionStatus, debt_of
from flint_domain.order.lifecycle import standing
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Decline, Dispute
from tests.domain.billing.given import MOMENT, a_plan, billed, of_goods, paid, subscribed
from tests.domain.billing.life import Life

JUNE = date(2025, 6, 1)
NOON = datetime(2025, 6, 10, 12, tzinfo=UTC)
NO = Decline(code="card_declined", message="no")
DECLINED = Debt(order_id="ord_1", sequence=1, amount=1_234, decline=NO)
OPEN = Debt(order_id="ord_1", sequence=1, amount=1_234, due_on=date(2025, 6, 15))
TOOLS = frozenset({"change_subscription", "pay_order", "update_subscription"})


def found(*debts: Debt, now: datetime = NOON, paid_order: bool = True, **fields: Any) -> Billed:
    plan = a_plan(10_000)
    subscription, order = billed(plan, subscribed(plan, JUNE))
    current = standing(paid(order) if paid_order else order)
    return Billed(replace(subscription, **fields), now, debts, current)


TRIALING = Billed(
    replace(subscribed(a_plan(10_000), date(2025, 6, 20)), trial=Trial(starts_on=JUNE, ends_on=date(2025, 6, 20))), NOON
)
STANDS: dict[SubscriptionStatus, Billed] = {
    "CANCELED": found(ended=Ended(on=JUNE, reason="asked"), paused=Paused(since=JUNE)),
    "INCOMPLETE": found(DECLINED, expires_at=NOON + timedelta(hours=1)),
    "PAUSED": found(DECLINED, paused=Paused(since=JUNE)),
    "TRIALING": TRIALING,
    "PAST_DUE": found(DECLINED),
    "ACTIVE": found(OPEN),
}


@pytest.mark.parametrize("status", STANDS)
def test_status_is_the_first_that_is_true(status: SubscriptionStatus) -> None:
    assert STANDS[status].status == status


def test_an_invoice_is_overdue_from_the_day_after_its_last() -> None:
    late = datetime(2025, 6, 15, 12, tzinfo=UTC)
    assert (found(OPEN, now=late).status, found(OPEN, now=late + timedelta(days=1)).status) == ("ACTIVE", "PAST_DUE")


def test_a_first_order_that_is_paid_is_not_incomplete_any_more() -> None:
    assert found(expires_at=NOON).status == "ACTIVE"


POSSIBLE = {
    "change": "ACTIVE TRIALING",
    "pause": "ACTIVE TRIALING PAST_DUE",
    "resume": "PAUSED",
    "cancel": "INCOMPLETE PAUSED TRIALING PAST_DUE ACTIVE",
    "keep": "",
    "retry": "INCOMPLETE PAUSED PAST_DUE ACTIVE",
}


@pytest.mark.parametrize("status", STANDS)
def test_actions_are_possible_where_the_table_says_and_blocked_elsewhere(status: SubscriptionStatus) -> None:
    made = hints(STANDS[status], TOOLS)
    assert {offer.action for offer in made.available} == {
        name for name, statuses in POSSIBLE.items() if status in statuses.split()
    }
    assert {offer.action for offer in made.available} | {block.action for block in made.blocked} == set(POSSIBLE)


@pytest.mark.parametrize(
    ("guard", "stands", "code", "reason"),
    [
        (guards.change, "PAST_DUE", "subscription_past_due", "pay 12.34 USD first"),
        (guards.change, "PAUSED", "subscription_paused", "the subscription is paused"),
        (guards.change, "CANCELED", "subscription_ended", "the subscription has ended"),
        (guards.pause, "PAUSED", "subscription_paused", "the subscription is paused already"),
        (guards.pause, "INCOMPLETE", "subscription_incomplete", "its first order is not paid: 12.34 USD is due"),
        (guards.resume, "ACTIVE", "not_paused", "the subscription is not paused"),
        (guards.cancel, "CANCELED", "subscription_ended", "the subscription has ended"),
        (guards.keep, "ACTIVE", "nothing_planned", "nothing is planned"),
        (guards.retry, "TRIALING", "nothing_to_pay", "nothing is due"),
    ],
)
def test_a_block_says_why(
    guard: Callable[[Billed], guards.Block | None], stands: SubscriptionStatus, code: str, reason: str
) -> None:
    block = guard(STANDS[stands])
    assert block is not None
    assert (block.code, block.reason) == (code, reason)


def test_nothing_changes_while_an_attempt_is_under_way() -> None:
    running = replace(OPEN, in_flight=True)
    block = guards.change(found(running))
    assert block is not None
    assert (block.code, block.reason) == ("payment_in_progress", "a payment of ord_1 has no final answer yet")
    assert guards.cancel(found(running)) is None  # it ends at once, and waits for the answer


def test_what_is_planned_can_be_kept_from_happening() -> None:
    assert guards.keep(found(planned=Planned(kind="cancel", on=date(2025, 7, 1)))) is None


def test_a_debt_can_be_retried_after_the_end_but_not_without_a_method_or_while_a_payment_runs() -> None:
    ended = Ended(on=JUNE, reason="asked")
    assert guards.retry(found(DECLINED, ended=ended)) is None
    nothing = guards.retry(found(DECLINED, payment_method_id=None))
    running = guards.retry(found(replace(DECLINED, in_flight=True)))
    assert nothing is not None
    assert running is not None
    assert (nothing.code, nothing.unblocked_by) == ("payment_source_needed", "update_subscription")
    assert running.reason == "a payment of ord_1 has no final answer yet"


def disputed(order: Order) -> Order:
    dispute = Dispute(dispute_id="dp_1", amount=10_000, status="needs_response", reason="fraudulent")
    return replace(order, payments=tuple(replace(payment, dispute=dispute) for payment in order.payments))


def test_a_change_now_that_the_order_does_not_allow_is_offered_at_the_end_of_the_period() -> None:
    stands = found()
    assert stands.current is not None
    stuck = replace(stands, current=standing(disputed(stands.current.order)))
    block = guards.change_now(stuck)
    assert block is not None
    assert (block.code, guards.change(stuck)) == ("payment_disputed", None)
    assert block.reason.endswith("the bank decides about its money: it can change at period_end")
    assert _when(stands, "change") == ["now", "period_end"]
    assert _when(stuck, "change") == ["period_end"]
    assert _when(stuck, "pause") == ["now", "period_end"]  # never for the order's sake: its money stays
    assert guards.stays(stuck) is not None


def test_goods_that_were_sent_leave_a_change_to_the_end_of_the_period(fulfilled: Callable[[Order, str], Order]) -> None:
    stands, order = found(), paid(billed(plan := of_goods(10_000), subscribed(plan, JUNE))[1])
    sent = fulfilled(order, order.lines[0].line_id)
    block = guards.change_now(replace(stands, current=standing(sent)))
    assert block is not None
    assert block.reason == "goods of it were sent: it can change at period_end"


def test_between_a_boundary_and_its_renewal_the_old_order_is_in_nobodys_way() -> None:
    stands = found(now=datetime(2025, 7, 1, 1, tzinfo=UTC))
    assert stands.current is not None
    stuck = replace(stands, current=standing(disputed(stands.current.order)))
    assert (stuck.between, guards.change_now(stuck)) == (True, None)


def _when(stands: Billed, action: str) -> list[str] | None:
    offer = next(offer for offer in hints(stands, TOOLS).available if offer.action == action)
    return next(need.one_of for need in offer.needs or () if need.name == "when")


def test_a_cancel_says_what_may_be_given_back_and_what_becomes_of_a_debt() -> None:
    offers = {offer.action: offer for offer in hints(found(OPEN), TOOLS).available}
    assert [need.name for need in offers["cancel"].needs or ()] == ["when", "onDate", "refundTo", "openOrder"]
    assert _when(found(), "cancel") == ["now", "period_end", "on_date"]
    unpaid = {offer.action: offer for offer in hints(found(paid_order=False), TOOLS).available}
    assert [need.name for need in unpaid["cancel"].needs or ()] == ["when", "onDate"]


def test_a_server_without_the_tool_offers_nothing() -> None:
    made = hints(found(), frozenset())
    assert made.available == []
    assert {block.reason for block in made.blocked if block.action == "change"} == {"not enabled on this server"}


def test_a_debt_is_what_is_outstanding_of_an_order_that_has_not_ended() -> None:
    plan = a_plan(10_000)
    life = Life({plan.plan_id: plan}, subscribed(plan, JUNE, quantity=2), MOMENT.now, pays=False)
    order = standing(life.at(JUNE).orders["ord_1"])
    debt = debt_of(1, order)
    assert debt is not None
    assert (debt.order_id, debt.amount, debt.decline and debt.decline.code) == ("ord_1", 20_000, "card_declined")
    assert debt_of(1, standing(replace(order.order, ended="canceled"))) is None
    assert debt_of(1, standing(paid(order.order))) is None
