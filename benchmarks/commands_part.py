"""Processor time of a command that is started and ends, against a bare Python that imports click."""

import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from subprocess import DEVNULL

import anyio

from benchmarks.measuring import in_turns, milliseconds, table, times
from flint_server.clock import SystemClock
from flint_server.places import LEDGER_FILE
from flint_server.processors.simulated.processor import SimulatedProcessor

ROUNDS = 9
BARE = "python, and click"
_FLINT = [sys.executable, "-m", "flint_server"]


async def measure(folder: Path, *, quick: bool) -> str:
    """One table. The ledger that `simulator` looks at is empty."""
    async with SimulatedProcessor(folder / LEDGER_FILE, clock=SystemClock()):
        pass
    simulator = [*_FLINT, "simulator", "--data", str(folder)]
    commands = {
        BARE: [sys.executable, "-c", "import click"],
        "flint --version": [*_FLINT, "--version"],
        "flint --help": [*_FLINT, "--help"],
        "flint simulator waiting": [*simulator, "waiting"],
        "flint simulator ledger": [*simulator, "ledger"],
        "flint serve --help": [*_FLINT, "serve", "--help"],
    }
    variants: dict[str, Callable[[], Awaitable[float]]] = {
        name: partial(_spent_on, command) for name, command in commands.items()
    }
    measured = await in_turns(variants, 3 if quick else ROUNDS)
    return table(
        "Commands: processor time from start to end (lower is better)",
        ["command", "CPU ms", "times bare"],
        [[name, milliseconds(measured.cost(name)), times(measured.ratio(name, BARE))] for name in commands],
    )


async def _spent_on(command: list[str]) -> float:
    before = getrusage(RUSAGE_CHILDREN)
    await anyio.run_process(command, stdout=DEVNULL, stderr=DEVNULL)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
