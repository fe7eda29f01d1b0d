"""`flint demo`: an agent's five calls over real MCP, against a server of its own on a temporary database."""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

import click
from mcp import Client, StdioServerParameters
from mcp.types import TextContent

from flint_server.cli.run import run


class CallFailed(Exception):
    """A call of the demo was refused; the text is the server's."""


@asynccontextmanager
async def _server(folder: str) -> AsyncGenerator[Client]:
    arguments = ["-m", "flint_server", "serve", "--data", folder, "--toolsets", "all"]
    async with Client(StdioServerParameters(command=sys.executable, args=arguments)) as client:
        yield client


async def _call(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    if result.is_error or result.structured_content is None:
        raise CallFailed("".join(block.text for block in result.content if isinstance(block, TextContent)))
    return result.structured_content


def _say(number: int, call: str, *lines: str) -> None:
    click.secho(f"\n{number}. {call}", bold=True)
    for line in lines:
        click.echo(f"   {line}")


def _amounts(order: dict[str, Any]) -> str:
    pricing, settlement = order["pricingAmounts"], order["settlementAmounts"]
    shown = {name: pricing[name]["amount"] for name in ("discountMoney", "taxMoney", "totalMoney")}
    shown |= {name: settlement[name]["amount"] for name in ("paidMoney", "refundedMoney", "outstandingMoney")}
    return "  ".join(f"{name} {amount}" for name, amount in shown.items())


def _next(order: dict[str, Any]) -> str:
    return "next: " + ", ".join(hint["tool"] for hint in order["availableActions"])


async def show_five_calls() -> None:
    """Create, coupon, pay, refund, read; prints what the server answered."""
    with TemporaryDirectory(prefix="flint-demo-") as folder:
        async with _server(folder) as client:
            click.echo("An MCP server is running on a temporary database. Prepared in it:")
            await _call(client, "save_tax_rate", {"name": "Sales tax", "ratePercent": 8, "default": True})
            await _call(client, "create_coupon", {"couponCode": "LAUNCH20", "percent": 20})
            click.echo(
                "an 8 % sales tax, and the coupon LAUNCH20 (20 % off). Amounts are minor units: 13824 is 138.24 USD."
            )
            await _five_calls(client)


async def _five_calls(client: Client) -> None:
    lines = [
        {"name": "Pro Plan - Annual", "unitPriceMoney": {"amount": 9900, "currency": "USD"}},
        {"name": "Priority Support Add-on", "unitPriceMoney": {"amount": 2900, "currency": "USD"}},
    ]
    order = await _call(client, "create_order", {"customerId": "cus_8w2k", "lineItems": lines})
    _say(1, "create_order", order["summary"], _amounts(order), _next(order))
    order_id = order["orderId"]

    order = await _call(client, "apply_coupon", {"orderId": order_id, "couponCode": "LAUNCH20"})
    _say(2, 'apply_coupon "LAUNCH20"', order["summary"], _amounts(order), _next(order))

    payment = {"paymentSourceTokens": ["tok_visa"], "buyerEmail": "buyer@example.com", "idempotencyKey": "demo-pay"}
    paid = await _call(client, "pay_order", {"orderId": order_id, **payment})
    _say(3, "pay_order with tok_visa: no amount is given", paid["payments"][0]["summary"], paid["order"]["summary"])

    refund = {
        "paymentIntentId": paid["payments"][0]["paymentIntentId"],
        "amountMoney": {"amount": 2900, "currency": "USD"},
        "reason": "requested_by_customer",
        "idempotencyKey": "demo-refund",
    }
    refunded = await _call(client, "create_refund", refund)
    warnings = [f"warning: {warning}" for warning in refunded["order"].get("warnings", [])]
    _say(4, "create_refund of 29.00 USD", refunded["refund"]["summary"], *warnings)

    order = await _call(client, "get_order", {"orderId": order_id, "view": "full"})
    trail = [f"{activity['actor']:>9}  {activity['summary']}" for activity in order["activities"]]
    _say(5, "get_order", order["summary"], _amounts(order), _next(order), "the trail:", *trail)
    click.echo("\nNothing was kept. `flint serve` serves the same tools on a database that stays.")


@click.command()
def demo() -> None:
    """Watch an agent's five calls over real MCP, on a temporary database."""
    run(show_five_calls)
