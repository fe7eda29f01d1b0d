"""What a model does next when it follows a hint: never charge, credit or sell again what nobody asked for."""

from tests.tools.agent import PRO_PLAN, Agent, usd


async def test_nobody_is_charged_so_that_there_is_something_to_refund(agent: Agent) -> None:
    order = await agent.order()
    error = await agent.error("create_refund", orderId=order["orderId"])
    assert error["message"] == "Not possible: nothing has been paid yet."
    assert error["hint"] == "pay_order would make it possible: call it only if that is wanted, too"


async def test_no_coupon_is_applied_so_that_one_can_be_removed(agent: Agent) -> None:
    order = await agent.order()
    error = await agent.error("remove_coupon", orderId=order["orderId"], couponCode="X")
    assert error["hint"] == "apply_coupon would make it possible: call it only if that is wanted, too"


async def test_a_gift_card_that_is_switched_off_is_not_switched_on_for_a_refund(agent: Agent) -> None:
    card = await agent.call("issue_gift_card", amountMoney=usd(50_000))
    gift_id = card["credit"]["accountId"]
    await agent.call("adjust_gift_card", accountId=gift_id, active=False)
    paid = await agent.paid()
    error = await agent.error("create_refund", orderId=paid["order"]["orderId"], refundTo=gift_id)
    assert error["code"] == "credit_inactive"
    assert error["hint"] == "name another one; only the merchant decides whether it is used again (adjust_gift_card)"


async def test_what_is_not_sold_any_more_is_not_sold_again_for_an_order(agent: Agent) -> None:
    await agent.call("save_item", name="Mug", active=False, variants=[{"sku": "mug", "priceMoney": usd(750)}])
    error = await agent.error("create_order", lineItems=[{"itemId": "mug"}])
    assert error["hint"] == "search_items finds what is; save_item with active: true only if it is to be sold again"


async def test_units_that_were_refunded_are_not_refunded_by_amount(agent: Agent) -> None:
    paid = await agent.paid(lineItems=[PRO_PLAN])
    order_id, line = paid["order"]["orderId"], paid["order"]["lineItems"][0]["lineItemId"]
    error = await agent.error("create_refund", orderId=order_id, lines=[{"lineItemId": line, "quantity": 2}])
    assert error["hint"] == "refund at most what is left: more was not bought, or has gone back"


async def test_a_rate_that_is_switched_off_is_not_replaced_by_any_other(agent: Agent) -> None:
    saved = await agent.call("save_tax_rate", name="VAT", ratePercent=5)
    rate = saved["taxRate"]["taxRateId"]
    await agent.call("save_tax_rate", taxRateId=rate, active=False)
    error = await agent.error("create_order", lineItems=[{**PRO_PLAN, "taxRateIds": [rate]}])
    assert error["hint"] == (
        "leave taxRateIds out to tax it like the order; list_tax_rates shows which rates are active"
    )


async def test_a_price_in_one_currency_is_not_made_up_in_another(agent: Agent) -> None:
    variants = [{"sku": "mug", "priceMoney": {"amount": 750, "currency": "EUR"}}]
    await agent.call("save_item", name="Mug", variants=variants)
    error = await agent.error("create_order", lineItems=[PRO_PLAN, {"itemId": "mug"}])
    assert error["hint"] == "order it in EUR; what it costs in USD only the merchant can say, in unitPriceMoney"
    order = await agent.order()
    error = await agent.error("update_order", orderId=order["orderId"], tipMoney={"amount": 500, "currency": "EUR"})
    assert error["hint"] == "one order has one currency: give the amount in USD"
