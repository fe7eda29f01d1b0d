"""What a caller of the official TypeScript SDK receives: the five calls, and every refusal word for word."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.clients.foreign import Foreigner, over_stdio, typescript
from tests.server.running import key_header, served_http
from tests.tools.agent import PRO_PLAN, SUPPORT, at_work, usd
from tests.tools.refusal_shop import filled, furnish, named
from tests.tools.refusals import of_the_furnished_shop

both = pytest.mark.parametrize("transport", ["stdio", pytest.param("http", marks=pytest.mark.long)])

EXACT = 2**53  # JavaScript's numbers are whole up to here


@contextmanager
def connected(transport: str, folder: Path) -> Iterator[Foreigner]:
    """A client over this transport; the server has every tool."""
    if transport == "stdio":
        with typescript(over_stdio(folder, "--toolsets", "all")) as client:
            yield client
    else:
        with (
            served_http(folder, "--toolsets", "all") as address,
            typescript({"url": address, "headers": key_header(folder)}) as client,
        ):
            yield client


def survives_javascript(value: Any) -> bool:
    """Whether JavaScript sends the same value on: it writes 5.0 as 5 and knows no integer past 2^53."""
    if isinstance(value, dict):
        return all(map(survives_javascript, value.values()))
    if isinstance(value, list):
        return all(map(survives_javascript, value))
    if isinstance(value, float):
        return not value.is_integer()
    return isinstance(value, bool) or not isinstance(value, int) or abs(value) < EXACT


@both
def test_the_five_calls_come_out_to_the_cent(transport: str, tmp_path: Path) -> None:
    with connected(transport, tmp_path) as client:
        client.call("save_tax_rate", name="Sales tax", ratePercent="8", default=True)
        client.call("create_coupon", couponCode="LAUNCH20", percent="20")
        order = client.call("create_order", customerId="cus_8w2k", lineItems=[PRO_PLAN, SUPPORT])
        order_id = order["orderId"]
        assert order["pricingAmounts"]["totalMoney"]["amount"] == 13824
        order = client.call("apply_coupon", orderId=order_id, couponCode="LAUNCH20")
        assert order["pricingAmounts"]["totalMoney"]["amount"] == 11059
        paid = client.call("pay_order", orderId=order_id, paymentSourceTokens=["tok_visa"])
        assert paid["order"]["status"] == "PAID"
        payment_id = paid["payments"][0]["paymentIntentId"]
        refunded = client.call("create_refund", paymentIntentId=payment_id, amountMoney=usd(2900))
        assert refunded["refund"]["amountMoney"]["amount"] == 2900
        read = client.call("get_order", orderId=order_id)
    assert (read["status"], read["version"]) == ("PARTIALLY_REFUNDED", refunded["order"]["version"])
    assert read["settlementAmounts"]["refundableMoney"]["amount"] == 8159


@both
async def test_every_refusal_reaches_the_caller_word_for_word(transport: str, tmp_path: Path) -> None:
    async with at_work(tmp_path) as agent:
        ids = await furnish(agent)
    tried = [refusal for refusal in of_the_furnished_shop() if survives_javascript(refusal.arguments)]
    assert len(tried) > 130
    with connected(transport, tmp_path) as client:
        for refusal in tried:
            error = client.error(refusal.tool, filled(refusal.arguments, ids))
            read = (error["code"], error.get("param"), named(error["message"], ids), named(error["hint"], ids))
            assert read == (refusal.code, refusal.param, refusal.message, refusal.hint), refusal.of
            assert error["retryable"] is False
        thrown = client.outcome("get_ordr", {})["thrown"]
        stale = client.error("close_order", {"orderId": ids["<open>"]})
    assert {action["tool"] for action in stale["availableActions"]} >= {"pay_order", "cancel_order"}
    assert (thrown["name"], thrown["code"]) == ("McpError", -32602)
    assert thrown["message"] == 'MCP error -32602: There is no tool "get_ordr": did you mean get_order?'
    assert thrown["data"] == {"code": "unknown_tool", "hint": "did you mean get_order?"}


@pytest.mark.long
def test_a_tool_that_is_not_enabled_is_an_answer_with_code_and_hint(tmp_path: Path) -> None:
    with typescript(over_stdio(tmp_path, "--read-only")) as client:
        error = client.error("pay_order", {})
    assert (error["code"], error["message"]) == ("not_enabled", "pay_order is not enabled on this server.")
