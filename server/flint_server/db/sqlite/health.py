"""What `flint doctor` asks about storage: is this SQLite sound, and is the data file ours alone?"""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

# Two processes that write and checkpoint a write-ahead log at the same moment could damage the file; fixed in 3.51.3
# (https://www.sqlite.org/wal.html). One process has one writer here, so it is safe alone on any version.
WAL_RESET_FIXED_IN = (3, 51, 3)

_PROCESSES = Path("/proc")
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class StorageHealth:
    """Of the data file at path. sharing names the other processes that have it open; None when this system does not
    tell."""

    path: Path
    sqlite_version: str
    safe_to_share: bool
    sharing: tuple[int, ...] | None

    @property
    def warning(self) -> str | None:
        """What to tell the operator, if anything."""
        if self.safe_to_share or not self.sharing:
            return None
        others = ", ".join(map(str, self.sharing))
        return (
            f"SQLite {self.sqlite_version} can damage a data file that two processes write to at once "
            f"(fixed in 3.51.3), and process {others} has {self.path} open too. Stop it, or use a newer SQLite."
        )


def storage_health(path: Path) -> StorageHealth:
    """The library's version, whether it may share a data file, and who else has this one open now."""
    return StorageHealth(
        path=path,
        sqlite_version=sqlite3.sqlite_version,
        safe_to_share=sqlite3.sqlite_version_info >= WAL_RESET_FIXED_IN,
        sharing=sharing(path.resolve()),
    )


def damage(path: Path) -> str | None:
    """What SQLite finds wrong with the file's pages, its first words; None for a sound file. Reads all of it, and
    writes nothing."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as driver:
            (found,) = driver.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        return str(error) if getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED else None
    return None if found == "ok" else str(found).splitlines()[-1]


def sharing(path: Path) -> tuple[int, ...] | None:
    """The other processes that have this file open: their ids, ascending; None when this system does not tell.
    Processes of other users cannot be seen without being root."""
    if not _PROCESSES.is_dir():
        return None
    ours = os.getpid()
    return tuple(
        sorted(
            int(process.name)
            for process in _PROCESSES.iterdir()
            if process.name.isdigit() and int(process.name) != ours and _has_open(process, str(path))
        )
    )


def _has_open(process: Path, name: str) -> bool:
    try:
        return any(_target(descriptor) == name for descriptor in (process / "fd").iterdir())
    except OSError:  # it ended meanwhile, or belongs to somebody else
        return False


def _target(descriptor: Path) -> str | None:
    try:
        return str(descriptor.readlink())
    except OSError:
        return None
