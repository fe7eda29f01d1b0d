"""Changes after payment where money has gone back already, or comes back from a refund that failed."""

from decimal import Decimal
from typing import Any

from flint_domain.catalog.rules import VariantInput
from flint_domain.commands.after_payment import AmendOrder, MovePayment, ReturnItems
from flint_domain.commands.catalog import AdjustInventory, SaveItem
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.orders import UpdateOrder
from flint_domain.commands.payments import PayOrder, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.kernel.addresses import Address
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, LineChange, LineInput, OrderUpdate
from tests.journeys.house import House, amounts

SHIRT = LineInput(name="Shirt", unit_price=Amount(amount=5000))
MUGS = LineInput(name="Mug", quantity=Decimal(3), unit_price=Amount(amount=1000))
SAME = LineInput(name="Another shirt", unit_price=Amount(amount=5000))


async def delivered(house: House, *lines: LineInput) -> tuple[str, list[str]]:
    order_id = await house.paid_order(*lines)
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    return order_id, [line["lineItemId"] for line in (await house.read(order_id))["lineItems"]]


async def back(house: House, order_id: str, line_id: str, replacement: LineInput | None = None) -> dict[str, Any]:
    request = ReturnRequest(items=(ReturnItem(line_id=line_id, replacement=replacement),))
    return await house.do(ReturnItems(order_id=order_id, request=request))


async def exchanged(house: House, order_id: str, line_id: str) -> str:
    """The line that replaces this one, delivered as well."""
    answer = await back(house, order_id, line_id, SAME)
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    return answer["return"]["lines"][0]["replacedBy"]


async def test_what_went_back_for_a_line_counts_for_its_replacement(house: House) -> None:
    order_id, [shirt, _] = await delivered(house, SHIRT, MUGS)
    # 25.00 of 80.00 for a stain: 15.63 are the shirt's, the rest the mugs'.
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=2500))))
    other = await exchanged(house, order_id, shirt)
    order = await house.read(order_id)
    left = {line["lineItemId"]: line["refundableMoney"]["amount"] for line in order["lineItems"]}
    assert (left[shirt], left[other]) == (0, 5000 - 1563)
    assert sum(left.values()) == 5500
    answer = await back(house, order_id, other)
    assert answer["amendment"]["differenceMoney"]["amount"] == -(5000 - 1563)
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 8000, 2500 + 3437, 0, 8000 - 5937)


async def test_a_replacement_is_not_refunded_beyond_what_its_line_had_left(house: House) -> None:
    order_id, [shirt, _] = await delivered(house, SHIRT, MUGS)
    one_line = CreateRefund(target=RefundTarget(order_id=order_id, lines=(RefundLine(line_id=shirt),)))
    await house.do(one_line)
    other = await exchanged(house, order_id, shirt)
    again = CreateRefund(target=RefundTarget(order_id=order_id, lines=(RefundLine(line_id=other),)))
    await house.refused(again, "nothing_to_refund", "again")
    await house.refused(one_line, "nothing_to_refund", "and again")
    answer = await back(house, order_id, other)
    assert answer["amendment"]["differenceMoney"]["amount"] == 0
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 8000, 5000, 0, 3000)


async def test_a_move_gives_back_what_the_new_method_has_paid_and_no_more(house: House) -> None:
    order_id = await house.paid_order(SHIRT, token="tok_refundFail")
    [payment_id] = (await house.read(order_id))["paymentIntentIds"]
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=2000))))
    answer = await house.do(MovePayment(payment_id=payment_id, source="tok_threeDSecure2Required"))
    assert answer["amendment"]["status"] == "WAITING"
    await house.later()  # the first refund fails, while the buyer is asked for the 30.00 that were left
    await house.buyer(answer["payments"][0]["paymentIntentId"], approves=True)
    order = await house.read(order_id)
    assert amounts(order)[1:4] == (5000, 0, 0)
    old, new = order["payments"]
    assert (old["refundedMoney"]["amount"], old["refundableMoney"]["amount"]) == (3000, 2000)
    assert new["capturedMoney"]["amount"] == 3000


async def test_a_change_that_asks_for_more_than_there_is_charges_nothing(house: House) -> None:
    await house.do(SaveItem(item_name="Scarf", variants=(VariantInput(sku="SCARF", price=Amount(amount=1900)),)))
    await house.do(AdjustInventory(sku="SCARF", count=Decimal(1), reason="received"))
    order_id = await house.paid_order(SHIRT)  # of which nobody counts anything
    two = OrderUpdate(add=(LineInput(item_id="SCARF", quantity=Decimal(2)),))
    for source in ("tok_visa", "tok_threeDSecure2Required"):
        await house.refused(AmendOrder(order_id=order_id, update=two, source=source), "out_of_stock")
    assert (await house.balance(order_id)).charged == 5000


async def test_a_paid_order_goes_to_another_door_and_is_told_so(house: House) -> None:
    first, second = (Address(country="FR", line1=line) for line in ("1 rue Haute", "2 rue Haute"))
    order_id = await house.paid_order(SHIRT, shipping_address=first)
    assert "shippingAddress" in await _changeable(house, order_id)
    moved = OrderUpdate(shipping_address=second)
    assert (await house.do(UpdateOrder(order_id=order_id, update=moved)))["status"] == "PAID"
    await house.do(FulfillOrder(order_id=order_id))
    assert "shippingAddress" not in await _changeable(house, order_id)
    await house.refused(UpdateOrder(order_id=order_id, update=moved), "order_fulfilled")


async def test_what_was_handed_over_against_a_hold_goes_nowhere_else(house: House) -> None:
    order_id = await house.order_of(SHIRT)
    held = await house.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    await house.do(FulfillOrder(order_id=order_id))
    await house.do(VoidPayment(payment_id=held["payments"][0]["paymentIntentId"]))
    assert not {"lineItems", "shippingAddress"} & set(await _changeable(house, order_id))


async def test_nothing_is_handed_over_against_a_hold_that_is_being_given_up(house: House) -> None:
    order_id = await house.order_of(SHIRT)
    held = await house.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    await house.fault("answer_lost")
    await house.do(VoidPayment(payment_id=held["payments"][0]["paymentIntentId"]))
    await house.refused(FulfillOrder(order_id=order_id), "payment_in_progress")
    await house.recover()
    await house.refused(FulfillOrder(order_id=order_id), "outstanding_remains")


async def _changeable(house: House, order_id: str) -> list[str]:
    """What update_order is offered for."""
    [update] = [a for a in (await house.read(order_id))["availableActions"] if a["action"] == "update"]
    return update["needs"][0]["anyOf"]


async def test_a_cheaper_line_keeps_what_was_given_back_for_it(house: House) -> None:
    order_id = await house.paid_order(SHIRT)
    [line] = [line["lineItemId"] for line in (await house.read(order_id))["lineItems"]]
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=4000))))
    cheaper = OrderUpdate(change=(LineChange(line_id=line, unit_price=Amount(amount=3000)),))
    answer = await house.do(AmendOrder(order_id=order_id, update=cheaper))
    # Of the 30.00 that it costs now, all has gone back: the last 10.00 go back, too.
    assert answer["amendment"]["differenceMoney"]["amount"] == -1000
    assert amounts(answer["order"]) == ("REFUNDED", 5000, 5000, 0, 0)
