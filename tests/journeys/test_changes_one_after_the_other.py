"""Refunds, returns, amendments and addresses one after the other: nothing is charged or given back a second time."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from flint_domain.commands.after_payment import AmendOrder, ReturnItems
from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon, RemoveCoupon
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.commands.tax import SaveTaxRate
from flint_domain.kernel.addresses import Address
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.fulfillment.rules import Units
from flint_domain.order.inputs import Amount, ChargeInput, LineChange, LineInput, OrderUpdate
from tests.journeys.catalog import a_mug, counts
from tests.journeys.house import House, amounts

NEW_YORK, OREGON = Address(country="US", region="NY"), Address(country="US", region="OR")


def goods(name: str, price: int, quantity: int = 1) -> LineInput:
    return LineInput(name=name, quantity=Decimal(quantity), unit_price=Amount(amount=price))


async def lines_of(house: House, order_id: str) -> list[str]:
    return [line["lineItemId"] for line in (await house.read(order_id))["lineItems"]]


async def tax_new_york(house: House) -> None:
    await house.do(SaveTaxRate(rate_name="NY", percent=Decimal(8), country="US", region="NY"))


async def delivered(house: House, order_id: str, line_id: str, quantity: int | None = None) -> None:
    units = Units(line_id=line_id, quantity=None if quantity is None else Decimal(quantity))
    await house.do(FulfillOrder(order_id=order_id, lines=(units,), state="DELIVERED"))


async def refunded(house: House, order_id: str, line_id: str, quantity: int | None = None, **more: Any) -> Any:
    line = RefundLine(line_id=line_id, quantity=None if quantity is None else Decimal(quantity))
    return await house.do(CreateRefund(target=RefundTarget(order_id=order_id, lines=(line,)), **more))


async def returned(house: House, order_id: str, line_id: str) -> None:
    await house.do(ReturnItems(order_id=order_id, request=ReturnRequest(items=(ReturnItem(line_id=line_id),))))


async def amended(house: House, order_id: str, **update: Any) -> int:
    """The difference of an amendment that is made, paid with a card where it costs more."""
    answer = await house.do(AmendOrder(order_id=order_id, update=OrderUpdate(**update), source="tok_mastercard"))
    assert answer["amendment"]["status"] == "MADE"
    return answer["amendment"]["differenceMoney"]["amount"]


async def test_a_line_repriced_after_a_refund_gives_back_what_is_left_of_it(house: House) -> None:
    await tax_new_york(house)
    order_id = await house.paid_order(goods("A", 1000), goods("B", 1000), shipping_address=NEW_YORK)
    first, second = await lines_of(house, order_id)
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=1080))))
    assert await amended(house, order_id, shipping_address=OREGON) == -160
    assert (await refunded(house, order_id, first))["refund"]["amountMoney"]["amount"] == 460
    assert (await refunded(house, order_id, second))["refund"]["amountMoney"]["amount"] == 460
    assert amounts(await house.read(order_id)) == ("REFUNDED", 2160, 2160, 0, 0)


async def test_units_that_are_with_the_buyer_or_were_refunded_stay_on_the_order(house: House) -> None:
    order_id = await house.paid_order(goods("Mug", 1000, 3))
    [mugs] = await lines_of(house, order_id)
    await delivered(house, order_id, mugs, 1)
    await refunded(house, order_id, mugs, 1)
    one = OrderUpdate(change=(LineChange(line_id=mugs, quantity=Decimal(1)),))
    refused = await house.refused(AmendOrder(order_id=order_id, update=one), "order_fulfilled")
    assert refused.message.startswith("2 of ")
    assert await amended(house, order_id, change=(LineChange(line_id=mugs, quantity=Decimal(2)),)) == -1000


async def test_what_came_back_is_not_taxed_anew_by_another_address(house: House) -> None:
    await tax_new_york(house)
    order_id = await house.paid_order(goods("A", 10000), goods("B", 1000), shipping_address=OREGON)
    first, _ = await lines_of(house, order_id)
    await delivered(house, order_id, first)
    await returned(house, order_id, first)
    assert await amended(house, order_id, shipping_address=NEW_YORK) == 80


async def test_what_was_handed_over_keeps_the_taxes_of_where_it_went(house: House) -> None:
    await tax_new_york(house)
    order_id = await house.paid_order(goods("A", 10000), goods("B", 1000), shipping_address=NEW_YORK)
    first, _ = await lines_of(house, order_id)
    await delivered(house, order_id, first)
    assert await amended(house, order_id, shipping_address=OREGON) == -80


async def test_a_coupon_whose_minimum_goes_with_the_last_line_is_not_paid_for_what_came_back(house: House) -> None:
    await house.do(CreateCoupon(code="MIN", percent=Decimal(20), minimum_subtotal=Amount(amount=20000)))
    order_id = await house.order_of(goods("A", 10000), goods("B", 10000))
    await house.do(ApplyCoupon(order_id=order_id, coupon_code="MIN"))
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    first, second = await lines_of(house, order_id)
    await delivered(house, order_id, first)
    await returned(house, order_id, first)
    assert await amended(house, order_id, remove=(second,)) == -8000
    assert (await house.balance(order_id)).refunded == 16000


async def test_a_charge_that_was_refunded_is_not_asked_for_again(house: House) -> None:
    shipping = ChargeInput(name="Shipping", money=Amount(amount=500))
    order_id = await house.paid_order(goods("A", 10000), charges=(shipping,))
    charge_id = (await house.read(order_id))["charges"][0]["chargeId"]
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, charge_ids=(charge_id,))))
    wrapping = ChargeInput(name="Wrapping", money=Amount(amount=200))
    assert await amended(house, order_id, charges=(shipping, wrapping)) == 200
    assert (await house.read(order_id))["charges"][0]["chargeId"] == charge_id
    without = AmendOrder(order_id=order_id, update=OrderUpdate(charges=(wrapping,)))
    await house.refused(without, "order_fulfilled")


async def test_stock_follows_a_refund_that_is_through_and_only_that(house: House) -> None:
    mug = await a_mug(house, 5)
    order_id = await house.paid_order(LineInput(item_id="MUG", quantity=Decimal(2)))
    [mugs] = await lines_of(house, order_id)
    await house.fault("decline", transfer_kind="refund")
    before = await counts(house, mug)
    assert (await refunded(house, order_id, mugs, 1, restock=True))["refund"]["status"] == "FAILED"
    assert await counts(house, mug) == before
    assert (await refunded(house, order_id, mugs, 1, restock=True))["refund"]["status"] == "SUCCEEDED"
    assert await counts(house, mug) == (4, 0, 1)


async def test_a_change_sent_twice_without_a_key_is_made_once(house: House) -> None:
    order_id = await house.paid_order(goods("A", 10000, 3))
    [line] = await lines_of(house, order_id)
    more = AmendOrder(order_id=order_id, update=OrderUpdate(add=(goods("B", 500),)), source="tok_visa")
    made = await house.do(more)
    refused = await house.refused(more, "look_alike_change")
    assert refused.details["amendmentId"] == made["amendment"]["amendmentId"]
    await house.do(more, "meant")
    await delivered(house, order_id, line)
    item = ReturnItem(line_id=line, quantity=Decimal(1))
    back = ReturnItems(order_id=order_id, request=ReturnRequest(items=(item,)))
    await house.do(back)
    await house.refused(back, "look_alike_change")
    house.clock.passes(timedelta(minutes=11))
    await house.do(back)


async def test_units_added_after_a_goodwill_refund_are_sent(house: House) -> None:
    order_id = await house.paid_order(goods("Mug", 1000, 2), goods("B", 500))
    mugs, _ = await lines_of(house, order_id)
    await delivered(house, order_id, mugs)
    await refunded(house, order_id, mugs, 1)
    assert await amended(house, order_id, change=(LineChange(line_id=mugs, quantity=Decimal(3)),)) == 1000
    sent = await house.do(FulfillOrder(order_id=order_id, lines=(Units(line_id=mugs),)))
    assert sent["fulfillments"][-1]["lines"] == [{"lineItemId": mugs, "quantity": 1}]


async def test_an_amount_that_went_back_for_units_goes_with_them(house: House) -> None:
    order_id = await house.paid_order(goods("Mug", 1000, 2))
    [mugs] = await lines_of(house, order_id)
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=1000))))
    assert await amended(house, order_id, change=(LineChange(line_id=mugs, quantity=Decimal(1)),)) == -500
    assert amounts(await house.read(order_id)) == ("PARTIALLY_REFUNDED", 2000, 1500, 0, 500)


async def test_an_order_that_owes_again_sets_its_stock_free_in_time(house: House) -> None:
    mug = await a_mug(house, 5)
    await house.do(CreateCoupon(code="ALL", percent=Decimal(100)))
    order_id = await house.order_of(LineInput(item_id="MUG", quantity=Decimal(2)))
    await house.do(ApplyCoupon(order_id=order_id, coupon_code="ALL"))
    await house.do(PayOrder(order_id=order_id))
    assert await counts(house, mug) == (3, 0, 2)
    await house.do(RemoveCoupon(order_id=order_id, coupon_code="ALL"))
    assert await counts(house, mug) == (3, 2, 0)
    house.clock.passes(timedelta(hours=1))
    await house.flint.release_expired()
    assert await counts(house, mug) == (5, 0, 0)


async def test_nothing_is_handed_over_once_all_the_money_is_back(house: House) -> None:
    order_id = await house.paid_order(goods("A", 1000))
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    assert "fulfill" not in await house.actions(order_id)
    await house.refused(FulfillOrder(order_id=order_id), "nothing_to_fulfill")


async def test_a_difference_that_fails_late_after_a_new_price_asks_nothing_of_the_buyer(house: House) -> None:
    order_id = await house.paid_order(goods("A", 1000), goods("B", 1000), token="tok_refundFail")
    first, second = await lines_of(house, order_id)
    await refunded(house, order_id, first)
    await amended(house, order_id, change=(LineChange(line_id=second, unit_price=Amount(amount=3000)),))
    await house.later()
    order = await house.read(order_id)
    assert order["settlementAmounts"]["outstandingMoney"]["amount"] == 0
    assert order["settlementAmounts"]["refundableMoney"]["amount"] == 4000


async def test_nothing_is_changed_while_a_refund_has_no_answer(house: House) -> None:
    order_id = await house.paid_order(goods("A", 1000), goods("B", 1000))
    first, second = await lines_of(house, order_id)
    await house.fault("answer_lost")
    await refunded(house, order_id, first)
    cheaper = OrderUpdate(change=(LineChange(line_id=second, unit_price=Amount(amount=500)),))
    await house.refused(AmendOrder(order_id=order_id, update=cheaper), "payment_in_progress")
    assert "amend" not in await house.actions(order_id)
    await house.recover()
    assert await amended(house, order_id, change=cheaper.change) == -500
