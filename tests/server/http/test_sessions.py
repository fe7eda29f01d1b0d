"""MCP over HTTP within bounds: a body that comes in time, and no client with more sessions than its share."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from mcp.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPASGIApp, StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from flint_server.http.sessions import BODY_WITHIN, SESSIONS_OF_A_CLIENT, FewSessions, InTime
from tests.server.http.given import Answer, asked

JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "many", "version": "1"}}
OPENING = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}).encode()


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse(await Request(scope, receive).body())(scope, receive, send)


async def test_a_body_that_does_not_come_in_time_is_refused() -> None:
    answer = await asked(InTime(echo, body_within=0.01), "POST", "/mcp", [b'{"jsonrpc"'], stalls=True)
    assert answer.status == 408
    assert answer.json["error"] == {
        "code": "request_too_slow",
        "message": "The body did not come within 0.01 seconds.",
        "hint": "send the whole request at once",
    }
    assert answer.headers["connection"] == "close"


async def test_a_body_in_pieces_comes_through_whole() -> None:
    answer = await asked(InTime(echo), "POST", "/mcp", [b"a", b"b", b"", b"c"])
    assert (answer.status, answer.body) == (200, b"abc")


async def test_a_request_may_take_its_time_once_its_body_is_there() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        assert (await receive())["type"] == "http.disconnect"
        await PlainTextResponse("done")(scope, receive, send)

    assert (await asked(InTime(slow, body_within=0), "POST", "/mcp")).body == b"done"


def test_the_bounds_are_those_of_the_guide() -> None:
    assert (BODY_WITHIN, SESSIONS_OF_A_CLIENT) == (10.0, 250)


@dataclass
class Clock:
    seconds: float = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass(frozen=True)
class Office:
    """A server of the older era where each client may hold two sessions, for as long as a minute idle."""

    app: FewSessions
    clock: Clock

    async def opens(self, client: str = "127.0.0.1", body: bytes = OPENING) -> Answer:
        return await asked(self.app, "POST", "/mcp", [body], JSON, stays=True, client=client)

    async def session(self, client: str = "127.0.0.1") -> str:
        answer = await self.opens(client)
        assert answer.status == 200
        return answer.headers["mcp-session-id"]

    async def ends(self, session: str) -> Answer:
        return await asked(self.app, "DELETE", "/mcp", [b""], JSON | {"mcp-session-id": session}, stays=True)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    manager = StreamableHTTPSessionManager(Server("few"))
    clock = Clock()
    async with manager.run():
        yield Office(FewSessions(StreamableHTTPASGIApp(manager), most=2, idle=60, clock=clock), clock)


async def test_a_client_with_its_share_of_sessions_gets_no_other_and_no_other_client_suffers(office: Office) -> None:
    first, second = await office.session(), await office.session()
    assert first != second
    answer = await office.opens()
    assert answer.status == 503
    assert answer.json["error"]["code"] == "over_limit"
    assert answer.json["error"]["message"] == "This client holds 2 sessions, and no client may hold more."
    await office.session("127.0.0.2")


async def test_a_session_that_is_ended_makes_room(office: Office) -> None:
    first, _ = await office.session(), await office.session()
    assert (await office.ends(first)).status == 200
    await office.session()
    assert (await office.opens()).status == 503


async def test_a_session_that_was_idle_for_too_long_makes_room(office: Office) -> None:
    await office.session()
    office.clock.seconds += 40
    await office.session()
    office.clock.seconds += 40
    await office.session()
    assert (await office.opens()).status == 503


async def test_what_opens_no_session_counts_as_none(office: Office) -> None:
    for _ in range(5):
        assert (await office.opens(body=b"{")).status == 400
        assert (await office.ends("unknown")).status == 404
    await office.session()
    await office.session()
