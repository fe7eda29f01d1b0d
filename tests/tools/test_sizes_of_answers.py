"""What a model reads of an answer: all that a support agent needs, and how many bytes that takes."""

import json
from typing import Any

from mcp.types import TextContent

from tests.tools.agent import Agent, answer_in, usd


async def read(agent: Agent, tool: str, **arguments: Any) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """The structured content and the text as they come, and the answer that both tell."""
    result = await agent.client.call_tool(tool, arguments)
    assert result.structured_content is not None
    [block] = result.content
    assert isinstance(block, TextContent)
    return result.structured_content, block.text, answer_in(tool, result)


def size(content: dict[str, Any]) -> int:
    return len(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode())


async def test_an_open_order_of_two_lines(agent: Agent) -> None:
    await agent.prepare()
    lines = [
        {"name": "Pro Plan - Annual", "unitPriceMoney": usd(9900)},
        {"name": "Priority Support Add-on", "unitPriceMoney": usd(2900)},
    ]
    order_id = (await agent.call("create_order", customerId="c" * 30, lineItems=lines))["orderId"]
    content, text, _ = await read(agent, "get_order", orderId=order_id)
    assert size(content) <= 1_600
    assert len(text.encode()) <= 1_000
    assert {*content["lineItems"][0]} == {"lineItemId", "name", "quantity", "totalMoney"}
    assert content["lineItems"][0]["totalMoney"] == {"amount": 10692}
    always = ("lineItems", "paymentIntentIds", "refundIds", "availableActions", "blockedActions", "warnings")
    assert [name for name in always if name not in content] == []
    assert content["paymentIntentIds"] == content["refundIds"] == content["warnings"] == []
    assert "taxes" not in content


HOME = {
    "name": "Ann Lee",
    "line1": "1 Elm Street",
    "city": "Austin",
    "region": "TX",
    "postalCode": "78701",
    "country": "US",
}
GOODS = {"Rain Jacket": 12900, "Wool Socks": 1500, "Hiking Boots": 18900, "Trail Map": 900, "Water Bottle": 2400}


async def a_customer_with_a_card(agent: Agent) -> tuple[str, str]:
    saved = await agent.call("save_customer", name="Ann Lee", emails=["ann@example.com"], addresses=[HOME])
    customer_id = saved["customer"]["customerId"]
    added = await agent.call("add_payment_method", customerId=customer_id, paymentSourceToken="tok_visa", default=True)
    return customer_id, added["paymentMethod"]["paymentMethodId"]


async def an_order_with_everything_that_happens(agent: Agent) -> dict[str, Any]:
    """Five lines with options, SKUs and tax; paid, amended, partly sent, and a line refunded."""
    await agent.prepare()
    for name, price in GOODS.items():
        variants = [
            {"sku": f"{name[:2].upper()}-{size}", "options": {"size": size, "color": "red"}, "priceMoney": usd(price)}
            for size in ("M", "L")
        ]
        await agent.call("save_item", name=name, variants=variants)
    customer_id, card = await a_customer_with_a_card(agent)
    skus = [f"{name[:2].upper()}-M" for name in GOODS]
    order = await agent.call(
        "create_order",
        customerId=customer_id,
        reference="W-10045",
        metadata={"channel": "web"},
        lineItems=[{"itemId": sku, "quantity": 2 if sku == "WO-M" else 1} for sku in skus],
    )
    order_id = order["orderId"]
    await agent.call("pay_order", orderId=order_id, paymentSourceTokens=[card])
    jacket, socks, boots, *_ = (line["lineItemId"] for line in order["lineItems"])
    await agent.call(
        "amend_order",
        orderId=order_id,
        lineItems=[{"lineItemId": jacket, "itemId": "RA-L"}, {"lineItemId": boots, "quantity": 2}],
        paymentSourceToken=card,
    )
    await agent.call(
        "fulfill_order",
        orderId=order_id,
        lines=[{"lineItemId": jacket}, {"lineItemId": boots, "quantity": 1}],
        carrier="UPS",
        trackingNumber="1Z999AA10123456784",
    )
    await agent.call("create_refund", orderId=order_id, lines=[{"lineItemId": socks, "quantity": 1}])
    return {"orderId": order_id, "customerId": customer_id, "card": card, "socks": socks, "boots": boots}


async def test_an_order_of_five_lines_that_much_has_happened_to(agent: Agent) -> None:
    made = await an_order_with_everything_that_happens(agent)
    content, text, _ = await read(agent, "get_order", orderId=made["orderId"])
    assert size(content) <= 4_200
    assert len(text.encode()) <= 2_600

    assert content["shippingAddress"] == HOME
    assert (content["reference"], content["metadata"]) == ("W-10045", {"channel": "web"})
    lines = {line["name"]: line for line in content["lineItems"]}
    assert [*lines] == [
        "Rain Jacket (L, red)",
        "Wool Socks (M, red)",
        "Hiking Boots (M, red)",
        "Trail Map (M, red)",
        "Water Bottle (M, red)",
    ]
    assert lines["Wool Socks (M, red)"] == {
        "lineItemId": made["socks"],
        "name": "Wool Socks (M, red)",
        "quantity": 2,
        "sku": "WO-M",
        "totalMoney": {"amount": 3240},
        "refundableMoney": {"amount": 1620},
        "refundedQuantity": 1,
    }
    assert lines["Hiking Boots (M, red)"] == {
        "lineItemId": made["boots"],
        "name": "Hiking Boots (M, red)",
        "quantity": 2,
        "sku": "HI-M",
        "totalMoney": {"amount": 40824},
        "fulfilledQuantity": 1,
    }
    first, second = content["payments"]
    assert first == {
        "paymentIntentId": content["paymentIntentIds"][0],
        "status": "CAPTURED",
        "tender": {"type": "card", "brand": "visa", "last4": "4242", "paymentMethodId": made["card"]},
        "amountMoney": {"amount": 41148},
    }
    assert (second["amountMoney"], second["refundedMoney"]) == ({"amount": 20412}, {"amount": 1620})
    [refund] = content["refunds"]
    assert (refund["refundId"], refund["status"]) == (content["refundIds"][0], "SUCCEEDED")
    assert (refund["amountMoney"], refund["paymentIntentId"]) == ({"amount": 1620}, second["paymentIntentId"])
    [parcel] = content["fulfillments"]
    assert (parcel["status"], parcel["carrier"], parcel["trackingNumber"]) == (
        "FULFILLED",
        "UPS",
        "1Z999AA10123456784",
    )
    assert [fact["type"] for fact in content["activities"]] == ["ORDER_FULFILLED", "REFUND_CREATED", "REFUND_SUCCEEDED"]
    tools = [action["tool"] for action in content["availableActions"]]
    assert tools == [
        "update_order",
        "create_refund",
        "amend_order",
        "fulfill_order",  # the rest is handed over
        "fulfill_order",  # the parcel is followed up
        "move_payment",
        "close_order",
    ]
    assert [action for action in content["availableActions"] if "undo" in action] == []
    assert content["blockedActions"] == [{"action": "cancel", "reason": "units went out"}]
    for said in (
        'To: "Ann Lee", "1 Elm Street", "Austin", "TX", "78701", US',
        "reference W-10045, customer cus_",
        'metadata {"channel": "web"}',
        f' {made["socks"]} "Wool Socks (M, red)" x2, sku WO-M: 32.40, refundable 16.20, refunded 1',
        f' {made["boots"]} "Hiking Boots (M, red)" x2, sku HI-M: 408.24, sent 1',
        f"CAPTURED card visa 4242: 411.48, with {made['card']}\n",
        f"{refund['refundId']} SUCCEEDED: 16.20, from {second['paymentIntentId']}",
        f'{parcel["fulfillmentId"]} FULFILLED, "UPS", tracking "1Z999AA10123456784"',
        "Last: ORDER_FULFILLED ",
        " create_refund: [amountMoney <= 59940 (599.40)], [lines], [refundTo]",
        "Blocked: cancel: units went out",
    ):
        assert said in text


async def test_a_line_whose_units_are_all_back_is_not_refundable_in_either(agent: Agent) -> None:
    paid = await agent.paid()
    first, second = (line["lineItemId"] for line in paid["order"]["lineItems"])
    await agent.call("create_refund", orderId=paid["order"]["orderId"], lines=[{"lineItemId": second}])
    content, text, answer = await read(agent, "get_order", orderId=paid["order"]["orderId"])
    assert [line.get("refundableMoney") for line in content["lineItems"]] == [None, None]
    assert [line["refundableMoney"] for line in answer["lineItems"]] == [usd(9900), usd(0)]
    assert f' {first} "Pro Plan - Annual" x1: 99.00\n' in text
    assert f' {second} "Priority Support Add-on" x1: 29.00, refundable 0, refunded 1' in text


async def test_a_customer_with_ten_orders(agent: Agent) -> None:
    customer_id, card = await a_customer_with_a_card(agent)
    order_id = ""
    for number in range(10):
        lines = [{"name": name, "unitPriceMoney": usd(price)} for name, price in GOODS.items()][: 1 + number % 3]
        order_id = (await agent.call("create_order", customerId=customer_id, lineItems=lines))["orderId"]
        await agent.call("pay_order", orderId=order_id, paymentSourceTokens=[card])
    content, text, _ = await read(agent, "get_customer", customerId=customer_id)
    assert size(content) <= 2_500
    assert len(text.encode()) <= 1_500
    assert (content["name"], content["emails"], content["addresses"]) == ("Ann Lee", ["ann@example.com"], [HOME])
    assert content["purchases"][0]["orders"] == 10
    assert content["paymentMethods"][0]["last4"] == "4242"
    newest = content["recentOrders"][0]
    assert newest["orderId"] == order_id
    assert (newest["status"], newest["totalMoney"], newest["lineNames"]) == ("PAID", {"amount": 12900}, ["Rain Jacket"])
    assert f"{order_id} " in text
    assert 'PAID, 129.00 USD, refundable 129.00, "Rain Jacket"' in text
    assert all(len(line) <= 200 for line in text.splitlines())


async def test_a_row_of_a_list_stays_short_whatever_was_bought(agent: Agent) -> None:
    customer_id, card = await a_customer_with_a_card(agent)
    names = ["A very long name of a thing that somebody sells, with all of its properties in it", "Short", "Another"]
    lines = [{"name": name, "unitPriceMoney": usd(123_456)} for name in names]
    order = await agent.call("create_order", customerId=customer_id, reference="W-10046", lineItems=lines)
    order_id = order["orderId"]
    await agent.call("pay_order", orderId=order_id, paymentSourceTokens=[card])
    await agent.call("create_refund", orderId=order_id, amountMoney=usd(100))
    await agent.call("fulfill_order", orderId=order_id, lines=[{"lineItemId": order["lineItems"][0]["lineItemId"]}])
    content, text, _ = await read(agent, "search_orders", customerId=customer_id)
    [row] = content["orders"]
    assert row["lineNames"] == ["A very long name of a thing that somebo…"]
    assert row["moreLines"] == 2
    summary, line = text.splitlines()
    assert summary == "1 order."
    assert line.startswith(f"{order_id} ")
    assert line.endswith('refundable 3702.68, "A very long name of a thing that somebo…", 2 more')
    assert len(line) <= 240, "as long as it gets: two long states, a reference, and a customer's id"

    await agent.order(customerId=customer_id)
    _, text, _ = await read(agent, "search_orders", customerId=customer_id, status="OPEN")
    assert len(text.splitlines()[1]) <= 200
