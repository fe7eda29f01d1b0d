"""A caller may be cancelled at any moment; the store never loses track of what it did."""

import asyncio
import threading
from random import Random

import anyio
import anyio.lowlevel
import pytest

from flint_domain.order.model import Order
from flint_domain.unit_of_work.ports import Transaction
from flint_server.db import SqliteStore
from tests.server.db.given import MERCHANT, add_order, count_orders, held, stored_order


async def test_a_caller_cancelled_while_it_waits_is_dropped(store: SqliteStore) -> None:
    async with anyio.create_task_group() as tasks, held(store):
        tasks.start_soon(store.write, MERCHANT, add_order)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert await store.read(MERCHANT, count_orders) == 0


class SlowChange:
    """A change that has begun and goes on when it is told to."""

    def __init__(self) -> None:
        self.began = threading.Event()
        self.go_on = threading.Event()

    def __call__(self, tx: Transaction) -> Order:
        self.began.set()
        self.go_on.wait()
        return add_order(tx)

    async def until_begun(self) -> None:
        await anyio.to_thread.run_sync(self.began.wait)


async def test_a_caller_cancelled_after_its_change_began_gets_the_result_and_is_cancelled_next(
    store: SqliteStore,
) -> None:
    slow = SlowChange()
    seen: list[str] = []
    scope = anyio.CancelScope()

    async def call() -> None:
        with scope:
            order = await store.write(MERCHANT, slow)
            seen.append(order.order_id)
            await anyio.lowlevel.checkpoint()
            seen.append("not cancelled")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await slow.until_begun()
        scope.cancel()
        await anyio.wait_all_tasks_blocked()
        slow.go_on.set()
    assert len(seen) == 1
    assert await store.read(MERCHANT, lambda tx: tx.order(seen[0])) is not None


async def test_a_plain_task_cancelled_twice_after_its_change_began_gets_the_result_too(store: SqliteStore) -> None:
    slow = SlowChange()
    seen: list[str] = []

    async def call() -> None:
        seen.append((await store.write(MERCHANT, slow)).order_id)
        await asyncio.sleep(0)
        seen.append("not cancelled")

    task = asyncio.create_task(call())
    await slow.until_begun()
    for _ in range(2):
        task.cancel()
        await anyio.wait_all_tasks_blocked()
    slow.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(seen) == 1
    assert await store.read(MERCHANT, lambda tx: tx.order(seen[0])) is not None


async def test_a_timeout_around_a_write_that_went_through_still_times_out(store: SqliteStore) -> None:
    slow = SlowChange()
    seen: list[str] = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(None) as timeout:
            deadline = asyncio.get_running_loop()
            tasks = asyncio.create_task(slow.until_begun())
            tasks.add_done_callback(lambda _: timeout.reschedule(deadline.time()))
            deadline.call_later(0.05, slow.go_on.set)
            seen.append((await store.write(MERCHANT, slow)).order_id)
            await asyncio.sleep(0)
    assert len(seen) == 1


async def test_an_exception_of_a_change_reaches_its_cancelled_caller(store: SqliteStore) -> None:
    slow = SlowChange()
    seen: list[str] = []

    def fail(tx: Transaction) -> None:
        slow(tx)
        raise ZeroDivisionError

    async def call() -> None:
        try:
            await store.write(MERCHANT, fail)
        except ZeroDivisionError:
            seen.append("raised")

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await slow.until_begun()
        tasks.cancel_scope.cancel()
        slow.go_on.set()
    assert seen == ["raised"]
    assert await store.read(MERCHANT, count_orders) == 0


async def test_of_two_hundred_cancelled_callers_each_knows_what_was_written(store: SqliteStore) -> None:
    dice = Random(11)
    written: set[str] = set()
    told: set[str] = set()

    def add(tx: Transaction) -> Order:
        order = add_order(tx)
        written.add(order.order_id)
        return order

    async def call(pause: float) -> None:
        with anyio.move_on_after(pause):
            order = await store.write(MERCHANT, add)
            told.add(order.order_id)

    async with anyio.create_task_group() as tasks:
        for _ in range(200):
            tasks.start_soon(call, dice.uniform(0, 0.05))
    assert told == written
    assert await store.read(MERCHANT, count_orders) == len(told)
    await stored_order(store)


async def test_a_reader_cancelled_while_it_waits_leaves_the_store_working(store: SqliteStore) -> None:
    order = await stored_order(store)
    async with anyio.create_task_group() as tasks:
        for _ in range(100):
            tasks.start_soon(store.read, MERCHANT, lambda tx: tx.order(order.order_id))
        tasks.cancel_scope.cancel()
    assert await store.read(MERCHANT, lambda tx: tx.order(order.order_id)) == order
