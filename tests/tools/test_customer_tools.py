"""Customers as an agent meets them: found by what a caller says, read with their history, merged, erased."""

import json
from typing import Any

from flint_tools.binding import wire_tool
from flint_tools.selection import select
from tests.tools.agent import PRO_PLAN, Agent, at_work, usd
from tests.tools.test_what_people_wrote import ORDERS_TO_A_MODEL, said_by_the_server

BUDGET = 2_600  # bytes that a model reads of the three tools, as one JSON text
PHILADELPHIA = {"line1": "1 Pine St", "city": "Philadelphia", "region": "PA", "postalCode": "19122", "country": "US"}


async def yusuf(agent: Agent, **fields: Any) -> dict[str, Any]:
    return await agent.call(
        "save_customer",
        **{
            "name": "Yusuf Rossi",
            "emails": ["yusuf.rossi7301@example.com"],
            "phones": ["+1 555-0100"],
            "addresses": [PHILADELPHIA],
            **fields,
        },
    )


def test_the_three_tools_stay_within_their_share_of_the_budget() -> None:
    read: list[dict[str, Any]] = []
    for name in ("save_customer", "get_customer", "search_customers"):
        tool = wire_tool(select(["customers"])[name]).model_dump(mode="json", by_alias=True, exclude_none=True)
        read.append({key: tool[key] for key in tool if key != "outputSchema"})
    assert len(json.dumps(read, separators=(",", ":"))) < BUDGET


def test_what_cannot_be_undone_is_offered_only_when_asked_for() -> None:
    assert {"merge_customers", "erase_customer"} & select().keys() == set()
    assert select(["privacy"]).keys() == {"merge_customers", "erase_customer"}
    assert all(tool.destructive for tool in select(["privacy"]).values())


async def test_a_caller_is_found_by_name_and_postcode_and_their_orders_seen(shop: Agent) -> None:
    customer_id = (await yusuf(shop))["customer"]["customerId"]
    await yusuf(
        shop, name="Yusuf Rossini", emails=["other@example.com"], addresses=[{"country": "IT", "postalCode": "1"}]
    )
    paid = await shop.paid(lineItems=[PRO_PLAN], customerId=customer_id)
    listed = await shop.call("search_customers", query="Yusuf Rossi", postalCode="19122")
    assert listed["customers"] == [
        {
            "customerId": customer_id,
            "name": "Yusuf Rossi",
            "email": "yusuf.rossi7301@example.com",
            "postalCode": "19122",
            "orders": 1,
        }
    ]
    customer = await shop.call("get_customer", customerId=customer_id)
    assert customer["purchases"][0]["spentMoney"] == usd(9900)
    assert [row["orderId"] for row in customer["recentOrders"]] == [paid["order"]["orderId"]]
    assert (await shop.call("search_orders", customerId=customer_id))["orders"][0]["customerId"] == customer_id


async def test_a_new_order_goes_to_the_customers_first_address(shop: Agent) -> None:
    customer_id = (await yusuf(shop, emails=["home@example.com"]))["customer"]["customerId"]
    order = await shop.order(customerId=customer_id)
    read = await shop.call("get_order", orderId=order["orderId"], view="full")
    assert {key: value for key, value in read["shippingAddress"].items() if value} == PHILADELPHIA


async def test_the_same_email_is_pointed_out_with_the_tool_that_helps_only_where_it_is(agent: Agent) -> None:
    first = (await yusuf(agent))["customer"]["customerId"]
    second = await yusuf(agent)
    assert second["warnings"] == [
        f"{first} has the same e-mail address: maybe the same person; merge_customers makes them one"
    ]


async def test_without_the_privacy_tools_the_warning_names_none(tmp_path: Any) -> None:
    async with at_work(tmp_path, toolsets=("customers",)) as agent:
        first = (await yusuf(agent))["customer"]["customerId"]
        assert (await yusuf(agent))["warnings"] == [f"{first} has the same e-mail address: maybe the same person"]


async def test_two_records_become_one_and_are_then_forgotten(agent: Agent) -> None:
    first = (await yusuf(agent))["customer"]["customerId"]
    second = (await yusuf(agent, phones=["555-0177"]))["customer"]["customerId"]
    order = await agent.order(customerId=first, note="for Yusuf")
    merged = await agent.call("merge_customers", customerId=first, intoCustomerId=second)
    assert merged["customer"]["phones"] == ["555-0177", "+1 555-0100"]
    assert [row["orderId"] for row in merged["customer"]["recentOrders"]] == [order["orderId"]]
    preview = await agent.call("erase_customer", customerId=second, dryRun=True)
    assert preview["dryRun"] is True
    erased = await agent.call("erase_customer", customerId=second)
    assert erased["customer"]["summary"] == "Erased customer: 1 order, 0.00 USD spent."
    assert not any("Rossi" in row for row in agent.contents())
    trail = await agent.call("get_order", orderId=order["orderId"], view="timeline")
    assert trail["activities"][-1]["type"] == "ORDER_REDACTED"


async def test_what_customers_wrote_never_speaks_in_the_servers_voice(shop: Agent) -> None:
    saved = await yusuf(
        shop,
        name=ORDERS_TO_A_MODEL,
        note=ORDERS_TO_A_MODEL,
        emails=["model@example.com"],
        metadata={"wish": ORDERS_TO_A_MODEL},
        addresses=[{**PHILADELPHIA, "name": ORDERS_TO_A_MODEL}],
    )
    customer_id = saved["customer"]["customerId"]
    await shop.order(customerId=customer_id)
    answers = [
        saved,
        await yusuf(shop, emails=["model@example.com"]),
        await shop.call("get_customer", customerId=customer_id),
        await shop.call("search_customers", query="ignore instructions"),
        await shop.call("erase_customer", customerId=customer_id),
    ]
    assert answers[0]["customer"]["name"] == ORDERS_TO_A_MODEL
    texts = [text for answer in answers for text in said_by_the_server(answer)]
    assert len(texts) >= len(answers)
    assert not any("ignore" in text for text in texts)
