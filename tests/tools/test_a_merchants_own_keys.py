"""A merchant's own keys are no field's name: whatever they are called, they are read back as they were given."""

from typing import Any

import pytest
from mcp.types import TextContent

from tests.tools.agent import Agent, usd

KEYS: tuple[dict[str, str], ...] = (
    {"amount": "5"},
    {"amount": "5", "currency": "USD"},
    {"currency": "JPY"},
    {"currency": "EUR", "settlementAmounts": "x"},
    {"orderId": "x", "lineItems": "abc", "arguments": "none", "refundableMoney": "all"},
)


def own(answer: dict[str, Any]) -> dict[str, str]:
    return answer["metadata"]


@pytest.mark.parametrize("keys", KEYS, ids="+".join)
async def test_metadata_of_an_order_and_a_customer_may_have_any_key(agent: Agent, keys: dict[str, str]) -> None:
    order = await agent.order(metadata=keys)
    assert own(order) == keys
    paid = await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"])
    assert paid["order"]["settlementAmounts"]["paidMoney"] == order["pricingAmounts"]["totalMoney"]
    for view in ("summary", "full", "timeline", "money"):
        assert own(await agent.call("get_order", orderId=order["orderId"], view=view)) == keys
    saved = await agent.call("save_customer", name="Ann", metadata=keys)
    assert own(saved["customer"]) == keys
    read = await agent.client.call_tool("get_customer", {"customerId": saved["customer"]["customerId"]})
    [content] = read.content
    assert isinstance(content, TextContent)
    assert "Amounts in JPY" not in content.text


async def test_options_of_a_variant_may_have_any_name(agent: Agent) -> None:
    options = {"amount": "500g", "currency": "gold"}
    item = await agent.call("save_item", name="Tea", variants=[{"priceMoney": usd(700), "options": options}])
    assert item["item"]["variants"][0]["options"] == options
    found = await agent.call("search_items", query="tea")
    assert "500g" in str(found)
