"""What Stripe tells of a dispute ends up on the order, as it stands now."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from flint_domain.commands.payments import PayOrder
from flint_server.db.inbox import InboxRecords
from flint_server.processors.stripe.answers import StripeDispute
from flint_server.stripe_events.disputes import Disputes
from tests.journeys.house import House, opened

DUE = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        await house.use_eight_percent()
        yield house


class Bank:
    """Stands for StripeProcessor.disputes."""

    def __init__(self) -> None:
        self.present: list[StripeDispute] = []

    async def disputes(self, _payment_reference: str) -> list[StripeDispute]:
        return self.present


def dispute_of(reference: str, **fields: Any) -> StripeDispute:
    given: dict[str, Any] = {
        "reference": "du_1",
        "payment_reference": reference,
        "amount": 13824,
        "currency": "USD",
        "reason": "product_not_received",
        "status": "needs_response",
        "evidence_due_by": DUE,
        "refundable": False,
        "created_at": DUE,
    }
    return StripeDispute(**{**given, **fields})


async def paid(house: House) -> tuple[str, str]:
    """A paid order and the processor's reference of its payment."""
    order_id = await house.order_of()
    answer = await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    payment_id = answer["payments"][0]["paymentIntentId"]
    order = await house.sqlite.read(house.flint.merchant_id, lambda tx: tx.order_of_payment(payment_id))
    assert order is not None
    return order_id, order.payments[0].reference or ""


@pytest.mark.promise("P9")
async def test_a_dispute_is_shown_as_it_stands_now_and_not_as_the_event_told_it(house: House) -> None:
    order_id, reference = await paid(house)
    bank = Bank()
    disputes = Disputes(house.sqlite, InboxRecords(house.sqlite), bank)  # type: ignore[arg-type]
    told = dispute_of(reference)
    bank.present = [replace(told, status="under_review")]
    assert await disputes.show(house.flint.merchant_id, told)
    shown = (await house.read(order_id))["payments"][0]["dispute"]
    assert (shown["status"], shown["reason"], shown["dueBy"]) == (
        "under_review",
        "product_not_received",
        "2026-12-01T12:00:00Z",
    )
    bank.present = [replace(told, status="won")]
    assert await disputes.show(house.flint.merchant_id, told)
    assert (await house.read(order_id))["settlementAmounts"]["refundableMoney"]["amount"] == 13824


@pytest.mark.parametrize(("refundable", "left"), [(True, 13824), (False, 0)])
async def test_an_inquiry_leaves_the_money_refundable_as_long_as_stripe_does(
    house: House, refundable: bool, left: int
) -> None:
    order_id, reference = await paid(house)
    bank = Bank()
    disputes = Disputes(house.sqlite, InboxRecords(house.sqlite), bank)  # type: ignore[arg-type]
    told = dispute_of(reference, status="warning_needs_response", refundable=refundable)
    assert await disputes.show(house.flint.merchant_id, told)
    order = await house.read(order_id)
    assert order["settlementAmounts"]["refundableMoney"]["amount"] == left
    assert order["needsAttention"] is True


async def test_a_dispute_about_somebody_elses_payment_is_not_ours(house: House) -> None:
    disputes = Disputes(house.sqlite, InboxRecords(house.sqlite), Bank())  # type: ignore[arg-type]
    assert not await disputes.show(house.flint.merchant_id, dispute_of("pi_of_another_system"))
