"""Words of erased persons, taken out of the text indexes.

FTS5 only marks a row's words as deleted; they stay in its blocks until all that holds them is merged into one. Merging
takes seconds in a large file, so an erasure leaves a mark in the file's header (user_version, which nothing else uses),
in its own transaction, and the worker merges in steps, between which others write. A scripted run, which has no worker,
merges before its next call.
"""

from collections.abc import Awaitable, Callable

from flint_server.db.session import Driver

PAGES = 200  # of the index that one step writes: a tenth of a second
NONE_LEFT, LEFT, BEING_MERGED = 0, 1, 2  # the mark; whatever is not zero is merged after a crash

OnWriter = Callable[[Callable[[Driver], bool]], Awaitable[bool]]
"""Runs a function in a transaction of its own on the writer's connection."""


async def take_out(on_writer: OnWriter) -> int:
    """Merge what is marked, if anything is; returns how many steps it took.

    Whoever is erased meanwhile marks the file again, and is left to the next call.
    """
    if not await on_writer(_begin):
        return 0
    steps = 1
    while await on_writer(_step):
        steps += 1
    await on_writer(_end)
    return steps


def _begin(driver: Driver) -> bool:
    """Whether there is something to do, which is noted then."""
    if _mark(driver) == NONE_LEFT:
        return False
    driver.execute(f"PRAGMA user_version = {BEING_MERGED}")
    for index in _indexes(driver):
        _merge(driver, index, -PAGES)  # everything there is now is to become one
    return True


def _step(driver: Driver) -> bool:
    """Whether something was left to merge."""
    return any(_merge(driver, index, PAGES) for index in _indexes(driver))


def _end(driver: Driver) -> bool:
    if _mark(driver) == BEING_MERGED:
        driver.execute(f"PRAGMA user_version = {NONE_LEFT}")
    return True


def _mark(driver: Driver) -> int:
    row: tuple[int] = driver.execute("PRAGMA user_version").fetchone()
    return row[0]


def _indexes(driver: Driver) -> list[str]:
    rows: list[tuple[str]] = driver.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%fts5%' ORDER BY name"
    ).fetchall()
    return [name for (name,) in rows]


def _merge(driver: Driver, index: str, pages: int) -> bool:
    """Do a part of the work; whether there was any (https://sqlite.org/fts5.html#the_merge_command)."""
    before = _changes(driver)
    driver.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('merge', {pages:d})")
    return _changes(driver) - before > 1


def _changes(driver: Driver) -> int:
    row: tuple[int] = driver.execute("SELECT total_changes()").fetchone()
    return row[0]
