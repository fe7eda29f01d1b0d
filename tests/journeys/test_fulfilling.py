"""What is handed over, in whole or in part, and what that allows and forbids."""

from decimal import Decimal

from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.orders import CancelOrder, CloseOrder
from flint_domain.commands.payments import CapturePayment, PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.order.fulfillment.rules import Tracking, Units
from flint_domain.order.inputs import Amount, LineInput
from flint_domain.queries.orders import SearchOrders
from tests.journeys.house import House

MUGS = LineInput(name="Mug", quantity=Decimal(3), unit_price=Amount(amount=1000))
PENS = LineInput(name="Pens by weight", quantity=Decimal("0.5"), unit_price=Amount(amount=1000))


async def line_ids(shop: House, order_id: str) -> list[str]:
    return [line["lineItemId"] for line in (await shop.read(order_id))["lineItems"]]


async def test_an_order_is_handed_over_in_parts_and_delivered(shop: House) -> None:
    order_id = await shop.paid_order(MUGS)
    [mugs] = await line_ids(shop, order_id)
    two = FulfillOrder(
        order_id=order_id,
        lines=(Units(line_id=mugs, quantity=Decimal(2)),),
        tracking=Tracking(carrier="DHL", number="JJD000"),
    )
    sent = await shop.do(two)
    assert sent["fulfillmentStatus"] == "PARTIALLY_FULFILLED"
    assert sent["lineItems"][0]["fulfilledQuantity"] == 2
    [parcel] = sent["fulfillments"]
    assert (parcel["status"], parcel["carrier"], parcel["trackingNumber"]) == ("FULFILLED", "DHL", "JJD000")
    one_more = (Units(line_id=mugs, quantity=Decimal(1)),)
    rest = await shop.do(FulfillOrder(order_id=order_id, lines=one_more, state="DELIVERED"))
    assert rest["fulfillmentStatus"] == "FULFILLED"
    assert rest["fulfillments"][1]["lines"] == [{"lineItemId": mugs, "quantity": 1}]
    arrived = FulfillOrder(order_id=order_id, fulfillment_id=parcel["fulfillmentId"], state="DELIVERED")
    assert (await shop.do(arrived))["fulfillmentStatus"] == "DELIVERED"
    assert (await shop.trail(order_id))[-3:] == ["ORDER_FULFILLED", "ORDER_DELIVERED", "ORDER_DELIVERED"]
    listed = await shop.ask(SearchOrders(fulfillment_status="DELIVERED"))
    assert [row["orderId"] for row in listed["orders"]] == [order_id]


async def test_what_is_said_of_a_parcel_never_sends_the_rest(shop: House) -> None:
    order_id = await shop.paid_order(MUGS)
    [mugs] = await line_ids(shop, order_id)
    sent = await shop.do(FulfillOrder(order_id=order_id, lines=(Units(line_id=mugs, quantity=Decimal(2)),)))
    [parcel] = sent["fulfillments"]
    for said in (
        FulfillOrder(order_id=order_id, state="DELIVERED"),
        FulfillOrder(order_id=order_id, tracking=Tracking(number="JJD000")),
    ):
        refused = await shop.refused(said, "invalid_argument")
        assert refused.param == "fulfillmentId"
        assert parcel["fulfillmentId"] in refused.message
        assert refused.hint.startswith(f"give fulfillmentId {parcel['fulfillmentId']} for that parcel, or lines")
    followed = FulfillOrder(
        order_id=order_id, fulfillment_id=parcel["fulfillmentId"], tracking=Tracking(number="JJD000")
    )
    assert (await shop.do(followed))["lineItems"][0]["fulfilledQuantity"] == 2
    assert (await shop.do(FulfillOrder(order_id=order_id)))["lineItems"][0]["fulfilledQuantity"] == 3


async def test_no_unit_is_handed_over_twice(shop: House) -> None:
    order_id = await shop.paid_order(MUGS)
    [mugs] = await line_ids(shop, order_id)
    four = FulfillOrder(order_id=order_id, lines=(Units(line_id=mugs, quantity=Decimal(4)),))
    refused = await shop.refused(four, "nothing_to_fulfill")
    assert "3 are left" in refused.message
    await shop.do(FulfillOrder(order_id=order_id))
    await shop.refused(FulfillOrder(order_id=order_id), "nothing_to_fulfill")
    await shop.refused(FulfillOrder(order_id=order_id, lines=(Units(line_id=mugs),)), "nothing_to_fulfill")
    assert "fulfill" not in await shop.actions(order_id)


async def test_units_that_were_refunded_before_they_were_sent_are_not_sent(shop: House) -> None:
    order_id = await shop.paid_order(MUGS)
    [mugs] = await line_ids(shop, order_id)
    one = RefundLine(line_id=mugs, quantity=Decimal(1))
    await shop.do(CreateRefund(target=RefundTarget(order_id=order_id, lines=(one,))))
    sent = await shop.do(FulfillOrder(order_id=order_id))
    assert sent["lineItems"][0]["fulfilledQuantity"] == 2
    [parcel] = (await shop.read(order_id))["fulfillments"]
    assert parcel["lines"] == [{"lineItemId": mugs, "quantity": 2}]
    assert sent["fulfillmentStatus"] == "FULFILLED"


async def test_what_never_left_is_canceled_and_can_be_sent_again(shop: House) -> None:
    order_id = await shop.paid_order(MUGS)
    [parcel] = (await shop.do(FulfillOrder(order_id=order_id)))["fulfillments"]
    undo = FulfillOrder(order_id=order_id, fulfillment_id=parcel["fulfillmentId"], state="CANCELED")
    back = await shop.do(undo)
    assert back["fulfillmentStatus"] == "UNFULFILLED"
    assert {"fulfill", "amend", "cancel"} <= await shop.actions(order_id)
    await shop.refused(undo, "nothing_to_fulfill")
    assert (await shop.do(FulfillOrder(order_id=order_id)))["fulfillmentStatus"] == "FULFILLED"


async def test_a_delivered_parcel_cannot_be_called_back(shop: House) -> None:
    order_id = await shop.paid_order(MUGS)
    [parcel] = (await shop.do(FulfillOrder(order_id=order_id, state="DELIVERED")))["fulfillments"]
    undo = FulfillOrder(order_id=order_id, fulfillment_id=parcel["fulfillmentId"], state="CANCELED")
    refused = await shop.refused(undo, "nothing_to_fulfill")
    assert "return_items" in refused.hint


async def test_an_order_without_its_money_is_not_handed_over(shop: House) -> None:
    order_id = await shop.order_of(MUGS)
    refused = await shop.refused(FulfillOrder(order_id=order_id), "outstanding_remains")
    assert "pay_order" in refused.hint
    await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    assert (await shop.do(FulfillOrder(order_id=order_id)))["fulfillmentStatus"] == "FULFILLED"


async def test_an_order_that_was_handed_over_is_not_canceled_but_can_be_closed(shop: House) -> None:
    order_id = await shop.paid_order(MUGS)
    await shop.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    refused = await shop.refused(CancelOrder(order_id=order_id), "order_fulfilled")
    assert "return_items" in refused.hint
    assert (await shop.do(CloseOrder(order_id=order_id)))["status"] == "CLOSED"


async def test_a_fulfillment_of_nowhere_is_not_found(shop: House) -> None:
    order_id = await shop.paid_order(MUGS)
    await shop.do(FulfillOrder(order_id=order_id))
    nowhere = "ful_00000000000000000000000000"
    await shop.refused(FulfillOrder(order_id=order_id, fulfillment_id=nowhere, state="DELIVERED"), "not_found")
    line = Units(line_id="li_00000000000000000000000000")
    other = await shop.paid_order(MUGS)
    await shop.refused(FulfillOrder(order_id=other, lines=(line,)), "not_found")


async def test_tracking_is_added_later_and_the_same_again_is_refused(shop: House) -> None:
    order_id = await shop.paid_order(MUGS)
    [parcel] = (await shop.do(FulfillOrder(order_id=order_id)))["fulfillments"]
    tracked = FulfillOrder(order_id=order_id, fulfillment_id=parcel["fulfillmentId"], tracking=Tracking(number="1Z999"))
    assert (await shop.do(tracked))["fulfillments"][0]["trackingNumber"] == "1Z999"
    await shop.refused(tracked, "invalid_argument")
    assert [row["orderId"] for row in (await shop.ask(SearchOrders(text="1Z999")))["orders"]] == [order_id]


async def test_units_that_went_out_while_the_money_is_only_held_are_told_until_it_is_taken(shop: House) -> None:
    order_id = await shop.order_of(MUGS)
    held = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    assert not held["order"].get("warnings")
    sent = await shop.do(FulfillOrder(order_id=order_id))
    told = "units were handed over, and 32.40 USD for them is only held: capture it before the hold lapses"
    assert sent["warnings"] == [told]
    assert (await shop.read(order_id))["warnings"] == [told]
    captured = await shop.do(CapturePayment(payment_id=held["payments"][0]["paymentIntentId"]))
    assert not captured["order"].get("warnings")


async def test_closing_an_order_tells_which_paid_units_were_never_sent(shop: House) -> None:
    order_id = await shop.paid_order(MUGS, PENS)
    mugs, pens = await line_ids(shop, order_id)
    await shop.do(FulfillOrder(order_id=order_id, lines=(Units(line_id=mugs, quantity=Decimal(2)),)))
    told = (
        f"paid units were never handed over (1 of {mugs}, 0.5 of {pens}): a closed order sends nothing more, and "
        "create_refund gives their money back"
    )
    assert (
        await closing(shop, order_id) == "ends the order with units that were never handed over; refunds stay possible"
    )
    assert (await shop.do(CloseOrder(order_id=order_id), dry_run=True))["warnings"] == [told]
    assert (await shop.do(CloseOrder(order_id=order_id)))["warnings"] == [told]


async def test_closing_an_order_of_which_nothing_is_left_to_send_tells_nothing(shop: House) -> None:
    sent, refunded = await shop.paid_order(MUGS), await shop.paid_order(MUGS)
    await shop.do(FulfillOrder(order_id=sent))
    await shop.do(CreateRefund(target=RefundTarget(order_id=refunded)))
    for order_id in (sent, refunded):
        assert await closing(shop, order_id) == "ends the order; refunds stay possible"
        assert not (await shop.do(CloseOrder(order_id=order_id))).get("warnings")


async def closing(shop: House, order_id: str) -> str:
    """What the hint says that closing does."""
    [close] = [action for action in (await shop.read(order_id))["availableActions"] if action["action"] == "close"]
    return close["effect"]
