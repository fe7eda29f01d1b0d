"""`python -m benchmarks [--quick] [part …]`: print what Flint costs, in ratios."""

import argparse
import os
import platform
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import anyio

from benchmarks import (
    commands_part,
    migration_part,
    reading_part,
    scale_part,
    server_part,
    start_part,
    store_part,
    text_part,
)


class Part(Protocol):
    def __call__(self, folder: Path, *, quick: bool) -> Awaitable[str]: ...


PARTS: dict[str, Part] = {
    "store": store_part.measure,
    "server": server_part.measure,
    "scale": scale_part.measure,
    "reading": reading_part.measure,
    "start": start_part.measure,
    "commands": commands_part.measure,
    "text": text_part.measure,
    "migration": migration_part.measure,
}


async def run(parts: list[str], folder: Path | None, say: Callable[[str], None], *, quick: bool) -> None:
    """Measure the parts one after the other, each in a folder of its own that is removed at the end."""
    machine = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores"
    say(f"{machine}, {platform.system()}{'; --quick: short rounds, rough numbers' if quick else ''}")
    for part in parts:
        with TemporaryDirectory(prefix="flint-bench-", dir=folder) as own:
            loaded, began, used = os.getloadavg()[0], time.perf_counter(), _processor_time()
            say(await PARTS[part](Path(own), quick=quick))
            took, spent = time.perf_counter() - began, _processor_time() - used
            say(
                f"{part}: {took:.0f} s on the clock, {spent:.0f} s of processor time; load {loaded:.1f} before, "
                f"{os.getloadavg()[0]:.1f} after"
            )


def _processor_time() -> float:
    """Seconds that this process and those it waited for have computed."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="What Flint costs, in ratios.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="about a minute: shorter rounds, 10,000 orders")
    parser.add_argument("--folder", type=Path, help="where the databases go: the disk that is measured")
    chosen = parser.parse_args()
    if unknown := [part for part in chosen.parts if part not in PARTS]:
        parser.error(f"no part {unknown[0]!r}; there are {', '.join(PARTS)}")

    async def measured() -> None:
        await run(chosen.parts or [*PARTS], chosen.folder, lambda text: print(text, flush=True), quick=chosen.quick)

    anyio.run(measured)


if __name__ == "__main__":
    main()
