"""save_item takes the stock that a new variant begins with, through the ledger of adjust_inventory."""

from tests.tools.agent import Agent, usd


async def test_the_first_stock_of_each_variant_comes_with_the_item(agent: Agent) -> None:
    saved = await agent.call(
        "save_item",
        name="Tee",
        variants=[
            {"sku": "TEE-S", "options": {"size": "S"}, "priceMoney": usd(1000), "stock": 3, "lowStockAt": 2},
            {"sku": "TEE-M", "options": {"size": "M"}, "priceMoney": usd(1000), "stock": "0"},
            {"sku": "TEE-L", "options": {"size": "L"}, "priceMoney": usd(1000)},
        ],
    )
    shown = {variant["sku"]: variant.get("available") for variant in saved["item"]["variants"]}
    assert shown == {"TEE-S": 3, "TEE-M": 0, "TEE-L": None}
    assert "warnings" not in saved
    error = await agent.error("create_order", lineItems=[{"itemId": "TEE-S", "quantity": 4}])
    assert error["code"] == "out_of_stock"
    moved = await agent.call("adjust_inventory", sku="TEE-S", change=2, reason="received")
    trail = [(change["reason"], change["available"], change["actor"]) for change in moved["changes"]]
    assert trail == [("received", 2, "agent"), ("counted", 3, "agent")]


async def test_stock_that_was_counted_is_not_counted_again_by_saving_the_item(agent: Agent) -> None:
    variant = {"sku": "mug", "priceMoney": usd(750), "stock": 3}
    saved = await agent.call("save_item", name="Mug", variants=[variant])
    item_id, variant_id = saved["item"]["itemId"], saved["item"]["variants"][0]["variantId"]
    await agent.call("create_order", lineItems=[{"itemId": "mug"}])
    error = await agent.error("save_item", itemId=item_id, variants=[variant])
    assert (error["code"], error["param"], error["message"]) == (
        "invalid_argument",
        "variants",
        f"{variant_id} has stock already: 2 available.",
    )
    assert error["hint"] == ("leave stock out; adjust_inventory adds units, takes them away, or sets what was counted")


async def test_a_variant_that_was_never_counted_may_be_counted_later(agent: Agent) -> None:
    saved = await agent.call("save_item", name="Mug", variants=[{"sku": "mug", "priceMoney": usd(750)}])
    saved = await agent.call("save_item", itemId="mug", variants=[{"sku": "mug", "stock": "2.5"}])
    assert saved["item"]["variants"][0]["available"] == "2.5"


async def test_stock_of_what_is_not_tracked_is_refused(agent: Agent) -> None:
    error = await agent.error(
        "save_item", name="Mug", variants=[{"priceMoney": usd(750), "stock": 3, "tracked": False}]
    )
    assert error["message"] == "tracked is false, and stock is given (in variants.0)."


async def test_a_dry_run_counts_nothing(agent: Agent) -> None:
    await agent.call(
        "save_item", name="Mug", variants=[{"sku": "mug", "priceMoney": usd(750), "stock": 3}], dryRun=True
    )
    assert (await agent.call("search_items", query="mug"))["items"] == []
