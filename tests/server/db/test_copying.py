"""A copy of the data is of one moment, beside a writing server or alone, and leaves nothing where it came from."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from flint_server.db import StorageFault
from flint_server.db.sqlite.copying import copy_to
from tests.journeys.house import opened


def counted(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("SELECT count(*) FROM orders").fetchone()[0]


async def test_a_file_is_copied_beside_its_server_with_what_is_still_in_the_log(tmp_path: Path) -> None:
    async with opened(tmp_path / "shop") as house:
        await house.order_of()
        assert (house.folder / "flint.db-wal").stat().st_size > 0
        log, data = (house.folder / "flint.db-wal").read_bytes(), (house.folder / "flint.db").read_bytes()
        copy_to(house.folder / "flint.db", tmp_path / "copy.db")
        assert ((house.folder / "flint.db-wal").read_bytes(), (house.folder / "flint.db").read_bytes()) == (log, data)
        await house.order_of()
    assert counted(tmp_path / "copy.db") == 1


async def test_a_file_that_nobody_has_open_gets_no_log_from_being_read(tmp_path: Path) -> None:
    async with opened(tmp_path / "shop") as house:
        await house.order_of()
    before = {file: file.read_bytes() for file in (tmp_path / "shop").iterdir()}
    copy_to(tmp_path / "shop" / "flint.db", tmp_path / "copy.db")
    assert {file: file.read_bytes() for file in (tmp_path / "shop").iterdir()} == before
    assert counted(tmp_path / "copy.db") == 1


@pytest.mark.parametrize("target", ["no/such/folder/copy.db", "copy.db"])
def test_what_cannot_be_copied_says_so(tmp_path: Path, target: str) -> None:
    source = tmp_path / "flint.db"
    source.write_text("a shopping list, which is long enough to be looked at by SQLite as if it was one of its files")
    with pytest.raises(StorageFault, match=r"cannot be copied to .*: ") as fault:
        copy_to(source, tmp_path / target)
    assert "TMPDIR" in fault.value.hint
