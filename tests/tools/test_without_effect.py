"""What is asked for and does nothing is refused, or said."""

from tests.tools.agent import PRO_PLAN, Agent, usd


async def test_a_stock_alarm_of_what_nobody_counts_is_told(agent: Agent) -> None:
    saved = await agent.call("save_item", name="Mug", variants=[{"priceMoney": usd(750), "lowStockAt": 5}])
    variant = saved["item"]["variants"][0]["variantId"]
    assert saved["warnings"] == [
        f"lowStockAt does nothing while nobody counts the units (tracked: true): {variant}",
    ]
    saved = await agent.call(
        "save_item", itemId=variant, variants=[{"variantId": variant, "tracked": True, "lowStockAt": 4}]
    )
    assert "warnings" not in saved


async def test_a_tax_category_that_no_rate_is_for_is_told(agent: Agent) -> None:
    await agent.call("save_tax_rate", name="Food", ratePercent=5, country="DE", taxCategory="food")
    mug = {"variants": [{"priceMoney": usd(750)}]}
    saved = await agent.call("save_item", name="Mug", taxCategory="Food", **mug)
    assert saved["warnings"] == ["no tax rate is for the category Food: the item is taxed like those without one"]
    assert "warnings" not in await agent.call("save_item", name="Bread", taxCategory="food", **mug)


async def test_a_rate_that_no_order_gets_by_itself_is_told(agent: Agent) -> None:
    alone = await agent.call("save_tax_rate", name="VAT", ratePercent=5)
    assert alone["warnings"] == [
        "no order gets this rate by itself: taxRateIds names it, default: true makes it everybody's"
    ]
    over = await agent.call("save_tax_rate", name="VAT", ratePercent=5, country="DE", validUntil="2020-01-01T00:00:00Z")
    assert over["warnings"] == ["the rate ended on 2020-01-01 00:00 UTC: no new order gets it"]


async def test_a_coupon_whose_time_is_over_is_told(agent: Agent) -> None:
    made = await agent.call("create_coupon", couponCode="OLD", percent=10, endsAt="2020-01-01T00:00:00Z")
    assert made["warnings"] == ["OLD ended on 2020-01-01 00:00 UTC: nobody can apply it"]
    assert "warnings" not in await agent.call("update_coupon", couponCode="OLD", endsAt="2999-01-01T00:00:00Z")


async def test_keeping_a_part_of_tenders_that_are_not_there_is_refused(agent: Agent) -> None:
    order = await agent.order()
    error = await agent.error("pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"], keepPartial=True)
    assert (error["param"], error["message"]) == ("keepPartial", "keepPartial is given, and no tenders.")
    assert error["hint"] == (
        "paymentSourceTokens are tried one after the other: leave keepPartial out, or give tenders"
    )


async def test_units_that_no_stock_counts_do_not_go_back_into_it_without_a_word(agent: Agent) -> None:
    paid = await agent.paid(lineItems=[PRO_PLAN])
    order_id, line = paid["order"]["orderId"], paid["order"]["lineItems"][0]["lineItemId"]
    await agent.call("fulfill_order", orderId=order_id, status="DELIVERED")
    returned = await agent.call("return_items", orderId=order_id, lines=[{"lineItemId": line}], restock=True)
    assert f"{line} is not counted in any stock" in returned["order"]["warnings"]


def _nobody(named: str) -> str:
    return (
        f"customerId {named} is no id or reference of a customer that Flint knows: the order keeps it as it stands, "
        "with no profile behind it; if a person is meant, give update_order the cus_ id that search_customers finds"
    )


async def test_a_name_or_an_e_mail_in_place_of_a_customers_id_is_told(agent: Agent) -> None:
    order = await agent.order(customerId="ann@example.com")
    assert order["warnings"] == [_nobody('"ann@example.com"')]
    assert order["customerId"] == "ann@example.com"
    for name in ("Ann Smith", "Zoe", "zoe.smith"):
        order = await agent.call("update_order", orderId=order["orderId"], customerId=name)
        assert order["warnings"] == [_nobody(name if " " not in name else f'"{name}"')]
    order = await agent.order(customerId="Zoe")
    assert order["warnings"] == [_nobody("Zoe")]
    assert (await agent.call("get_order", orderId=order["orderId"]))["customerId"] == "Zoe", "nothing else changes"
    await agent.call("save_customer", name="Ann", reference="ann@example.com")
    assert not (await agent.call("update_order", orderId=order["orderId"], customerId="ann@example.com")).get(
        "warnings"
    )
    assert not (await agent.order(customerId="c-17")).get("warnings"), "kept elsewhere"
