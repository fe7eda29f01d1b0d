"""The simulated processor keeps the contract of every processor."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from flint_server.processors.simulated.processor import SimulatedProcessor
from tests.contracts.methods_contract import MethodsContract
from tests.contracts.processor_contract import ProcessorContract
from tests.contracts.simulated_bench import SetClock, SimulatedBench


class TestSimulatedProcessor(ProcessorContract, MethodsContract):
    @pytest.fixture
    async def bench(self, tmp_path: Path) -> AsyncIterator[SimulatedBench]:
        clock = SetClock()
        async with SimulatedProcessor(tmp_path / "processor.db", clock=clock, seed=1) as processor:
            bench = SimulatedBench(processor, clock)
            yield bench
            await bench.books_balance()
