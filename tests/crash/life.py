"""One server's life, as the driver sees it: born from the launcher, told where to die, watched until it is dead."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from flint_server.places import KEY_FILE

ROOT = Path(__file__).parents[2]
STARTS_WITHIN = 20.0  # seconds that are enough for a server that gets its share of the machine
DIES_WITHIN = 10.0  # seconds from a broken connection to the news of the death
BUSY = 15  # times as long, while what is waited for makes way and is only slow
ENOUGH = 10.0  # seconds of processor time that no start and no settling needs: who has had them hangs
# Settings that could reach a real processor; and coverage, which who dies by SIGKILL cannot write.
NOT_INHERITED = ("FLINT_", "STRIPE_", "COVERAGE_")
LINE = 4096  # bytes, more than any line of the launcher


class NotKilled(Exception):
    """A server that broke or ended without being killed."""


class MachineTooBusy(Exception):
    """What is waited for got too little of the machine: nothing can be said of the product."""


class Patience:
    """How long to wait for a process: for some seconds on the clock, and longer while it is only starved.

    A process that hangs sleeps, or works for ever; one on a busy machine is given less than a share of it, and goes on.
    work tells the processor time that it has had, clock the time, both in seconds.
    """

    def __init__(self, seconds: float, work: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._work = work
        self._clock = clock
        self._began = self._looked = clock()
        self._work_at_first = self._work_before = work()

    @property
    def left(self) -> bool:
        """Whether to go on waiting. Raises MachineTooBusy when the process still makes way after BUSY times as long."""
        now = self._clock()
        if now - self._looked < self._seconds:
            return True
        work, before = self._work(), self._work_before
        self._looked, self._work_before = now, work
        had, waited = work - self._work_at_first, now - self._began
        if work == before or had > ENOUGH:
            return False
        if waited >= BUSY * self._seconds:
            raise MachineTooBusy(f"the process had {had:.1f} s of the machine in {waited:.0f} s")
        return True


def work_of(pid: int) -> float:
    """Seconds of processor time that a process and the threads in it have had; 0 where that cannot be read, so that the
    clock alone decides."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Life:
    """A running server. killed_at is the point that killed it, None for the driver's own SIGKILL."""

    def __init__(self, number: int, port: int, folder: Path) -> None:
        self.number = number
        self.port = port
        self._key_file = folder / KEY_FILE
        self.url = f"http://127.0.0.1:{port}/mcp"
        self.pid: int | None = None
        self.killed_at: str | None = None
        self.recovered = 0
        self.exit_code: int | None = None
        self.born = anyio.Event()
        self.died = anyio.Event()
        self._calls: set[anyio.CancelScope] = set()

    def headers(self) -> dict[str, str]:
        """What a caller sends, once the server listens: every life of a folder has the same key."""
        return {"Authorization": f"Bearer {self._key_file.read_text().strip()}"}

    @contextmanager
    def scope(self) -> Generator[None]:
        """What runs in here is cut off by the server's death."""
        with anyio.CancelScope() as scope:
            self._calls.add(scope)
            try:
                yield
            finally:
                self._calls.discard(scope)

    async def must_be_dying(self, error: Exception) -> None:
        """Wait for the death that explains this error. Raises NotKilled when there is none."""
        with anyio.move_on_after(DIES_WITHIN):
            await self.died.wait()
            return
        raise NotKilled(f"life {self.number} lives, but: {error!r}") from error

    def kill(self) -> None:
        if self.pid is not None and not self.died.is_set():
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def hear(self, news: dict[str, Any]) -> None:
        if "born" in news:
            self.pid = news["born"]
            self.born.set()
        self.killed_at = news.get("killed_at", self.killed_at)
        self.recovered += news.get("recovered", 0)
        if "died" in news:
            self.exit_code = news["died"]
            self.died.set()
            for call in list(self._calls):
                call.cancel()

    async def listens(self) -> bool:
        """Wait until it takes connections; False when it dies before. Raises NotKilled when it never does."""
        assert self.pid is not None
        patience = Patience(STARTS_WITHIN, partial(work_of, self.pid))
        while not self.died.is_set():
            try:
                stream = await anyio.connect_tcp("127.0.0.1", self.port)
            except OSError:
                await anyio.sleep(0.01)
            else:
                await stream.aclose()
                return True
            if not patience.left:
                raise NotKilled(f"life {self.number} lives, and does not listen after {STARTS_WITHIN:.0f} s")
        return False


class Launcher:
    """The process that every server of a run is forked from."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._lives = 0
        self.life: Life | None = None

    async def bear(self, **terms: Any) -> Life:
        """Start a server; terms are what launcher.live() takes."""
        self._lives += 1
        life = self.life = Life(self._lives, _free_port(), Path(terms["folder"]))
        await self.tell(port=life.port, **terms)
        patience = Patience(STARTS_WITHIN, partial(work_of, self._process.pid))
        while not life.born.is_set():
            if not patience.left:
                raise MachineTooBusy("the launcher was not ready; no server was tried")
            await anyio.sleep(0.01)
        return life

    async def tell(self, **what: Any) -> None:
        assert self._process.stdin is not None
        await self._process.stdin.send(json.dumps(what).encode() + b"\n")

    async def listen(self) -> None:
        """Hand the news on, until cancelled."""
        assert self._process.stdout is not None
        news = BufferedByteReceiveStream(self._process.stdout)
        while True:
            line = json.loads(await news.receive_until(b"\n", LINE))
            if self.life is not None:
                self.life.hear(line)


@asynccontextmanager
async def launcher() -> AsyncGenerator[Launcher]:
    """The launcher, and at the end neither it nor a server of its is left."""
    paths = os.pathsep.join([str(ROOT), *(path for path in sys.path if path)])
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
    process = await anyio.open_process(
        [sys.executable, "-m", "tests.crash.launcher"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None,
        cwd=ROOT,
        env={**inherited, "PYTHONPATH": paths},
    )
    made = Launcher(process)
    try:
        async with process, anyio.create_task_group() as group:
            group.start_soon(made.listen)
            yield made
            group.cancel_scope.cancel()
            if made.life is not None:
                made.life.kill()
            process.kill()
    finally:
        with suppress(ProcessLookupError):
            process.kill()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
