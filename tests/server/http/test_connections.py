"""Connections by raw sockets: what comes too slowly is cut off, and nobody holds more than their share."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from flint_server.http.app import WebServer
from flint_server.http.connections import Connections
from flint_server.http.listening import listen_on
from tests.server.running import PATIENCE

SOON, NEVER = 0.05, 3_600.0  # seconds
A_REQUEST = b"POST /echo HTTP/1.1\r\nHost: flint\r\nContent-Length: 5\r\n\r\nhello"


async def echo(request: Request) -> PlainTextResponse:
    return PlainTextResponse(await request.body())


@asynccontextmanager
async def serving(connections: Connections) -> AsyncIterator[int]:
    """The port of a server with these bounds, in this process."""
    app = Starlette(routes=[Route("/echo", echo, methods=["POST"])])
    with listen_on("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        server = WebServer(app, "127.0.0.1", port, connections)
        async with anyio.create_task_group() as group:
            group.start_soon(server.serve, [listening])
            try:
                with anyio.fail_after(PATIENCE):
                    yield port
            finally:
                server.should_exit = True


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()


async def answered(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The status and the body of one answer on a connection that stays open."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    return int(head.split()[1]), await reader.readexactly(int(length.split(b":")[1]))


async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """Send byte after byte until the other side has had enough; what it had said till then."""
    said = asyncio.create_task(reader.read())
    while not said.done():
        writer.write(b"x")
        await asyncio.wait([said], timeout=SOON / 20)
    try:
        return said.result()
    except ConnectionError:
        return b""


@pytest.mark.parametrize("begun", [b"", b"P", b"POST /echo HTTP/1.1\r\nHost: flint\r\nX-Slow: "])
async def test_a_request_whose_head_does_not_come_is_cut_off(begun: bytes) -> None:
    async with serving(Connections(within=(SOON, NEVER))) as port, connection(port) as (reader, writer):
        writer.write(begun)
        assert await reader.read() == b""


async def test_a_head_that_comes_byte_by_byte_is_cut_off(caplog: pytest.LogCaptureFixture) -> None:
    async with serving(Connections(within=(SOON, NEVER))) as port, connection(port) as (reader, writer):
        writer.write(b"POST /echo HTTP/1.1\r\nX-Slow: ")
        assert await dribble(reader, writer) == b""


async def test_the_second_request_of_a_connection_must_come_in_time_too() -> None:
    async with serving(Connections(within=(SOON, NEVER))) as port, connection(port) as (reader, writer):
        writer.write(A_REQUEST)
        assert await answered(reader) == (200, b"hello")
        writer.write(b"POST /echo HTTP/1.1\r\nX-Slow: ")
        assert await dribble(reader, writer) == b""


async def test_a_body_that_nobody_waits_for_must_come_in_time_too() -> None:
    """The answer is given before the body is there, and the rest of it could come for ever."""
    async with serving(Connections(within=(NEVER, SOON))) as port, connection(port) as (reader, writer):
        writer.write(b"POST /nowhere HTTP/1.1\r\nHost: flint\r\nContent-Length: 1000000\r\n\r\n")
        assert (await answered(reader))[0] == 404
        await dribble(reader, writer)


async def test_requests_that_come_at_once_are_served_one_after_the_other_on_a_connection() -> None:
    async with serving(Connections(within=(NEVER, NEVER))) as port, connection(port) as (reader, writer):
        for _ in range(3):
            writer.write(A_REQUEST * 2)
            assert [await answered(reader) for _ in range(2)] == [(200, b"hello")] * 2


async def test_a_client_may_hold_so_many_connections_and_gets_room_by_closing_one() -> None:
    async with serving(Connections(of_a_client=2)) as port:
        async with connection(port) as (reader, writer), connection(port) as (second, second_writer):
            for one, to in ((reader, writer), (second, second_writer)):
                to.write(A_REQUEST)
                assert await answered(one) == (200, b"hello")
            async with connection(port) as (third, _):
                status, body = await answered(third)
                assert status == 503
                assert json.loads(body)["error"]["code"] == "over_limit"
                assert await third.read() == b""
            writer.write(A_REQUEST)  # those who were there first are served on
            assert await answered(reader) == (200, b"hello")
        await _served(port)


async def _served(port: int) -> None:
    """Return once the server has seen that a connection is closed, and takes another."""
    while True:
        async with connection(port) as (reader, writer):
            writer.write(A_REQUEST)
            if (await answered(reader))[0] == 200:
                return


def test_all_clients_together_hold_so_many_connections() -> None:
    held = Connections(of_a_client=2, in_all=3)
    assert [held.take("127.0.0.1"), held.take("127.0.0.1"), held.take("127.0.0.1")] == [True, True, False]
    assert [held.take("127.0.0.2"), held.take("127.0.0.3")] == [True, False]
    held.give_back("127.0.0.1")
    assert held.take("127.0.0.3")
