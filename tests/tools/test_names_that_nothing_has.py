"""What is not found by its name: the answer leads to the right thing, never past the catalog or to a dead end."""

import pytest

from tests.tools.agent import Agent, usd

SEARCH = "search_items finds what is sold, with its ids"


async def a_tee(agent: Agent) -> None:
    variants = [
        {"sku": sku, "options": {"size": sku}, "priceMoney": usd(1000), "stock": 5}
        for sku in ("TEE-RED-L", "TEE-RED-XL")
    ]
    await agent.call("save_item", name="Tee", reference="Tee-1", variants=variants)


async def test_an_unknown_sku_does_not_lead_to_a_line_past_the_catalog(agent: Agent) -> None:
    await a_tee(agent)
    error = await agent.error("create_order", lineItems=[{"itemId": "TEE-RED-M"}])
    assert (error["code"], error["message"]) == ("invalid_argument", '"TEE-RED-M" is not in the catalog.')
    assert error["hint"] == (
        "search_items finds what is sold, and its SKU; only what is not in the catalog takes name and unitPriceMoney, "
        "and it comes out of no stock"
    )


@pytest.mark.parametrize("written", ["tee red l", "TEE_RED_L", "TEERED-L", "TEE RED-1"])
async def test_a_sku_that_is_written_otherwise_is_named(shop: Agent, written: str) -> None:
    if not (await shop.call("search_items", query="tee"))["items"]:
        await a_tee(shop)
    error = await shop.error("create_order", lineItems=[{"itemId": written}])
    assert error["hint"] == "the catalog has TEE-RED-L: give that as itemId if it is what you mean"
    error = await shop.error("adjust_inventory", sku=written, change=1, reason="received")
    assert error["hint"] == "the catalog has TEE-RED-L: send that if it is what you mean"
    error = await shop.error("search_items", itemId=written)
    assert error["hint"] == "the catalog has TEE-RED-L: send that if it is what you mean"
    own = {"itemId": written, "name": "Tee", "unitPriceMoney": usd(1)}
    order = await shop.call("create_order", lineItems=[own])
    shown = f'"{written}"' if " " in written else written
    warning = f"itemId {shown} is not in the catalog, which has TEE-RED-L: no stock was taken"
    assert order["warnings"] == [warning]


async def test_a_size_is_no_spelling_of_another(agent: Agent) -> None:
    await a_tee(agent)
    for unlike in ("TEE-RED-XXL", "TEE-RED-", "TEE-RED", "TEE"):
        error = await agent.error("adjust_inventory", sku=unlike, change=1, reason="received")
        assert error["hint"] == SEARCH, unlike


async def test_what_two_names_are_written_like_is_not_guessed(agent: Agent) -> None:
    for sku in ("AB-1", "AB/1"):
        await agent.call("save_item", name=sku, variants=[{"sku": sku, "priceMoney": usd(1)}])
    assert (await agent.error("adjust_inventory", sku="AB1", change=1, reason="received"))["hint"] == SEARCH


async def test_an_orders_own_number_in_place_of_its_id_leads_to_the_search(agent: Agent) -> None:
    error = await agent.error("get_order", orderId="#1001")
    assert error["hint"] == (
        "copy the id from a former answer, or find it with search_orders (your own number, names, items)"
    )


async def test_a_gift_cards_code_is_read_however_it_is_written(agent: Agent) -> None:
    issued = await agent.call("issue_gift_card", amountMoney=usd(5000))
    plain = issued["code"].replace("-", "")
    groups = [plain[start : start + 4] for start in range(0, 16, 4)]
    apart = [blank.join(groups) for blank in (" ", "  ", " - ", "\u2013", ".")]
    for written in (plain.lower(), f" {plain} ", *apart):
        found = await agent.call("get_gift_card", accountId=written)
        assert found["accountId"] == issued["credit"]["accountId"]
        order = await agent.order(lineItems=[{"name": "x", "unitPriceMoney": usd(100)}])
        paid = await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=[written])
        assert paid["order"]["settlementAmounts"]["paidMoney"]["amount"] == 100


async def test_a_code_that_is_too_short_says_what_a_source_may_be(agent: Agent) -> None:
    order = await agent.order()
    error = await agent.error("pay_order", orderId=order["orderId"], paymentSourceTokens=["7F3K 9Q2M"])
    assert error["hint"] == (
        "send a token (tok_…), a saved method (pm_…), the 16 characters of a gift card's code, or store_credit"
    )


async def test_a_coupon_code_with_blanks_around_it_is_that_code(agent: Agent) -> None:
    await agent.call("create_coupon", couponCode="SAVE10", percent=10)
    order = await agent.order()
    order = await agent.call("apply_coupon", orderId=order["orderId"], couponCode=" save10 ")
    assert order["pricingAmounts"]["discountMoney"]["amount"] == 1280
