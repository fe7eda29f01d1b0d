"""Processor time of the server per call, against an echo tool on the same SDK and transport."""

import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters

from benchmarks.echo_server import build_echo_server
from benchmarks.goods import Shop, create_order, pay_order
from benchmarks.measuring import Measured, cpu_seconds, in_turns, milliseconds, table, times
from flint_server.composition import open_application
from flint_server.settings import Settings

TRANSPORTS = ("stdio", "http")
CALLS = 100  # in a round
ROUNDS = 11
START_DEADLINE = 30.0  # seconds until a server has to be up

ECHO, ANSWER = "echo", "echo, an order's answer"

_FLINT = [sys.executable, "-m", "flint_server", "serve", "--toolsets", "all", "--data"]
_ECHO = [sys.executable, "-m", "benchmarks.echo_server"]

Spent = Callable[[], float]
"""Processor seconds that the server has used so far."""


async def measure(folder: Path, *, quick: bool, transports: tuple[str, ...] = TRANSPORTS) -> str:
    """A table for each transport; in memory both ends are in the same process, and both are counted."""
    tables: list[str] = []
    for transport in transports:
        calls, rounds = (40, 5) if quick else (CALLS, ROUNDS)
        measured = await _measure_over(transport, folder / transport, calls, rounds)
        tables.append(_table(transport, measured))
    return "\n".join(tables)


def _table(transport: str, measured: Measured) -> str:
    where = "both ends in one process" if transport == "memory" else "the server's process"
    names = (ECHO, ANSWER, "get_order", "create_order", "pay_order")
    return table(
        f"Server, {transport}: processor time of {where} per call (lower is better)",
        ["call", "CPU ms", "times echo"],
        [[name, milliseconds(measured.cost(name)), times(measured.ratio(name, ECHO))] for name in names],
    )


async def _measure_over(transport: str, folder: Path, calls: int, rounds: int) -> Measured:
    folder.mkdir()
    async with AsyncExitStack() as opened:
        if transport == "memory":
            echo, flint, spent = await _in_memory(opened, folder)
            return await in_turns(_variants(echo, flint, spent, spent, calls), rounds)
        start = _over_stdio if transport == "stdio" else _over_http
        echo, echo_spent = await opened.enter_async_context(start(_ECHO, folder / "echo.pid"))
        flint, flint_spent = await opened.enter_async_context(start([*_FLINT, str(folder)], folder / "flint.pid"))
        return await in_turns(_variants(echo, flint, echo_spent, flint_spent, calls), rounds)


def _variants(
    echo: Client, flint: Client, echo_spent: Spent, flint_spent: Spent, calls: int
) -> dict[str, Callable[[], Awaitable[float]]]:
    """create_order makes the orders of a round, get_order reads them and pay_order pays them."""
    shop, keys, made = Shop("C"), count(), list[str]()

    async def create() -> None:
        arguments = create_order(shop.basket(), f"create-{next(keys)}")
        made.append((await _call(flint, "create_order", arguments))["orderId"])

    async def orders() -> list[str]:
        while len(made) < calls:
            await create()
        return made[-calls:]

    async def created() -> float:
        return await _spent_on(flint_spent, [create] * calls)

    async def read() -> float:
        asked = [partial(_call, flint, "get_order", {"orderId": order_id}) for order_id in await orders()]
        return await _spent_on(flint_spent, asked)

    async def paid() -> float:
        unpaid = await orders()
        del made[-calls:]
        asked = [partial(_call, flint, "pay_order", pay_order(order_id, f"pay-{order_id}")) for order_id in unpaid]
        return await _spent_on(flint_spent, asked)

    async def echoed(tool: str) -> float:
        asked = [partial(echo.call_tool, tool, {"text": "order ord_01KAT5M3H6E5T9W1Q2B8Z7X4C0"})] * calls
        return await _spent_on(echo_spent, asked)

    return {
        ECHO: partial(echoed, "echo"),
        ANSWER: partial(echoed, "answer"),
        "create_order": created,
        "get_order": read,
        "pay_order": paid,
    }


async def _spent_on(spent: Spent, calls: list[Callable[[], Awaitable[object]]]) -> float:
    before = spent()
    for call in calls:
        await call()
    return (spent() - before) / len(calls)


async def _call(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def _in_memory(opened: AsyncExitStack, folder: Path) -> tuple[Client, Client, Spent]:
    application = await opened.enter_async_context(open_application(Settings(folder=folder, toolsets=("all",))))
    echo = await opened.enter_async_context(Client(build_echo_server()))
    flint = await opened.enter_async_context(Client(application.server))
    return echo, flint, time.process_time


@asynccontextmanager
async def _over_stdio(command: list[str], pid_file: Path) -> AsyncGenerator[tuple[Client, Spent]]:
    """A client that starts the server itself. The SDK does not tell the process's id, so a shell writes it down first
    and then becomes the server."""
    shell = ["-c", 'echo $$ > "$0" && exec "$@"', str(pid_file), *command]
    async with Client(StdioServerParameters(command="/bin/sh", args=shell)) as client:
        yield client, partial(cpu_seconds, int(pid_file.read_text()))


@asynccontextmanager
async def _over_http(command: list[str], _pid_file: Path) -> AsyncGenerator[tuple[Client, Spent]]:
    port = _free_port()
    options = [str(port)] if command == _ECHO else ["--http", "--port", str(port)]
    with subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL) as process:
        try:
            with anyio.fail_after(START_DEADLINE):
                await _listening(port)
            async with Client(f"http://127.0.0.1:{port}/mcp") as client:
                yield client, partial(cpu_seconds, process.pid)
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


async def _listening(port: int) -> None:
    while True:
        try:
            await (await anyio.connect_tcp("127.0.0.1", port)).aclose()
        except OSError:
            await anyio.sleep(0.05)
        else:
            return
