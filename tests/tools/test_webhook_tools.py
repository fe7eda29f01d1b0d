"""The webhooks toolset as an agent uses it: a secret is seen once, and everything else can be looked up."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, get_args

import pytest

from flint_domain.webhooks.events import EVENTS, EventType
from flint_server.db.packing import unpacked
from flint_tools.rendering.webhooks import delivery_line
from flint_tools.rendering.words import Facts
from flint_tools.selection import DEFAULT_TOOLSETS, select
from tests.tools.agent import Agent, at_work

URL = "https://93.184.215.14/hooks"  # an address, so that no test asks a name server


async def made(agent: Agent, **arguments: Any) -> str:
    """A new endpoint's id."""
    answer = await agent.call("create_webhook_endpoint", **{"url": URL, **arguments})
    return answer["endpoint"]["endpointId"]


async def test_the_toolset_has_its_five_tools_and_is_not_among_the_default_ones() -> None:
    assert [*select(["webhooks"])] == [
        "create_webhook_endpoint",
        "list_webhook_endpoints",
        "delete_webhook_endpoint",
        "list_webhook_deliveries",
        "redeliver_webhook",
    ]
    assert "webhooks" not in DEFAULT_TOOLSETS
    assert [*select(["webhooks"], read_only=True)] == ["list_webhook_endpoints", "list_webhook_deliveries"]


async def test_a_new_endpoint_listens_to_order_updated_and_shows_its_secret_once(agent: Agent) -> None:
    answer = await agent.call("create_webhook_endpoint", url=URL, description="the warehouse")
    secret = answer["secret"]
    assert secret.startswith("whsec_")
    assert answer["endpoint"] == {
        "endpointId": answer["endpoint"]["endpointId"],
        "url": URL,
        "description": "the warehouse",
        "events": ["order.updated"],
        "status": "enabled",
        "createdAt": answer["endpoint"]["createdAt"],
    }
    assert "only in the first answer" in answer["warnings"][0]
    listed = await agent.call("list_webhook_endpoints")
    assert listed["endpoints"] == [answer["endpoint"]]
    assert secret not in str(listed)


async def test_a_replay_gives_the_first_answer_without_the_secret_and_says_how_to_get_another(agent: Agent) -> None:
    first = await agent.call("create_webhook_endpoint", url=URL, idempotencyKey="once")
    again = await agent.call("create_webhook_endpoint", url=URL, idempotencyKey="once")
    assert again == {"endpoint": first["endpoint"], "warnings": first["warnings"], "replayed": True}
    with closing(sqlite3.connect(agent.folder / "flint.db")) as driver:
        [(command, *kept)] = driver.execute("SELECT command, fields, answer, ref FROM idempotency_records")
    assert command == "create_webhook_endpoint"
    said = [each if isinstance(each, str) else unpacked(each) for each in kept]
    assert URL in said[1], "the answer is kept"
    assert "whsec_" not in str(said)
    rotated = await agent.call("create_webhook_endpoint", endpointId=first["endpoint"]["endpointId"], rotateSecret=True)
    assert rotated["secret"] not in {first["secret"], None}
    assert rotated["endpoint"]["oldSecretUntil"]
    assert len((await agent.call("list_webhook_endpoints"))["endpoints"]) == 1


async def test_a_dry_run_makes_no_endpoint_and_shows_no_secret(agent: Agent) -> None:
    answer = await agent.call("create_webhook_endpoint", url=URL, dryRun=True)
    assert "secret" not in answer
    assert answer["endpoint"]["endpointId"] is None
    assert (await agent.call("list_webhook_endpoints"))["endpoints"] == []


async def test_an_endpoint_can_be_changed_switched_off_and_on_and_deleted(agent: Agent) -> None:
    endpoint_id = await made(agent, events=["refund.failed", "payment.captured"])
    changed = await agent.call(
        "create_webhook_endpoint", endpointId=endpoint_id, url=f"{URL}/2", events=["*"], enabled=False
    )
    assert "secret" not in changed
    assert (changed["endpoint"]["url"], changed["endpoint"]["events"]) == (f"{URL}/2", ["*"])
    assert (changed["endpoint"]["status"], changed["endpoint"]["reason"]) == ("disabled", "switched off by a call")
    other = await made(agent)
    for on, expected in ((True, [other]), (False, [endpoint_id])):
        listed = await agent.call("list_webhook_endpoints", enabled=on)
        assert [endpoint["endpointId"] for endpoint in listed["endpoints"]] == expected
    await agent.call("delete_webhook_endpoint", endpointId=other)
    enabled = await agent.call("create_webhook_endpoint", endpointId=endpoint_id, enabled=True)
    assert enabled["endpoint"]["status"] == "enabled"
    deleted = await agent.call("delete_webhook_endpoint", endpointId=endpoint_id)
    assert deleted["endpoint"]["status"] == "deleted"
    assert (await agent.call("list_webhook_endpoints"))["endpoints"] == []
    for arguments in ({"endpointId": endpoint_id}, {"endpointId": endpoint_id, "rotateSecret": True}):
        tool = "create_webhook_endpoint" if "rotateSecret" in arguments else "delete_webhook_endpoint"
        assert (await agent.error(tool, **arguments))["code"] == "not_found"


async def test_deliveries_are_listed_by_every_filter_and_page_by_page(agent: Agent) -> None:
    ours, theirs = await made(agent, events=["*"]), await made(agent)
    order = await agent.order()
    await agent.paid()
    everything = (await agent.call("list_webhook_deliveries", limit=100))["deliveries"]
    assert {delivery["endpointId"] for delivery in everything} == {ours, theirs}
    for argument, field, value in (
        ("endpointId", "endpointId", theirs),
        ("orderId", "orderId", order["orderId"]),
        ("eventType", "eventType", "payment.captured"),
        ("status", "status", "waiting"),
    ):
        filtered = (await agent.call("list_webhook_deliveries", **{argument: value, "limit": 100}))["deliveries"]
        assert filtered == [delivery for delivery in everything if delivery[field] == value]
        assert 0 < len(filtered) < len(everything)
    paged: list[Any] = []
    page = await agent.call("list_webhook_deliveries", limit=3)
    while True:
        paged += page["deliveries"]
        if "nextCursor" not in page:
            break
        page = await agent.call("list_webhook_deliveries", limit=3, cursor=page["nextCursor"])
    assert paged == everything


async def test_the_tries_of_a_delivery_are_counted_in_words_that_fit(agent: Agent) -> None:
    await made(agent)
    await agent.order()
    [delivery] = (await agent.call("list_webhook_deliveries"))["deliveries"]
    for attempts, said in ((0, "0 tries"), (1, "1 try"), (2, "2 tries")):
        assert said in delivery_line(Facts({**delivery, "attempts": attempts}, "USD")).split(", ")


async def test_a_delivery_is_asked_for_again_by_its_id(agent: Agent) -> None:
    await made(agent)
    await agent.order()
    [delivery] = (await agent.call("list_webhook_deliveries"))["deliveries"]
    answer = await agent.call("redeliver_webhook", deliveryId=delivery["deliveryId"])
    assert answer["delivery"]["status"] == "pending"
    unknown = f"whd_{'0' * 26}"
    assert (await agent.error("redeliver_webhook", deliveryId=unknown))["code"] == "not_found"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://2130706433/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://169.254.169.254/latest/meta-data/",
        "https://localhost:8443/",
        "http://93.184.215.14/",
    ],
)
async def test_an_agent_cannot_point_the_server_at_its_own_network(agent: Agent, url: str) -> None:
    error = await agent.error("create_webhook_endpoint", url=url)
    assert (error["code"], error["param"]) == ("webhook_target_refused", "url")


async def test_the_operator_can_allow_this_machine(tmp_path: Path) -> None:
    async with at_work(tmp_path, allow_private_webhooks=True) as agent:
        await made(agent, url="http://127.0.0.1:8787/")
        assert (await agent.error("create_webhook_endpoint", url="http://93.184.215.14/"))["code"] == (
            "webhook_target_refused"
        )


@pytest.mark.parametrize(
    ("arguments", "param"),
    [
        ({"url": "shop.example"}, "url"),
        ({"url": "https://ann:word@shop.example/"}, "url"),
        ({"url": "https://shop.example:25/"}, "url"),
        ({"url": "ftp://shop.example/"}, "url"),
        ({"url": URL, "events": []}, "events"),
        ({"url": URL, "events": ["order.exploded"]}, "events.0"),
        ({"endpointId": "ord_01K00000000000000000000000"}, "endpointId"),
        ({}, None),
        ({"url": URL, "rotateSecret": True}, None),
    ],
)
async def test_what_is_wrong_with_an_argument_is_said(
    agent: Agent, arguments: dict[str, Any], param: str | None
) -> None:
    error = await agent.error("create_webhook_endpoint", **arguments)
    assert error["code"] == "invalid_argument"
    assert error.get("param") == param
    assert error["hint"]


def test_the_events_that_a_model_sees_are_the_closed_list() -> None:
    from flint_tools.schemas import input_schema

    schema = input_schema(select(["webhooks"])["create_webhook_endpoint"])
    assert schema["properties"]["events"]["items"]["enum"] == [*EVENTS, "*"]
    assert [*get_args(EventType)] == [*EVENTS]
