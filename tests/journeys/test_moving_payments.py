"""Another method pays what one has paid: charged first, and only then does the old money go back."""

from flint_domain.commands.after_payment import MovePayment
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.order.inputs import Amount
from tests.journeys.house import House, amounts


async def paid(house: House, token: str = "tok_visa") -> tuple[str, str]:
    order_id = await house.paid_order(token=token)
    return order_id, (await house.read(order_id))["paymentIntentIds"][0]


async def test_the_new_method_is_charged_and_the_old_one_gets_its_money_back(house: House) -> None:
    order_id, payment_id = await paid(house)
    answer = await house.do(MovePayment(payment_id=payment_id, source="tok_mastercard"))
    assert answer["amendment"]["status"] == "MADE"
    assert amounts(answer["order"]) == ("PAID", 12800, 0, 0, 12800)
    old, new = (await house.read(order_id))["payments"]
    assert (old["refundedMoney"]["amount"], old["refundableMoney"]["amount"]) == (12800, 0)
    assert (new["capturedMoney"]["amount"], new["tender"]["brand"]) == (12800, "mastercard")
    balance = await house.balance(order_id)
    assert (balance.charged, balance.refunded) == (25600, 12800)
    assert "PAYMENT_MOVED" in await house.trail(order_id)


async def test_a_declined_method_leaves_the_old_payment_alone(house: House) -> None:
    order_id, payment_id = await paid(house)
    answer = await house.do(MovePayment(payment_id=payment_id, source="tok_chargeDeclined"))
    assert answer["amendment"]["status"] == "DROPPED"
    assert amounts(answer["order"]) == ("PAID", 12800, 0, 0, 12800)
    assert (await house.balance(order_id)).refunded == 0


async def test_money_that_cannot_go_back_after_the_move_is_left_for_a_person(house: House) -> None:
    order_id, payment_id = await paid(house, "tok_createDispute")
    await house.do(MovePayment(payment_id=payment_id, source="tok_visa"))
    order = await house.read(order_id)
    assert order["settlementAmounts"]["outstandingMoney"]["amount"] == 0
    assert order["needsAttention"] is True


async def test_a_partly_refunded_payment_moves_what_is_left(house: House) -> None:
    order_id, payment_id = await paid(house)
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=2800))))
    answer = await house.do(MovePayment(payment_id=payment_id, source="tok_mastercard"))
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 12800, 2800, 0, 10000)
    assert answer["payments"][0]["capturedMoney"]["amount"] == 10000


async def test_a_crash_between_the_charge_and_the_refund_moves_it_once(house: House) -> None:
    order_id, payment_id = await paid(house)
    await house.fault("answer_lost")
    await house.do(MovePayment(payment_id=payment_id, source="tok_mastercard"))
    await house.reopen()
    await house.recover()
    await house.recover()
    assert amounts(await house.read(order_id)) == ("PAID", 12800, 0, 0, 12800)
    balance = await house.balance(order_id)
    assert (balance.charged, balance.refunded) == (25600, 12800)


async def test_only_captured_money_moves_and_only_to_another_source(house: House) -> None:
    order_id, payment_id = await paid(house)
    await house.refused(MovePayment(payment_id=payment_id, source="tok_visa"), "source_refused")
    held = await house.order_of()
    await house.do(PayOrder(order_id=held, sources=("tok_visa",), capture_later=True))
    hold = (await house.read(held))["paymentIntentIds"][0]
    await house.refused(MovePayment(payment_id=hold, source="tok_mastercard"), "nothing_to_refund")
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    await house.refused(MovePayment(payment_id=payment_id, source="tok_mastercard"), "nothing_to_refund")


async def test_a_move_sent_again_is_not_told_to_name_another_payment(house: House) -> None:
    order_id, payment_id = await paid(house)
    move = MovePayment(payment_id=payment_id, source="tok_mastercard")
    made = await house.do(move)
    refused = await house.refused(move, "look_alike_change")
    assert refused.details["amendmentId"] == made["amendment"]["amendmentId"]
    await house.refused(move, "nothing_to_refund", key="meant")
    balance = await house.balance(order_id)
    assert (balance.charged, balance.refunded) == (25600, 12800)
