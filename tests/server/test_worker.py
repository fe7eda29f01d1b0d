"""The worker: rounds that go on whatever fails, work that nobody does twice, and an end that finishes what is held."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.engine.transfers import PERFORM_DEADLINE
from flint_domain.order.payments.model import TransferKind, TransferState
from flint_domain.unit_of_work.work import LEASE
from flint_server import worker
from flint_server.processors.simulated.processor import LATER_AFTER
from flint_server.worker import HEAR_EVERY, Pulse, Round, work
from tests.journeys.house import House, amounts, opened
from tests.server.running import FLINT, PATIENCE, call, connected, flint, free_port, until, wait_for_port
from tests.server.stripe_events.stripe_post import StripePost

LINES = [{"name": "Pro Plan", "unitPriceMoney": {"amount": 9900}}]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


# ── rounds ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_worker_recovers_and_settles_the_inbox_at_once(house: House) -> None:
    post = StripePost(house)
    lost = await house.order_of()
    await house.fault("answer_lost", times=1)
    await house.do(PayOrder(order_id=lost, sources=("tok_visa",)))
    told = await house.paid_order(token="tok_refundFail")
    await house.do(CreateRefund(target=RefundTarget(order_id=told)))
    [refund] = await post.transfers(TransferKind.REFUND)
    house.clock.passes(LATER_AFTER)
    await post.tell_of("refund.failed", refund)
    async with anyio.create_task_group() as group:
        group.start_soon(work, house.flint, None, post.inbox)
        await until(lambda: house.read(lost), lambda order: order["status"] == "PAID")
        await until(lambda: house.read(told), lambda order: order["status"] == "PAID")
        group.cancel_scope.cancel()
    assert amounts(await house.read(told)) == ("PAID", 12800, 0, 0, 12800)


async def test_a_round_that_fails_is_logged_and_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[int] = []
    enough = anyio.Event()

    async def hear() -> int:
        tries.append(1)
        if len(tries) == 3:
            enough.set()
        raise RuntimeError("a fault")

    monkeypatch.setattr(house.flint, "hear", hear)
    monkeypatch.setattr(worker, "HEAR_EVERY", 0.0)
    async with anyio.create_task_group() as group:
        group.start_soon(work, house.flint)
        with anyio.fail_after(PATIENCE):
            await enough.wait()
        group.cancel_scope.cancel()
    assert caplog.text.count("notices failed; the next round tries again") >= 2


async def test_a_full_round_is_followed_by_the_next_without_a_pause(house: House) -> None:
    post = StripePost(house)
    for _ in range(45):
        await post.tell("balance.available", {"object": "balance"})

    async def waiting() -> int:
        return sum(state == "waiting" for state in post.states().values())

    async with anyio.create_task_group() as group:
        group.start_soon(work, house.flint, None, post.inbox)
        with anyio.fail_after(PATIENCE):
            await until(waiting, lambda left: left == 0)
        group.cancel_scope.cancel()


async def test_two_workers_on_one_folder_do_nothing_twice(tmp_path: Path) -> None:
    async with opened(tmp_path) as here:
        orders = [await here.order_of() for _ in range(12)]
        await here.fault("error_500", times=12)
        for order_id in orders:
            paid = await here.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
            assert paid["payments"][0]["status"] == "UNKNOWN"
        async with opened(tmp_path, clock=here.clock, number=2) as there:
            posts = [StripePost(here), StripePost(there)]
            for transfer in await posts[0].transfers():
                # Its event comes as well, and nobody can tell anything from it yet.
                await posts[0].tell("payment_intent.created", {"id": f"pi_{transfer.transfer_id}", "object": "charge"})
            here.clock.passes(timedelta(seconds=1))
            async with anyio.create_task_group() as group:
                for post in posts:
                    group.start_soon(work, post.house.flint, None, post.inbox)

                async def unsettled() -> int:
                    states = [transfer.state for transfer in await posts[0].transfers()]
                    return sum(state is not TransferState.SUCCEEDED for state in states)

                await until(unsettled, lambda left: left == 0)
                group.cancel_scope.cancel()
            performed = posts[0].processor.performed + posts[1].processor.performed
            assert sorted(performed) == sorted(transfer.transfer_id for transfer in await posts[0].transfers())
            for order_id in orders:
                assert (await here.balance(order_id)).charged == 12800


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def held_recovery(house: House) -> tuple[StripePost, anyio.Event, anyio.Event]:
    """Two transfers to recover, and a processor that holds the first answer back: (…, asked, may answer)."""
    post = StripePost(house)
    await house.fault("error_500", times=2)
    for _ in range(2):
        await house.do(PayOrder(order_id=await house.order_of(), sources=("tok_visa",)))
    post.processor.performed.clear()
    asked, may_answer = anyio.Event(), anyio.Event()

    async def hold() -> None:
        asked.set()
        await may_answer.wait()

    post.processor.before_answering = hold
    house.clock.passes(timedelta(seconds=1))
    return post, asked, may_answer


async def test_a_worker_that_is_stopped_finishes_what_it_holds_and_takes_nothing_new(house: House) -> None:
    post, asked, may_answer = await held_recovery(house)
    async with anyio.create_task_group() as group:
        group.start_soon(work, house.flint)
        await asked.wait()
        group.cancel_scope.cancel()
        with anyio.CancelScope(shield=True):
            await anyio.wait_all_tasks_blocked()
            may_answer.set()
    states = [transfer.state for transfer in await post.transfers()]
    assert sorted(states) == [TransferState.SUCCEEDED, TransferState.UNKNOWN]
    assert len(post.processor.performed) == 1


async def test_what_takes_longer_than_the_grace_is_cut_off_and_recovered_later(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(worker, "GRACE", 0.0)
    post, asked, may_answer = await held_recovery(house)
    async with anyio.create_task_group() as group:
        group.start_soon(work, house.flint)
        await asked.wait()
        group.cancel_scope.cancel()
    assert "cut off after 0 seconds" in caplog.text
    may_answer.set()
    house.clock.passes(LEASE)
    await house.flint.recover()
    assert {transfer.state for transfer in await post.transfers()} == {TransferState.SUCCEEDED}


# ── its pulse ────────────────────────────────────────────────────────────────────────────────────────────────────────


async def nothing() -> int:
    return 0


def test_a_worker_whose_rounds_stay_out_is_late() -> None:
    at = [0.0]
    pulse = Pulse(lambda: at[0])
    assert pulse.late() == ["the worker has not started"]
    quick, slow = Round("notices", nothing, HEAR_EVERY), Round("recovery", nothing, 60.0)
    pulse.expect([quick, slow])
    at[0] = 2 * HEAR_EVERY + PERFORM_DEADLINE
    assert pulse.late() == []
    at[0] += 1
    assert pulse.late() == ["notices"]
    pulse.beat(quick)
    assert pulse.late() == []


# ── in processes of their own ────────────────────────────────────────────────────────────────────────────────────────

no_signals = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process could answer")


@contextmanager
def started(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A flint command in a process of its own, which does not outlive the test."""
    with subprocess.Popen([*FLINT, *map(str, arguments)], stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: subprocess.Popen[str]) -> str:
    """What a process has said when it has ended well, by itself."""
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert "Traceback" not in said
    return said


async def set_fault(folder: Path, *fault: object) -> None:
    """Switch a fault on for one call of the server on this folder."""
    result = await anyio.to_thread.run_sync(partial(flint, "simulator", "--data", folder, "fault", *fault))
    assert result.exit_code == 0, result.output


def is_closed(folder: Path) -> bool:
    """Whether the log was emptied into the file, as closing the store does."""
    log = folder / "flint.db-wal"
    return not log.exists() or log.stat().st_size == 0


@no_signals
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_alone_ends_when_told_and_closes_the_store(tmp_path: Path, number: signal.Signals) -> None:
    with started("worker", "--data", tmp_path, "--log-level", "info", "--log-format", "json") as process:
        assert process.stderr is not None
        assert "worker runs on" in process.stderr.readline()
        process.send_signal(number)
        assert f"{number.name}: finishing what is under way" in ended(process)
    assert is_closed(tmp_path)


@no_signals
async def test_a_server_that_is_stopped_answers_the_call_that_it_holds(tmp_path: Path) -> None:
    port = free_port()
    answers: list[dict[str, Any]] = []

    async def planned() -> int:
        with closing(sqlite3.connect(tmp_path / "flint.db")) as driver:
            return driver.execute("SELECT count(*) FROM transfers").fetchone()[0]

    with started("serve", "--http", "--port", port, "--data", tmp_path) as process:
        await anyio.to_thread.run_sync(wait_for_port, process, port)
        async with connected(f"http://127.0.0.1:{port}/mcp", tmp_path) as client:
            order = await call(client, "create_order", lineItems=LINES)
            await set_fault(tmp_path, "slow", "--delay", 3)

            async def pay() -> None:
                asked = {"orderId": order["orderId"], "paymentSourceTokens": ["tok_visa"]}
                answers.append(await call(client, "pay_order", **asked))

            async with anyio.create_task_group() as group:
                group.start_soon(pay)
                await until(planned, lambda count: count == 1)
                process.send_signal(signal.SIGTERM)
        await anyio.to_thread.run_sync(ended, process)
    assert answers[0]["order"]["status"] == "PAID"
    assert is_closed(tmp_path)


async def test_a_server_without_a_worker_leaves_the_work_to_another_process(tmp_path: Path) -> None:
    port = free_port()
    with started("serve", "--http", "--port", port, "--data", tmp_path, "--no-worker") as server:
        await anyio.to_thread.run_sync(wait_for_port, server, port)
        async with connected(f"http://127.0.0.1:{port}/mcp", tmp_path) as client:
            order = await call(client, "create_order", lineItems=LINES)
            await set_fault(tmp_path, "error_500")
            paid = await call(client, "pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"])
            assert paid["payments"][0]["status"] == "UNKNOWN"

            async def read() -> dict[str, Any]:
                return await call(client, "get_order", orderId=order["orderId"])

            with started("worker", "--data", tmp_path):
                await until(read, lambda order: order["status"] == "PAID")
