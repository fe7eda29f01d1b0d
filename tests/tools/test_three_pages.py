"""Every list that comes in pages is read to its end: three pages hold what one page does, each once and in order."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from flint_domain.order.views import TIMELINE_PAGE
from tests.tools.agent import PRO_PLAN, Agent, at_work, usd

PAGE, MANY = 3, 7


async def orders(agent: Agent) -> dict[str, Any]:
    for number in range(MANY):
        await agent.order(note="gift wrap", lineItems=[{**PRO_PLAN, "quantity": number + 1}])
    return {}


async def customers(agent: Agent) -> dict[str, Any]:
    for number in range(MANY):
        await agent.call("save_customer", name=f"Ada Abbott {number}", emails=[f"ada{number}@example.com"])
    return {}


async def items(agent: Agent) -> dict[str, Any]:
    for number in range(MANY):
        variant = {"sku": f"mug-{number}", "priceMoney": usd(900 + number)}
        await agent.call("save_item", name=f"Coffee mug {number}", variants=[variant])
    return {}


async def coupons(agent: Agent) -> dict[str, Any]:
    for number in range(MANY):
        await agent.call("create_coupon", couponCode=f"SPRING{number}", percent=number + 1)
    return {}


async def tax_rates(agent: Agent) -> dict[str, Any]:
    for number in range(MANY):
        await agent.call("save_tax_rate", name=f"Tax {number}", ratePercent=number + 1)
    return {}


async def deliveries(agent: Agent) -> dict[str, Any]:
    await agent.call("create_webhook_endpoint", url="https://93.184.216.34/hook")
    for _ in range(MANY):
        await agent.order()
    return {}


async def entries(agent: Agent) -> dict[str, Any]:
    card = await agent.call("issue_gift_card", amountMoney=usd(5_000))
    account = card["credit"]["accountId"]
    for number in range(MANY - 1):
        await agent.call("adjust_gift_card", accountId=account, takeMoney=usd(number + 1), note="a correction")
    return {"accountId": account}


Make = Callable[[Agent], Awaitable[dict[str, Any]]]

LISTS: dict[str, tuple[str, Make, str, dict[str, Any]]] = {
    "orders": ("search_orders", orders, "orders", {}),
    "orders by words": ("search_orders", orders, "orders", {"query": "gift wrap"}),
    "orders by status": ("search_orders", orders, "orders", {"status": "OPEN"}),
    "customers": ("search_customers", customers, "customers", {}),
    "customers by words": ("search_customers", customers, "customers", {"query": "abbott"}),
    "items": ("search_items", items, "items", {}),
    "items by words": ("search_items", items, "items", {"query": "coffee"}),
    "coupons": ("search_coupons", coupons, "coupons", {}),
    "coupons by words": ("search_coupons", coupons, "coupons", {"query": "SPRING"}),
    "tax rates": ("list_tax_rates", tax_rates, "taxRates", {}),
    "deliveries": ("list_webhook_deliveries", deliveries, "deliveries", {}),
    "movements of a gift card": ("get_gift_card", entries, "entries", {}),
}


@pytest.mark.parametrize("name", LISTS)
async def test_three_pages_are_what_one_page_is(tmp_path: Path, name: str) -> None:
    tool, make, field, arguments = LISTS[name]
    async with at_work(tmp_path, allow_private_webhooks=True) as agent:
        arguments = {**arguments, **await make(agent)}
        whole = (await agent.call(tool, limit=50, **arguments))[field]
        assert len(whole) == MANY
        pages: list[list[Any]] = []
        answer: dict[str, Any] = {"nextCursor": None}
        while "nextCursor" in answer:
            given = {} if answer["nextCursor"] is None else {"cursor": answer["nextCursor"]}
            answer = await agent.call(tool, limit=PAGE, **arguments, **given)
            pages.append(answer[field])
        assert [len(page) for page in pages] == [PAGE, PAGE, MANY - 2 * PAGE]
        assert [each for page in pages for each in page] == whole


async def test_a_long_trail_is_read_to_its_beginning(tmp_path: Path) -> None:
    many = 2 * TIMELINE_PAGE + 7
    async with at_work(tmp_path) as agent:
        order = await agent.order()
        for number in range(many - 1):
            await agent.call("update_order", orderId=order["orderId"], note=f"note {number}")
        seen: list[list[int]] = []
        answer: dict[str, Any] = {"nextCursor": None}
        while "nextCursor" in answer:
            given = {} if answer["nextCursor"] is None else {"cursor": answer["nextCursor"]}
            answer = await agent.call("get_order", orderId=order["orderId"], view="timeline", **given)
            seen.append([activity["version"] for activity in answer["activities"]])
        assert [len(page) for page in seen] == [TIMELINE_PAGE, TIMELINE_PAGE, 7]
        assert sorted(version for page in seen for version in page) == [*range(1, many + 1)]
