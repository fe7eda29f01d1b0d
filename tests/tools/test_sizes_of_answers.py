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
