"""A paid order is changed: the difference is charged or given back in the same call, all or nothing."""

from decimal import Decimal
from typing import Any

from flint_domain.commands.after_payment import AmendOrder
from flint_domain.commands.coupons import ApplyCoupon
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.orders import CancelOrder
from flint_domain.commands.payments import PayOrder, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.kernel.addresses import Address
from flint_domain.order.fulfillment.rules import Units
from flint_domain.order.inputs import Amount, LineChange, LineInput, OrderUpdate
from tests.journeys.house import PRO_PLAN, SUPPORT, House, amounts, total

SHIRT = LineInput(name="Shirt M", unit_price=Amount(amount=5000))
TEAM_PLAN = LineInput(name="Team Plan", unit_price=Amount(amount=14900))


async def first_line(house: House, order_id: str) -> str:
    return (await house.read(order_id))["lineItems"][0]["lineItemId"]


async def priced(house: House, order_id: str, amount: int, **more: Any) -> AmendOrder:
    """An amendment that gives the first line this price."""
    change = LineChange(line_id=await first_line(house, order_id), unit_price=Amount(amount=amount))
    return AmendOrder(order_id=order_id, update=OrderUpdate(change=(change,)), **more)


def state(answer: dict[str, Any]) -> tuple[str, int]:
    return answer["amendment"]["status"], answer["amendment"]["differenceMoney"]["amount"]


async def test_a_dearer_order_is_charged_to_the_tender_that_is_named(house: House) -> None:
    order_id = await house.paid_order()
    answer = await house.do(await priced(house, order_id, 10900, source="tok_mastercard"))
    assert state(answer) == ("MADE", 1000)
    assert [payment["status"] for payment in answer["payments"]] == ["CAPTURED"]
    assert amounts(answer["order"]) == ("PAID", 13800, 0, 0, 13800)
    assert (await house.balance(order_id)).charged == 13800
    assert (await house.trail(order_id))[-3:] == ["ORDER_AMENDMENT_STARTED", "PAYMENT_CAPTURED", "ORDER_AMENDED"]


async def test_a_cheaper_order_gives_the_difference_back_to_what_paid(house: House) -> None:
    order_id = await house.paid_order()
    answer = await house.do(await priced(house, order_id, 7900))
    assert state(answer) == ("MADE", -2000)
    assert [refund["amountMoney"]["amount"] for refund in answer["refunds"]] == [2000]
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 12800, 2000, 0, 10800)
    assert answer["order"]["paymentStatus"] == "PAID"
    assert (await house.balance(order_id)).refunded == 2000


async def test_the_tax_that_a_refund_gave_back_is_in_no_difference(house: House) -> None:
    await house.use_eight_percent()
    tee, mug = (LineInput(name=name, unit_price=Amount(amount=cost)) for name, cost in (("Tee", 1999), ("Mug", 1250)))
    order_id = await house.paid_order(tee, mug)  # 21.59 with 1.60 of tax, 13.50 with 1.00
    tee_id = await first_line(house, order_id)
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=1000))))
    answer = await house.do(AmendOrder(order_id=order_id, update=OrderUpdate(remove=(tee_id,))))
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    order = await house.read(order_id)
    assert sum(refund["amountMoney"]["amount"] for refund in order["refunds"]) == 3509
    assert sum(refund["taxMoney"]["amount"] for refund in order["refunds"]) == 260
    assert answer["refunds"][0]["taxMoney"]["amount"] < 160


async def test_what_an_amended_order_costs_can_be_refunded_to_the_cent(house: House) -> None:
    await house.use_eight_percent()
    await house.offer_launch20()
    order_id = await house.order_of()
    await house.do(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"))
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    answer = await house.do(await priced(house, order_id, 7700))
    order = await house.read(order_id)
    assert (total(order), answer["amendment"]["differenceMoney"]["amount"]) == (9158, 9158 - 11059)
    assert answer["refunds"][0]["taxMoney"]["amount"] == 819 - 678
    assert sum(line["refundableMoney"]["amount"] for line in order["lineItems"]) == 9158
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    assert amounts(await house.read(order_id)) == ("REFUNDED", 11059, 11059, 0, 0)


async def test_the_same_price_moves_no_money(house: House) -> None:
    order_id = await house.paid_order(SHIRT)
    renamed = LineChange(line_id=await first_line(house, order_id), name="Shirt L")
    answer = await house.do(AmendOrder(order_id=order_id, update=OrderUpdate(change=(renamed,))))
    assert state(answer) == ("MADE", 0)
    assert answer["order"]["lineItems"][0]["name"] == "Shirt L"
    assert (await house.balance(order_id)).charged == 5000


async def test_lines_are_added_and_removed_in_one_amendment(house: House) -> None:
    order_id = await house.paid_order()
    remove = (await first_line(house, order_id),)
    update = OrderUpdate(add=(TEAM_PLAN,), remove=remove)
    answer = await house.do(AmendOrder(order_id=order_id, update=update, source="tok_visa"))
    assert state(answer) == ("MADE", 5000)
    assert [line["name"] for line in answer["order"]["lineItems"]] == [SUPPORT.name, "Team Plan"]
    assert amounts(answer["order"]) == ("PAID", 17800, 0, 0, 17800)


async def test_a_declined_difference_changes_nothing(house: House) -> None:
    order_id = await house.paid_order()
    before = await house.read(order_id)
    answer = await house.do(await priced(house, order_id, 10900, source="tok_chargeDeclinedInsufficientFunds"))
    assert state(answer) == ("DROPPED", 1000)
    assert answer["payments"][0]["declineCode"] == "insufficient_funds"
    after = await house.read(order_id)
    for name in ("lineItems", "pricingAmounts", "settlementAmounts", "status"):
        assert after[name] == before[name]
    assert {"amend", "refund", "cancel"} <= await house.actions(order_id)


async def test_a_refused_refund_changes_nothing(house: House) -> None:
    order_id = await house.paid_order(token="tok_createDispute")
    answer = await house.do(await priced(house, order_id, 7900))
    assert state(answer) == ("DROPPED", -2000)
    assert total(answer["order"]) == 12800
    assert amounts(answer["order"])[1:4] == (12800, 0, 0)


async def test_a_dearer_order_needs_something_to_pay_with_and_says_how_much(house: House) -> None:
    order_id = await house.paid_order()
    refused = await house.refused(await priced(house, order_id, 10900), "payment_source_needed")
    assert "10.00 USD more" in refused.message
    assert refused.details["differenceMoney"] == {"amount": 1000, "currency": "USD"}


async def test_a_dry_run_quotes_the_difference(house: House) -> None:
    order_id = await house.paid_order()
    command = await priced(house, order_id, 10900, source="tok_visa")
    before = house.contents()
    quoted = await house.do(command, dry_run=True)
    assert quoted["amendment"]["differenceMoney"] == {"amount": 1000, "currency": "USD"}
    assert [(move["kind"], move["amountMoney"]["amount"]) for move in quoted["wouldTransfer"]] == [("charge", 1000)]
    assert house.contents() == before


async def test_an_amendment_is_made_once_under_its_key(house: House) -> None:
    order_id = await house.paid_order()
    command = await priced(house, order_id, 10900, source="tok_visa")
    first = await house.do(command, "swap-1")
    again = await house.do(command, "swap-1")
    assert again["replayed"] is True
    assert again["amendment"] == first["amendment"]
    assert (await house.balance(order_id)).charged == 13800


async def test_an_amendment_sent_again_is_told_that_it_was_made(house: House) -> None:
    order_id = await house.paid_order()
    cheaper = await priced(house, order_id, 9000)
    made = await house.do(cheaper)
    refused = await house.refused(cheaper, "look_alike_change")
    assert refused.details["amendmentId"] == made["amendment"]["amendmentId"]
    without = AmendOrder(order_id=order_id, update=OrderUpdate(remove=(await first_line(house, order_id),)))
    await house.do(without)
    await house.refused(without, "look_alike_change")
    await house.refused(without, "not_found", key="meant")


async def test_while_the_difference_has_no_answer_everything_else_waits(house: House) -> None:
    order_id = await house.paid_order()
    answer = await house.do(await priced(house, order_id, 10900, source="tok_threeDSecure2Required"))
    assert state(answer) == ("WAITING", 1000)
    assert answer["order"]["amending"] is True
    assert total(answer["order"]) == 12800
    payment_id = answer["payments"][0]["paymentIntentId"]
    await house.refused(await priced(house, order_id, 7900), "payment_in_progress")
    await house.refused(CreateRefund(target=RefundTarget(order_id=order_id)), "order_amending")
    await house.refused(CancelOrder(order_id=order_id), "payment_in_progress")
    await house.refused(FulfillOrder(order_id=order_id), "order_amending")
    await house.buyer(payment_id, approves=True)
    assert amounts(await house.read(order_id)) == ("PAID", 13800, 0, 0, 13800)
    assert total(await house.read(order_id)) == 13800


async def test_a_buyer_who_does_not_approve_drops_the_amendment(house: House) -> None:
    order_id = await house.paid_order()
    answer = await house.do(await priced(house, order_id, 10900, source="tok_threeDSecure2Required"))
    await house.buyer(answer["payments"][0]["paymentIntentId"], approves=False)
    order = await house.read(order_id)
    assert (total(order), order["amendments"][-1]["status"]) == (12800, "DROPPED")


async def test_calling_the_charge_off_drops_the_amendment(house: House) -> None:
    order_id = await house.paid_order()
    answer = await house.do(await priced(house, order_id, 10900, source="tok_threeDSecure2Required"))
    await house.do(VoidPayment(payment_id=answer["payments"][0]["paymentIntentId"]))
    order = await house.read(order_id)
    assert (total(order), order["amendments"][-1]["status"]) == (12800, "DROPPED")
    assert "amend" in await house.actions(order_id)


async def test_a_lost_answer_is_recovered_and_the_amendment_made_once(house: House) -> None:
    order_id = await house.paid_order()
    await house.fault("answer_lost")
    answer = await house.do(await priced(house, order_id, 10900, source="tok_visa"))
    assert state(answer) == ("WAITING", 1000)
    await house.recover()
    order = await house.read(order_id)
    assert amounts(order) == ("PAID", 13800, 0, 0, 13800)
    assert (await house.balance(order_id)).charged == 13800


async def test_a_refund_that_fails_after_it_was_given_leaves_the_difference_refundable(house: House) -> None:
    order_id = await house.paid_order(token="tok_refundFail")
    answer = await house.do(await priced(house, order_id, 7900))
    assert state(answer) == ("MADE", -2000)
    await house.later()
    order = await house.read(order_id)
    assert amounts(order) == ("PAID", 12800, 0, 0, 12800)
    assert order["needsAttention"] is True
    assert any("20.00 USD" in warning for warning in order["warnings"])
    again = await house.do(
        CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=2000))), "difference"
    )
    assert [line for line in again["refund"]["lines"] if line.get("lineItemId")] == []
    assert again["order"].get("needsAttention") is None


async def test_what_was_refunded_for_a_line_that_is_taken_off_is_not_given_back_twice(house: House) -> None:
    order_id = await house.paid_order(PRO_PLAN, SUPPORT)
    half = CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=6400)))
    await house.do(half)
    remove = OrderUpdate(remove=(await first_line(house, order_id),))
    answer = await house.do(AmendOrder(order_id=order_id, update=remove))
    # Half of 99.00 went back already: the other half does now.
    assert state(answer) == ("MADE", -4950)
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 12800, 11350, 0, 1450)


async def test_units_that_were_handed_over_are_not_amended(house: House) -> None:
    mugs = LineInput(name="Mug", quantity=Decimal(3), unit_price=Amount(amount=1000))
    order_id = await house.paid_order(mugs, SHIRT)
    line = await first_line(house, order_id)
    await house.do(FulfillOrder(order_id=order_id, lines=(Units(line_id=line, quantity=Decimal(2)),)))
    for change in (
        OrderUpdate(remove=(line,)),
        OrderUpdate(change=(LineChange(line_id=line, quantity=Decimal(1)),)),
        OrderUpdate(change=(LineChange(line_id=line, unit_price=Amount(amount=900)),)),
    ):
        await house.refused(AmendOrder(order_id=order_id, update=change), "order_fulfilled")
    fewer = OrderUpdate(change=(LineChange(line_id=line, quantity=Decimal(2)),))
    assert state(await house.do(AmendOrder(order_id=order_id, update=fewer))) == ("MADE", -1000)


async def test_an_order_is_amended_only_while_it_is_paid_and_not_sent(house: House) -> None:
    order_id = await house.order_of()
    refused = await house.refused(await priced(house, order_id, 7900), "outstanding_remains")
    assert "pay_order" in refused.hint
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    sent = await house.refused(await priced(house, order_id, 7900), "order_fulfilled")
    assert "return_items" in sent.hint


async def test_an_amendment_that_changes_nothing_is_refused(house: House) -> None:
    order_id = await house.paid_order()
    await house.refused(AmendOrder(order_id=order_id, update=OrderUpdate()), "nothing_to_amend")
    await house.refused(await priced(house, order_id, 9900), "nothing_to_amend")


async def test_a_paid_order_goes_to_another_address(house: House) -> None:
    order_id = await house.paid_order()
    berlin = Address(country="DE", line1="Unter den Linden 1", city="Berlin", postal_code="10117")
    answer = await house.do(AmendOrder(order_id=order_id, update=OrderUpdate(shipping_address=berlin)))
    assert state(answer) == ("MADE", 0)
    assert (await house.read(order_id))["shippingAddress"]["city"] == "Berlin"


async def test_a_difference_does_not_go_to_a_card_that_never_paid(house: House) -> None:
    order_id = await house.paid_order(token="tok_visa")
    to_another = await priced(house, order_id, 7900, refund_to="tok_mastercard")
    refused = await house.refused(to_another, "tender_never_paid")
    assert "store_credit" in refused.hint
    assert state(await house.do(await priced(house, order_id, 7900, refund_to="tok_visa"))) == ("MADE", -2000)


async def test_a_dry_run_quotes_a_difference_before_anything_is_named_to_pay_it(house: House) -> None:
    order_id = await house.paid_order()
    quoted = await house.do(await priced(house, order_id, 10900), dry_run=True)
    assert state(quoted) == ("MADE", 1000)
    assert any("paymentSourceToken" in warning for warning in quoted["order"]["warnings"])
    assert total(await house.read(order_id)) == 12800
