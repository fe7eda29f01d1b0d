"""A support agent that is told one sentence: it finds the order, quotes, refunds one line, and answers the buyer.

It plans with nothing but what the server says: which order has the words, what can go back, which tool to call with
which arguments. A language model would choose the same from the same answers; here, plain code does.
"""

import sys
from tempfile import TemporaryDirectory
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

THE_BUYER_SAYS = "The support add-on I bought last week is no use to me."


def usd(amount: int) -> dict[str, Any]:
    """Money in minor units: 9900 is 99.00 USD."""
    return {"amount": amount, "currency": "USD"}


def printed(money: dict[str, Any]) -> str:
    return f"{money['amount'] // 100}.{money['amount'] % 100:02d} {money['currency']}"


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """The structured answer of a tool that must not refuse."""
    result = await client.call_tool(tool, arguments)
    assert not result.is_error and result.structured_content is not None, result.content
    return result.structured_content


PRO_PLAN = {"name": "Pro Plan - Annual", "unitPriceMoney": usd(9900)}
SUPPORT = {"name": "Priority Support Add-on", "unitPriceMoney": usd(2900)}
POSTER = {"name": "Supporters' poster", "unitPriceMoney": usd(1500)}


async def seed(client: Client) -> str:
    """What the shop has sold so far; returns the id that the agent has to find out."""
    await call(client, "save_tax_rate", name="Sales tax", ratePercent=8, default=True)
    await call(client, "create_coupon", couponCode="LAUNCH20", percent=20)

    async def sold(*lines: dict[str, Any], pay: bool = True, coupon: bool = False) -> str:
        order_id = (await call(client, "create_order", lineItems=list(lines)))["orderId"]
        if coupon:
            await call(client, "apply_coupon", orderId=order_id, couponCode="LAUNCH20")
        if pay:
            await call(client, "pay_order", orderId=order_id, paymentSourceTokens=["tok_visa"])
        return order_id

    await sold(PRO_PLAN)
    wanted = await sold(PRO_PLAN, SUPPORT, coupon=True)
    await sold(PRO_PLAN, SUPPORT, pay=False)
    await sold(POSTER)
    returned = await sold(SUPPORT)
    await call(client, "create_refund", orderId=returned)
    return wanted


async def find_order(client: Client, words: str) -> dict[str, Any]:
    """The one order that has the words and money to give back."""
    found = await call(client, "search_orders", query=words)
    paid = [row for row in found["orders"] if "refundableMoney" in row]  # an amount that is not there is zero
    print(f'search_orders "{words}": {found["summary"]} Paid and not refunded: {len(paid)}.')
    assert len(paid) == 1, "more than one order fits: a person would ask the buyer which"
    return paid[0]


def line_with(order: dict[str, Any], words: str) -> dict[str, Any]:
    """The line whose name has all of the words."""
    [line] = [
        line for line in order["lineItems"] if all(word in line["name"].lower() for word in words.lower().split())
    ]
    return line


async def give_back(client: Client, order: dict[str, Any], line: dict[str, Any]) -> dict[str, Any]:
    """Refund a line as availableActions says: its tool, its arguments, and of its needs the lines."""
    [action] = [action for action in order["availableActions"] if action["action"] == "refund"]
    needs = {need["name"]: need for need in action["needs"]}
    # What goes without saying is not said: lines without oneOf are all lines, and the only argument is this order's id.
    assert line["lineItemId"] in needs["lines"].get("oneOf", [line["lineItemId"]])
    what = {"orderId": order["orderId"], **action.get("arguments", {}), "lines": [{"lineItemId": line["lineItemId"]}]}

    quote = (await call(client, "quote_refund", **what))["quote"]
    print(f"quote_refund: {quote['summary']}")
    left = line.get("refundableMoney", line["totalMoney"])  # said where it is not the total
    assert quote["amountMoney"] == {**left, "currency": order["currency"]}

    done = await call(
        client,
        action["tool"],
        **what,
        reason="requested_by_customer",
        note=THE_BUYER_SAYS,
        idempotencyKey=f"support-{line['lineItemId']}",
    )
    print(f"{action['tool']}: {done['refund']['summary']}")
    assert done["refund"]["amountMoney"] == quote["amountMoney"]
    return done


async def support(client: Client) -> tuple[str, str]:
    """Help the buyer; returns the order's id and what the buyer is told."""
    words = "support add-on"  # what a model would take from the sentence
    row = await find_order(client, words)
    order = await call(client, "get_order", orderId=row["orderId"])
    line = line_with(order, words)
    done = await give_back(client, order, line)
    payment = await call(client, "get_payment", paymentIntentId=done["refund"]["paymentIntentId"])
    told = (
        f"I have refunded {printed(done['refund']['amountMoney'])} for {line['name']}, tax included, "
        f"to your {payment['tender']['brand']} card ending in {payment['tender']['last4']}. "
        "The rest of your order stays as it is."
    )
    return row["orderId"], told


async def main() -> None:
    with TemporaryDirectory() as folder:
        arguments = ["-m", "flint_server", "serve", "--data", folder, "--toolsets", "all"]
        async with Client(StdioServerParameters(command=sys.executable, args=arguments)) as client:
            wanted = await seed(client)
            print(f"The buyer: {THE_BUYER_SAYS}")
            order_id, told = await support(client)
            print(f"The agent: {told}")

            assert order_id == wanted
            assert told == (
                # 29.00 less 20 % and with 8 % tax; the price on the page was not what it cost.
                "I have refunded 25.06 USD for Priority Support Add-on, tax included, to your visa card ending in "
                "4242. The rest of your order stays as it is."
            )
            order = await call(client, "get_order", orderId=order_id, view="full")
            assert order["status"] == "PARTIALLY_REFUNDED"
            assert order["settlementAmounts"]["refundedMoney"] == usd(2506)
            assert order["settlementAmounts"]["outstandingMoney"] == usd(0)
            assert [line["refundableMoney"]["amount"] for line in order["lineItems"]] == [8553, 0]
            assert order["refunds"][0]["note"] == THE_BUYER_SAYS
            untouched = await call(client, "search_orders", status="PARTIALLY_REFUNDED")
            assert [row["orderId"] for row in untouched["orders"]] == [order_id]


if __name__ == "__main__":
    anyio.run(main)
