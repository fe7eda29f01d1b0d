"""What the answers say of money: both amounts of a part, what another method paid, and only what would move."""

from typing import Any

import pytest

from flint_domain.commands.after_payment import MovePayment
from flint_domain.commands.orders import CancelOrder
from flint_domain.commands.payments import CapturePayment, GetPayment, PayOrder, TenderInput, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.order.inputs import Amount
from tests.journeys.credit import SHIRT, card_with, gift_and_card
from tests.journeys.house import House, amounts, facts_of


async def said(house: House, payment_id: str) -> str:
    return (await house.ask(GetPayment(payment_id=payment_id)))["summary"]


def moves(answer: dict[str, Any]) -> list[tuple[str, int]]:
    return [(move["kind"], move["amountMoney"]["amount"]) for move in answer["wouldTransfer"]]


async def held(house: House) -> tuple[str, str]:
    """An order of 50.00 whose money is authorized, and its payment."""
    order_id = await house.order_of(SHIRT)
    paid = await house.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    return order_id, paid["payments"][0]["paymentIntentId"]


async def test_a_capture_in_part_says_what_was_taken_and_what_was_released(house: House) -> None:
    order_id, payment_id = await held(house)
    answer = await house.do(CapturePayment(payment_id=payment_id, amount=Amount(amount=3001)))
    [payment] = answer["payments"]
    expected = "CAPTURED payment of 50.00 USD (visa 4242): 30.01 USD captured, 19.99 USD released."
    assert payment["summary"] == expected
    assert (payment["capturedMoney"]["amount"], payment["releasedMoney"]["amount"]) == (3001, 1999)
    trail = (await house.read(order_id))["activities"]
    assert trail[-1]["summary"] == "Captured 30.01 USD; 19.99 USD of the hold released (visa 4242)."
    assert facts_of(house, order_id)[-1][1]["released"] == 1999


async def test_a_capture_in_full_says_no_more_than_before(house: House) -> None:
    _, payment_id = await held(house)
    answer = await house.do(CapturePayment(payment_id=payment_id))
    assert answer["payments"][0]["summary"] == "CAPTURED payment of 50.00 USD (visa 4242)."


async def test_a_payment_says_what_of_it_went_back(house: House) -> None:
    order_id = await house.paid_order(SHIRT)
    target = RefundTarget(order_id=order_id, amount=Amount(amount=1250))
    refund = (await house.do(CreateRefund(target=target)))["refund"]
    summary = await said(house, refund["paymentIntentId"])
    assert summary == "CAPTURED payment of 50.00 USD (visa 4242): 12.50 USD refunded."


async def test_a_payment_that_moved_reads_as_given_back(house: House) -> None:
    order_id = await house.paid_order(SHIRT)
    old = (await house.read(order_id))["paymentIntentIds"][0]
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=1000))))
    moved = await house.do(MovePayment(payment_id=old, source="tok_mastercard"))
    assert amounts(moved["order"]) == ("PARTIALLY_REFUNDED", 5000, 1000, 0, 4000)
    assert await said(house, old) == (
        "CAPTURED payment of 50.00 USD (visa 4242): 10.00 USD refunded, "
        "40.00 USD given back, since another method has paid it."
    )
    assert moved["payments"][0]["summary"] == "CAPTURED payment of 40.00 USD (mastercard 4444)."
    given_back = await house.ask(GetPayment(payment_id=old))
    told = [given_back[f"{name}Money"]["amount"] for name in ("captured", "refunded", "moved", "refundable")]
    assert told == [5000, 5000, 4000, 0]


async def test_a_dry_run_lists_each_movement_of_money_once(house: House) -> None:
    _, code = await card_with(house, 2000)
    order_id = await house.order_of(SHIRT)
    both = gift_and_card(code, 2000, "tok_visa", 3000)
    pay = await house.do(PayOrder(order_id=order_id, tenders=both), dry_run=True)
    assert moves(pay) == [("capture", 2000), ("capture", 3000)]
    later = await house.do(PayOrder(order_id=order_id, tenders=both, capture_later=True), dry_run=True)
    assert moves(later) == [("authorize", 2000), ("authorize", 3000)]


async def test_a_dry_run_lists_nothing_of_a_gift_card_that_declines(house: House) -> None:
    (gift_id, code), (_, other) = await card_with(house, 10), await card_with(house, 4000)
    order_id = await house.order_of(SHIRT)
    alone = await house.do(PayOrder(order_id=order_id, sources=(gift_id,)), dry_run=True)
    assert (moves(alone), amounts(alone["order"])) == ([], ("OPEN", 0, 0, 5000, 0))
    group = (*gift_and_card(other, 4000, code, 500), TenderInput(source="tok_visa"))
    lost = await house.do(PayOrder(order_id=order_id, tenders=group), dry_run=True)
    assert (moves(lost), amounts(lost["order"])) == ([], ("OPEN", 0, 0, 5000, 0))


async def test_a_dry_run_of_giving_a_hold_up_lists_it_and_of_calling_a_buyer_off_nothing(house: House) -> None:
    order_id, payment_id = await held(house)
    assert moves(await house.do(VoidPayment(payment_id=payment_id), dry_run=True)) == [("void", 5000)]
    assert moves(await house.do(CancelOrder(order_id=order_id), dry_run=True)) == [("void", 5000)]
    waiting = await house.order_of(SHIRT)
    asked = await house.do(PayOrder(order_id=waiting, sources=("tok_threeDSecure2Required",)))
    payment = asked["payments"][0]
    assert payment["status"] == "REQUIRES_ACTION"
    assert moves(await house.do(VoidPayment(payment_id=payment["paymentIntentId"]), dry_run=True)) == []


async def test_a_dry_run_of_a_move_lists_the_charge_and_what_goes_back(house: House) -> None:
    order_id = await house.paid_order(SHIRT)
    old = (await house.read(order_id))["paymentIntentIds"][0]
    dry = await house.do(MovePayment(payment_id=old, source="tok_mastercard"), dry_run=True)
    assert moves(dry) == [("charge", 5000), ("refund", 5000)]


NOT_ASKED = "the processor was not asked: it may still refuse what this dry run shows as done"


@pytest.mark.parametrize("token", ["tok_visa", "tok_chargeDeclined", "tok_threeDSecure2Required"])
async def test_a_dry_run_promises_nothing_of_what_only_the_processor_knows(house: House, token: str) -> None:
    order_id = await house.order_of(SHIRT)
    dry = await house.do(PayOrder(order_id=order_id, sources=(token,)), dry_run=True)
    assert dry["payments"][0]["status"] == "CAPTURED"
    assert dry["order"]["warnings"] == [NOT_ASKED]
    asked = await house.do(PayOrder(order_id=order_id, sources=(token,)))
    assert NOT_ASKED not in asked["order"].get("warnings", [])


async def test_a_dry_run_that_asks_no_processor_says_nothing_of_one(house: House) -> None:
    _, code = await card_with(house, 6000)
    order_id = await house.order_of(SHIRT)
    paid = await house.do(PayOrder(order_id=order_id, sources=(code,)), dry_run=True)
    assert NOT_ASKED not in paid["order"].get("warnings", [])
    assert NOT_ASKED not in (await house.do(CancelOrder(order_id=order_id), dry_run=True)).get("warnings", [])


async def test_a_dry_refund_says_that_the_processor_was_not_asked(house: House) -> None:
    order_id = await house.paid_order(SHIRT)
    dry = await house.do(CreateRefund(target=RefundTarget(order_id=order_id)), dry_run=True)
    assert dry["order"]["warnings"] == [NOT_ASKED]
