"""When a declined order is tried again, and how it ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flint_domain.billing.dunning import (
    IN_FLIGHT_DELAY,
    Attempt,
    BillingTerms,
    GiveUp,
    NextAttempt,
    Unpaid,
    attempts,
    decide,
    is_hard,
)
from flint_domain.billing.model import Ended
from flint_domain.billing.status import Billed, Debt
from flint_domain.order.payments.model import Decline
from tests.domain.billing.given import a_plan, subscribed

TERMS = BillingTerms()
FIRST = datetime(2024, 3, 28, 8, tzinfo=UTC)  # 09:00 in Berlin, where the clocks go on three days later
SOFT = Decline(code="card_declined", decline_code="insufficient_funds", message="no", retryable=True)
STOLEN = Decline(code="card_declined", decline_code="stolen_card", message="no")


def unpaid(**fields: Any) -> Unpaid:
    known: dict[str, Any] = {"order_id": "ord_2", "first_declined_at": FIRST, "declined": SOFT, **fields}
    return Unpaid(**known)


def berlin(now: datetime, method: str | None = "pm_1") -> Billed:
    return Billed(subscribed(a_plan(1_000), FIRST.date(), zone="Europe/Berlin", payment_method_id=method), now)


def april(day: int, hour: int) -> datetime:
    return datetime(2024, 4, day, hour, tzinfo=UTC)


def test_attempts_are_at_nine_of_their_day_whatever_the_clocks_do() -> None:
    assert attempts(unpaid(), TERMS, "Europe/Berlin") == (
        datetime(2024, 3, 30, 8, tzinfo=UTC),
        april(4, 7),
        april(11, 7),
        april(18, 7),
    )


def test_each_attempt_is_made_once_on_its_day() -> None:
    assert decide(berlin(FIRST), unpaid(), TERMS) == NextAttempt(at=datetime(2024, 3, 30, 8, tzinfo=UTC))
    assert decide(berlin(april(4, 7)), unpaid(made=(1,)), TERMS) == Attempt(order_id="ord_2", number=2)
    assert decide(berlin(april(4, 8)), unpaid(made=(1, 2)), TERMS) == NextAttempt(at=april(11, 7))


def test_an_attempt_that_was_missed_is_not_made_up() -> None:
    assert decide(berlin(april(4, 21)), unpaid(), TERMS) == Attempt(order_id="ord_2", number=2)
    assert decide(berlin(april(4, 22)), unpaid(), TERMS) == NextAttempt(at=april(11, 7))  # midnight in Berlin


def test_it_ends_with_the_last_decline_or_when_the_last_day_is_over() -> None:
    for at_the_end in ("cancel", "pause", "keep"):
        terms = BillingTerms(at_the_end=at_the_end)
        assert decide(berlin(april(18, 8)), unpaid(made=(4,)), terms) == GiveUp(order_id="ord_2", action=at_the_end)
        assert decide(berlin(april(18, 8)), unpaid(made=(1, 2, 3)), terms) == Attempt(order_id="ord_2", number=4)
        assert decide(berlin(april(18, 22)), unpaid(made=(1,)), terms) == GiveUp(order_id="ord_2", action=at_the_end)
    none = BillingTerms(retry_days=())
    assert decide(berlin(FIRST), unpaid(), none) == GiveUp(order_id="ord_2", action="cancel")


def test_a_first_order_is_not_tried_again_and_neither_is_that_of_a_subscription_that_ended() -> None:
    stands, now = berlin(april(4, 7)), april(4, 7)
    first = Debt(order_id="ord_2", sequence=1, amount=1_000, decline=SOFT)
    waiting = replace(stands.subscription, expires_at=now + timedelta(hours=23))
    assert decide(replace(stands, subscription=waiting, debts=(first,)), unpaid(), TERMS) is None
    ended = replace(stands.subscription, ended=Ended(on=now.date(), reason="asked"))
    assert decide(replace(stands, subscription=ended), unpaid(), TERMS) is None


def test_a_payment_under_way_puts_an_attempt_off_and_is_none() -> None:
    now = april(4, 7)
    assert decide(berlin(now), unpaid(in_flight=True), TERMS) == NextAttempt(at=now + IN_FLIGHT_DELAY)
    after = april(18, 22)
    assert decide(berlin(after), unpaid(in_flight=True), TERMS) == NextAttempt(at=after + timedelta(minutes=10))


def test_a_method_that_was_declined_for_good_is_not_tried_again_but_another_is() -> None:
    hard = unpaid(declined=STOLEN, declined_method="pm_1")
    assert decide(berlin(april(4, 7)), hard, TERMS) == NextAttempt(at=april(18, 22), charges=False)
    assert decide(berlin(april(4, 7), "pm_2"), hard, TERMS) == Attempt(order_id="ord_2", number=2)
    assert decide(berlin(april(4, 7), None), unpaid(), TERMS) == NextAttempt(at=april(18, 22), charges=False)
    assert decide(berlin(april(18, 22)), hard, TERMS) == GiveUp(order_id="ord_2", action="cancel")


def test_hard_declines_are_those_of_the_list_and_those_that_are_final() -> None:
    assert [is_hard(decline) for decline in (SOFT, STOLEN, replace(SOFT, final=True))] == [False, True, True]
    assert is_hard(Decline(code="authentication_required", message="no"))
    assert not is_hard(Decline(code="card_declined", decline_code="expired_card", message="no"))
