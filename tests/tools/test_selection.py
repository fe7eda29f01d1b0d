"""Which tools a server shows, and that its hints, refusals and instructions name no others."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from flint_tools.selection import ALL_TOOLS, UnknownSelection, select
from tests.tools.agent import Agent, at_work

NAMES = {tool.tool for tool in ALL_TOOLS}


def toolset(*names: str) -> set[str]:
    return {tool.tool for tool in ALL_TOOLS if tool.toolset in names}


async def shown(agent: Agent) -> set[str]:
    return {tool.name for tool in (await agent.client.list_tools()).tools}


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, toolset("orders", "coupons", "payments", "refunds", "customers", "catalog", "fulfillment")),
        ({"toolsets": ("all",)}, NAMES),
        ({"toolsets": ("orders",)}, toolset("orders")),
        ({"toolsets": ("tax", "refunds")}, toolset("tax", "refunds")),
        ({"toolsets": ("orders",), "tools": ("pay_order",)}, toolset("orders") | {"pay_order"}),
        ({"toolsets": (), "tools": ("get_order",)}, {"get_order"}),
        ({"toolsets": ("orders",), "read_only": True}, {"get_order", "search_orders"}),
        ({"toolsets": (), "tools": ("pay_order", "get_payment"), "read_only": True}, {"get_payment"}),
        ({"toolsets": ("all",), "read_only": True}, {tool.tool for tool in ALL_TOOLS if tool.read_only}),
    ],
)
def test_tools_are_chosen_by_toolset_and_name_and_read_only_wins(chosen: Mapping[str, Any], expected: set[str]) -> None:
    assert set(select(**chosen)) == expected


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        (
            {"toolsets": ("order",)},
            "there is no toolset 'order'; have: all, orders, coupons, payments, refunds, customers",
        ),
        ({"tools": ("pay",)}, "there is no tool 'pay'; have: create_order, get_order, "),
    ],
)
def test_an_unknown_choice_lists_what_there_is(chosen: Mapping[str, Any], message: str) -> None:
    with pytest.raises(UnknownSelection) as caught:
        select(**chosen)
    assert str(caught.value).startswith(message)


async def test_a_server_shows_what_was_chosen(tmp_path: Path) -> None:
    async with at_work(tmp_path, toolsets=("orders",), tools=("get_payment",)) as agent:
        assert await shown(agent) == toolset("orders") | {"get_payment"}


@pytest.mark.promise("P10")
async def test_hints_offer_only_what_the_server_shows(tmp_path: Path) -> None:
    async with at_work(tmp_path, toolsets=("orders",)) as agent:
        order = await agent.order()
        assert {hint["tool"] for hint in order["availableActions"]} == {"update_order", "cancel_order"}
        blocked = {hint["action"]: hint["reason"] for hint in order["blockedActions"]}
        assert blocked["pay"] == blocked["apply_coupon"] == "not enabled on this server"
        assert "unblockedBy" not in str(order["blockedActions"])


async def test_a_read_only_server_offers_nothing_and_says_so(tmp_path: Path) -> None:
    async with at_work(tmp_path) as agent:
        order_id = (await agent.order())["orderId"]
    async with at_work(tmp_path, read_only=True) as agent:
        order = await agent.call("get_order", orderId=order_id)
        assert order["availableActions"] == []
        assert {hint["reason"] for hint in order["blockedActions"]} >= {"not enabled on this server"}
        assert "read-only" in (agent.client.instructions or "")
        error = await agent.error("cancel_order", orderId=order_id)
        assert (error["code"], error["message"]) == (
            "not_enabled",
            "cancel_order is not enabled on this server.",
        )


async def test_a_refusal_says_so_when_the_way_out_is_not_on_this_server(tmp_path: Path) -> None:
    async with at_work(tmp_path, toolsets=("orders",)) as agent:
        order = await agent.order()
        error = await agent.error("close_order", orderId=order["orderId"])
        assert (
            error["hint"] == "pay_order would make it possible: call it only if that is wanted, too "
            "(pay_order: not enabled on this server)"
        )


async def test_the_instructions_say_that_money_is_simulated(agent: Agent) -> None:
    instructions = agent.client.instructions or ""
    assert "no real money moves" in instructions
    assert "read-only" not in instructions
    for uri in ("flint://reference/test-cards",):
        assert uri in instructions
