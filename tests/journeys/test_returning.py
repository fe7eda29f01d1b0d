"""Delivered units come back: refunded at what they cost, or exchanged, with the net settled once."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flint_domain.commands.after_payment import ReturnItems
from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.payments import PayOrder, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, LineInput
from tests.journeys.house import PRO_PLAN, SUPPORT, House, amounts, total

MUGS = LineInput(name="Mug", quantity=Decimal(3), unit_price=Amount(amount=1000))
SHIRT_M = LineInput(name="Shirt M", unit_price=Amount(amount=5000))
SHIRT_L = LineInput(name="Shirt L", unit_price=Amount(amount=5600))
SHIRT_S = LineInput(name="Shirt S", unit_price=Amount(amount=4400))


async def delivered(house: House, *lines: LineInput, token: str = "tok_visa") -> tuple[str, list[str]]:
    """A paid order that has arrived, and its lines' ids."""
    order_id = await house.paid_order(*lines, token=token)
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    return order_id, [line["lineItemId"] for line in (await house.read(order_id))["lineItems"]]


def back(order_id: str, *items: ReturnItem, **more: Any) -> ReturnItems:
    return ReturnItems(order_id=order_id, request=ReturnRequest(items=items), **more)


def state(answer: dict[str, Any]) -> tuple[str, str, int]:
    amendment = answer["amendment"]
    return amendment["kind"], amendment["status"], amendment["differenceMoney"]["amount"]


async def test_units_come_back_at_what_they_cost_and_are_on_record(house: House) -> None:
    order_id, [mugs] = await delivered(house, MUGS)
    answer = await house.do(back(order_id, ReturnItem(line_id=mugs, quantity=Decimal(2))))
    assert state(answer) == ("return", "MADE", -2000)
    assert answer["return"]["lines"] == [{"lineItemId": mugs, "quantity": 2}]
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 3000, 2000, 0, 1000)
    assert answer["order"]["lineItems"][0]["returnedQuantity"] == 2
    assert (await house.balance(order_id)).refunded == 2000
    assert (await house.trail(order_id))[-1] == "ORDER_RETURNED"


async def test_a_discounted_line_comes_back_at_its_discounted_price(house: House) -> None:
    await house.use_eight_percent()
    await house.offer_launch20()
    order_id = await house.order_of(PRO_PLAN, SUPPORT)
    await house.do(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"))
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    support = (await house.read(order_id))["lineItems"][1]["lineItemId"]
    answer = await house.do(back(order_id, ReturnItem(line_id=support)))
    assert state(answer) == ("return", "MADE", -2506)


async def test_no_unit_comes_back_twice_or_before_it_arrived(house: House) -> None:
    order_id = await house.paid_order(MUGS)
    [mugs] = [line["lineItemId"] for line in (await house.read(order_id))["lineItems"]]
    await house.refused(back(order_id, ReturnItem(line_id=mugs)), "nothing_to_return")
    [parcel] = (await house.do(FulfillOrder(order_id=order_id)))["fulfillments"]
    under_way = await house.refused(back(order_id, ReturnItem(line_id=mugs)), "nothing_to_return")
    assert "fulfill_order" in under_way.hint
    await house.do(FulfillOrder(order_id=order_id, fulfillment_id=parcel["fulfillmentId"], state="DELIVERED"))
    await house.refused(back(order_id, ReturnItem(line_id=mugs, quantity=Decimal(4))), "nothing_to_return")
    await house.do(back(order_id, ReturnItem(line_id=mugs)))
    await house.refused(back(order_id, ReturnItem(line_id=mugs)), "nothing_to_return")
    assert "return" not in await house.actions(order_id)


async def test_a_return_sent_again_is_not_told_how_many_more_units_could_come_back(house: House) -> None:
    order_id, [mugs, shirt] = await delivered(house, MUGS, SHIRT_M)
    two = back(order_id, ReturnItem(line_id=mugs, quantity=Decimal(2)))
    made = await house.do(two)
    refused = await house.refused(two, "look_alike_change")
    amendment_id = made["amendment"]["amendmentId"]
    assert refused.message == f"{amendment_id} made the same change minutes ago."
    assert refused.details["amendmentId"] == amendment_id
    await house.refused(two, "look_alike_change", dry_run=True)
    await house.refused(two, "nothing_to_return", key="meant")
    swap = back(order_id, ReturnItem(line_id=shirt, replacement=SHIRT_S))
    await house.do(swap)
    await house.refused(swap, "look_alike_change")
    house.clock.passes(timedelta(minutes=11))
    await house.refused(two, "nothing_to_return")
    assert (await house.balance(order_id)).refunded == 2600


async def test_a_return_sent_again_while_its_money_has_no_answer_is_told_that_it_waits(house: House) -> None:
    order_id, [shirt] = await delivered(house, SHIRT_M)
    swap = back(order_id, ReturnItem(line_id=shirt, replacement=SHIRT_L), source="tok_threeDSecure2Required")
    made = await house.do(swap)
    assert made["amendment"]["status"] == "WAITING"
    refused = await house.refused(swap, "payment_in_progress")
    assert "waits for the buyer" in refused.message
    declined = back(order_id, ReturnItem(line_id=shirt, replacement=SHIRT_L), source="tok_chargeDeclined")
    await house.do(VoidPayment(payment_id=made["payments"][0]["paymentIntentId"]))
    for _ in range(2):  # what was dropped has not been made
        assert (await house.do(declined))["amendment"]["status"] == "DROPPED"


async def test_a_line_named_twice_or_of_another_order_is_refused(house: House) -> None:
    order_id, [mugs] = await delivered(house, MUGS)
    _, [shirt] = await delivered(house, SHIRT_M)
    one = ReturnItem(line_id=mugs, quantity=Decimal(1))
    await house.refused(back(order_id, one, one), "invalid_argument")
    await house.refused(back(order_id, ReturnItem(line_id=shirt)), "not_found")


async def test_an_exchange_for_something_dearer_charges_the_net_once(house: House) -> None:
    order_id, [shirt] = await delivered(house, SHIRT_M)
    swap = ReturnItem(line_id=shirt, replacement=SHIRT_L)
    answer = await house.do(back(order_id, swap, source="tok_mastercard"))
    assert state(answer) == ("exchange", "MADE", 600)
    order = answer["order"]
    assert amounts(order) == ("PAID", 5600, 0, 0, 5600)
    old, new = order["lineItems"]
    assert (old["exchangedQuantity"], old["totalMoney"]["amount"]) == (1, 0)
    assert (new["name"], new["replaces"], new["totalMoney"]["amount"]) == ("Shirt L", shirt, 5600)
    assert answer["return"]["lines"] == [{"lineItemId": shirt, "quantity": 1, "replacedBy": new["lineItemId"]}]
    assert order["fulfillmentStatus"] == "PARTIALLY_FULFILLED"
    assert "fulfill" in await house.actions(order_id)


async def test_an_exchange_for_something_cheaper_gives_the_net_back(house: House) -> None:
    order_id, [shirt] = await delivered(house, SHIRT_M)
    answer = await house.do(back(order_id, ReturnItem(line_id=shirt, replacement=SHIRT_S)))
    assert state(answer) == ("exchange", "MADE", -600)
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 5000, 600, 0, 4400)
    balance = await house.balance(order_id)
    assert (balance.charged, balance.refunded) == (5000, 600)


async def test_some_units_are_refunded_and_others_exchanged_with_one_movement_of_money(house: House) -> None:
    order_id, [mugs, shirt] = await delivered(house, MUGS, SHIRT_M)
    answer = await house.do(
        back(
            order_id,
            ReturnItem(line_id=mugs, quantity=Decimal(1)),
            ReturnItem(line_id=shirt, replacement=SHIRT_L),
        )
    )
    # 10.00 comes back for the mug, 6.00 more for the shirt: 4.00 is given back.
    assert state(answer) == ("exchange", "MADE", -400)
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 8000, 400, 0, 7600)
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    assert amounts(await house.read(order_id)) == ("REFUNDED", 8000, 8000, 0, 0)


async def test_a_refund_set_off_against_a_dearer_replacement_charges_only_the_rest(house: House) -> None:
    order_id, [mugs, shirt] = await delivered(house, MUGS, SHIRT_M)
    dear = LineInput(name="Jacket", unit_price=Amount(amount=6500))
    items = (ReturnItem(line_id=mugs, quantity=Decimal(1)), ReturnItem(line_id=shirt, replacement=dear))
    answer = await house.do(back(order_id, *items, source="tok_visa"))
    assert state(answer) == ("exchange", "MADE", 500)
    assert amounts(answer["order"]) == ("PAID", 8500, 0, 0, 8500)
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    # The mug that came back was paid with: its money does not go back a second time.
    lines = {line["lineItemId"]: line for line in (await house.read(order_id))["lineItems"]}
    assert lines[mugs]["refundableMoney"]["amount"] == 2000


async def test_an_exchange_keeps_the_discount(house: House) -> None:
    await house.do(CreateCoupon(code="TEN", percent=Decimal(10)))
    order_id = await house.order_of(SHIRT_M)
    await house.do(ApplyCoupon(order_id=order_id, coupon_code="TEN"))
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    [shirt] = [line["lineItemId"] for line in (await house.read(order_id))["lineItems"]]
    swap = ReturnItem(line_id=shirt, replacement=LineInput(name="Shirt XL", unit_price=Amount(amount=5000)))
    answer = await house.do(back(order_id, swap))
    assert state(answer) == ("exchange", "MADE", 0)
    assert total(answer["order"]) == 4500


async def test_an_amount_taken_off_by_hand_goes_with_the_units(house: House) -> None:
    mugs = LineInput(name="Mug", quantity=Decimal(3), unit_price=Amount(amount=1000), discount=Amount(amount=300))
    order_id, [line] = await delivered(house, mugs)
    cup = LineInput(name="Cup", unit_price=Amount(amount=1000))
    answer = await house.do(back(order_id, ReturnItem(line_id=line, quantity=Decimal(2), replacement=cup)))
    assert state(answer) == ("exchange", "MADE", 0)
    assert [item["totalMoney"]["amount"] for item in answer["order"]["lineItems"]] == [900, 1800]


async def test_what_was_given_back_before_stays_given_back_after_an_exchange(house: House) -> None:
    order_id, [shirt] = await delivered(house, SHIRT_M)
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=1500)), note="a stain"))
    same = LineInput(name="Shirt M again", unit_price=Amount(amount=5000))
    answer = await house.do(back(order_id, ReturnItem(line_id=shirt, replacement=same)))
    assert state(answer) == ("exchange", "MADE", 0)
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 5000, 1500, 0, 3500)


async def test_goods_whose_money_went_back_already_come_back_without_money(house: House) -> None:
    order_id, [mugs] = await delivered(house, MUGS)
    two = RefundLine(line_id=mugs, quantity=Decimal(2))
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, lines=(two,))))
    answer = await house.do(back(order_id, ReturnItem(line_id=mugs)))
    assert state(answer) == ("return", "MADE", -1000)
    assert amounts(answer["order"]) == ("REFUNDED", 3000, 3000, 0, 0)


async def test_a_declined_exchange_changes_nothing(house: House) -> None:
    order_id, [shirt] = await delivered(house, SHIRT_M)
    before = await house.read(order_id)
    swap = back(order_id, ReturnItem(line_id=shirt, replacement=SHIRT_L), source="tok_chargeDeclined")
    assert state(await house.do(swap)) == ("exchange", "DROPPED", 600)
    after = await house.read(order_id)
    for name in ("lineItems", "pricingAmounts", "settlementAmounts", "returns", "fulfillmentStatus"):
        assert after[name] == before[name]


async def test_a_replacement_is_exchanged_again(house: House) -> None:
    order_id, [shirt] = await delivered(house, SHIRT_M)
    swap = back(order_id, ReturnItem(line_id=shirt, replacement=SHIRT_L), source="tok_visa")
    large = (await house.do(swap))["order"]["lineItems"][1]["lineItemId"]
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    answer = await house.do(back(order_id, ReturnItem(line_id=large, replacement=SHIRT_S)))
    assert state(answer) == ("exchange", "MADE", -1200)
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 5600, 1200, 0, 4400)
