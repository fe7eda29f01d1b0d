"""How an order ends: canceled with its money given back, or closed."""

from datetime import timedelta

import pytest

from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon
from flint_domain.commands.orders import CancelOrder, CloseOrder, UpdateOrder
from flint_domain.commands.payments import PayOrder, TenderInput, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.order.inputs import Amount, OrderUpdate
from flint_domain.order.payments.model import TransferKind
from flint_domain.queries.orders import GetOrder, SearchOrders
from tests.journeys.house import House, amounts, facts_of


async def partly_paid_and_held(shop: House) -> str:
    """An order with 50.00 captured and 88.24 authorized."""
    order_id = await shop.order_of()
    part = TenderInput(source="tok_visa", money=Amount(amount=5000))
    await shop.do(PayOrder(order_id=order_id, tenders=(part,)))
    await shop.do(PayOrder(order_id=order_id, sources=("tok_mastercard",), capture_later=True))
    return order_id


async def test_an_unpaid_order_is_canceled_at_once_and_takes_no_more_changes(shop: House) -> None:
    order_id = await shop.order_of()
    canceled = await shop.do(CancelOrder(order_id=order_id))
    assert canceled["status"] == "CANCELED"
    assert canceled["availableActions"] == []
    for command in (
        UpdateOrder(order_id=order_id, update=OrderUpdate(note="late")),
        PayOrder(order_id=order_id, sources=("tok_visa",)),
        CancelOrder(order_id=order_id),
        CloseOrder(order_id=order_id),
        ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"),
    ):
        await shop.refused(command, "order_ended")


async def test_cancel_voids_what_is_held_and_refunds_what_was_paid(shop: House) -> None:
    order_id = await partly_paid_and_held(shop)
    [cancel] = [a for a in (await shop.read(order_id))["availableActions"] if a["action"] == "cancel"]
    assert cancel["effect"] == "releases 88.24 USD and refunds 50.00 USD"
    canceled = await shop.do(CancelOrder(order_id=order_id))
    assert amounts(canceled) == ("CANCELED", 5000, 5000, 8824, 0)
    assert canceled.get("needsAttention") is None
    balance = await shop.balance(order_id)
    assert (balance.charged, balance.refunded, balance.held) == (5000, 5000, 0)
    assert (await shop.trail(order_id))[-1] == "ORDER_CANCELED"


async def test_why_an_order_was_canceled_is_on_the_order_and_on_what_is_told_of_it(shop: House) -> None:
    words = 'ordered twice, says "Ann"'
    unpaid, paid = await shop.order_of(), await shop.paid_order()
    for order_id in (unpaid, paid):
        canceled = await shop.do(CancelOrder(order_id=order_id, cancel_reason=words))
        assert (canceled["status"], canceled["cancelReason"]) == ("CANCELED", words)
        assert (await shop.read(order_id))["cancelReason"] == words
    facts = [(kind, data.get("reason")) for kind, data in facts_of(shop, paid) if kind.startswith("ORDER_CANCEL")]
    assert facts == [("ORDER_CANCELING", words), ("ORDER_CANCELED", words)]
    timeline = (await shop.ask(GetOrder(order_id=paid, view="timeline")))["activities"]
    assert not any("Ann" in activity["summary"] for activity in timeline), "words stand in data, not in sentences"


async def test_a_cancel_that_failed_leaves_no_reason_behind(shop: House) -> None:
    order_id = await shop.paid_order(token="tok_createDispute")
    answer = await shop.do(CancelOrder(order_id=order_id, cancel_reason="ordered twice"))
    assert answer["needsAttention"] is True
    assert "cancelReason" not in answer


async def test_a_key_belongs_to_one_reason(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.do(CancelOrder(order_id=order_id, cancel_reason="ordered twice"), "cancel")
    again = await shop.do(CancelOrder(order_id=order_id, cancel_reason="ordered twice"), "cancel")
    assert (again["replayed"], again["cancelReason"]) == (True, "ordered twice")
    refused = await shop.refused(
        CancelOrder(order_id=order_id, cancel_reason="too late"), "idempotency_key_reused", "cancel"
    )
    assert refused.details["first"]["fields"]["cancelReason"] == "(not shown)"


async def test_a_cancel_whose_refund_is_refused_leaves_the_order_as_its_money_says(shop: House) -> None:
    order_id = await shop.paid_order(token="tok_createDispute")
    answer = await shop.do(CancelOrder(order_id=order_id))
    assert amounts(answer) == ("PAID", 13824, 0, 0, 13824)
    assert answer["needsAttention"] is True
    assert any("cancel" in warning for warning in answer["warnings"])
    assert {"refund", "cancel"} <= await shop.actions(order_id)
    found = await shop.ask(SearchOrders(needs_attention=True))
    assert [row["orderId"] for row in found["orders"]] == [order_id]


async def test_a_cancel_that_failed_can_be_asked_for_again(shop: House) -> None:
    order_id = await partly_paid_and_held(shop)
    await shop.fault("decline", transfer_kind=TransferKind.REFUND)
    failed = await shop.do(CancelOrder(order_id=order_id))
    assert amounts(failed) == ("OPEN", 5000, 0, 8824, 5000)
    assert failed["settlementAmounts"]["authorizedMoney"]["amount"] == 0
    canceled = await shop.do(CancelOrder(order_id=order_id))
    assert amounts(canceled) == ("CANCELED", 5000, 5000, 8824, 0)
    assert canceled.get("needsAttention") is None


async def test_a_cancel_with_an_unknown_answer_stays_under_way_until_it_is_known(shop: House) -> None:
    order_id = await shop.paid_order()
    await shop.fault("answer_lost", transfer_kind=TransferKind.REFUND)
    answer = await shop.do(CancelOrder(order_id=order_id), key="cancel")
    assert answer["canceling"] is True
    assert answer["status"] == "REFUNDED"
    assert answer["availableActions"] == []
    await shop.refused(UpdateOrder(order_id=order_id, update=OrderUpdate(note="x")), "order_canceling")
    await shop.refused(CreateRefund(target=RefundTarget(order_id=order_id)), "order_canceling")
    await shop.recover()
    after = await shop.read(order_id)
    assert (after["status"], after["canceling"]) == ("CANCELED", None)
    assert (await shop.balance(order_id)).refunded == 13824


async def test_a_pending_refund_is_enough_to_cancel_and_its_failure_needs_attention(shop: House) -> None:
    order_id = await shop.paid_order(token="tok_pendingRefund")
    canceled = await shop.do(CancelOrder(order_id=order_id))
    assert amounts(canceled) == ("CANCELED", 13824, 13824, 0, 0)
    await shop.simulator.fail(canceled["refundIds"][0])
    await shop.flint.hear()
    after = await shop.read(order_id)
    assert amounts(after) == ("CANCELED", 13824, 0, 0, 13824)
    assert after["needsAttention"] is True
    assert await shop.actions(order_id) == {"refund"}
    again = await shop.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    assert amounts(again["order"]) == ("CANCELED", 13824, 13824, 0, 0)
    assert again["order"].get("needsAttention") is None


async def test_a_refund_that_fails_after_the_cancel_needs_attention(shop: House) -> None:
    order_id = await shop.paid_order(token="tok_refundFail")
    await shop.do(CancelOrder(order_id=order_id))
    await shop.later(timedelta(seconds=5))
    after = await shop.read(order_id)
    assert (after["status"], after["needsAttention"]) == ("CANCELED", True)
    assert await shop.actions(order_id) == {"refund"}


async def test_a_cancel_gives_a_coupons_use_back_and_a_refund_does_not(shop: House) -> None:
    from decimal import Decimal

    await shop.do(CreateCoupon(code="LAST", percent=Decimal(50), max_uses=1))
    first, second = await shop.order_of(), await shop.order_of()
    await shop.do(ApplyCoupon(order_id=first, coupon_code="LAST"))
    await shop.do(PayOrder(order_id=first, sources=("tok_visa",)))
    await shop.do(CreateRefund(target=RefundTarget(order_id=first)))
    await shop.refused(ApplyCoupon(order_id=second, coupon_code="LAST"), "coupon_used_up")
    await shop.do(CancelOrder(order_id=first))
    assert amounts(await shop.do(ApplyCoupon(order_id=second, coupon_code="LAST"))) == ("OPEN", 0, 0, 6912, 0)


@pytest.mark.promise("P7")
async def test_a_paid_order_is_closed_and_can_still_be_refunded(shop: House) -> None:
    order_id = await shop.paid_order()
    closed = await shop.do(CloseOrder(order_id=order_id))
    assert closed["status"] == "CLOSED"
    assert await shop.actions(order_id) == {"refund"}
    await shop.refused(UpdateOrder(order_id=order_id, update=OrderUpdate(note="late")), "order_ended")
    refunded = await shop.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    assert amounts(refunded["order"]) == ("CLOSED", 13824, 13824, 0, 0)
    assert refunded["order"]["refundStatus"] == "FULL"


async def test_only_a_paid_order_with_nothing_held_is_closed(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.refused(CloseOrder(order_id=order_id), "outstanding_remains")
    held = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    await shop.refused(CloseOrder(order_id=order_id), "money_held")
    await shop.do(VoidPayment(payment_id=held["payments"][0]["paymentIntentId"]))
    await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert (await shop.do(CloseOrder(order_id=order_id)))["status"] == "CLOSED"
