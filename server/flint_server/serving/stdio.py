"""Standard input and output as one client's wire, on which everything that asks for an answer gets one.

The SDK drops a line that it cannot read, and whoever has sent it waits until their own time is up: for half an emoji, a
number of thousands of digits, bytes that are not UTF-8. Here it is answered, under the caller's own id where that can
still be found: clients tell an answer by it.
"""

import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import Context
from io import TextIOWrapper
from types import TracebackType
from typing import Any, cast

import anyio
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCNotification,
    RequestId,
)
from pydantic import ValidationError

from flint_domain.kernel.errors import quoted
from flint_server.serving.pipes import LinesIn, LinesOut, kept_for_the_wire, waitable

Received = SessionMessage | Exception
_Reading = Any  # the SDK's streams are its own affair; theirs and ours have the same methods
CODE = "unreadable_message"


@asynccontextmanager
async def client_wire() -> AsyncGenerator[tuple["Answering", _Reading]]:
    """The streams of stdio_server, the first of which holds only messages that can be read."""
    async with _streams() as (read_stream, write_stream):
        yield Answering(read_stream, write_stream), write_stream


@asynccontextmanager
async def _streams() -> AsyncGenerator[tuple[_Reading, _Reading]]:
    """Over pipes on the event loop, where that can be; else as the SDK does it, in threads."""
    source, target = waitable(sys.stdin), waitable(sys.stdout)
    if source is not None and target is not None:
        with kept_for_the_wire(target) as wire:
            coming: Any = LinesIn(source)
            going: Any = LinesOut(wire)
            async with stdio_server(coming, going) as streams:
                yield streams
        return
    # Not the SDK's own reading, which puts a sign in the place of bytes that are not UTF-8 and goes on with that.
    lines = TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="surrogateescape")
    async with stdio_server(stdin=anyio.wrap_file(lines)) as streams:
        yield streams


class Answering:
    """A stream of messages that answers what is none, by itself."""

    def __init__(self, read_stream: _Reading, write_stream: _Reading) -> None:
        self._read = read_stream
        self._write = write_stream

    @property
    def last_context(self) -> Context | None:
        """The sender's context of the last message, which the SDK's loop runs its handler in."""
        return getattr(self._read, "last_context", None)

    async def receive(self) -> Received:
        while True:
            received: Received = await self._read.receive()
            answer = _answer_to(received)
            if answer is not None:
                await self._write.send(SessionMessage(answer))
            elif isinstance(received, SessionMessage):
                return received

    async def aclose(self) -> None:
        await self._read.aclose()

    def __aiter__(self) -> "Answering":
        return self

    async def __anext__(self) -> Received:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> "Answering":
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> bool | None:
        await self.aclose()
        return None


def _answer_to(received: Received) -> JSONRPCError | None:
    """The error for what cannot be served; None for a message, and for what nobody waits for."""
    if isinstance(received, SessionMessage):
        message = received.message
        if isinstance(message, JSONRPCNotification) and not message.method.startswith("notifications/"):
            # A request whose id was of no type that an id may have. It was read as a notification, without it.
            what = f"The request {quoted(message.method)} has no id that an answer could carry."
            return _error(INVALID_REQUEST, None, what, "give it an id: an integer or a string")
        return None
    if not isinstance(received, ValidationError):
        return _error(PARSE_ERROR, None, "This line could not be read.", _HOW)
    told = received.errors(include_url=False)[0]
    line = told["input"] if isinstance(told["input"], str) else ""
    if told["type"] == "json_invalid" and not line.strip():
        return None  # an empty line asks for nothing
    request_id, awaited = _asker(line)
    if not awaited:
        return None
    match told["type"]:
        case "json_invalid":
            why = str(told.get("ctx", {}).get("error", "no JSON"))
            return _error(PARSE_ERROR, request_id, f"This line is not JSON that can be read: {why}.", _HOW)
        case "string_unicode":
            return _error(PARSE_ERROR, request_id, "This line is not UTF-8.", _HOW)
        case _:
            hint = 'send {"jsonrpc": "2.0", "id": 1, "method": …}, one on a line'
            return _error(INVALID_REQUEST, None, "This line is JSON and no message of JSON-RPC.", hint)


_HOW = "send one JSON object on a line, in UTF-8, with no half of an emoji and no number of more than 18 digits"


def _error(code: int, request_id: RequestId | None, message: str, hint: str) -> JSONRPCError:
    data = {"code": CODE, "hint": hint}
    return JSONRPCError(jsonrpc="2.0", id=request_id, error=ErrorData(code=code, message=message, data=data))


_LONGEST = 18  # digits of an id


def _asker(line: str) -> tuple[RequestId | None, bool]:
    """The id of a line that strict reading refused, where it has one, and whether anybody waits for an answer to it."""
    try:
        message = json.loads(line, parse_int=lambda digits: int(digits) if len(digits) <= _LONGEST else None)
    except (ValueError, RecursionError):
        return None, True
    if not isinstance(message, dict):
        return None, True
    fields = cast("dict[str, Any]", message)
    request_id: Any = fields.get("id")
    usable = isinstance(request_id, int) or (isinstance(request_id, str) and request_id.isprintable())
    is_notification = "method" in fields and "id" not in fields
    is_answer = "method" not in fields and bool({"result", "error"} & fields.keys())
    return (request_id if usable and not isinstance(request_id, bool) else None), not (is_notification or is_answer)
