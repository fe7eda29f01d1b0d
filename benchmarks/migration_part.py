"""How long bringing a large data file up to date takes, and what it leaves on the disk."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import anyio.to_thread

from benchmarks.measuring import table
from flint_server.db.migrations.upgrade import upgrade
from flint_server.db.sqlite.opening import REVISION
from tests.golden.folder import unpack

MANY, MANY_QUICKLY = 100_000, 5_000
WAS = "0011"
_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CLONED = ("orders", "facts", "transfers", "receipts")
_LEFT_OUT = ("seq", "reference_key")  # numbered anew; unique
_AS_THEY_ARE = ("merchant_id",)


async def measure(folder: Path, *, quick: bool) -> str:
    """A file of revision 0011 with so many orders, each with what real calls stored about it, brought up to date."""
    orders = MANY_QUICKLY if quick else MANY
    return await anyio.to_thread.run_sync(_measure, folder, orders)


def _measure(folder: Path, orders: int) -> str:
    path = folder / "flint.db"
    stored = fill(folder, orders)
    before = path.stat().st_size
    used, began = _processor_time(), time.perf_counter()
    copy = upgrade(path, WAS, REVISION, datetime.now(UTC))
    took, spent = time.perf_counter() - began, _processor_time() - used
    assert copy is not None
    with closing(sqlite3.connect(path)) as driver:
        assert driver.execute("SELECT count(*) FROM orders").fetchone() == (stored["orders"],)
        driver.execute("VACUUM")
    rows = ", ".join(f"{count:,} {name}" for name, count in stored.items())
    return table(
        f"Migration of {rows}",
        ["", "before", "after"],
        [
            ["MB", f"{before / 1e6:,.0f}", f"{path.stat().st_size / 1e6:,.0f} once it is packed (VACUUM)"],
            ["kB for each order", f"{before / orders / 1e3:.1f}", f"{path.stat().st_size / orders / 1e3:.1f}"],
            ["s on the clock, with the copy", "", f"{took:.1f}"],
            ["s of processor time", "", f"{spent:.1f}"],
        ],
    )


def _processor_time() -> float:
    usage = getrusage(RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def fill(folder: Path, orders: int) -> dict[str, int]:
    """The golden file's orders, with their trails, transfers and records, again and again under other ids."""
    unpack(folder)
    with closing(sqlite3.connect(folder / "flint.db", isolation_level=None)) as driver:
        driver.execute("DELETE FROM webhook_deliveries")
        driver.execute("UPDATE orders SET reference_key = NULL")
        for trigger in ("added", "changed"):
            driver.execute(f"DROP TRIGGER orders_text_{trigger}")
        (there,) = driver.execute("SELECT count(*) FROM orders").fetchone()
        for name in _CLONED:
            driver.execute(f"CREATE TEMP TABLE former_{name} AS SELECT * FROM {name}")
        driver.execute("BEGIN")
        for number in range(1, max(orders // there, 1)):
            for name in _CLONED:
                driver.execute(*_again(driver, name, number))
        driver.execute("INSERT INTO orders_text (orders_text) VALUES ('rebuild')")
        # Empty ones, for the migration to drop.
        for trigger in ("added", "changed"):
            driver.execute(f"CREATE TRIGGER orders_text_{trigger} AFTER DELETE ON orders BEGIN SELECT 1; END")
        driver.execute("COMMIT")
        driver.execute("VACUUM")
        return {name: driver.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in _CLONED}


def _again(driver: sqlite3.Connection, name: str, number: int) -> tuple[str, dict[str, str]]:
    """Insert the first rows again. Their ids, all of one month, get another beginning; keys and references too."""
    code = "".join(_DIGITS[number // 32**place % 32] for place in (2, 1, 0))
    columns = [row[1] for row in driver.execute(f"PRAGMA table_info({name})") if row[1] not in _LEFT_OUT]
    changed = {
        column: f"replace(replace({column}, '_01M3', '_0' || :code), '_sim_', '_sim_' || :code)"
        for column in columns
        if column not in _AS_THEY_ARE
    }
    changed["text"] = "replace(text, '01m3', '0' || lower(:code))"
    changed["key"] = "key || :code"
    changed["receipt_key"] = "receipt_key || :code"
    values = ", ".join(
        f"CASE typeof({column}) WHEN 'text' THEN {changed[column]} ELSE {column} END" if column in changed else column
        for column in columns
    )
    return f"INSERT INTO {name} ({', '.join(columns)}) SELECT {values} FROM former_{name}", {"code": code}
