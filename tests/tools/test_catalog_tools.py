"""The catalog's tools as an agent uses them: find the shirt, order it, see what is left of it."""

from typing import Any

import pytest

from tests.tools.agent import Agent, usd
from tests.tools.refusals import ORDERS_TO_A_MODEL

NOBODY = "01M83F4S48VPYRKAQ44XH2QJGQ"


def shirt(sku: str, size: str, price: int, **fields: Any) -> dict[str, Any]:
    return {"sku": sku, "options": {"color": "red", "size": size}, "priceMoney": usd(price), **fields}


async def a_shirt(agent: Agent, **fields: Any) -> dict[str, Any]:
    saved = await agent.call(
        "save_item",
        name="T-Shirt",
        reference="tee",
        description="Cotton.\nWashable.",
        images=["https://example.com/tee.png"],
        taxCategory="clothing",
        variants=[shirt("TEE-S", "S", 1900), shirt("TEE-M", "M", 2000, tracked=True, lowStockAt="1.5")],
        **fields,
    )
    return saved["item"]


@pytest.mark.promise("P11")
async def test_an_agent_finds_orders_and_counts_what_is_sold(agent: Agent) -> None:
    item = await a_shirt(agent)
    assert item["summary"] == "ACTIVE item: 2 variants, 19.00 USD to 20.00 USD, 1 low in stock."
    adjusted = await agent.call("adjust_inventory", sku="TEE-M", change=3, reason="received", note="Box 7")
    assert adjusted["stock"]["summary"].endswith(": 3 available, 0 reserved, 0 sold.")
    listed = await agent.call("search_items", query="t-shirt", options={"size": "m"}, inStock=True)
    [found] = listed["items"]
    [medium] = found["variants"]
    assert (medium["sku"], medium["priceMoney"], medium["available"]) == ("TEE-M", usd(2000), 3)

    order = await agent.call("create_order", lineItems=[{"itemId": medium["variantId"], "quantity": 2}])
    assert order["pricingAmounts"]["totalMoney"] == usd(4000)
    assert order["lineItems"][0]["name"] == "T-Shirt (red, M)"
    error = await agent.error("create_order", lineItems=[{"itemId": "TEE-M", "quantity": 2}])
    assert (error["code"], error["param"]) == ("out_of_stock", "lineItems")
    assert error["message"] == f"Of {medium['variantId']} 1 can be had, and the order needs 2."
    assert error["outOfStock"] == [{"variantId": medium["variantId"], "wanted": 2, "available": 1}]

    changed = await agent.call(
        "update_order",
        orderId=order["orderId"],
        lineItems=[{"lineItemId": order["lineItems"][0]["lineItemId"], "itemId": "TEE-S"}],
    )
    assert (changed["lineItems"][0]["name"], changed["pricingAmounts"]["totalMoney"]) == (
        "T-Shirt (red, S)",
        usd(3800),
    )
    counted = await agent.call("adjust_inventory", variantId=medium["variantId"], count="1.5", reason="counted")
    stock = counted["stock"]
    assert (stock["available"], stock["lowStock"], stock["lowStockAt"]) == ("1.5", True, "1.5")
    assert [(c["reason"], c["available"], c.get("orderId")) for c in counted["changes"]] == [
        ("counted", "-1.5", None),
        ("released", 2, order["orderId"]),
        ("reserved", -2, order["orderId"]),
        ("received", 3, None),
    ]


async def test_a_refund_puts_units_back_when_it_is_told_to(agent: Agent) -> None:
    await a_shirt(agent)
    await agent.call("adjust_inventory", sku="TEE-M", count=2, reason="counted")
    paid = await agent.paid(lineItems=[{"itemId": "TEE-M", "quantity": 2}])
    line = {"lineItemId": paid["order"]["lineItems"][0]["lineItemId"], "quantity": 1}
    await agent.call("create_refund", orderId=paid["order"]["orderId"], lines=[line], restock=True)
    [item] = (await agent.call("search_items", itemId="tee"))["items"]
    medium = next(variant for variant in item["variants"] if variant["sku"] == "TEE-M")
    assert (medium["available"], medium["reserved"], medium["sold"]) == (1, 0, 1)


async def test_a_dry_run_shows_the_item_and_makes_none(agent: Agent) -> None:
    before = agent.contents()
    rehearsed = await agent.call("save_item", name="Hat", variants=[{"priceMoney": usd(500)}], dryRun=True)
    assert rehearsed["dryRun"] is True
    assert rehearsed["item"]["itemId"] is rehearsed["item"]["variants"][0]["variantId"] is None
    assert agent.contents() == before


async def test_the_same_key_saves_and_adjusts_once(agent: Agent) -> None:
    new = {"name": "Hat", "variants": [{"sku": "HAT", "priceMoney": usd(500)}], "idempotencyKey": "hat"}
    first, again = await agent.call("save_item", **new), await agent.call("save_item", **new)
    assert again == {**first, "replayed": True}
    more = {"sku": "HAT", "change": 5, "reason": "received", "idempotencyKey": "box"}
    await agent.call("adjust_inventory", **more)
    again = await agent.call("adjust_inventory", **more)
    assert again["stock"]["available"] == 5
    error = await agent.error("adjust_inventory", **{**more, "change": 6})
    assert error["code"] == "idempotency_key_reused"


async def test_what_is_read_of_an_item_is_quoted_where_flint_speaks(agent: Agent) -> None:
    text = ORDERS_TO_A_MODEL.replace("\x00", "").replace("\x1b", "").replace("\n", " ")
    saved = await agent.call("save_item", name=text, variants=[{"sku": "X", "priceMoney": usd(100)}])
    assert saved["item"]["name"] == text
    assert "IGNORE" not in saved["item"]["summary"]
    stock = await agent.call("adjust_inventory", sku="X", count=1, reason="counted")
    assert "IGNORE" not in stock["stock"]["summary"]
    error = await agent.error("create_order", lineItems=[{"itemId": "X", "quantity": 2}])
    assert "IGNORE" not in str(error)


@pytest.mark.parametrize(
    ("tool", "arguments", "param", "message"),
    [
        (
            "save_item",
            {"name": "Hat", "images": ["http://example.com/hat.png"]},
            "images.0",
            '"http://example.com/hat.png" is not an image\'s address (in images.0).',
        ),
        (
            "save_item",
            {"name": "Hat", "images": ["https://[::1/hat.png"]},
            "images.0",
            '"https://[::1/hat.png" is not an image\'s address (in images.0).',
        ),
        (
            "save_item",
            {"name": "Hat", "variants": [{"priceMoney": usd(1), "options": {"color": " "}}]},
            "variants.0.options.color",
            "The text is blank (in variants.0.options.color).",
        ),
        (
            "save_item",
            {"name": "Hat", "variants": [{"sku": "a\tb", "priceMoney": usd(1)}]},
            "variants.0.sku",
            "There is U+0009 (TAB) at character 2 of variants.0.sku.",
        ),
        (
            "save_item",
            {"name": "Hat", "expectedVersion": 1},
            "expectedVersion",
            "expectedVersion is given, and no itemId.",
        ),
        (
            "save_item",
            {"itemId": "tee", "variants": [{"variantId": f"item_{NOBODY}"}]},
            "variants.0.variantId",
            f"\"item_{NOBODY}\" is an item's id; a variant's begins with var_ (in variants.0.variantId).",
        ),
        (
            "search_items",
            {"itemId": "tee", "query": "tee"},
            "itemId",
            "itemId names one item, and query or cursor is given.",
        ),
        ("search_items", {"limit": 101}, "limit", "limit 101 is out of range."),
        (
            "adjust_inventory",
            {"count": 1, "reason": "counted"},
            "variantId",
            "A variant is named by variantId or sku.",
        ),
        (
            "adjust_inventory",
            {"sku": "TEE-M", "reason": "counted"},
            "change",
            "Stock takes change or count, and not both.",
        ),
        (
            "adjust_inventory",
            {"sku": "TEE-M", "change": 0, "reason": "lost"},
            "change",
            "A change of zero changes nothing.",
        ),
        (
            "adjust_inventory",
            {"sku": "TEE-M", "change": 1.5, "reason": "lost"},
            "change",
            "change 1.5 is neither an integer nor a decimal string (in change).",
        ),
        (
            "adjust_inventory",
            {"sku": "TEE-M", "count": "0.00001", "reason": "counted"},
            "count",
            'count "0.00001" has more than 4 decimal places (in count).',
        ),
        (
            "adjust_inventory",
            {"sku": "TEE-M", "count": -1, "reason": "counted"},
            "count",
            "count -1 is out of range (in count).",
        ),
        (
            "adjust_inventory",
            {"sku": "TEE-M", "count": 1, "reason": "bored"},
            "reason",
            'reason "bored" is not one of its values.',
        ),
        (
            "create_order",
            {"lineItems": [{"itemId": "cap"}]},
            "lineItems",
            '"cap" is not in the catalog.',
        ),
        (
            "create_refund",
            {"orderId": f"ord_{NOBODY}", "restock": "yes"},
            "restock",
            'restock is "yes", not true or false.',
        ),
    ],
)
async def test_arguments_that_cannot_be_are_refused(
    shop: Agent, tool: str, arguments: dict[str, Any], param: str, message: str
) -> None:
    error = await shop.error(tool, **arguments)
    assert (error["code"], error["param"], error["message"]) == ("invalid_argument", param, message)
    assert error["hint"]


async def test_the_catalog_is_read_as_a_resource(agent: Agent) -> None:
    item = await a_shirt(agent)
    result = await agent.client.read_resource(f"flint://items/{item['itemId']}")
    [content] = result.contents
    assert "TEE-M" in getattr(content, "text")  # noqa: B009 - a blob would have none
