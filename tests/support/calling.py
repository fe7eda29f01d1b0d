"""Calls by the protocol itself, for answers that only prepare or read: they are taken as they are.

Holding each to all that its tool can answer would take longer than setting up the seventy shops.
"""

from typing import Any

from mcp.types import CallToolRequest, CallToolRequestParams, CallToolResult

from tests.tools.agent import RESULTS, VALIDATORS, Agent
from tests.tools.reading import restored


async def sent(agent: Agent, tool: str, arguments: dict[str, Any]) -> CallToolResult:
    request = CallToolRequest(params=CallToolRequestParams(name=tool, arguments=arguments))
    return await agent.client.session.send_request(request, CallToolResult)


async def quick(agent: Agent, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """The answer of a call that must work."""
    result = await sent(agent, tool, arguments)
    assert not result.is_error and result.structured_content is not None, result.content
    return restored(RESULTS[tool], result.structured_content)


async def checked(agent: Agent, tool: str, /, **arguments: Any) -> dict[str, Any]:
    """The same, and the answer must be as the tool's full schema says."""
    answer = await quick(agent, tool, **arguments)
    VALIDATORS[tool].validate(answer)
    return answer
