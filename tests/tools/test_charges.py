"""Shipping and fees: untaxed, taxed like the order, or by rates of their own."""

from typing import Any

import pytest

from tests.tools.agent import Agent, usd

LINE = {"name": "Mug", "unitPriceMoney": usd(10_000)}


async def rate(agent: Agent, percent: int, **fields: Any) -> str:
    saved = await agent.call("save_tax_rate", name=f"VAT {percent}", ratePercent=percent, **fields)
    rate_id: str = saved["taxRate"]["taxRateId"]
    return rate_id


def shipping(**fields: Any) -> dict[str, Any]:
    return {"name": "Shipping", "amountMoney": usd(500), **fields}


def charged(order: dict[str, Any]) -> list[int]:
    """What each charge comes to, with its tax."""
    return [charge["totalMoney"]["amount"] for charge in order["charges"]]


async def test_a_charge_is_taxed_by_the_rates_that_it_names(agent: Agent) -> None:
    await rate(agent, 20, default=True)
    reduced, more = await rate(agent, 5), await rate(agent, 1)
    charges = [
        shipping(),
        shipping(taxable=True),
        shipping(taxRateIds=[reduced]),
        shipping(taxRateIds=[reduced, more]),
        shipping(taxRateIds=[]),
    ]
    order = await agent.call("create_order", lineItems=[LINE], charges=charges)
    assert charged(order) == [500, 600, 525, 530, 500]
    assert order["pricingAmounts"]["totalMoney"]["amount"] == 12_000 + 500 + 600 + 525 + 530 + 500
    order = await agent.call("update_order", orderId=order["orderId"], charges=[shipping(taxRateIds=[reduced])])
    assert charged(order) == [525]
    paid = await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"])
    assert paid["order"]["settlementAmounts"]["paidMoney"]["amount"] == 12_525
    amended = await agent.call(
        "amend_order",
        orderId=order["orderId"],
        charges=[shipping(taxRateIds=[reduced]), shipping(name="Gift wrap", taxRateIds=[more])],
        paymentSourceToken="tok_visa",
    )
    assert charged(amended["order"]) == [525, 505]
    assert amended["amendment"]["differenceMoney"]["amount"] == 505


async def test_a_rate_that_is_unknown_or_switched_off_taxes_no_charge(agent: Agent) -> None:
    off = await rate(agent, 5)
    await agent.call("save_tax_rate", taxRateId=off, active=False)
    error = await agent.error("create_order", lineItems=[LINE], charges=[shipping(taxRateIds=[off])])
    assert (error["code"], error["message"]) == ("tax_rate_inactive", f"{off} is switched off.")
    nobody = "txr_01M83F4S48VPYRKAQ44XH2QJGQ"
    error = await agent.error("create_order", lineItems=[LINE], charges=[shipping(taxRateIds=[nobody])])
    assert (error["code"], error["message"]) == ("not_found", f"There is no tax rate {nobody}.")


@pytest.mark.parametrize(("taxable", "named"), [(False, True), (True, False)])
async def test_a_charge_that_contradicts_itself_is_refused(agent: Agent, taxable: bool, named: bool) -> None:
    rates = [await rate(agent, 5)] if named else []
    error = await agent.error("create_order", lineItems=[LINE], charges=[shipping(taxable=taxable, taxRateIds=rates)])
    said = f"taxable is {str(taxable).lower()}, and taxRateIds names {'rates' if named else 'no rates'}"
    assert error["message"] == f"{said} (in charges.0)."
    assert error["hint"] == "leave taxable out where taxRateIds names the rates"


async def test_a_taxable_charge_that_no_rate_applies_to_is_told(agent: Agent) -> None:
    order = await agent.call(
        "create_order", lineItems=[LINE], charges=[shipping(taxable=True), shipping(name="Gift wrap", taxable=True)]
    )
    assert order["warnings"] == [
        '"Shipping", "Gift wrap" should be taxed, and no tax rate applies to this order: nothing was added'
    ]
    assert order["pricingAmounts"]["totalMoney"]["amount"] == 11_000
    order = await agent.call("update_order", orderId=order["orderId"], charges=[shipping()])
    assert not order.get("warnings")
    await rate(agent, 20, default=True)
    order = await agent.call("create_order", lineItems=[LINE], charges=[shipping(taxable=True)])
    assert not order.get("warnings")


async def test_rates_that_an_exempt_buyer_does_not_pay_are_told(agent: Agent) -> None:
    named = await rate(agent, 5)
    saved = await agent.call("save_customer", name="Red Cross", taxExempt=True)
    order = await agent.call(
        "create_order",
        lineItems=[{**LINE, "taxRateIds": [named]}],
        charges=[shipping(taxRateIds=[named]), shipping(taxable=True)],
        customerId=saved["customer"]["customerId"],
    )
    assert order["pricingAmounts"]["taxMoney"]["amount"] == 0
    assert order["warnings"] == ['the buyer is tax exempt: the rates named on "Mug", "Shipping" are not taken']
