"""Before a data file is brought up to date there is room for it and nobody else at it; what takes long says so."""

import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import pytest

from flint_server.db import StorageFault, open_store
from flint_server.db.migrations import progress as progressing
from flint_server.db.migrations import upgrade as upgrading
from flint_server.db.migrations.progress import Progress
from flint_server.db.sqlite import opening
from tests.server.db.given import START, TurnedClock, another_process_with
from tests.server.db.older import older_file

OLD = "0008"


@pytest.fixture
def old(path: Path) -> Path:
    older_file(path, OLD)
    return path


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def free_space(monkeypatch: pytest.MonkeyPatch, free: int) -> list[Path]:
    """Have this much on every disk; the folders that were asked about."""
    asked: list[Path] = []

    def usage(folder: Path) -> Usage:
        asked.append(folder)
        return Usage(free, 0, free)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    return asked


def revision_of(path: Path) -> str:
    with closing(sqlite3.connect(path)) as driver:
        return driver.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def test_without_room_for_three_times_the_file_nothing_is_begun(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with old.open("ab") as file:  # SQLite takes what is behind the pages that it knows of for free room
        file.truncate(5_000_001)
    asked = free_space(monkeypatch, 15_000_002)
    with pytest.raises(StorageFault) as caught:
        open_store(old, TurnedClock())
    assert caught.value.message == (
        f"Bringing the data file {old} up to date needs 16 MB of free space in {old.parent}, 3 times its size, and "
        "there are 16 MB."
    ), "rounded up, both"
    assert caught.value.hint == (
        "Free some space there, or move the folder to a larger disk and name it with --data or FLINT_DATA. "
        "Nothing was changed."
    )
    assert asked == [old.parent]
    assert revision_of(old) == OLD
    assert [file.name for file in old.parent.iterdir() if file.name.startswith("flint.db.")] == []


def test_with_just_that_much_room_it_is_brought_up_to_date(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free_space(monkeypatch, 3 * old.stat().st_size)
    open_store(old, TurnedClock()).close_now()
    assert revision_of(old) == opening.REVISION


def test_a_file_that_is_up_to_date_needs_no_room(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_store(path, TurnedClock()).close_now()
    free_space(monkeypatch, 0)
    open_store(path, TurnedClock()).close_now()


def test_who_waits_in_vain_for_another_process_is_told_so(old: Path) -> None:
    with closing(sqlite3.connect(old, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageFault) as caught:
            upgrading.upgrade(old, OLD, opening.REVISION, START, wait_ms=50)
    assert caught.value.message == (
        f"The data file {old} is of an older Flint, and another process has been writing to it for 0.05 s, so that it "
        "cannot be brought up to date."
    )
    assert caught.value.hint == (
        "If that process brings it up to date, wait until it is done and start again; if it is an older Flint, stop it "
        "first."
    )
    assert revision_of(old) == OLD
    assert [*old.parent.glob("*.bak")] == []


# ── what is said ──


def test_what_takes_long_says_how_far_it_is_and_when_it_is_done() -> None:
    said: list[str] = []
    time: Iterator[int] = count(0, 3)  # seconds, three more at every look
    progress = Progress(Path("flint.db"), said.append, lambda: float(next(time)))
    progress.doing("making the copy")
    assert said == []
    progress.doing("table 1 of 2, orders")
    progress.look()
    progress.look()
    progress.done()
    assert said == [
        "Bringing flint.db up to date, 6 s so far: table 1 of 2, orders.",
        "Bringing flint.db up to date, 12 s so far: table 1 of 2, orders.",
        "flint.db is up to date, after 15 s.",
    ]


def test_it_is_said_on_standard_error_while_a_statement_runs(
    old: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progressing, "SAY_EVERY", 0.0)
    monkeypatch.setattr(progressing, "_STEPS", 1_000)
    open_store(old, TurnedClock()).close_now()
    out, err = capfd.readouterr()
    assert out == "", "an MCP client reads it"
    lines = err.splitlines()
    copying = f"s so far: making the copy flint.db.{OLD}-20261123T093000Z.bak."
    assert lines[0].startswith(f"Bringing {old} up to date, 0 ")
    assert sum(line.endswith(copying) for line in lines) > 1, "again and again, out of one statement"
    assert lines[-1].startswith(f"{old} is up to date, after ")


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="this system does not tell who has a file open")
def test_whoever_has_the_file_open_still_is_named(old: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with another_process_with(old) as process_id:
        open_store(old, TurnedClock()).close_now()
    said = capfd.readouterr().err
    assert f"process {process_id} has it open too. If that is an older Flint, stop it" in said
    assert revision_of(old) == opening.REVISION


def test_what_is_quick_says_nothing(old: Path, capfd: pytest.CaptureFixture[str]) -> None:
    open_store(old, TurnedClock()).close_now()
    assert capfd.readouterr() == ("", "")


# ── the copy ──

KILLED = """
    import os, signal
    from datetime import UTC, datetime
    from pathlib import Path
    from flint_server.db.migrations import upgrade

    os.fsync = lambda number: os.kill(os.getpid(), signal.SIGKILL)
    upgrade.upgrade(Path({path!r}), {old!r}, {new!r}, datetime.now(UTC))
"""


def test_a_copy_has_its_name_only_when_it_is_whole(old: Path) -> None:
    script = dedent(KILLED.format(path=str(old), old=OLD, new=opening.REVISION))
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert revision_of(old) == OLD
    assert [*old.parent.glob("*.bak")] == []
    assert old.with_name("flint.db.copying").exists(), "killed while it was made"
    open_store(old, TurnedClock()).close_now()
    [copy] = old.parent.glob("*.bak")
    assert revision_of(copy) == OLD
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert not old.with_name("flint.db.copying").exists()
