"""The official TypeScript SDK in a process of its own, told what to call."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copy
from threading import Timer
from typing import IO, Any

from tests.clients.installing import HERE, NODE, node_packages

PATIENCE = 60.0  # seconds that a conversation may take on a busy machine
SERVE = [sys.executable, "-m", "flint_server", "serve"]


class Foreigner:
    """A connected client that others wrote: its tools, and what it gives whoever calls."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._asked: IO[str] = process.stdin
        self._said: IO[str] = process.stdout
        self.tools: list[dict[str, Any]] = self._heard()["tools"]

    def _heard(self) -> dict[str, Any]:
        line = self._said.readline()
        assert line, "the client has ended; its standard error says why"
        return json.loads(line)

    def outcome(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """{"result": …} as the client hands it out, or {"thrown": …}."""
        self._asked.write(json.dumps({"tool": tool, "arguments": arguments}) + "\n")
        self._asked.flush()
        return self._heard()

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured answer of a call that must work."""
        result = self.outcome(tool, arguments)["result"]
        assert not result.get("isError"), result
        return result["structuredContent"]

    def error(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The error of a call that must be refused, as a model is given it: text, and nothing beside it."""
        outcome = self.outcome(tool, arguments)
        result = outcome.get("result")
        assert result is not None, outcome
        assert result["isError"] is True
        assert "structuredContent" not in result
        [block] = result["content"]
        return json.loads(block["text"])["error"]


@contextmanager
def typescript(server: dict[str, Any]) -> Iterator[Foreigner]:
    """A client of the TypeScript SDK: {"url", "headers"} says where its server is, {"command", "args"} starts one."""
    packages = node_packages("typescript")
    program = Path(copy(HERE / "typescript" / "client.mjs", packages))  # imports are looked for beside the program
    with subprocess.Popen(
        [str(NODE), str(program), json.dumps(server)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=dict(os.environ),
    ) as process:
        patience = Timer(PATIENCE, process.kill)  # so that waiting for an answer ends
        patience.start()
        try:
            yield Foreigner(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(PATIENCE)
            finally:
                patience.cancel()


def over_stdio(folder: Path, *options: str) -> dict[str, Any]:
    """The server that a client starts itself, on this folder."""
    command, *args = SERVE
    return {"command": command, "args": [*args, "--data", str(folder), *options]}
