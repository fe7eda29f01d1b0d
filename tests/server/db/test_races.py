"""Limits hold however many callers come at once, on one store and on two stores of one file."""

import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from flint_domain.kernel.facts import By
from flint_domain.kernel.subjects import of_order
from flint_domain.order.payments.model import TransferState
from flint_domain.unit_of_work.ports import ReadTransaction, Transaction
from flint_server.db import SqliteStore, open_store
from tests.server.db.given import (
    COLUMNS,
    CREATED,
    MERCHANT,
    TurnedClock,
    add_order,
    count_orders,
    new_record,
    next_version,
    scalar,
    stored_coupon,
    stored_order,
    stored_transfer,
)


@pytest.fixture
async def two_stores(path: Path, clock: TurnedClock) -> AsyncIterator[list[SqliteStore]]:
    """Two stores of one file, as two processes would have them, each waiting for the other's lock."""
    async with open_store(path, clock) as first, open_store(path, clock) as second:
        yield [first, second]


async def answers(
    stores: list[SqliteStore], callers: int, change: Callable[[Transaction, int], object]
) -> Counter[object]:
    """What so many callers, spread over the stores, got from the change of each one's number."""
    got: Counter[object] = Counter()

    async def call(number: int) -> None:
        got[await stores[number % len(stores)].write(MERCHANT, lambda tx: change(tx, number))] += 1

    async with anyio.create_task_group() as tasks:
        for number in range(callers):
            tasks.start_soon(call, number)
    return got


async def test_the_last_use_of_a_coupon_goes_to_one(two_stores: list[SqliteStore]) -> None:
    coupon = await stored_coupon(two_stores[0], "THREE", max_uses=3)

    def redeem(tx: Transaction, number: int) -> str | None:
        return tx.redeem_coupon(coupon.coupon_id, f"ord_{number}", None)

    assert await answers(two_stores, 100, redeem) == {None: 3, "total": 97}


async def test_a_customers_last_use_goes_to_one_of_their_orders(two_stores: list[SqliteStore]) -> None:
    coupon = await stored_coupon(two_stores[0], "TWICE", max_uses_per_customer=2)

    def redeem(tx: Transaction, number: int) -> str | None:
        return tx.redeem_coupon(coupon.coupon_id, f"ord_{number}", f"customer-{number % 5}")

    assert await answers(two_stores, 100, redeem) == {None: 10, "customer": 90}
    uses = await two_stores[0].read(MERCHANT, lambda tx: scalar(tx, "SELECT uses FROM coupons"))
    assert uses == 10


async def test_a_transfer_is_settled_once_and_leased_once(two_stores: list[SqliteStore], clock: TurnedClock) -> None:
    order = await stored_order(two_stores[0])
    transfer = await stored_transfer(two_stores[0], order, leased_until=clock.now())
    clock.turn(minutes=1)
    later = clock.now().replace(hour=12)

    def lease(tx: Transaction, _: int) -> bool:
        return tx.lease_asked(transfer.transfer_id, later)

    def settle(tx: Transaction, _: int) -> bool:
        found = tx.transfer(transfer.transfer_id)
        assert found is not None
        return tx.save_asked(replace(found, state=TransferState.SUCCEEDED), was="planned")

    assert await answers(two_stores, 40, lease) == {True: 1, False: 39}
    assert await answers(two_stores, 40, settle) == {True: 1, False: 39}


async def test_a_key_is_claimed_once(two_stores: list[SqliteStore]) -> None:
    def claim(tx: Transaction, _: int) -> bool:
        if tx.idempotency_record("local", "key") is not None:
            return False
        tx.add_idempotency_record(new_record(tx, "key"))
        return True

    assert await answers(two_stores, 40, claim) == {True: 1, False: 39}


async def test_no_version_is_lost_or_skipped(two_stores: list[SqliteStore]) -> None:
    order = await stored_order(two_stores[0])

    def change(tx: Transaction, number: int) -> int:
        found = tx.order(order.order_id)
        assert found is not None
        after = next_version(found, note=str(number))
        tx.save_order(after, COLUMNS, [CREATED], By("agent"))
        return after.version

    assert await answers(two_stores, 60, change) == dict.fromkeys(range(2, 62), 1)
    trail = await two_stores[1].read(MERCHANT, lambda tx: tx.activities_since(of_order(order.order_id), 1))
    assert [activity.version for activity in trail] == list(range(2, 62))


async def test_a_read_sees_one_moment_though_others_write_meanwhile(store: SqliteStore) -> None:
    looked_once, written = threading.Event(), threading.Event()
    await stored_order(store)

    def look_twice(tx: ReadTransaction) -> tuple[int, int]:
        first = count_orders(tx)
        looked_once.set()
        written.wait()
        return first, count_orders(tx)

    seen: list[tuple[int, int]] = []

    async def look() -> None:
        seen.append(await store.read(MERCHANT, look_twice))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(look)
        await anyio.to_thread.run_sync(looked_once.wait)
        await stored_order(store)
        assert await store.read(MERCHANT, count_orders) == 2  # another reader does not wait for the slow one
        written.set()
    assert seen == [(1, 1)]


async def test_readers_see_whole_commits_while_writers_write(store: SqliteStore) -> None:
    """Orders are added in pairs; no snapshot has an odd number, and none changes while it is looked at."""

    def add_pair(tx: Transaction, _: int) -> None:
        add_order(tx)
        add_order(tx)

    seen: list[tuple[int, int]] = []

    async def look() -> None:
        while not seen or seen[-1][0] < 100:
            seen.append(await store.read(MERCHANT, lambda tx: (count_orders(tx), count_orders(tx))))

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(look)
        await answers([store], 50, add_pair)
    assert all(first == second and first % 2 == 0 for first, second in seen)
