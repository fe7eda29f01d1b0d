"""`flint doctor` says whether an installation is sound, and what to do when it is not."""

import os
import sqlite3
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import anyio
import pytest
from mcp import Client

from flint_server import db
from flint_server.composition import open_application
from flint_server.db.migrations.upgrade import migrate
from flint_server.db.sqlite.connections import migration_engine
from flint_server.doctor.disks import network_of, sync_of
from flint_server.settings import Settings
from tests.server.running import call, flint


def findings(output: str) -> list[str]:
    """What the doctor printed, without the packages' versions."""
    return [line for line in output.splitlines() if not line.startswith("ok       Python")][7:]


def use(folder: Path) -> None:
    """Leave the folder as a server does that has been started and stopped."""

    async def start_and_stop() -> None:
        async with open_application(Settings(folder=folder)):
            pass

    anyio.run(start_and_stop)


def test_a_fresh_installation_is_ready(tmp_path: Path) -> None:
    result = flint("doctor", "--data", tmp_path)
    assert result.exit_code == 0
    assert findings(result.output) == [
        f"ok       no data yet: {tmp_path / 'flint.db'} is made when the server starts",
        "ok       payments: simulated, no real money moves",
        "ok       MCP: 30 tools answer",
        "Flint is ready.",
    ]
    assert list(tmp_path.iterdir()) == []


def test_a_used_installation_is_ready_and_left_as_it_was(tmp_path: Path) -> None:
    use(tmp_path)
    before = (tmp_path / "flint.db").read_bytes()
    result = flint("doctor", "--data", tmp_path)
    assert result.exit_code == 0
    assert findings(result.output) == [
        f"ok       SQLite {sqlite3.sqlite_version}",
        f"ok       data: {tmp_path / 'flint.db'}, currency USD, 0 tax rates",
        "ok       payments: simulated, no real money moves",
        "ok       MCP: 30 tools answer",
        "Flint is ready.",
    ]
    assert (tmp_path / "flint.db").read_bytes() == before


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "flint.db").write_text("a shopping list")
    result = flint("doctor", "--data", tmp_path)
    assert result.exit_code == 1
    assert findings(result.output) == [
        f"WRONG    data: {tmp_path / 'flint.db'} is not a database.",
        "         Choose another file; this one was left as it is.",
        "ok       payments: simulated, no real money moves",
        "ok       MCP: 30 tools answer",
        "1 wrong.",
    ]


def test_data_of_a_newer_version(tmp_path: Path) -> None:
    use(tmp_path)
    with closing(sqlite3.connect(tmp_path / "flint.db", isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    result = flint("doctor", "--data", tmp_path)
    assert result.exit_code == 1
    wrong = next(line for line in findings(result.output) if line.startswith("WRONG"))
    assert "newer" in wrong


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    result = flint("doctor", "--data", tmp_path / "data")
    assert result.exit_code == 1
    assert findings(result.output)[:2] == [
        f"WRONG    data: {tmp_path / 'data'} is not a folder",
        "         Name another folder with --data or FLINT_DATA.",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are not bits there")
def test_a_folder_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o555)
    if os.geteuid() == 0:  # the superuser may write what is read-only
        monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    result = flint("doctor", "--data", tmp_path / "new")
    assert result.exit_code == 1
    assert findings(result.output)[:2] == [
        f"WRONG    data: the folder {tmp_path} is not writable for this user",
        "         Make it writable, or name another folder with --data or FLINT_DATA.",
    ]


def test_a_fault_that_was_left_on(tmp_path: Path) -> None:
    use(tmp_path)
    assert flint("simulator", "--data", tmp_path, "fault", "decline").exit_code == 0
    result = flint("doctor", "--data", tmp_path)
    assert result.exit_code == 0
    assert "warning  1 fault is on" in findings(result.output)
    assert "         flint simulator clear switches them off." in findings(result.output)


# ── it tries what it vouches for ──


def wrong(folder: Path) -> list[str]:
    """What the doctor finds wrong with a folder, and what to do about it."""
    result = flint("doctor", "--data", folder)
    lines = result.output.splitlines()
    found = [line for at, line in enumerate(lines) if "WRONG" in (line[:5], lines[at - 1][:5] if at else "")]
    assert result.exit_code == (1 if found else 0)
    return [line[9:] for line in found if line != "1 wrong."]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc here")
def test_a_place_that_looks_writable_and_is_not() -> None:
    text, hint = wrong(Path("/proc/nope"))
    assert text.startswith("data: no data file can be kept in /proc: ")
    assert hint == "Name another folder with --data or FLINT_DATA."


def test_nothing_is_left_of_the_trial(tmp_path: Path) -> None:
    assert wrong(tmp_path / "new" / "folder") == []
    assert list(tmp_path.iterdir()) == []


def test_a_data_file_with_a_damaged_page(tmp_path: Path) -> None:
    use(tmp_path)
    content = bytearray((tmp_path / "flint.db").read_bytes())
    content[-4096:] = b"\xa5" * 4096
    (tmp_path / "flint.db").write_bytes(content)
    text, hint = wrong(tmp_path)
    assert text.startswith(f"data: {tmp_path / 'flint.db'} is damaged: ")
    assert hint == "Stop the server and restore the data file from a backup."
    assert (tmp_path / "flint.db").read_bytes() == content


def test_a_file_of_an_older_flint_is_left_for_the_next_start(tmp_path: Path) -> None:
    engine = migration_engine(tmp_path / "flint.db", 50)
    with engine.begin() as connection:
        migrate(connection, "0007")
    engine.dispose()
    before = (tmp_path / "flint.db").read_bytes()
    result = flint("doctor", "--data", tmp_path)
    assert result.exit_code == 0
    assert "is of an older Flint (0007): the next start copies it and brings it up to date" in result.output
    assert (tmp_path / "flint.db").read_bytes() == before
    assert list(tmp_path.glob("*.bak")) == []


def test_a_locked_data_file_is_said_after_one_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use(tmp_path)
    monkeypatch.setattr(db, "open_store", partial(db.open_store, busy_timeout_ms=20))
    with closing(sqlite3.connect(tmp_path / "flint.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        text, hint = wrong(tmp_path)
    assert text.endswith("cannot be opened: the data file is locked by another process.")
    assert hint.startswith("Wait for the other process")


# ── the two books ──


def sell(folder: Path) -> str:
    """A folder where one order was paid and partly given back; the payment's id."""

    async def sold() -> str:
        async with open_application(Settings(folder=folder)) as application, Client(application.server) as client:
            order = await call(client, "create_order", lineItems=[{"name": "Mug", "unitPriceMoney": {"amount": 9900}}])
            paid = await call(client, "pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"])
            await call(client, "create_refund", orderId=order["orderId"], amountMoney={"amount": 1200})
            return paid["payments"][0]["paymentIntentId"]

    return anyio.run(sold)


WHOLE = "Restore both files from one backup; until then captures, voids and refunds are declined."


def test_two_books_that_say_the_same(tmp_path: Path) -> None:
    sell(tmp_path)
    result = flint("doctor", "--data", tmp_path)
    assert result.exit_code == 0
    assert "ok       books: 1 payment, the same in both" in result.output.splitlines()


def test_two_books_that_differ(tmp_path: Path) -> None:
    payment = sell(tmp_path)
    with closing(sqlite3.connect(tmp_path / "simulator.db", isolation_level=None)) as driver:
        driver.execute("UPDATE payments SET refunded = 0")
    told = f"{payment} has 9900 taken and 1200 given back here, 9900 and 0 there"
    assert wrong(tmp_path) == [f"books: 1 payment of 1 differ from the simulator's: {told}", WHOLE]


@pytest.mark.parametrize(("missing", "other"), [("simulator.db", "flint.db"), ("flint.db", "simulator.db")])
def test_a_book_that_is_missing(tmp_path: Path, missing: str, other: str) -> None:
    sell(tmp_path)
    (tmp_path / missing).unlink()
    told = f"books: {tmp_path / missing} is missing, and {tmp_path / other} knows of 1 payment"
    assert wrong(tmp_path) == [told, WHOLE]
    assert not (tmp_path / missing).exists()


# ── where the folder lies ──


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/srv/shop", "nfs4"),
        ("/srv/shop/data/deep", "nfs4"),
        ("/srv/shopping", None),
        ("/srv/shop/local", None),
        ("/mnt/two words/data", "cifs"),
        ("/", None),
    ],
)
def test_a_network_share_is_told_by_the_innermost_mount(tmp_path: Path, folder: str, kind: str | None) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda1 / ext4 rw 0 0\nnas:/shop /srv/shop nfs4 rw 0 0\n/dev/sdb1 /srv/shop/local xfs rw 0 0\n"
        "//nas/two /mnt/two\\040words cifs rw 0 0\n\nnonsense\n"
    )
    assert network_of(Path(folder), mounts) == kind
    assert network_of(Path(folder), tmp_path / "not there") is None


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/home/ann/Dropbox/shop", "Dropbox"),
        ("/home/ann/OneDrive - Shop GmbH/data", "OneDrive - Shop GmbH"),
        ("/home/ann/Library/Mobile Documents/x", "Mobile Documents"),
        ("/home/ann/Sync/flint", "Sync"),
        ("/srv/Sync/flint", None),
        ("/home/ann/dropboxes", None),
        ("/home/ann/.local/share/flint", None),
    ],
)
def test_a_folder_in_the_cloud_is_told_by_its_name(folder: str, name: str | None) -> None:
    assert sync_of(Path(folder), home=Path("/home/ann")) == name


def test_a_folder_in_the_cloud_is_a_warning_and_no_fault(tmp_path: Path) -> None:
    result = flint("doctor", "--data", tmp_path / "Nextcloud" / "flint")
    assert result.exit_code == 0
    assert "is in Nextcloud, which a cloud program copies while it is written" in result.output
