"""Many callers, cancelled callers, and several processes on one ledger."""

import asyncio
import os
import sqlite3
import sys
import textwrap
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import anyio
import anyio.abc
import pytest

from flint_domain.order.payments.model import Outcome, Transfer, TransferState
from flint_server.processors.simulated.faults import Fault, store_fault
from flint_server.processors.simulated.ledger_file import LedgerFile
from flint_server.processors.simulated.processor import SimulatedProcessor
from tests.contracts.processor_contract import REFUND, Transfers
from tests.contracts.simulated_bench import SetClock, SimulatedBench

CALLERS = 100

Call = Callable[[], Coroutine[None, None, None]]


async def test_many_callers_of_one_key_move_its_money_once(bench: SimulatedBench):
    charge = bench.transfers.charge(1000)
    outcomes: list[Outcome] = []

    async def call() -> None:
        outcomes.append(await bench.processor.perform(charge))

    async with anyio.create_task_group() as group:
        for _ in range(CALLERS):
            group.start_soon(call)
    assert len(outcomes) == CALLERS
    assert len(set(outcomes)) == 1
    assert await bench.money() == (1000, 0, 0)


async def test_many_refunds_at_once_never_exceed_the_charge(bench: SimulatedBench):
    charge = bench.transfers.charge(1000)
    paid = await bench.processor.perform(charge)
    states: list[TransferState] = []

    async def refund() -> None:
        transfer = bench.transfers.about(charge, paid, REFUND, 300)
        states.append((await bench.processor.perform(transfer)).state)

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(refund)
    assert states.count(TransferState.SUCCEEDED) == 3
    assert await bench.money() == (1000, 900, 0)


async def _cancelled_by_scope(calls: list[Call], answered: asyncio.Event) -> None:
    async with anyio.create_task_group() as group:
        for call in calls:
            group.start_soon(call)
        await answered.wait()
        group.cancel_scope.cancel()


async def _cancelled_by_asyncio(calls: list[Call], answered: asyncio.Event) -> None:
    tasks = [asyncio.ensure_future(call()) for call in calls]
    await answered.wait()
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("cancelled", [_cancelled_by_scope, _cancelled_by_asyncio])
@pytest.mark.parametrize("before_cancelling", [1, 7, 30])
async def test_cancelled_callers_leave_the_books_whole_and_the_ledger_usable(
    bench: SimulatedBench,
    cancelled: Callable[[list[Call], asyncio.Event], Awaitable[None]],
    before_cancelling: int,
):
    charges = [bench.transfers.charge(100) for _ in range(CALLERS)]
    heard: dict[str, Outcome] = {}
    answered = asyncio.Event()

    def call(charge: Transfer) -> Call:
        async def perform() -> None:
            heard[charge.key] = await bench.processor.perform(charge)
            if len(heard) >= before_cancelling:
                answered.set()

        return perform

    await cancelled([call(charge) for charge in charges], answered)
    assert before_cancelling <= len(heard) < CALLERS
    moved, _, _ = await bench.money()
    assert len(heard) * 100 <= moved <= (len(heard) + 1) * 100  # at most the one in its transaction was not heard
    await bench.books_balance()
    for charge in charges:
        outcome = await bench.processor.perform(charge)
        assert outcome.state is TransferState.SUCCEEDED
        assert heard.get(charge.key, outcome) == outcome
    assert await bench.money() == (CALLERS * 100, 0, 0)


async def test_a_slow_call_that_is_cancelled_moved_nothing(ledger_path: Path):
    asleep = anyio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        await anyio.sleep_forever()

    charge = Transfers().charge(1000)
    async with SimulatedProcessor(ledger_path, clock=SetClock(), sleep=sleep) as processor:
        await processor.set_fault(Fault(kind="slow", delay_seconds=60))
        async with anyio.create_task_group() as group:
            group.start_soon(processor.perform, charge)
            await asleep.wait()
            assert (await processor.perform(Transfers("b").charge(10))).state is TransferState.SUCCEEDED  # not held up
            group.cancel_scope.cancel()
        assert (await processor.find(charge)).state is TransferState.UNKNOWN
        assert (await processor.balance_of("ord_1")).charged == 10


@asynccontextmanager
async def _opened(path: Path) -> AsyncGenerator[LedgerFile]:
    file = LedgerFile(path)
    await file.open()
    try:
        yield file
    finally:
        await file.close()


async def test_a_transaction_that_was_begun_is_finished_although_its_caller_is_cancelled(ledger_path: Path):
    inside, cancelled = anyio.Event(), anyio.Event()
    async with _opened(ledger_path) as file:

        async def write() -> None:
            async with file.transaction() as books:
                inside.set()
                await cancelled.wait()
                await store_fault(books, Fault(kind="decline"))

        async with anyio.create_task_group() as group:
            group.start_soon(write)
            await inside.wait()
            group.cancel_scope.cancel()
            cancelled.set()
        assert len(await file.read("SELECT * FROM faults")) == 1


async def test_a_transaction_keeps_other_writers_out_from_its_beginning(
    ledger_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Else two processes could both read that a key is unused, and one of them would fail when it comes to write."""
    monkeypatch.setattr("flint_server.processors.simulated.ledger_file.BUSY_TIMEOUT_MS", 10)
    async with _opened(ledger_path) as first, _opened(ledger_path) as second:
        async with first.transaction():
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                async with second.transaction():
                    pytest.fail("both were let in")
        async with second.transaction():
            pass


# ── several processes ────────────────────────────────────────────────────────────────────────────────────────────────

_PREAMBLE = """
    import sys
    from pathlib import Path
    import anyio
    from flint_server.processors.simulated.processor import SimulatedProcessor
    from flint_server.processors.simulated.faults import Fault
    from tests.contracts.processor_contract import Transfers
    from tests.contracts.simulated_bench import SetClock
"""


async def _start(script: str, *arguments: str) -> anyio.abc.Process:
    return await anyio.open_process(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(_PREAMBLE) + textwrap.dedent(script), *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


async def _ended(process: anyio.abc.Process) -> None:
    async with process:
        assert process.stderr is not None
        said = b"".join([chunk async for chunk in process.stderr])
        await process.wait()
    assert process.returncode == 0, said.decode()


async def test_another_process_completes_a_step_and_switches_a_fault_on(bench: SimulatedBench, ledger_path: Path):
    charge = bench.transfers.charge(1000, "tok_threeDSecure2Required")
    asked = await bench.processor.perform(charge)
    assert asked.reference is not None
    script = """
    async def main():
        async with SimulatedProcessor(Path(sys.argv[1]), clock=SetClock()) as processor:
            await processor.complete(sys.argv[2])
            await processor.set_fault(Fault(kind="error_500"))
    anyio.run(main)
    """
    await _ended(await _start(script, str(ledger_path), asked.reference))
    assert [notice.outcome.state for notice in await bench.processor.notices()] == [TransferState.SUCCEEDED]
    assert await bench.money() == (1000, 0, 0)
    assert (await bench.processor.perform(bench.transfers.charge(500))).state is TransferState.UNKNOWN


async def test_two_processes_and_this_one_charge_the_same_keys_once(bench: SimulatedBench, ledger_path: Path):
    script = """
    async def main():
        transfers = Transfers("shared_")
        charges = [transfers.charge(100) for _ in range(40)]
        async with SimulatedProcessor(Path(sys.argv[1]), clock=SetClock()) as processor:
            print("ready", flush=True)
            for charge in charges:
                assert (await processor.perform(charge)).state == "succeeded"
    anyio.run(main)
    """
    processes = [await _start(script, str(ledger_path)) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        assert (await process.stdout.receive()).strip() == b"ready"
    transfers = Transfers("shared_")
    charges = [transfers.charge(100) for _ in range(40)]
    for charge in charges:
        assert (await bench.processor.perform(charge)).state is TransferState.SUCCEEDED
    for process in processes:
        await _ended(process)
    assert await bench.money() == (40 * 100, 0, 0)
    assert len(await bench.simulated.ledger()) == 40
