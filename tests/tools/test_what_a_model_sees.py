"""The tool list: small enough to read, complete enough to act on, and as it was committed."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from flint_tools.binding import wire_tool
from flint_tools.schemas import answer_schema
from flint_tools.selection import DEFAULT_TOOLSETS, select
from tests.tools import snapshots
from tests.tools.agent import at_work

KB = 1_000  # bytes
BUDGETS = (  # bytes of name, description, input schema and annotations
    (("orders", "coupons", "payments", "refunds"), 18 * KB),
    (DEFAULT_TOOLSETS, 36 * KB),
    (("all",), 48 * KB),
)
# Bytes of the whole answer of tools/list. Models see little of the rest; clients read, check and compile all of it.
ON_THE_WIRE = ((DEFAULT_TOOLSETS, 60 * KB), (("all",), 90 * KB))
# The arguments that take keys of the merchant's own. OpenAI's strict mode has no such thing.
OPEN = {
    "create_order.metadata",
    "update_order.metadata",
    "save_customer.metadata",
    "save_item.variants.items.options",
    "search_items.options",
}
DESCRIPTION = 250  # characters

TOOLS = {
    name: wire_tool(tool).model_dump(mode="json", by_alias=True, exclude_none=True)
    for name, tool in select(["all"]).items()
}
OF_ORDERS = [TOOLS[name] for name in select(["orders", "coupons", "payments", "refunds", "tax"])]
each_tool = pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS.keys())


@pytest.mark.parametrize(("toolsets", "budget"), BUDGETS)
def test_the_tools_stay_within_the_byte_budget(toolsets: tuple[str, ...], budget: int) -> None:
    read = [{key: TOOLS[name][key] for key in TOOLS[name] if key != "outputSchema"} for name in select(toolsets)]
    assert {key for tool in read for key in tool} == {"name", "description", "inputSchema", "annotations"}
    # Escaped, as some clients hand it to their model: never smaller than UTF-8.
    assert len(json.dumps(read, separators=(",", ":"))) <= budget


@pytest.mark.parametrize(("toolsets", "budget"), ON_THE_WIRE)
async def test_the_whole_list_stays_within_its_budget_on_the_wire(
    toolsets: tuple[str, ...], budget: int, tmp_path: Path
) -> None:
    async with at_work(tmp_path, toolsets=toolsets) as agent:
        listed = await agent.client.list_tools()
    assert len(listed.tools) == len(select(toolsets))
    assert len(listed.model_dump_json(by_alias=True, exclude_none=True).encode()) <= budget


@each_tool
def test_a_description_is_short_and_says_something(tool: dict[str, Any]) -> None:
    assert 30 < len(tool["description"]) <= DESCRIPTION
    assert tool["description"].endswith(".")


@each_tool
def test_every_argument_is_described_and_typed(tool: dict[str, Any]) -> None:
    properties = tool["inputSchema"].get("properties", {})
    assert [name for name, argument in properties.items() if not argument.get("description")] == []
    assert [path for path, node in nodes(tool["inputSchema"]) if not {"type", "enum", "const"} & node.keys()] == []


@each_tool
def test_an_input_schema_has_no_references_and_no_noise(tool: dict[str, Any]) -> None:
    for path, node in nodes(tool["inputSchema"]):
        assert not {"$ref", "$defs", "title", "default", "anyOf", "allOf"} & node.keys(), path


def test_an_argument_is_of_one_type_and_only_the_merchants_own_keys_are_open() -> None:
    seen = [(f"{name}{path}", node) for name, tool in TOOLS.items() for path, node in nodes(tool["inputSchema"])]
    assert [path for path, node in seen if not isinstance(node.get("type"), str)] == []
    assert {path for path, node in seen if "additionalProperties" in node} == OPEN
    # An object without any name reads as an open one, so that every tool takes something.
    assert {path for path, node in seen if node["type"] == "object" and not node.get("properties")} == OPEN


@each_tool
def test_an_answer_is_described_at_its_top_only(tool: dict[str, Any]) -> None:
    schema = tool["outputSchema"]
    assert schema.keys() == {"type", "properties"}  # nothing required, and more may come
    full = answer_schema(select(["all"])[tool["name"]].result)["properties"].keys()
    writing = {"approval", "dryRun", "wouldTransfer", "replayed", "warnings"}
    assert schema["properties"].keys() == full | (set() if tool["annotations"]["readOnlyHint"] else writing)
    for name, node in schema["properties"].items():
        assert isinstance(node["type"], str)
        inner = node.get("properties", {})
        assert node.keys() == ({"type", "properties"} if name == "order" else {"type"})
        assert inner.keys() == ({"orderId", "version", "status"} if name == "order" else set())
        assert all(deeper.keys() == {"type"} for deeper in inner.values())


@each_tool
def test_schemas_are_valid(tool: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(tool["inputSchema"])
    Draft202012Validator.check_schema(tool["outputSchema"])
    assert tool["inputSchema"]["type"] == tool["outputSchema"]["type"] == "object"


@each_tool
def test_annotations_are_explicit(tool: dict[str, Any]) -> None:
    hints = tool["annotations"]
    assert set(hints) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    assert all(isinstance(value, bool) for value in hints.values())
    if hints["readOnlyHint"]:
        assert hints["idempotentHint"] and not hints["destructiveHint"] and not hints["openWorldHint"]


@pytest.mark.promise("P8")
@each_tool
def test_what_changes_something_takes_a_key_and_a_dry_run(tool: dict[str, Any]) -> None:
    names = tool["inputSchema"].get("properties", {}).keys()
    writes = not tool["annotations"]["readOnlyHint"]
    assert ({"idempotencyKey", "dryRun"} <= names) is writes


def test_what_changes_an_order_takes_the_version_it_expects() -> None:
    versioned = {tool["name"] for tool in OF_ORDERS if "expectedVersion" in tool["inputSchema"].get("properties", {})}
    assert versioned == {
        "update_order",
        "cancel_order",
        "close_order",
        "apply_coupon",
        "remove_coupon",
        "pay_order",
        "capture_payment",
        "void_payment",
        "create_refund",
    }


def test_only_what_cannot_be_taken_back_is_called_destructive() -> None:
    destructive = {tool["name"] for tool in OF_ORDERS if tool["annotations"]["destructiveHint"]}
    assert destructive == {"cancel_order", "close_order", "void_payment", "create_refund"}


def test_only_what_asks_the_processor_is_called_open_world() -> None:
    asking = {tool["name"] for tool in OF_ORDERS if tool["annotations"]["openWorldHint"]}
    assert asking == {"pay_order", "capture_payment", "void_payment", "create_refund", "cancel_order"}


def test_the_tools_are_as_committed() -> None:
    assert snapshots.stored() == snapshots.current(), "python -m tests.tools.snapshots --write, and read the diff"


def nodes(schema: dict[str, Any], path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Every subschema with its path."""
    found = [(path, schema)]
    for name, argument in schema.get("properties", {}).items():
        found += nodes(argument, f"{path}.{name}")
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            found += nodes(schema[key], f"{path}.{key}")
    return found
