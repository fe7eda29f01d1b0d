"""`flint serve --answers`: text for models, structured content for programs, or both."""

import json
from pathlib import Path
from typing import Any

from mcp.types import CallToolResult, TextContent

from flint_tools.selection import ALL_TOOLS
from tests.tools.agent import PRO_PLAN, SUPPORT, at_work, error_in
from tests.tools.reading import assert_says_the_same, ids_in
from tests.tools.test_resources import read

NOBODY = "ord_01M83F4S48VPYRKAQ44XH2QJGQ"


def text_of(result: CallToolResult) -> str:
    [block] = result.content
    assert isinstance(block, TextContent)
    return block.text


async def answers_of(folder: Path, answers: str) -> dict[str, Any]:
    """What a server of this kind says of the same order: the tools it lists, its answers, and a refusal."""
    async with at_work(folder, answers=answers) as agent:
        await agent.client.call_tool("save_tax_rate", {"name": "Tax", "ratePercent": 8, "default": True})
        created = await agent.client.call_tool("create_order", {"lineItems": [PRO_PLAN, SUPPORT]})
        order_id = next(found for found in ids_in(text_of(created)) if found.startswith("ord_"))
        views = {
            view: await agent.client.call_tool("get_order", {"orderId": order_id, "view": view})
            for view in ("summary", "full")
        }
        refused = await agent.client.call_tool("get_order", {"orderId": NOBODY})
        tools = (await agent.client.list_tools()).tools
        return {"created": created, **views, "refused": refused, "tools": tools}


async def test_both_is_what_clients_get_unless_told_otherwise(tmp_path: Path) -> None:
    said = await answers_of(tmp_path, "both")
    assert all(tool.output_schema is not None for tool in said["tools"])
    content = said["summary"].structured_content
    assert content["pricingAmounts"]["totalMoney"] == {"amount": 13824}
    text = text_of(said["summary"])
    assert text.startswith("OPEN order: 2 items, total 138.24 USD, nothing paid, 138.24 USD outstanding.\n")
    assert_says_the_same(content, text)
    assert json.loads(text_of(said["full"])) == said["full"].structured_content
    assert said["full"].structured_content["pricingAmounts"]["totalMoney"] == {"amount": 13824, "currency": "USD"}


async def test_text_alone_has_no_structured_content_and_lists_no_output_schemas(tmp_path: Path) -> None:
    said = await answers_of(tmp_path, "text")
    assert [tool.name for tool in said["tools"] if tool.output_schema is not None] == []
    assert said["created"].structured_content is said["summary"].structured_content is None
    assert text_of(said["summary"]).startswith("OPEN order: 2 items, total 138.24 USD")
    assert said["full"].structured_content is None
    assert json.loads(text_of(said["full"]))["status"] == "OPEN"


async def test_structured_answers_repeat_their_json_as_text(tmp_path: Path) -> None:
    said = await answers_of(tmp_path, "structured")
    assert all(tool.output_schema is not None for tool in said["tools"])
    for name in ("created", "summary", "full"):
        assert text_of(said[name]) == json.dumps(
            said[name].structured_content, ensure_ascii=False, separators=(",", ":")
        )


async def test_a_replay_says_the_first_answer_again_in_both_forms(tmp_path: Path) -> None:
    """All of it as it was, but for what can be done now, why not the rest, and the version of now."""
    async with at_work(tmp_path) as agent:
        create = {"lineItems": [PRO_PLAN, SUPPORT], "idempotencyKey": "create"}
        first = await agent.client.call_tool("create_order", create)
        order_id = (first.structured_content or {})["orderId"]
        await agent.call("pay_order", orderId=order_id, paymentSourceTokens=["tok_visa"])
        again = await agent.client.call_tool("create_order", create)
    assert again.structured_content is not None
    assert first.structured_content is not None
    anew = {"availableActions", "blockedActions", "currentVersion", "replayed"}
    assert {name: value for name, value in again.structured_content.items() if name not in anew} == {
        name: value for name, value in first.structured_content.items() if name not in anew
    }
    assert again.structured_content["currentVersion"] == 3
    assert "create_refund" in {action["tool"] for action in again.structured_content["availableActions"]}
    was, now = (text_of(said).splitlines() for said in (first, again))
    assert now[0] == "Replayed: the first answer to this idempotencyKey, with what can be done now."
    assert now[1] == was[0]
    assert now[2] == was[1].replace(" version 1,", " version 1, now at version 3,")
    assert now[3 : 3 + len(was[2 : was.index("Actions:")])] == was[2 : was.index("Actions:")]


async def test_an_error_is_its_text_alone_whatever_answers_are_in(tmp_path: Path) -> None:
    for answers in ("both", "text", "structured"):
        refused = (await answers_of(tmp_path / answers, answers))["refused"]
        assert error_in(refused)["code"] == "not_found"


async def test_the_answers_page_has_every_field_of_every_tools_answer(tmp_path: Path) -> None:
    async with at_work(tmp_path) as agent:
        page = await read(agent, "flint://reference/answers")
    assert page["tools"] == {tool.tool: tool.result.__name__ for tool in ALL_TOOLS}
    for tool in ALL_TOOLS:
        wire = {field.alias or name for name, field in tool.result.model_fields.items()}
        assert page["objects"][tool.result.__name__].keys() == wire
    assert (
        page["objects"]["OrderView"]["refundStatus"] == "NONE | PARTIAL | FULL: NONE, PARTIAL or FULL, of what was paid"
    )
    assert page["objects"]["OrderView"]["lineItems"] == "[LineItemView]: what is bought, in the order of the lines"
    assert page["objects"]["MoneyView"]["amount"] == ("integer: integer minor units: 13824 USD is 138.24 US dollars")
    named = {
        word
        for fields in page["objects"].values()
        for told in fields.values()
        for word in told.partition(":")[0].strip("[]{}").split(" | ")
        if word.strip("[]").endswith(("View", "Row", "Action", "Amounts"))
    }
    assert {word.strip("[]") for word in named} <= page["objects"].keys()
