"""The floor of a call: an echo tool on the SDK's low-level server, over stdio or HTTP.

`answer` gives back as much as get_order does, so that what a large answer costs in the SDK can be told from what Flint
adds to it. Run as `python -m benchmarks.echo_server [PORT]`; without a port it speaks on standard input and output.
"""

import sys
from typing import Any

import anyio
from mcp.server import Server, ServerRequestContext
from mcp.types import (
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    PaginatedRequestParams,
    TextContent,
    Tool,
)

_MONEY = {"amount": 13824}
_LINE = {
    "lineItemId": "li_01KAT5M3H6E5T9W1Q2B8Z7X4C0",
    "name": "Folding Walnut Chair",
    "quantity": 2,
    "totalMoney": _MONEY,
    "sku": "CHAIR-WALNUT",
}
_ACTION = {
    "action": "update",
    "tool": "update_order",
    "needs": [{"name": "changes"}],
}
_AMOUNTS = ("subtotal", "discount", "charge", "tax", "tip", "total")
_SETTLED = ("authorized", "paid", "refunded", "outstanding", "refundable")
_ORDER: dict[str, Any] = {
    "summary": "OPEN order: 3 items, total 138.24 USD, nothing paid, 138.24 USD outstanding.",
    "orderId": "ord_01KAT5M3H6E5T9W1Q2B8Z7X4C0",
    "version": 1,
    "status": "OPEN",
    "paymentStatus": "UNPAID",
    "refundStatus": "NONE",
    "customerId": "cus_jensen1204",
    "currency": "USD",
    "lineItems": [_LINE] * 3,
    "pricingAmounts": {f"{name}Money": _MONEY for name in _AMOUNTS},
    "settlementAmounts": {f"{name}Money": _MONEY for name in _SETTLED},
    "paymentIntentIds": [],
    "refundIds": [],
    "activities": [{"type": "ORDER_CREATED", "at": "2026-11-23T09:30:00.123Z"}],
    "availableActions": [_ACTION] * 4,
    "blockedActions": [{"action": "refund", "reason": "nothing has been paid yet", "unblockedBy": "pay_order"}],
    "warnings": [],
    "createdAt": "2026-11-23T09:30:00.123Z",
    "note": "Lisbon: ring twice",
    "metadata": {"purchase": "S0000001", "channel": "agent"},
}
_TEXT = "\n".join(
    ['li_01KAT5M3H6E5T9W1Q2B8Z7X4C0 "Folding Walnut Chair" x2: 138.24'] * 14
)  # as many lines as there are


def build_echo_server() -> Server[Any]:
    schema = {"type": "object", "properties": {"text": {"type": "string"}}}
    listed = ListToolsResult(tools=[Tool(name=name, input_schema=schema) for name in ("echo", "answer")])

    async def list_tools(
        _context: ServerRequestContext[Any], _params: PaginatedRequestParams | None
    ) -> ListToolsResult:
        return listed

    async def call_tool(_context: ServerRequestContext[Any], params: CallToolRequestParams) -> CallToolResult:
        if params.name == "echo":
            return CallToolResult(content=[TextContent(type="text", text=(params.arguments or {})["text"])])
        return CallToolResult(content=[TextContent(type="text", text=_TEXT)], structured_content=_ORDER)

    return Server("echo", on_list_tools=list_tools, on_call_tool=call_tool)


async def serve_stdio() -> None:
    from mcp.server.stdio import stdio_server

    server = build_echo_server()
    async with stdio_server() as (read_stream, write_stream):
        await server.run(read_stream, write_stream, server.create_initialization_options())


async def serve_http(port: int) -> None:
    """As `flint serve --http` does it."""
    import uvicorn

    app = build_echo_server().streamable_http_app(streamable_http_path="/mcp", host="127.0.0.1")
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="on", ws="none")
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    if sys.argv[1:]:
        anyio.run(serve_http, int(sys.argv[1]))
    else:
        anyio.run(serve_stdio)
