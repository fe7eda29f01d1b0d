"""Processor time of the server per call, and what its caller waits by the clock, against an echo tool on the same SDK
and transport."""

import socket
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from subprocess import DEVNULL
from tempfile import TemporaryDirectory
from typing import Any

import anyio
from httpx2 import AsyncClient
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from benchmarks.goods import Shop, create_order, dearer, from_stock, pay_order
from benchmarks.measuring import Measured, Waits, cpu_seconds, in_turns, milliseconds, table, times
from flint_server.places import KEY_FILE

CALLS = 60  # in a round
ROUNDS = 9
START_DEADLINE = 30.0  # seconds until a server has to be up

ECHO, ANSWER = "echo", "echo, an order's answer"
LISTED, ECHO_LISTED = "tools/list, all toolsets", "echo, tools/list"  # some clients list before every call
AT_THE_EDGE = "refused at the edge"  # hardly any work: what the transport around a call takes
FROM_STOCK, WITH_A_GIFT_CARD = "create_order, from stock", "pay_order, with a gift card"
SKUS = ("RED", "SAND", "BLACK")
PLENTY = 10_000_000  # units of each, and the gift card's minor units: no run empties them

_FLINT = [sys.executable, "-m", "flint_server", "serve", "--toolsets", "all", "--data"]
_ECHO = [sys.executable, "-m", "benchmarks.echo_server"]


@dataclass(frozen=True, slots=True)
class Server:
    """A server in a process of its own, and a client of it."""

    client: Client
    pid: int


async def measure(folder: Path, *, quick: bool) -> str:
    """A table for each transport."""
    calls, rounds = (30, 3) if quick else (CALLS, ROUNDS)
    return "\n".join(
        [_table(transport, *await _measure_over(transport, folder, calls, rounds)) for transport in STARTS]
    )


def _table(transport: str, measured: Measured, waits: Waits) -> str:
    names = (
        ECHO,
        ANSWER,
        ECHO_LISTED,
        LISTED,
        AT_THE_EDGE,
        "get_order",
        "create_order",
        FROM_STOCK,
        "pay_order",
        WITH_A_GIFT_CARD,
        "amend_order",
    )
    rows = [
        [
            name,
            milliseconds(measured.cost(name)),
            times(measured.ratio(name, ECHO)),
            milliseconds(waits.percentile(name, 50)),
            milliseconds(waits.percentile(name, 99)),
            times(waits.percentile(name, 50) / waits.percentile(ECHO, 50)),
            times(waits.percentile(name, 99) / waits.percentile(ECHO, 99)),
        ]
        for name in names
    ]
    return table(
        f"Server, {transport}: processor time of the server's process per call, and what its one caller waits by the "
        "clock, p50 and p99, also as times echo (lower is better)",
        ["call", "CPU ms", "times echo", "p50 ms", "p99 ms", "p50 times", "p99 times"],
        rows,
    )


async def _measure_over(transport: str, folder: Path, calls: int, rounds: int) -> tuple[Measured, Waits]:
    start = STARTS[transport]
    with TemporaryDirectory(dir=folder) as own:
        async with (
            start(_ECHO, Path(own) / "echo.pid") as echo,
            start([*_FLINT, own], Path(own) / "flint.pid") as flint,
        ):
            gift_card = await _stock_up(flint)
            waits = Waits()
            return await in_turns(_variants(echo, flint, gift_card, calls, waits), rounds), waits


async def _stock_up(flint: Server) -> str:
    """Items that are counted, and a gift card, whose id is returned."""
    for sku in SKUS:
        variant = {"sku": sku, "priceMoney": {"amount": 1_900, "currency": "USD"}}
        await _call(flint.client, "save_item", {"name": f"Chair {sku}", "variants": [variant]})
        await _call(flint.client, "adjust_inventory", {"sku": sku, "count": PLENTY, "reason": "counted"})
    money = {"amountMoney": {"amount": PLENTY * 1_000, "currency": "USD"}}
    return (await _call(flint.client, "issue_gift_card", money))["credit"]["accountId"]


def _variants(
    echo: Server, flint: Server, gift_card: str, calls: int, waits: Waits
) -> dict[str, Callable[[], Awaitable[float]]]:
    """create_order makes the orders of a round, get_order reads them, pay_order pays them, and amend_order makes those
    that a card has paid dearer."""
    shop, keys = Shop("C"), count()
    made, paid = list[str](), list[dict[str, Any]]()

    async def create() -> None:
        arguments = create_order(shop.basket(), f"create-{next(keys)}")
        made.append((await _call(flint.client, "create_order", arguments))["orderId"])

    async def create_from_stock() -> None:
        arguments = from_stock(create_order(shop.basket(), f"create-{next(keys)}"), SKUS)
        await _call(flint.client, "create_order", arguments)

    async def pay(order_id: str, source: str) -> None:
        answer = await _call(flint.client, "pay_order", pay_order(order_id, f"pay-{order_id}", source))
        if source != gift_card:
            paid.append(answer["order"])

    async def amend(order: dict[str, Any]) -> None:
        await _call(flint.client, "amend_order", dearer(order, f"amend-{order['orderId']}"))

    async def orders() -> list[str]:
        while len(made) < calls:
            await create()
        return made[-calls:]

    async def spent_on(name: str, server: Server, asked: Sequence[Callable[[], Awaitable[object]]]) -> float:
        before = cpu_seconds(server.pid)
        for call in asked:
            began = time.perf_counter()
            await call()
            waits.add(name, time.perf_counter() - began)
        return (cpu_seconds(server.pid) - before) / len(asked)

    async def created() -> float:
        return await spent_on("create_order", flint, [create] * calls)

    async def read() -> float:
        asked = [partial(_call, flint.client, "get_order", {"orderId": order_id}) for order_id in await orders()]
        return await spent_on("get_order", flint, asked)

    async def refused() -> float:
        return await spent_on(AT_THE_EDGE, flint, [partial(flint.client.call_tool, "get_order", {})] * calls)

    async def taken(name: str, source: str) -> float:
        unpaid = await orders()
        del made[-calls:]
        return await spent_on(name, flint, [partial(pay, order_id, source) for order_id in unpaid])

    async def amended() -> float:
        while len(paid) < calls:
            await create()
            await pay(made.pop(), "tok_visa")
        orders = [paid.pop() for _ in range(calls)]
        return await spent_on("amend_order", flint, [partial(amend, order) for order in orders])

    async def echoed(name: str, tool: str) -> float:
        asked = [partial(echo.client.call_tool, tool, {"text": "order ord_01KAT5M3H6E5T9W1Q2B8Z7X4C0"})] * calls
        return await spent_on(name, echo, asked)

    async def listed(name: str, server: Server) -> float:
        return await spent_on(name, server, [server.client.list_tools] * calls)

    return {
        ECHO: partial(echoed, ECHO, "echo"),
        ANSWER: partial(echoed, ANSWER, "answer"),
        ECHO_LISTED: partial(listed, ECHO_LISTED, echo),
        LISTED: partial(listed, LISTED, flint),
        AT_THE_EDGE: refused,
        "create_order": created,
        FROM_STOCK: partial(spent_on, FROM_STOCK, flint, [create_from_stock] * calls),
        "get_order": read,
        "pay_order": partial(taken, "pay_order", "tok_visa"),
        WITH_A_GIFT_CARD: partial(taken, WITH_A_GIFT_CARD, gift_card),
        "amend_order": amended,
    }


async def _call(client: Client, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


@asynccontextmanager
async def _over_stdio(command: list[str], pid_file: Path) -> AsyncGenerator[Server]:
    """A client that starts the server itself. The SDK does not tell the process's id, so a shell writes it down first
    and then becomes the server."""
    shell = ["-c", 'echo $$ > "$0" && exec "$@"', str(pid_file), *command]
    async with Client(StdioServerParameters(command="/bin/sh", args=shell)) as client:
        yield Server(client, int(await anyio.Path(pid_file).read_text()))


@asynccontextmanager
async def _over_http(command: list[str], _pid_file: Path) -> AsyncGenerator[Server]:
    port = _free_port()
    options = [str(port)] if command == _ECHO else ["--http", "--port", str(port)]
    async with await anyio.open_process([*command, *options], stdout=DEVNULL, stderr=DEVNULL) as process:
        try:
            with anyio.fail_after(START_DEADLINE):
                await _listening(port)
            headers = {} if command == _ECHO else _key_of(Path(command[-1]))
            async with (
                AsyncClient(headers=headers, timeout=START_DEADLINE) as http,
                Client(streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http)) as client,
            ):
                yield Server(client, process.pid)
        finally:
            process.terminate()


def _key_of(folder: Path) -> dict[str, str]:
    """What a caller of the server on this folder sends."""
    return {"Authorization": f"Bearer {(folder / KEY_FILE).read_text().strip()}"}


STARTS = {"stdio": _over_stdio, "http": _over_http}


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
