"""A simulated processor on an empty ledger; its books are balanced after every test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flint_server.processors.simulated.processor import SimulatedProcessor
from tests.contracts.simulated_bench import SetClock, SimulatedBench


@pytest.fixture
def ledger_path(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "processor.db"


@pytest.fixture
async def slept() -> list[float]:
    """The seconds that slow faults waited for; no test waits for them itself."""
    return []


@pytest.fixture
async def bench(ledger_path: Path, slept: list[float]) -> AsyncIterator[SimulatedBench]:
    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    clock = SetClock()
    async with SimulatedProcessor(ledger_path, clock=clock, seed=1, sleep=sleep) as processor:
        bench = SimulatedBench(processor, clock)
        yield bench
        await bench.books_balance()
