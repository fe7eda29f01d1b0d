"""The one writer: what is taken together, what fails together, and what a caller is told."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import anyio
import pytest

from flint_domain.kernel.errors import Refused
from flint_domain.unit_of_work.ports import Transaction
from flint_server.db import SqliteStore
from tests.server.db.given import MERCHANT, add_order, count_orders, driver, held, scalar, stored_order, traced


class Callers:
    """Callers that write at the same time, and what each of them got."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.answers: dict[int, object] = {}

    async def write(self, number: int, change: Callable[[Transaction], object], *, rehearse: bool = False) -> None:
        try:
            road = self.store.rehearse if rehearse else self.store.write
            self.answers[number] = await road(MERCHANT, change)
        except Exception as error:
            self.answers[number] = error


def number_of(word: str, statements: list[str]) -> int:
    return sum(statement.startswith(word) for statement in statements)


async def test_a_command_that_is_alone_has_no_savepoint(store: SqliteStore) -> None:
    statements = await traced(store)
    await stored_order(store)
    assert (statements[0], statements[-1]) == ("BEGIN IMMEDIATE", "COMMIT")
    assert number_of("SAVEPOINT", statements) == 0


async def test_waiting_commands_share_a_commit_and_at_most_sixty_four_do(store: SqliteStore) -> None:
    statements = await traced(store)
    callers = Callers(store)
    async with anyio.create_task_group() as tasks, held(store):
        for number in range(100):
            tasks.start_soon(callers.write, number, add_order)
    assert await store.read(MERCHANT, count_orders) == 100
    ends = [statement for statement in statements if statement in ("ROLLBACK", "COMMIT")]
    assert ends == ["COMMIT"] * 3  # the one that held the writer, 64, 36
    assert number_of("SAVEPOINT command", statements) == 100


async def test_nobody_is_answered_before_the_commit(store: SqliteStore, path: Path) -> None:
    """Each caller looks, when it is answered, through a connection of its own."""
    seen: list[bool] = []

    async def write_and_look() -> None:
        order = await store.write(MERCHANT, add_order)
        with closing(sqlite3.connect(path)) as other:
            seen.append(bool(other.execute("SELECT 1 FROM orders WHERE id = ?", (order.order_id,)).fetchall()))

    async with anyio.create_task_group() as tasks, held(store):
        for _ in range(20):
            tasks.start_soon(write_and_look)
    assert seen == [True] * 20


async def test_a_refusal_in_a_batch_undoes_its_own_work_only(store: SqliteStore) -> None:
    def refuse(tx: Transaction) -> None:
        add_order(tx, note="refused")
        raise Refused("nothing_to_pay", "Nothing.", hint="none")

    callers = Callers(store)
    async with anyio.create_task_group() as tasks, held(store):
        tasks.start_soon(callers.write, 0, lambda tx: add_order(tx) is not None)
        tasks.start_soon(callers.write, 1, refuse)
        tasks.start_soon(partial(callers.write, 2, count_orders, rehearse=True))
        tasks.start_soon(partial(callers.write, 3, lambda tx: add_order(tx) is not None, rehearse=True))
        tasks.start_soon(callers.write, 4, count_orders)
    refused = callers.answers.pop(1)
    assert isinstance(refused, Refused)
    assert refused.code == "nothing_to_pay"
    assert callers.answers == {0: True, 2: 1, 3: True, 4: 1}
    assert await store.read(MERCHANT, count_orders) == 1


async def test_an_exception_beside_exception_reaches_its_caller_and_the_writer_goes_on(store: SqliteStore) -> None:
    class Stop(BaseException):
        pass

    def stop(tx: Transaction) -> None:
        add_order(tx)
        raise Stop

    with pytest.raises(Stop):
        await store.write(MERCHANT, stop)
    await stored_order(store)
    assert await store.read(MERCHANT, count_orders) == 1


async def test_when_a_command_ends_the_transaction_the_others_are_run_again_alone(store: SqliteStore) -> None:
    runs: list[int] = []

    def add(number: int, tx: Transaction) -> bool:
        runs.append(number)
        add_order(tx)
        return True

    def end_transaction(tx: Transaction) -> None:
        driver(tx).execute("ROLLBACK")

    callers = Callers(store)
    async with anyio.create_task_group() as tasks, held(store):
        tasks.start_soon(callers.write, 0, partial(add, 0))
        tasks.start_soon(callers.write, 1, end_transaction)
        tasks.start_soon(callers.write, 2, partial(add, 2))
    refused = callers.answers.pop(1)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.retryable) == ("storage_unavailable", True)
    assert callers.answers == {0: True, 2: True}
    assert sorted(runs) == [0, 0, 2]  # the third had not begun when the transaction ended
    assert await store.read(MERCHANT, count_orders) == 2


async def test_when_the_commit_fails_each_command_is_run_again_alone(store: SqliteStore) -> None:
    def break_commit(tx: Transaction) -> None:
        driver(tx).execute("PRAGMA defer_foreign_keys = ON")
        driver(tx).execute("INSERT INTO coupon_customer_uses VALUES (:mine, 'cpn_none', 'ann', 1)", {"mine": MERCHANT})

    statements = await traced(store)
    callers = Callers(store)
    async with anyio.create_task_group() as tasks, held(store):
        tasks.start_soon(callers.write, 0, lambda tx: add_order(tx) is not None)
        tasks.start_soon(callers.write, 1, break_commit)
        tasks.start_soon(callers.write, 2, lambda tx: add_order(tx) is not None)
    refused = callers.answers.pop(1)
    assert isinstance(refused, Refused)
    assert refused.code == "storage_unavailable"
    assert callers.answers == {0: True, 2: True}
    assert await store.read(MERCHANT, count_orders) == 2
    assert number_of("BEGIN IMMEDIATE", statements) == 1 + 1 + 3


async def test_a_full_disk_refuses_and_changes_nothing(store: SqliteStore) -> None:
    def shrink_disk(tx: Transaction) -> None:
        pages = scalar(tx, "PRAGMA page_count")
        driver(tx).execute(f"PRAGMA max_page_count = {pages}").fetchall()

    await store.write(MERCHANT, shrink_disk)
    with pytest.raises(Refused) as caught:
        await store.write(MERCHANT, lambda tx: add_order(tx, note="x" * 100_000))
    assert caught.value.code == "storage_unavailable"
    assert "disk is full" in caught.value.message
    assert "free some space" in caught.value.hint

    await store.write(MERCHANT, lambda tx: driver(tx).execute("PRAGMA max_page_count = 1000000").fetchall())
    await store.write(MERCHANT, lambda tx: add_order(tx, note="x" * 100_000))
    assert await store.read(MERCHANT, count_orders) == 1


async def test_a_lock_held_by_another_process_refuses_them_all_after_one_wait(store: SqliteStore, path: Path) -> None:
    statements = await traced(store)
    callers = Callers(store)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with anyio.create_task_group() as tasks:
            for number in range(40):
                tasks.start_soon(callers.write, number, add_order)
        other.execute("ROLLBACK")
    refusals = [answer for answer in callers.answers.values() if isinstance(answer, Refused)]
    assert len(refusals) == 40
    assert {refusal.code for refusal in refusals} == {"storage_unavailable"}
    assert "locked by another process" in refusals[0].message
    # The first caller, then all the others together: each waits for the lock once, and is then answered.
    assert number_of("BEGIN IMMEDIATE", statements) <= 2
    await stored_order(store)
    assert await store.read(MERCHANT, count_orders) == 1


async def test_a_closed_store_refuses(store: SqliteStore) -> None:
    await store.close()
    await store.close()
    for call in (store.write, store.rehearse, store.read):
        with pytest.raises(Refused) as caught:
            await call(MERCHANT, count_orders)
        assert caught.value.code == "storage_unavailable"


async def test_closing_waits_for_what_is_queued(store: SqliteStore, path: Path) -> None:
    callers = Callers(store)
    async with anyio.create_task_group() as tasks, held(store):
        for number in range(10):
            tasks.start_soon(callers.write, number, lambda tx: add_order(tx) is not None)
        await anyio.wait_all_tasks_blocked()
        tasks.start_soon(store.close)
    assert callers.answers == dict.fromkeys(range(10), True)
    assert not path.with_name("flint.db-wal").exists()
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM orders").fetchone() == (10,)


async def test_the_log_is_copied_into_the_file_once_in_four_thousand_pages(store: SqliteStore) -> None:
    pages = await store.write(MERCHANT, lambda tx: driver(tx).execute("PRAGMA wal_autocheckpoint").fetchone())
    assert pages == (4_000,)
