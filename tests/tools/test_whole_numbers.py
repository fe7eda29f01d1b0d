"""2.0 is an integer, as JSON Schema has it: taken as 2 everywhere but in money, where a point leaves two readings."""

from typing import Any

import pytest
from pydantic import ValidationError

from flint_tools.binding import Reading, Writing, input_schema
from flint_tools.selection import ALL_TOOLS
from tests.tools.agent import Agent, usd

INTEGERS = [
    pytest.param(tool, name, id=f"{tool.tool}-{name}")
    for tool in ALL_TOOLS
    for name, schema in input_schema(tool)["properties"].items()
    if schema.get("type") == "integer"
]


@pytest.mark.parametrize(("tool", "name"), INTEGERS)
def test_every_integer_may_be_written_with_a_point(tool: type[Reading] | type[Writing], name: str) -> None:
    def wrong_with(value: Any) -> bool:
        with pytest.raises(ValidationError) as refused:
            tool.model_validate({name: value, "nonsense": 1})
        return any(error["loc"] == (name,) for error in refused.value.errors())

    assert not wrong_with(2)
    assert not wrong_with(2.0)
    assert wrong_with(2.5)


async def test_a_quantity_with_a_point_is_that_many_units(agent: Agent) -> None:
    order = await agent.order(lineItems=[{"name": "Mug", "unitPriceMoney": usd(750), "quantity": 2.0}])
    assert order["lineItems"][0]["quantity"] == 2
    assert order["pricingAmounts"]["subtotalMoney"]["amount"] == 1500


async def test_a_percentage_with_a_point_is_that_many_percent(agent: Agent) -> None:
    order = await agent.order(lineItems=[{"name": "Mug", "unitPriceMoney": usd(750), "discountPercent": 20.0}])
    assert order["pricingAmounts"]["discountMoney"]["amount"] == 150


async def test_units_counted_with_a_point_are_that_many(agent: Agent) -> None:
    await agent.call("save_item", name="Mug", variants=[{"sku": "mug", "priceMoney": usd(750)}])
    stock = await agent.call("adjust_inventory", sku="mug", count=3.0, reason="counted")
    assert stock["stock"]["available"] == 3


async def test_a_refund_of_500_with_a_point_gives_nothing_back_until_it_says_which(agent: Agent) -> None:
    order = await agent.paid(lineItems=[{"name": "x", "unitPriceMoney": usd(100000), "taxRateIds": []}])
    order_id = order["order"]["orderId"]
    error = await agent.error("create_refund", orderId=order_id, amountMoney={"amount": 500.0, "currency": "USD"})
    assert error["hint"] == "amount is in minor units: 5.00 USD is 500, 500.00 USD is 50000"
    shown = await agent.call("get_order", orderId=order_id)
    assert shown["settlementAmounts"]["refundedMoney"]["amount"] == 0
