"""Charges that the buyer disputes: the order shows it with its deadline, and blocks what the bank decides now."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flint_domain.commands.orders import CancelOrder, CloseOrder
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount
from flint_domain.order.payments.model import Dispute
from flint_domain.queries.orders import SearchOrders
from flint_domain.settling import note_dispute
from flint_domain.unit_of_work.work import Work
from tests.journeys.house import House


async def disputed_order(shop: House) -> str:
    order_id = await shop.paid_order(token="tok_createDispute")
    assert await shop.flint.hear() == 1
    return order_id


async def resolve(shop: House, order_id: str, status: str) -> None:
    """What the bank's decision makes of the order."""

    def decide(tx: object) -> bool:
        order = tx.order(order_id)  # type: ignore[attr-defined]
        payment = order.payments[0]
        decided = replace(payment.dispute, status=status)
        return note_dispute(Work(tx, actor="processor"), payment.payment_id, decided)  # type: ignore[arg-type]

    assert await shop.flint.store.write(shop.flint.merchant_id, decide)


async def test_a_dispute_shows_on_the_order_with_its_deadline_and_asks_for_a_person(shop: House) -> None:
    order_id = await disputed_order(shop)
    order = await shop.read(order_id)
    dispute = order["payments"][0]["dispute"]
    assert (dispute["status"], dispute["amountMoney"]["amount"], dispute["reason"]) == (
        "needs_response",
        13824,
        "fraudulent",
    )
    due = (shop.clock.now() + timedelta(days=7)).strftime("%Y-%m-%d %H:%M UTC")
    assert f"is disputed (138.24 USD): answer the bank at the processor by {due}" in order["warnings"][0]
    assert order["needsAttention"] is True
    assert order["activities"][-1]["type"] == "PAYMENT_DISPUTED"
    assert order["activities"][-1]["actor"] == "processor"
    found = await shop.ask(SearchOrders(needs_attention=True))
    assert [row["orderId"] for row in found["orders"]] == [order_id]


async def test_nothing_of_a_disputed_payment_can_be_refunded_canceled_or_closed(shop: House) -> None:
    order_id = await disputed_order(shop)
    order = await shop.read(order_id)
    assert order["status"] == "PAID"
    assert order["settlementAmounts"]["refundableMoney"]["amount"] == 0
    assert [action["action"] for action in order["availableActions"]] == ["update", "fulfill"]
    payment_id = order["paymentIntentIds"][0]
    for command in (
        CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=100))),
        CreateRefund(target=RefundTarget(payment_id=payment_id)),
        CancelOrder(order_id=order_id),
        CloseOrder(order_id=order_id),
    ):
        with pytest.raises(Refused) as refused:
            await shop.do(command)
        assert refused.value.code == "payment_disputed"
        assert payment_id in refused.value.message
    assert (await shop.read(order_id))["version"] == order["version"]


async def test_a_dispute_that_is_won_gives_the_order_back(shop: House) -> None:
    order_id = await disputed_order(shop)
    await resolve(shop, order_id, "won")
    order = await shop.read(order_id)
    assert order.get("needsAttention") is None
    assert order["settlementAmounts"]["refundableMoney"]["amount"] == 13824
    assert {action["action"] for action in order["availableActions"]} == {
        *("update", "refund", "cancel", "close", "amend", "fulfill", "move_payment")
    }


async def test_a_dispute_that_is_lost_leaves_nothing_to_refund(shop: House) -> None:
    order_id = await disputed_order(shop)
    await resolve(shop, order_id, "lost")
    order = await shop.read(order_id)
    assert order.get("needsAttention") is None
    assert order["settlementAmounts"]["refundableMoney"]["amount"] == 0
    assert "is lost: its money is the buyer's" in order["warnings"][0]
    assert {action["action"] for action in order["availableActions"]} == {"update", "fulfill", "cancel", "close"}


async def test_the_same_news_of_a_dispute_changes_nothing(shop: House) -> None:
    order_id = await disputed_order(shop)
    before = await shop.read(order_id)
    await resolve(shop, order_id, "needs_response")
    assert (await shop.read(order_id))["version"] == before["version"]


async def test_a_dispute_of_a_payment_that_nobody_knows_is_not_taken(shop: House) -> None:
    dispute = Dispute(dispute_id="dp_1", amount=1, reason="fraudulent", status="needs_response")
    noted = await shop.flint.store.write(
        shop.flint.merchant_id, lambda tx: note_dispute(Work(tx, actor="processor"), "pi_unknown", dispute)
    )
    assert noted is False
