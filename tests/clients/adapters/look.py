"""What three frameworks make of a server's tools, and what a model is given of an answer and of a refusal.

Run by an environment that has them: `python look.py COMMAND ARGUMENT…` prints one JSON object.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from agents.mcp import MCPServerStdio
from agents.mcp.util import MCPUtil
from google.adk.tools._gemini_schema_util import _to_gemini_schema
from google.genai._mcp_utils import mcp_to_gemini_tool
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_mcp_adapters.tools import load_mcp_tools
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

ORDER = {"lineItems": [{"name": "Pro Plan", "quantity": "2", "unitPriceMoney": {"amount": 9900}}]}
WRONG = {"orderId": "ord_1"}


def refused(convert: Callable[[Any], object], tools: list[Any]) -> dict[str, str]:
    """The tools that a converter refuses, and what it says."""
    wrong: dict[str, str] = {}
    for tool in tools:
        try:
            convert(tool)
        except Exception as error:
            wrong[tool.name] = repr(error)
    return wrong


async def google_and_langchain(command: str, arguments: list[str]) -> dict[str, Any]:
    server = StdioServerParameters(command=command, args=arguments, env=dict(os.environ))
    async with stdio_client(server) as (reading, writing), ClientSession(reading, writing) as session:
        await session.initialize()
        tools = (await session.list_tools()).tools
        langchain = {tool.name: tool for tool in await load_mcp_tools(session)}

        async def told(tool: str, given: dict[str, Any]) -> dict[str, Any]:
            call = {"type": "tool_call", "id": "1", "name": tool, "args": given}
            message = await langchain[tool].ainvoke(call)
            return {"status": message.status, "content": message.content}

        return {
            "tools": [tool.name for tool in tools],
            "google-genai": refused(mcp_to_gemini_tool, tools),
            "google-adk": refused(lambda tool: _to_gemini_schema(tool.inputSchema), tools),
            "langchain": refused(convert_to_openai_tool, list(langchain.values())),
            "langchain tells": [await told("create_order", ORDER), await told("get_order", WRONG)],
        }


async def openai(command: str, arguments: list[str]) -> dict[str, Any]:
    parameters = {"command": command, "args": arguments, "env": dict(os.environ)}
    async with MCPServerStdio(params=parameters, client_session_timeout_seconds=60) as server:
        tools = await server.list_tools()
        strict = [MCPUtil.to_function_tool(tool, server, True) for tool in tools]
        by_name = {tool.name: tool for tool in tools}

        async def told(tool: str, given: dict[str, Any]) -> Any:
            return await MCPUtil.invoke_mcp_tool(server, by_name[tool], None, json.dumps(given))

        return {
            "openai, not strict": [tool.name for tool in strict if not tool.strict_json_schema],
            "openai tells": [await told("create_order", ORDER), await told("get_order", WRONG)],
        }


async def main(command: str, *arguments: str) -> None:
    seen = await google_and_langchain(command, list(arguments)) | await openai(command, list(arguments))
    print(json.dumps(seen, default=repr))


asyncio.run(main(*sys.argv[1:]))
