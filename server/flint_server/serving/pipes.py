"""Lines to and from the process's own pipes, on the event loop itself.

The SDK reads and writes standard input and output in threads, and waking three of them for each call takes as long as
to read an order. What can be waited for is waited for here instead. Nothing is made non-blocking: the other end, or
standard error, may share the description.
"""

import os
import select
import stat
import sys
from collections.abc import Generator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import anyio

AT_ONCE = 65_536  # bytes asked for in one reading: what a pipe of Linux holds


def waitable(stream: Any) -> int | None:
    """The descriptor of a pipe, a socket or a terminal; None for a file, whose bytes are simply there, and for what has
    no descriptor."""
    if sys.platform == "win32":  # waits for sockets only
        return None
    try:
        descriptor: int = stream.fileno()
        mode = os.fstat(descriptor).st_mode
    except (OSError, ValueError):
        return None
    waits = stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(descriptor)
    return descriptor if waits else None


class LinesIn:
    """The lines that come, as text; what is not UTF-8 is kept as lone surrogates, for whoever reads them to refuse."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._begun: list[bytes] = []  # pieces of a line that has not ended
        self._lines: list[bytes] = []  # whole ones, the next one last
        self._ended = False

    def __aiter__(self) -> "LinesIn":
        return self

    async def __anext__(self) -> str:
        while not self._lines:
            if self._ended:
                raise StopAsyncIteration
            await anyio.wait_readable(self._descriptor)
            with suppress(BlockingIOError):  # somebody else has made it non-blocking, and it was not ready after all
                self._take(os.read(self._descriptor, AT_ONCE))
        return self._lines.pop().decode("utf-8", "surrogateescape")

    def _take(self, come: bytes) -> None:
        """The last line of all may end without saying so."""
        self._ended = not come
        first, *others = come.split(b"\n")
        self._begun.append(first)
        if not others and not self._ended:
            return
        lines = [b"".join(self._begun), *others]
        last = lines.pop()
        self._begun = [last]
        if self._ended and last:
            lines.append(last)
        self._lines = lines[::-1]


class LinesOut:
    """Writes text as UTF-8, and waits while the other end does not read."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._room = select.poll()
        self._room.register(descriptor, select.POLLOUT)

    async def write(self, text: str) -> None:
        left = memoryview(text.encode())
        while left:
            if not self._room.poll(0):
                await anyio.wait_writable(self._descriptor)
            # Where there is room at all, there is room for so many bytes: the write itself never waits.
            with suppress(BlockingIOError):
                left = left[os.write(self._descriptor, left[: select.PIPE_BUF]) :]

    async def flush(self) -> None:
        """Nothing is held back."""


@contextmanager
def kept_for_the_wire(descriptor: int) -> Generator[int]:
    """A private copy of standard output. What anything else prints goes to standard error meanwhile, so that it does
    not land between two messages; nowhere, where the process was started without one."""
    wire = os.dup(descriptor)
    try:
        with Path(os.devnull).open("wb") if sys.stderr is None else nullcontext(sys.stderr) as elsewhere:
            os.dup2(elsewhere.fileno(), descriptor)
        yield wire
    finally:
        sys.stdout.flush()
        os.dup2(wire, descriptor)
        os.close(wire)
