"""From the start of a server to its first tools/list over stdio, against a bare server on the same SDK."""

import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import IO, Any

from anyio import to_thread

from benchmarks.measuring import Waits, cpu_seconds, in_turns, milliseconds, table, times

ROUNDS = 9
BARE, FLINT = "bare server", "flint serve, all toolsets"
HANDSHAKE: tuple[dict[str, Any], ...] = (
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "benchmark", "version": "1"},
        },
    },
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
)


async def measure(folder: Path, *, quick: bool) -> str:
    """One table. Flint's data are those of a folder that was used before."""
    commands = {
        BARE: [sys.executable, "-m", "benchmarks.echo_server"],
        FLINT: [sys.executable, "-m", "flint_server", "serve", "--toolsets", "all", "--data", str(folder)],
    }
    waits = Waits()
    variants: dict[str, Callable[[], Awaitable[float]]] = {
        name: partial(_start, name, command, waits) for name, command in commands.items()
    }
    measured = await in_turns(variants, 3 if quick else ROUNDS)
    rows = [
        [
            name,
            milliseconds(measured.cost(name)),
            times(measured.ratio(name, BARE)),
            milliseconds(waits.percentile(name, 50)),
            times(waits.percentile(name, 50) / waits.percentile(BARE, 50)),
        ]
        for name in commands
    ]
    head = ["server", "CPU ms", "times bare", "clock p50 ms", "clock times bare"]
    return table("Start: from nothing to the first tools/list over stdio (lower is better)", head, rows)


async def _start(name: str, command: list[str], waits: Waits) -> float:
    return await to_thread.run_sync(partial(_started, name, command, waits))


def _started(name: str, command: list[str], waits: Waits) -> float:
    """The processor time of a server from its start to its answer to tools/list."""
    began = time.perf_counter()
    with Popen(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        with closing(server.stdin):
            _list_tools(server.stdin, server.stdout)
            waits.add(name, time.perf_counter() - began)
            return cpu_seconds(server.pid)


def _list_tools(to_server: IO[bytes], from_server: IO[bytes]) -> None:
    for message in HANDSHAKE:
        to_server.write(json.dumps(message).encode() + b"\n")
        to_server.flush()
        if "id" in message:
            answer = json.loads(from_server.readline())
            assert answer["id"] == message["id"], answer
