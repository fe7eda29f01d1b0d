"""paymentSourceToken or paymentSourceTokens, a string or a list of one: whatever means one source is understood."""

from typing import Any

import pytest

from tests.tools.agent import Agent, usd

EITHER: tuple[dict[str, Any], ...] = (
    {"paymentSourceToken": "tok_visa"},
    {"paymentSourceToken": ["tok_visa"]},
    {"paymentSourceTokens": "tok_visa"},
    {"paymentSourceTokens": ["tok_visa"]},
)
each_spelling = pytest.mark.parametrize("source", EITHER, ids=str)


@each_spelling
async def test_an_order_is_paid(shop: Agent, source: dict[str, Any]) -> None:
    order = await shop.order()
    paid = await shop.call("pay_order", orderId=order["orderId"], **source)
    assert paid["order"]["status"] == "PAID"
    assert paid["payments"][0]["tender"]["brand"] == "visa"


@each_spelling
async def test_the_difference_of_an_amendment_is_paid(shop: Agent, source: dict[str, Any]) -> None:
    order_id = (await shop.paid(token="tok_mastercard"))["order"]["orderId"]
    amended = await shop.call("amend_order", orderId=order_id, tipMoney=usd(500), **source)
    assert amended["payments"][0]["tender"]["brand"] == "visa"


@each_spelling
async def test_a_method_is_saved(shop: Agent, source: dict[str, Any]) -> None:
    saved = await shop.call("save_customer", name="Ann")
    customer_id = saved["customer"]["customerId"]
    method = (await shop.call("add_payment_method", customerId=customer_id, **source))["paymentMethod"]
    assert method["status"] == "active"


async def test_each_spelling_is_the_same_call_to_an_idempotency_key(shop: Agent) -> None:
    order_id = (await shop.order())["orderId"]
    for number, source in enumerate(EITHER):
        paid = await shop.call("pay_order", orderId=order_id, idempotencyKey="either", **source)
        assert paid.get("replayed", False) is (number > 0)
