"""Short views give one entry for each tool, and one for parcels on their way; every value in it is accepted."""

from typing import Any

from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.orders import CancelOrder
from flint_domain.commands.payments import CapturePayment, PayOrder, TenderInput, VoidPayment
from flint_domain.order.fulfillment.rules import Units
from flint_domain.order.inputs import Amount
from flint_domain.queries.orders import GetOrder
from tests.journeys.house import House


async def short(shop: House, order_id: str) -> dict[str, Any]:
    order = await shop.ask(GetOrder(order_id=order_id))
    entries = [(action["tool"], "fulfillmentId" in names(action)) for action in order["availableActions"]]
    assert len(entries) == len({*entries}), "one entry for each tool, and one for parcels on their way"
    assert len(order["blockedActions"]) <= 4
    return {action["tool"]: action for action in reversed(order["availableActions"])}


def names(action: dict[str, Any]) -> set[str | None]:
    """Every argument that an entry gives or asks for."""
    return {*action["arguments"], *(need.get("name") for need in action.get("needs") or ())}


async def test_two_holds_are_one_entry_whose_every_value_is_accepted(shop: House) -> None:
    order_id = await shop.order_of()
    tenders = (
        TenderInput(source="tok_visa", money=Amount(amount=5_000)),
        TenderInput(source="tok_mastercard", money=Amount(amount=8_824)),
    )
    await shop.do(PayOrder(order_id=order_id, tenders=tenders, capture_later=True))
    order = await shop.read(order_id)
    ids = order["paymentIntentIds"]
    actions = await short(shop, order_id)
    capture, void = actions["capture_payment"], actions["void_payment"]
    assert capture == {
        "action": "capture",
        "tool": "capture_payment",
        "arguments": {},
        "needs": [
            {"name": "amountMoney", "optional": True, "max": {"amount": 5_000, "currency": "USD"}},
            {"name": "paymentIntentId", "oneOf": ids},
        ],
        "undo": "create_refund",
    }
    assert void["needs"] == [{"name": "paymentIntentId", "oneOf": ids}]
    for payment_id in ids:
        for amount in (None, Amount(amount=1), Amount(amount=5_000)):
            await shop.do(CapturePayment(payment_id=payment_id, amount=amount), dry_run=True)
        await shop.do(VoidPayment(payment_id=payment_id), dry_run=True)
    every = [action for action in order["availableActions"] if action["tool"] == "capture_payment"]
    assert [action["needs"][0]["max"]["amount"] for action in every] == [5_000, 8_824], "the full view has both"


async def test_one_hold_keeps_its_id_among_the_arguments(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    [payment_id] = (await shop.read(order_id))["paymentIntentIds"]
    actions = await short(shop, order_id)
    assert actions["capture_payment"]["arguments"] == {"paymentIntentId": payment_id}
    assert actions["void_payment"]["effect"] == "releases 138.24 USD"
    assert "effect" not in actions["capture_payment"], "its bound says the amount"


async def test_paying_names_both_ways_to_say_what_pays(shop: House) -> None:
    pay = (await short(shop, await shop.order_of()))["pay_order"]
    assert pay["needs"] == [{"name": "paymentSourceTokens", "instead": "tenders"}]


async def test_a_parcel_on_its_way_can_be_followed_up_and_the_rest_sent(shop: House) -> None:
    order_id = await shop.paid_order()
    line_id = (await shop.read(order_id))["lineItems"][0]["lineItemId"]
    await shop.do(FulfillOrder(order_id=order_id, lines=(Units(line_id=line_id),)))
    order = await shop.read(order_id)
    [parcel] = [made["fulfillmentId"] for made in order["fulfillments"]]
    fulfill = (await short(shop, order_id))["fulfill_order"]
    assert fulfill["arguments"] == {"orderId": order_id}
    assert {need["name"]: (need["optional"], need["oneOf"]) for need in fulfill["needs"]} == {
        "lines": (True, [order["lineItems"][1]["lineItemId"]]),
    }
    assert "undo" not in fulfill, "an undo that moves no money is the tool's own business"
    [_, follow_up] = [
        action
        for action in (await shop.ask(GetOrder(order_id=order_id)))["availableActions"]
        if action["tool"] == "fulfill_order"
    ]
    assert follow_up["arguments"] == {"orderId": order_id, "fulfillmentId": parcel}
    assert {need["name"]: (need.get("optional"), need["oneOf"]) for need in follow_up["needs"]} == {
        "status": (None, ["DELIVERED", "CANCELED"]),
    }
    assert (await shop.do(FulfillOrder(order_id=order_id)))["fulfillmentStatus"] == "FULFILLED"
    delivered = await shop.do(FulfillOrder(order_id=order_id, fulfillment_id=parcel, state="DELIVERED"))
    assert delivered["fulfillments"][0]["status"] == "DELIVERED"


async def test_of_what_is_blocked_those_that_can_be_unblocked_come_first(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.do(PayOrder(order_id=order_id, sources=("tok_threeDSecure2Required",)))
    order = await shop.ask(GetOrder(order_id=order_id))
    assert len(order["blockedActions"]) == 4
    assert {action.get("unblockedBy") for action in order["blockedActions"]} == {"void_payment"}
    assert len((await shop.read(order_id))["blockedActions"]) > 4, "the full view has all of them"

    await shop.do(VoidPayment(payment_id=order["paymentIntentIds"][0]))
    await shop.do(CancelOrder(order_id=order_id))
    ended = await shop.ask(GetOrder(order_id=order_id))
    assert ended["availableActions"] == []
    assert {action["reason"] for action in ended["blockedActions"]} == {"the order is canceled"}
