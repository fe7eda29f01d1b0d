"""Text that nobody can store and arguments that are far too long, as bytes over stdio and HTTP: each has its answer."""

import json
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from mcp import Client
from mcp.types import TextContent

from tests.server.running import call, connected, served, served_http

LINE = {"name": "Pro Plan", "unitPriceMoney": {"amount": 9900}}


async def error(client: Client, tool: str, arguments: dict[str, Any]) -> tuple[str, str]:
    """Code and message of a call that must be refused."""
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    [block] = result.content
    assert isinstance(block, TextContent)
    found = json.loads(block.text)["error"]
    return found["code"], found["message"]


async def is_refused_clearly(connection: AbstractAsyncContextManager[Client]) -> None:
    async with connection as client:
        nul = await error(client, "create_order", {"lineItems": [{**LINE, "name": "Pro\x00Plan"}]})
        assert nul == ("invalid_argument", "There is U+0000 (NUL) at character 4 of lineItems.0.name.")
        half = await error(client, "create_order", {"lineItems": '[{"name": "Party \\ud83d"}]'})
        assert half == ("invalid_argument", "There is U+D83D (half a character) at character 7 of lineItems.0.name.")
        long = await error(client, "create_order", {"lineItems": [{**LINE, "name": "x" * 3_500_000}]})
        assert long == ("invalid_argument", "The call's arguments hold more than 1000000 characters.")
        far = await error(client, "search_orders", {"createdAfter": "9999-12-31T23:59:59-05:00"})
        assert far[0] == "invalid_argument"
        assert (await call(client, "search_orders"))["orders"] == []


async def test_over_stdio(tmp_path: Path) -> None:
    await is_refused_clearly(served(tmp_path))


async def test_over_http(tmp_path: Path) -> None:
    with served_http(tmp_path) as url:
        await is_refused_clearly(connected(url, tmp_path))
