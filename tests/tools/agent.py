"""An agent at a whole Flint on a folder of its own: every answer it gets is checked against the tool's schema."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from mcp import Client
from mcp.types import CallToolResult, TextContent

from flint_server.composition import Application, open_application
from flint_server.processors.simulated.processor import SimulatedProcessor
from flint_server.settings import Settings
from flint_tools.schemas import answer_schema
from flint_tools.selection import select
from tests.tools.reading import assert_is_compact, assert_says_the_same, restored

# Every answer is held to all that its tool can answer; clients are told the names and types at the top.
RESULTS = {name: tool.result for name, tool in select(("all",)).items()}
VALIDATORS = {name: Draft202012Validator(answer_schema(tool.result)) for name, tool in select(("all",)).items()}


def usd(amount: int) -> dict[str, Any]:
    return {"amount": amount, "currency": "USD"}


PRO_PLAN = {"name": "Pro Plan - Annual", "unitPriceMoney": usd(9900), "itemId": "pro-annual"}
SUPPORT = {"name": "Priority Support Add-on", "unitPriceMoney": usd(2900), "itemId": "support"}


class Agent:
    """A connected client; application is the server's side of it, for the tests that need to disturb it."""

    def __init__(self, client: Client, folder: Path, application: Application) -> None:
        self.client = client
        self.folder = folder
        self.application = application

    @property
    def simulator(self) -> SimulatedProcessor:
        """The processor's side, as the buyer and the bank would see it."""
        assert isinstance(self.application.processor, SimulatedProcessor)
        return self.application.processor

    async def call(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The answer of a call that must work."""
        result = await self.client.call_tool(tool, arguments)
        assert not result.is_error, result.content
        return answer_in(tool, result)

    async def error(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The error of a call that must be refused, and that must have changed no row of any file."""
        before = self.contents()
        result = await self.client.call_tool(tool, arguments)
        assert result.is_error, result.structured_content
        assert self.contents() == before, "a refused call changed something"
        return error_in(result)

    async def order(self, **arguments: Any) -> dict[str, Any]:
        return await self.call("create_order", **{"lineItems": [PRO_PLAN, SUPPORT], **arguments})

    async def paid(self, token: str = "tok_visa", **arguments: Any) -> dict[str, Any]:
        """A new order and its payment."""
        order = await self.order(**arguments)
        return await self.call("pay_order", orderId=order["orderId"], paymentSourceTokens=[token])

    async def prepare(self) -> None:
        """The product page's shop: 8 % tax on new orders, and LAUNCH20."""
        await self.call("save_tax_rate", name="Sales tax", ratePercent=8, default=True)
        await self.call("create_coupon", couponCode="LAUNCH20", percent=20)

    def contents(self) -> list[str]:
        """Every row that the server and the simulated processor have stored."""
        rows: list[str] = []
        for file in sorted(self.folder.glob("*.db")):
            with closing(sqlite3.connect(file)) as connection:
                rows += connection.iterdump()
        return rows


def answer_in(tool: str, result: CallToolResult) -> dict[str, Any]:
    """The answer of a tool as the full schema describes it: its structured content with what went without saying put
    back in. The text says the same, and is the JSON itself where a program asked for every field."""
    content = result.structured_content
    assert content is not None
    [block] = result.content
    assert isinstance(block, TextContent)
    if block.text.startswith("{"):
        assert block.text == json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    else:
        assert_says_the_same(content, block.text)
        assert_is_compact(content)
    answer = restored(RESULTS[tool], content)
    VALIDATORS[tool].validate(answer)
    return answer


def error_in(result: CallToolResult) -> dict[str, Any]:
    """The error of a refused call: its text, and nothing beside it that a client could hold to the output schema."""
    assert result.is_error
    assert result.structured_content is None
    [block] = result.content
    assert isinstance(block, TextContent)
    error = json.loads(block.text)
    assert block.text == json.dumps(error, ensure_ascii=False, separators=(",", ":"))
    assert error.keys() == {"error"}
    return error["error"]


@asynccontextmanager
async def at_work(folder: Path, *, mode: Any = "auto", **settings: Any) -> AsyncIterator[Agent]:
    """An agent at a server with these settings; all toolsets unless told otherwise."""
    chosen = Settings(folder=folder, **{"toolsets": ("all",), **settings})
    async with (
        open_application(chosen) as application,
        Client(application.server, mode=mode) as client,
    ):
        yield Agent(client, folder, application)
