"""What can go wrong with the data file, in words: refusals for callers, faults for whoever starts the server."""

import sqlite3

from sqlalchemy.exc import DBAPIError

from flint_domain.kernel.errors import Refused
from flint_server.troubles import OperatorFault


class StorageFault(OperatorFault):
    """The store cannot be opened. message says what and which file, hint what to do now."""


class TransactionEnded(Exception):
    """SQLite ended the transaction by itself, so nothing done in it can be assumed."""


# What SQLite's primary result codes mean for a caller. Codes that are not here (a broken constraint, a misspelled
# statement) are faults of the program and are not turned into a refusal.
_REASONS: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: (
        "the data file is locked by another process",
        "wait for the other process (a backup, a second server, an open database browser) and try again",
    ),
    sqlite3.SQLITE_LOCKED: ("a table is locked by another connection", "try again"),
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space on the disk of the data file and try again"),
    sqlite3.SQLITE_READONLY: (
        "the data file is read-only",
        "make the data file and its folder writable for this user and try again",
    ),
    sqlite3.SQLITE_PERM: ("access to the data file is denied", "give this user access to the data file"),
    sqlite3.SQLITE_IOERR: ("the disk reported an input/output error", "check the disk and try again"),
    sqlite3.SQLITE_CORRUPT: ("the data file is damaged", "stop the server and restore the data file from a backup"),
    sqlite3.SQLITE_NOTADB: ("the data file is not a database", "point Flint at its own data file"),
    sqlite3.SQLITE_CANTOPEN: ("the data file cannot be opened", "check that its folder exists and is writable"),
    sqlite3.SQLITE_NOMEM: ("there is no memory left", "try again"),
    sqlite3.SQLITE_PROTOCOL: ("the data file's lock could not be taken", "try again"),
    sqlite3.SQLITE_INTERRUPT: ("the statement was interrupted", "try again"),
}


def _primary_code(error: sqlite3.Error) -> int | None:
    """SQLite's result code without its details; None for what Python's module raised by itself."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def driver_error(error: BaseException | None) -> sqlite3.Error | None:
    """The driver's error behind this one, whoever wrapped it."""
    while error is not None:
        if isinstance(error, sqlite3.Error):
            return error
        error = error.orig if isinstance(error, DBAPIError) else error.__cause__
    return None


def is_busy(error: BaseException) -> bool:
    """Whether another process holds the lock: waiting for it has already taken the busy timeout."""
    busy = driver_error(error)
    return busy is not None and _primary_code(busy) == sqlite3.SQLITE_BUSY


def is_storage_trouble(error: BaseException) -> bool:
    """Whether the database, not the statement, is at fault."""
    return isinstance(error, sqlite3.Error) and _primary_code(error) in _REASONS


def reason(error: BaseException) -> tuple[str, str]:
    """What happened to the database and what to do about it."""
    found = driver_error(error)
    if found is None:
        return "the transaction was ended by the database", "try again"
    return _REASONS.get(_primary_code(found) or 0, (f"the database answered: {found}", "try again"))


def unavailable(error: BaseException) -> Refused:
    """The refusal of a command that the database could not take."""
    what, hint = reason(error)
    return Refused("storage_unavailable", f"Nothing was changed: {what}.", hint=hint)


def closed() -> Refused:
    """The refusal of a command that comes after close()."""
    return Refused("storage_unavailable", "Nothing was changed: the store is closed.", hint="start the server again")


def unreadable(error: BaseException) -> Refused:
    """The refusal of a read that the database could not answer."""
    what, hint = reason(error)
    return Refused("storage_unavailable", f"The records could not be read: {what}.", hint=hint)
