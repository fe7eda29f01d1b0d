"""An agent's five calls over real MCP, with every amount of the product page asserted."""

import sys
from tempfile import TemporaryDirectory
from typing import Any

import anyio
from mcp import Client, StdioServerParameters


def usd(amount: int) -> dict[str, Any]:
    """Money in minor units: 9900 is 99.00 USD."""
    return {"amount": amount, "currency": "USD"}


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer of a tool that must not refuse."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error and result.structured_content is not None, result.content
    return result.structured_content


async def prepare(client: Client) -> None:
    """What a merchant has done before: an 8 % sales tax, and a coupon."""
    await call(client, "save_tax_rate", name="Sales tax", ratePercent=8, default=True)
    await call(client, "create_coupon", couponCode="LAUNCH20", percent=20)


async def five_calls(client: Client) -> None:
    order = await call(
        client,
        "create_order",
        customerId="cus_8w2k",
        lineItems=[
            {"name": "Pro Plan - Annual", "unitPriceMoney": usd(9900)},
            {"name": "Priority Support Add-on", "unitPriceMoney": usd(2900)},
        ],
    )
    print("1. create_order ", order["summary"])
    assert order["currency"] == "USD"  # of all amounts inside the order
    assert order["status"] == "OPEN"
    assert order["pricingAmounts"]["totalMoney"]["amount"] == 13824
    assert order["settlementAmounts"]["outstandingMoney"]["amount"] == 13824

    order = await call(client, "apply_coupon", orderId=order["orderId"], couponCode="LAUNCH20")
    print("2. apply_coupon ", order["summary"])
    assert order["pricingAmounts"]["discountMoney"]["amount"] == 2560
    assert order["pricingAmounts"]["taxMoney"]["amount"] == 819
    assert order["pricingAmounts"]["totalMoney"]["amount"] == 11059

    # No amount is given: it comes from the order.
    paid = await call(
        client,
        "pay_order",
        orderId=order["orderId"],
        paymentSourceTokens=["tok_visa"],
        buyerEmail="buyer@example.com",
        idempotencyKey="pay-1",
    )
    print("3. pay_order    ", paid["order"]["summary"])
    assert paid["order"]["status"] == "PAID"

    refund = {
        "paymentIntentId": paid["payments"][0]["paymentIntentId"],
        "amountMoney": usd(2900),
        "reason": "requested_by_customer",
        "idempotencyKey": "refund-1",
    }
    refunded = await call(client, "create_refund", **refund)
    print("4. create_refund", refunded["refund"]["summary"])
    assert refunded["order"]["status"] == "PARTIALLY_REFUNDED"

    # An answer that got lost is asked for again with the same key. The money moved once.
    again = await call(client, "create_refund", **refund)
    assert again["replayed"] is True
    assert again["refund"] == refunded["refund"]

    order = await call(client, "get_order", orderId=order["orderId"], view="full")
    print("5. get_order    ", order["summary"])
    assert order["status"] == "PARTIALLY_REFUNDED"
    assert order["settlementAmounts"]["paidMoney"] == usd(11059)
    assert order["settlementAmounts"]["refundedMoney"] == usd(2900)
    assert order["settlementAmounts"]["outstandingMoney"] == usd(0)
    assert [activity["type"] for activity in order["activities"]] == [
        "ORDER_CREATED",
        "COUPON_APPLIED",
        "PAYMENT_STARTED",
        "PAYMENT_CAPTURED",
        "REFUND_CREATED",
        "REFUND_SUCCEEDED",
    ]


async def main() -> None:
    with TemporaryDirectory() as folder:
        arguments = ["-m", "flint_server", "serve", "--data", folder, "--toolsets", "all"]
        async with Client(StdioServerParameters(command=sys.executable, args=arguments)) as client:
            await prepare(client)
            await five_calls(client)
    print("Every amount is as the product page says.")


if __name__ == "__main__":
    anyio.run(main)
