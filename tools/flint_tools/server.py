"""The MCP server: tools and resources of one Flint on the SDK's low-level server, which leaves schemas to us."""

import logging
import re
import secrets
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from mcp import MCPError
from mcp.server import Server, ServerRequestContext
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware
from mcp.server.subscriptions import ListenHandler
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    TextContent,
)
from pydantic_core import to_json

from flint_domain.engine.engine import Engine
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused, quoted
from flint_tools.arguments import parse
from flint_tools.binding import Reading, Writing
from flint_tools.instructions import instructions
from flint_tools.listing import listed
from flint_tools.meanings import tool_answered
from flint_tools.reference import TestCard
from flint_tools.rendering import Answers
from flint_tools.rendering.answers import result_of
from flint_tools.resources import Resources
from flint_tools.selection import ALL_TOOLS

logger = logging.getLogger(__name__)

ACTOR = "agent"  # who acts when a tool is called

Context = ServerRequestContext[Any]


def build_server(
    flint: Engine,
    tools: Mapping[str, type[Reading] | type[Writing]],
    *,
    cards: tuple[TestCard, ...] = (),
    read_only: bool = False,
    listen: ListenHandler | None = None,
    answers: Answers = "both",
) -> Server[Any]:
    """The server that shows these tools over this Flint.

    cards are the tokens that the reference page lists, for a processor in test mode or a simulated one. Without
    listen, clients cannot subscribe to changes. answers says whether calls are answered in text, structured, or both.
    """
    listing = ListToolsResult(tools=[listed(tool, described=answers != "text") for tool in tools.values()])
    schemas = {tool.name: tool.input_schema for tool in listing.tools}
    caller = Caller(tools=frozenset(tools))
    resources = Resources(flint, cards, caller)

    async def list_tools(_context: Context, _params: PaginatedRequestParams | None) -> ListToolsResult:
        return listing

    async def call_tool(_context: Context, params: CallToolRequestParams) -> CallToolResult:
        return await call(flint, tools, params.name, params.arguments or {}, caller, answers=answers)

    async def list_resources(_context: Context, _params: PaginatedRequestParams | None) -> ListResourcesResult:
        return ListResourcesResult(resources=resources.listed())

    async def list_templates(_context: Context, _params: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
        return ListResourceTemplatesResult(resource_templates=resources.templates())

    async def read_resource(_context: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        return await resources.read(str(params.uri))

    server = Server[Any](
        "flint",
        title="Flint",
        version=version("flint-orders"),
        instructions=instructions(flint.processor_name, read_only=read_only),
        get_tool_input_schema=schemas.get,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
        on_subscriptions_listen=listen,
    )
    server.middleware.append(_kept_listing())
    return server


def _kept_listing() -> ServerMiddleware[Any]:
    """What tools/list answers is made once for each version of the protocol: checking and shaping it costs the SDK
    seven milliseconds, and some clients ask before every call."""
    kept: dict[str, HandlerResult] = {}

    async def listing(ctx: Context, call_next: CallNext) -> HandlerResult:
        plain = ctx.method == "tools/list" and (ctx.params or {}).keys() <= {"_meta"}
        if not plain or ctx.session.client_params is None:  # the SDK refuses those that have not shaken hands
            return await call_next(ctx)
        if ctx.protocol_version not in kept:
            kept[ctx.protocol_version] = await call_next(ctx)
        return kept[ctx.protocol_version]

    return listing


async def call(
    flint: Engine,
    tools: Mapping[str, type[Reading] | type[Writing]],
    name: str,
    arguments: dict[str, Any],
    caller: Caller,
    *,
    answers: Answers = "both",
) -> CallToolResult:
    """Call a tool; every failure is an answer that a model can act on.

    Raises MCPError for a name that no Flint has: the protocol's own error, as a typing mistake of the client's is one.
    """
    try:
        if name not in tools:
            raise _not_shown(name, tools)
        called = parse(tools[name], arguments)
        if isinstance(called, Reading):
            answer = await flint.ask(called.query(), caller)
        else:
            answer = await flint.execute(called.command(), called.call(ACTOR, caller))
        return result_of(called.result, answer, answers=answers, whole=called.whole)
    except Refused as refused:
        return _failure(error_of(refused, tools))
    except MCPError:
        raise
    except Exception:
        fault = secrets.token_hex(6)
        logger.exception("fault %s in %s", fault, name)
        return _failure(error_of(_internal(fault), tools))


def _not_shown(name: str, tools: Mapping[str, object]) -> Refused | MCPError:
    """What a call of a tool that this server does not show gets: a refusal when another Flint has it."""
    if any(tool.tool == name for tool in ALL_TOOLS):
        return Refused(
            "not_enabled",
            f"{name} is not enabled on this server.",
            hint="use another of the listed tools, or ask the operator to start the server with it",
        )
    hint = tool_answered(name, tools)
    data = {"code": "unknown_tool", "hint": hint}
    return MCPError(INVALID_PARAMS, f"There is no tool {quoted(name)}: {hint}", data)


def _internal(fault: str) -> Refused:
    return Refused(
        "internal_error",
        f"Flint made a mistake; the log has it as {fault}.",
        hint="read the order before you try again; report the id to the operator",
        details={"faultId": fault},
    )


def error_of(refused: Refused, tools: Mapping[str, object]) -> dict[str, Any]:
    """A refusal as callers of these tools read it: a hint that names another tool says that it is not there."""
    words = re.findall(r"[a-z_]+", refused.hint)
    missing = [tool.tool for tool in ALL_TOOLS if tool.tool in words and tool.tool not in tools]
    hint = f"{refused.hint} ({', '.join(missing)}: not enabled on this server)" if missing else refused.hint
    error: dict[str, Any] = {"code": refused.code, "message": refused.message}
    if refused.param is not None:
        error["param"] = refused.param
    return {"error": {**error, "hint": hint, "retryable": refused.retryable, **refused.details}}


def _failure(error: dict[str, Any]) -> CallToolResult:
    """An error is its text alone: clients hold structured content to the output schema, which describes no errors, and
    give their model the text of what failed."""
    return CallToolResult(content=[_text(error)], is_error=True)


def _text(answer: dict[str, Any]) -> TextContent:
    return TextContent(type="text", text=to_json(answer).decode())
