"""An agent saves a card for a customer, pays with it, and removes it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from flint_tools.binding import wire_tool
from flint_tools.payment_methods import TOOLS
from tests.tools.agent import Agent, at_work

pytestmark = pytest.mark.anyio

NOBODYS = "01KARRG0000000000000000001"


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Agent]:
    async with at_work(tmp_path) as agent:
        yield agent


async def customer_of(agent: Agent, **profile: Any) -> str:
    saved = await agent.call("save_customer", **{"name": "Yusuf Rossi", **profile})
    return saved["customer"]["customerId"]


async def test_an_agent_saves_a_card_pays_with_it_and_removes_it(agent: Agent):
    customer = await customer_of(agent)
    added = await agent.call("add_payment_method", customerId=customer, paymentSourceToken="tok_amex")
    method = added["paymentMethod"]
    assert (method["status"], method["brand"], method["default"]) == ("active", "amex", True)
    order = await agent.order(customerId=customer)
    source = [method["paymentMethodId"]]
    paid = await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=source)
    assert paid["order"]["status"] == "PAID"
    assert (await agent.call("get_customer", customerId=customer))["paymentMethods"] == [method]
    removed = await agent.call("remove_payment_method", paymentMethodId=method["paymentMethodId"])
    assert removed["paymentMethod"]["status"] == "removed"
    assert "paymentMethods" not in removed["customer"]
    refunded = await agent.call("create_refund", orderId=order["orderId"])
    assert refunded["order"]["status"] == "REFUNDED"


async def test_a_customer_may_be_named_by_the_merchants_own_reference(agent: Agent):
    customer = await customer_of(agent, reference="yusuf_rossi_9620")
    added = await agent.call("add_payment_method", customerId="yusuf_rossi_9620", paymentSourceToken="tok_paypal")
    assert (added["customer"]["customerId"], added["paymentMethod"]["type"]) == (customer, "paypal")
    order = await agent.order(customerId="yusuf_rossi_9620")
    source = [added["paymentMethod"]["paymentMethodId"]]
    paid = await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=source)
    assert paid["payments"][0]["tender"] == {"type": "paypal", "paymentMethodId": source[0]}


async def test_a_declined_card_is_no_error_and_a_wrong_argument_is(agent: Agent):
    customer = await customer_of(agent)
    added = await agent.call("add_payment_method", customerId=customer, paymentSourceToken="tok_chargeDeclined")
    assert (added["paymentMethod"]["status"], added["paymentMethod"]["declineCode"]) == ("refused", "generic_decline")
    error = await agent.error("add_payment_method", customerId=f"cus_{NOBODYS}", paymentSourceToken="tok_visa")
    assert (error["code"], error["param"]) == ("not_found", "customerId")
    error = await agent.error("add_payment_method", customerId=customer, paymentSourceToken="4242 4242 4242 4242")
    assert (error["code"], error["param"]) == ("invalid_argument", "paymentSourceToken")
    error = await agent.error("remove_payment_method", paymentMethodId="tok_visa")
    assert "a payment method's begins with pm_" in error["message"]
    error = await agent.error("remove_payment_method", paymentMethodId=f"pm_{NOBODYS}")
    assert (error["code"], error["param"]) == ("not_found", "paymentMethodId")


async def test_an_expired_or_foreign_method_is_refused_with_those_that_can_pay(agent: Agent):
    mine, theirs = await customer_of(agent), await customer_of(agent, name="Mei Kovacs")
    own = await agent.call("add_payment_method", customerId=mine, paymentSourceToken="tok_visa")
    other = await agent.call("add_payment_method", customerId=theirs, paymentSourceToken="tok_visa")
    order = await agent.order(customerId=mine)
    source = [other["paymentMethod"]["paymentMethodId"]]
    error = await agent.error("pay_order", orderId=order["orderId"], paymentSourceTokens=source)
    assert (error["code"], error["param"]) == ("not_found", "paymentSourceTokens")
    assert error["hint"] == f"the customer can pay with {own['paymentMethod']['paymentMethodId']}"
    assert theirs not in str(error)


async def test_an_id_with_as_many_digits_as_a_card_number_is_no_card_number(agent: Agent):
    order = await agent.order()
    error = await agent.error("pay_order", orderId=order["orderId"], paymentSourceTokens=[f"pm_{NOBODYS}"])
    assert error["code"] == "not_found"


async def test_the_reference_page_of_test_cards_lists_paypal(agent: Agent):
    read = await agent.client.read_resource("flint://reference/test-cards")
    page = json.loads(read.contents[0].text)  # pyright: ignore[reportAttributeAccessIssue]
    assert "tok_paypal" in [card["token"] for card in page["tokens"]]


def test_the_two_tools_stay_small():
    seen = [wire_tool(tool).model_dump(mode="json", by_alias=True, exclude_none=True) for tool in TOOLS]  # pyright: ignore[reportArgumentType]
    names = ("name", "description", "inputSchema", "annotations")
    sizes = [len(json.dumps({name: tool[name] for name in names}, separators=(",", ":"))) for tool in seen]
    assert sum(sizes) <= 1_150
