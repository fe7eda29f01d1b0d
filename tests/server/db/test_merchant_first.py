"""Revision 0012 rebuilds every table: every row is there again, in its new place, or the file is as it was."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest

from benchmarks.migration_part import fill
from flint_server.db import StorageFault
from flint_server.db.migrations.upgrade import upgrade
from flint_server.db.packing import unpacked
from flint_server.db.sqlite.opening import open_store
from tests.golden.folder import unpack
from tests.server.db.given import START, TurnedClock

RENAMED = {
    "receipts": "idempotency_records",
    "credit_accounts": "gift_card_accounts",
    "credit_entries": "gift_card_entries",
}
MOVED = {  # columns that have another name now
    ("receipts", "shown"): "ref",
    ("transfers", "receipt_key"): "idempotency_key",
    ("webhook_deliveries", "order_version"): "subject_version",
}
PACKED = {("receipts", "fields"), ("receipts", "answer")}
PAID_BY = "CASE WHEN payment_id IS NULL THEN subject_id ELSE payment_id END"  # an errand's subject stood there


@pytest.fixture(params=["golden", "generated"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file of revision 0011: with every kind of record, and with some thousand rows."""
    if request.param == "golden":
        unpack(tmp_path)
    else:
        fill(tmp_path, 700)
    return tmp_path / "flint.db"


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    unpack(tmp_path)
    return tmp_path / "flint.db"


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as driver:
        return driver.execute(query).fetchall()


def tables(path: Path) -> dict[str, list[str]]:
    """The columns of each table, but for those that an engine keeps for itself."""
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%!_text%' ESCAPE '!'"
    return {
        str(name): [str(row[1]) for row in rows(path, f"PRAGMA table_info({name})")] for (name,) in rows(path, names)
    }


def kept(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a file of before."""
    return {name: sorted(rows(path, f"SELECT * FROM {name}"), key=repr) for name in tables(path)}


def kept_since(path: Path, before: dict[str, list[str]]) -> dict[str, list[tuple[object, ...]]]:
    """Every row of a file of now, as it was before."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for name, columns in before.items():
        now = [
            PAID_BY if (name, each) == ("transfers", "payment_id") else MOVED.get((name, each), each)
            for each in columns
        ]
        packed = [(name, each) in PACKED for each in columns]
        found[name] = sorted(
            (
                tuple(
                    unpacked(value) if is_packed and isinstance(value, bytes) else value
                    for value, is_packed in zip(row, packed, strict=True)
                )
                for row in rows(path, f"SELECT {', '.join(now)} FROM {RENAMED.get(name, name)}")
            ),
            key=repr,
        )
    return found


def test_every_row_is_there_again(old: Path) -> None:
    before, columns = kept(old), tables(old)
    upgrade(old, "0011", "0012", START)
    after = kept_since(old, columns)
    assert after.pop("alembic_version") == [("0012",)]
    assert before.pop("alembic_version") == [("0011",)]
    assert {name: len(found) for name, found in after.items()} == {name: len(found) for name, found in before.items()}
    for name, found in before.items():
        assert after[name] == found, name


def test_what_is_new_says_what_stood_in_the_rows(old: Path) -> None:
    upgrade(old, "0011", "0012", START)
    assert rows(old, "SELECT DISTINCT schema, body FROM merchants") == [(1, "{}")]
    assert rows(old, "SELECT DISTINCT subject_kind, subject_id = order_id FROM facts") == [("order", 1)]
    assert rows(old, "SELECT DISTINCT actor, principal FROM facts ORDER BY 1, 2") == [
        ("agent", "local"),
        ("operator", "local"),
        ("processor", "flint"),
        ("system", "flint"),
    ]
    assert rows(old, "SELECT DISTINCT kind, subject_kind FROM transfers WHERE payment_id IS NULL ORDER BY 1") == [
        ("attach", "payment_method"),
        ("detach", "payment_method"),
        ("tax_commit", "order"),
        ("tax_reversal", "order"),
    ]
    assert rows(
        old, "SELECT DISTINCT substr(subject_id, 1, 3) FROM transfers WHERE subject_kind = 'payment_method'"
    ) == [("pm_",)]
    assert rows(old, "SELECT DISTINCT subject_id = order_id FROM transfers WHERE subject_kind = 'order'") == [(1,)]
    assert rows(old, "SELECT DISTINCT idempotency_key IS NULL, principal FROM transfers ORDER BY 1") == [
        (0, "local"),
        (1, None),
    ]
    of_account = "SELECT count(*) FROM transfers WHERE account_id IS NOT json_extract(body, '$.account')"
    assert rows(old, of_account) == [(0,)]
    assert rows(old, "SELECT DISTINCT principal FROM idempotency_records") == [("local",)]
    elsewhere = " OR ".join(
        f"{name}_id IS NOT json_extract(ref, '$.{name}_id')" for name in ("order", "customer", "account")
    )
    assert rows(old, f"SELECT count(*) FROM idempotency_records WHERE {elsewhere}") == [(0,)]
    days = "created_at / 86400000000"
    assert rows(old, "SELECT * FROM order_spans ORDER BY 1, 2") == rows(
        old, f"SELECT merchant_id, seq / 1024, min(created_at), max({days}) FROM orders GROUP BY 1, 2 ORDER BY 1, 2"
    )


def test_every_key_holds_and_the_words_are_those_of_the_rows(old: Path) -> None:
    upgrade(old, "0011", "0012", START)
    assert rows(old, "PRAGMA foreign_key_check") == []
    assert rows(old, "PRAGMA integrity_check") == [("ok",)]
    with closing(sqlite3.connect(old)) as driver:
        for table in ("orders", "customers", "items"):
            driver.execute(f"INSERT INTO {table}_text ({table}_text, rank) VALUES ('integrity-check', 1)")


def test_every_table_has_its_merchant_first(golden: Path) -> None:
    """In every key and index, but for those by which the worker looks for what is due, whoever's it is."""
    upgrade(golden, "0011", "0012", START)
    first = (
        "SELECT DISTINCT m.name, l.name FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i "
    )
    first += (
        "WHERE m.type = 'table' AND m.name NOT LIKE '%!_text%' ESCAPE '!' AND i.seqno = 0 AND i.name <> 'merchant_id'"
    )
    assert sorted(str(index) for _, index in rows(golden, first)) == [
        "ix_orders_reserved_until",
        "ix_stripe_events_due",
        "ix_transfers_due",
        "sqlite_autoindex_alembic_version_1",
        "sqlite_autoindex_merchants_1",
    ]
    foreign = (
        'SELECT m.name, f."table", f."from" FROM sqlite_master m, pragma_foreign_key_list(m.name) f WHERE f.seq = 0'
    )
    alone = [row for row in rows(golden, foreign) if row[2] != "merchant_id"]
    assert alone == [("customer_keys", "customers", "customer_seq")], "which is the row's own number"


# ── rows that no Flint makes ──

WRONG = {
    "facts of another merchant's order": (
        "UPDATE facts SET merchant_id = (SELECT max(id) FROM merchants) WHERE id = (SELECT min(id) FROM facts)",
        "1 in facts whose order_id is no record of its merchant, such as ('evt_",
    ),
    "a transfer of an unknown kind": (
        "UPDATE transfers SET kind = 'gift' WHERE id = (SELECT min(id) FROM transfers)",
        "1 in transfers of a kind that Flint does not know, such as ('trf_",
    ),
    "a charge of no order": (
        "UPDATE transfers SET order_id = NULL WHERE id = (SELECT min(id) FROM transfers WHERE kind = 'charge')",
        "1 in transfers of money or taxes, and of no order, such as ('trf_",
    ),
    "uses of no coupon": (
        "INSERT INTO coupon_customer_uses VALUES ('cpn_none', 'ann', 1)",
        "1 in coupon_customer_uses of a coupon that is not there, such as ('cpn_none', 'ann').",
    ),
    "a body that is not JSON": (
        "UPDATE transfers SET body = '{broken' WHERE id = (SELECT min(id) FROM transfers)",
        ', transfers" the database answered: malformed JSON.',
    ),
    "a ledger entry of another merchant's card": (
        "UPDATE credit_entries SET merchant_id = (SELECT max(id) FROM merchants) WHERE seq = 1",
        "1 in credit_entries whose account_id is no record of its merchant, such as (1, 'ent_",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_has_no_place_is_named_and_the_file_is_left_as_it_was(golden: Path, name: str) -> None:
    change, told = WRONG[name]
    with closing(sqlite3.connect(golden)) as driver, driver:
        driver.execute(change)
    before = kept(golden)
    with pytest.raises(StorageFault) as caught:
        upgrade(golden, "0011", "0012", START)
    assert told in caught.value.message
    assert caught.value.hint.startswith("It was left as it is.")
    assert [*golden.parent.glob("flint.db.*")] == [], "and no copy of each try"
    assert kept(golden) == before


# ── killed on the way ──

KILLED = """
    import os, signal, sys
    from datetime import UTC, datetime
    from pathlib import Path
    from flint_server.db.migrations import upgrade as upgrading

    path, at = sys.argv[1], int(sys.argv[2])
    migrate, ran = upgrading.migrate, 0

    def point(_statement):
        global ran
        ran += 1
        if ran == at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watched(connection, wanted, progress=None):
        connection.connection.driver_connection.set_trace_callback(point)
        migrate(connection, wanted, progress)

    upgrading.migrate = watched
    upgrading.upgrade(Path(path), "0011", "0012", datetime.now(UTC))
    print(ran)
"""


def migrate_until(path: Path, point: int) -> subprocess.CompletedProcess[str]:
    """Migrate in a process of its own that kills itself before its statement of this number."""
    script = [sys.executable, "-c", dedent(KILLED), str(path), str(point)]
    return subprocess.run(script, check=False, capture_output=True, text=True)


@cache
def statements(folder: Path) -> int:
    """How many statements the migration runs, the commit last."""
    unpack(folder)
    done = migrate_until(folder / "flint.db", 0)
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def points(many: int, of: int) -> Iterator[int]:
    """So many statements, the first and the last among them."""
    for number in range(many):
        yield 1 + number * (of - 1) // (many - 1)


def killed_at(folder: Path, many: int) -> None:
    total = statements(folder / "whole")
    unpack(folder)
    path, fresh = folder / "flint.db", folder / "fresh.db"
    shutil.copy(path, fresh)
    before = kept(path)
    for point in points(many, total):
        for file in folder.glob("flint.db*"):
            file.unlink()
        shutil.copy(fresh, path)
        assert migrate_until(path, point).returncode == -9, point
        assert kept(path) == before, f"killed before statement {point} of {total}"
        open_store(path, TurnedClock()).close_now()
        assert rows(path, "SELECT version_num FROM alembic_version") == [("0012",)]
        assert rows(path, "PRAGMA foreign_key_check") == []
        assert len([*folder.glob("flint.db.0011-*.bak")]) == 2, "one of each try"


def test_killed_on_the_way_it_is_the_old_file_and_the_next_start_makes_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    killed_at(tmp_path, 3)


@pytest.mark.long
def test_killed_at_twenty_points_it_is_the_old_file_every_time(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    killed_at(tmp_path, 20)


def test_killed_after_the_commit_it_is_the_new_file(golden: Path) -> None:
    script = dedent(KILLED).replace("print(ran)", "os.kill(os.getpid(), signal.SIGKILL)")
    done = subprocess.run([sys.executable, "-c", script, str(golden), "0"], check=False)
    assert done.returncode == -9
    open_store(golden, TurnedClock()).close_now()
    assert rows(golden, "SELECT version_num FROM alembic_version") == [("0012",)]
    assert len([*golden.parent.glob("*.bak")]) == 1, "nothing was left to do"
