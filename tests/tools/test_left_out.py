"""Arguments that were not given: null means so everywhere, and an empty string takes a value away."""

from typing import Any

import pytest

from flint_tools.arguments import parse
from flint_tools.binding import AnyTool
from flint_tools.schemas import input_schema
from flint_tools.selection import select
from tests.tools.agent import PRO_PLAN, Agent, usd

ULID = "01KAT5M3H6E5T9W1Q2B8Z7X4C0"
# What an argument without which a tool cannot do may hold.
NEEDED: dict[str, Any] = {
    "accountId": f"gift_{ULID}",
    "country": "US",
    "couponCode": "TEN",
    "customerId": f"cus_{ULID}",
    "deliveryId": f"whd_{ULID}",
    "endpointId": f"wh_{ULID}",
    "intoCustomerId": f"cus_{ULID}",
    "lineItemId": f"li_{ULID}",
    "name": "Plan",
    "orderId": f"ord_{ULID}",
    "paymentIntentId": f"pi_{ULID}",
    "paymentMethodId": f"pm_{ULID}",
    "paymentSourceToken": "tok_visa",
    "reason": "received",
    "refundId": f"ref_{ULID}",
    "source": "tok_visa",
    "variantId": f"var_{ULID}",
}
OF_TYPE = {"integer": 1, "boolean": True}
# Arguments of which the tool wants one or the other.
ONE_OF: dict[str, dict[str, Any]] = {
    "adjust_inventory": {"variantId": f"var_{ULID}", "change": 3},
    "create_coupon": {"percent": 10},
    "quote_refund": {"orderId": f"ord_{ULID}"},
    "create_refund": {"orderId": f"ord_{ULID}"},
    "issue_gift_card": {"amountMoney": usd(500)},
    "create_webhook_endpoint": {"url": "https://example.com/hook"},
}


def sample(schema: dict[str, Any], *, null: bool) -> dict[str, Any]:
    """An object of this schema: what is required, and every object and array with one item, filled alike. All else is
    null, or left out."""
    given: dict[str, Any] = {}
    for name, node in schema["properties"].items():
        required = name in schema.get("required", [])
        inner = node.get("items", node)
        if node["type"] == "array" and inner.get("properties"):
            given[name] = [sample(inner, null=null)]
        elif set(node.get("properties", {})) <= {"amount", "currency"} and node["type"] == "object" and required:
            given[name] = {"amount": 500, "currency": None} if null else {"amount": 500}
        elif node.get("properties") and required:
            given[name] = sample(node, null=null)
        elif required:
            given[name] = NEEDED.get(name, OF_TYPE.get(node["type"]))
        elif null:
            given[name] = None
    return given


@pytest.mark.parametrize("tool", select(("all",)).values(), ids=lambda tool: tool.tool)
def test_null_means_not_given_wherever_an_argument_may_be_left_out(tool: AnyTool) -> None:
    schema, chosen = input_schema(tool), ONE_OF.get(tool.tool, {})
    nulls, bare = sample(schema, null=True) | chosen, sample(schema, null=False) | chosen
    assert parse(tool, nulls) == parse(tool, bare)


async def test_an_order_made_with_nulls_is_the_one_made_without(agent: Agent) -> None:
    await agent.prepare()
    line = {**PRO_PLAN, "quantity": None, "modifiers": None, "discountMoney": None, "note": None}
    bare = {"shippingAddress": {"country": "US"}, "charges": [{"name": "Box", "amountMoney": usd(100)}]}
    nulls = {
        "shippingAddress": {"country": "US", "line2": None, "postalCode": None},
        "charges": [{"name": "Box", "amountMoney": {"amount": 100, "currency": None}, "taxable": None}],
        "customerId": None,
        "tipMoney": None,
        "note": None,
        "metadata": None,
        "idempotencyKey": None,
        "dryRun": None,
    }
    plain = await agent.order(lineItems=[PRO_PLAN], **bare)
    same = await agent.order(lineItems=[line], **nulls)
    assert same["pricingAmounts"] == plain["pricingAmounts"]
    assert same["lineItems"][0]["quantity"] == 1
    assert "metadata" not in await agent.call("get_order", orderId=same["orderId"], view=None)


async def test_null_is_no_value_of_what_is_needed_and_no_item_of_a_list(agent: Agent) -> None:
    error = await agent.error("get_order", orderId=None)
    assert (error["param"], error["message"]) == ("orderId", "orderId is null, not a string.")
    error = await agent.error("create_order", lineItems=[None])
    assert (error["param"], error["message"]) == ("lineItems.0", "lineItems.0 is null, not an object.")
    error = await agent.error("create_order", lineItems=[PRO_PLAN], custmerId=None)
    assert error["message"] == '"custmerId" is not an argument of create_order.'


async def test_an_empty_string_takes_away_and_null_leaves_alone(agent: Agent) -> None:
    order = await agent.order(note="Ring twice", customerId="ann", metadata={"gift": "yes", "shelf": "4", "box": "2"})
    kept = await agent.call("update_order", orderId=order["orderId"], note=None, customerId=None, metadata={"box": "3"})
    assert (kept["note"], kept["customerId"]) == ("Ring twice", "ann")
    changed = await agent.call(
        "update_order", orderId=order["orderId"], note="", customerId="", metadata={"gift": "", "shelf": None}
    )
    read = await agent.call("get_order", orderId=changed["orderId"], view="full")
    assert read.get("note") is None
    assert read.get("customerId") is None
    assert read["metadata"] == {"box": "3"}


async def test_a_quantity_is_published_as_a_string_and_taken_as_a_number_too(agent: Agent) -> None:
    made = [
        await agent.order(lineItems=[{**PRO_PLAN, "quantity": quantity, "discountPercent": percent}])
        for quantity, percent in ((2, 10), ("2", "10"))
    ]
    assert [order["lineItems"][0]["quantity"] for order in made] == [2, 2]
    assert [order["pricingAmounts"]["totalMoney"] for order in made] == [usd(17820), usd(17820)]


async def test_a_coupon_whose_dates_are_taken_away_has_none(agent: Agent) -> None:
    dates = {"startsAt": "2998-01-01T00:00:00Z", "endsAt": "2999-01-01T00:00:00Z"}
    await agent.call("create_coupon", couponCode="LATER", percent=10, **dates)
    open_ended = await agent.call("update_coupon", couponCode="LATER", endsAt="", startsAt=None)
    assert open_ended["coupon"]["startsAt"] == dates["startsAt"]
    assert "endsAt" not in open_ended["coupon"]
    at_once = await agent.call("update_coupon", couponCode="LATER", startsAt="")
    assert "startsAt" not in at_once["coupon"]
    order = await agent.order()
    assert (await agent.call("apply_coupon", orderId=order["orderId"], couponCode="LATER"))["orderId"]


async def test_an_address_is_taken_away_by_name_and_with_it_the_taxes_of_its_place(agent: Agent) -> None:
    await agent.call("save_tax_rate", name="MwSt", ratePercent=19, country="DE")
    order = await agent.order(lineItems=[PRO_PLAN], shippingAddress={"country": "DE", "city": "Köln"})
    assert order["pricingAmounts"]["totalMoney"]["amount"] == 11781
    cleared = await agent.call("update_order", orderId=order["orderId"], clear=["shippingAddress"])
    assert cleared["pricingAmounts"]["totalMoney"]["amount"] == 9900
    assert "shippingAddress" not in await agent.call("get_order", orderId=order["orderId"], view="full")
    error = await agent.error(
        "update_order", orderId=order["orderId"], clear=["shippingAddress"], shippingAddress={"country": "DE"}
    )
    assert (error["code"], error["param"]) == ("invalid_argument", "clear")
    assert (error["message"], error["hint"]) == ("shippingAddress is given, and cleared.", "do one of the two")
    error = await agent.error("update_order", orderId=order["orderId"], clear=["note"])
    assert (error["param"], error["hint"]) == ("clear.0", "send 'shippingAddress'")
