"""Flint as its operator runs it: the command in this process, or a server in one of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from threading import Timer
from typing import Any, TypeVar

import anyio
import anyio.to_thread
from click.testing import CliRunner, Result
from httpx2 import AsyncClient
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from flint_server.cli.main import main
from flint_server.cli.serve import OPEN_TO_ALL
from flint_server.http.connecting import how_to_connect
from flint_server.places import KEY_FILE

T = TypeVar("T")

PATIENCE = 30.0  # seconds that a subprocess may take on a busy machine
FLINT = [sys.executable, "-m", "flint_server"]


def flint(*arguments: object) -> Result:
    """The command's exit code and output, in this process."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


async def flint_beside(*arguments: object) -> Result:
    """The same while a client is connected: in a thread, because the command runs a loop of its own."""
    return await anyio.to_thread.run_sync(lambda: flint(*arguments))


def flint_process(*arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own, which must end by itself."""
    command = [*FLINT, *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=PATIENCE, check=False, **options
    )


@asynccontextmanager
async def served(folder: Path, *options: object) -> AsyncIterator[Client]:
    """A client of `flint serve` on this folder, over its standard input and output."""
    arguments = ["-m", "flint_server", "serve", "--data", str(folder), *map(str, options)]
    server = StdioServerParameters(command=sys.executable, args=arguments, env=dict(os.environ))
    async with Client(stdio_client(server)) as client:
        yield client


@asynccontextmanager
async def connected(url: str, folder: Path, **options: Any) -> AsyncIterator[Client]:
    """A client of `flint serve --http` on this folder, which knows the folder's local key."""
    async with (
        AsyncClient(headers=key_header(folder), timeout=PATIENCE) as http,
        Client(streamable_http_client(url, http_client=http), **options) as client,
    ):
        yield client


def key_header(folder: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {(folder / KEY_FILE).read_text().strip()}"}


async def call(client: Client, tool: str, /, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content


async def until(look: Callable[[], Any], wanted: Callable[[Any], bool]) -> Any:
    """What an awaitable look shows as soon as it is what is wanted."""
    with anyio.fail_after(PATIENCE):
        while not wanted(seen := await look()):  # noqa: ASYNC110 - another process makes it so
            await anyio.sleep(0.05)
    return seen


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(process: subprocess.Popen[str], port: int) -> None:
    """Return once something listens there."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended by itself"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server did not start listening")


@contextmanager
def served_http(folder: Path, *options: object) -> Iterator[str]:
    """The address of `flint serve --http` in a process of its own, which ends as when an operator interrupts it."""
    command = [*FLINT, "serve", "--http", "--port", "0", "--data", str(folder), *map(str, options)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    patience = Timer(PATIENCE, process.kill)  # so that waiting for its first words ends
    patience.start()
    try:
        said = process.stderr.readline()
        if "none" in options:
            assert said == f"{OPEN_TO_ALL}\n"
            said = process.stderr.readline()
        patience.cancel()
        listens = re.fullmatch(r"Flint listens on (http://\S+/mcp)\n", said)
        assert listens is not None, said
        url = listens.group(1)
        for line in how_to_connect(url, None if "none" in options else (folder / KEY_FILE).absolute()):
            assert process.stderr.readline() == f"{line}\n"
        yield url
    finally:
        patience.cancel()
        process.send_signal(signal.SIGINT)
        _, last_words = process.communicate(timeout=PATIENCE)
    assert (process.returncode, last_words) == (0, "")
