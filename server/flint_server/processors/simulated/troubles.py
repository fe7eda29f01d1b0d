"""Why a ledger cannot be used, in words for the operator."""

import sqlite3
from pathlib import Path

from flint_server.troubles import OperatorFault


class LedgerUnusable(OperatorFault):
    """The file cannot serve as the simulated processor's ledger."""


def unusable(path: Path, error: OSError | sqlite3.Error) -> LedgerUnusable:
    """The fault that says in words what the system or SQLite reported, with SQLite's own name for it."""
    if isinstance(error, OSError):
        return LedgerUnusable(
            f"The simulated processor cannot use its ledger {path}: {error.strerror or error}.",
            hint="Give this user access to the file and its folder, or choose another folder with --data.",
        )
    name: str = getattr(error, "sqlite_errorname", "SQLITE_ERROR")
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return LedgerUnusable(
            f"The simulated processor's ledger {path} is locked by another process ({name}).",
            hint="Wait for it (a backup, an open database browser) or end it, and try again.",
        )
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return damaged(path, str(error), name)
    return LedgerUnusable(
        f"The simulated processor cannot use its ledger {path}: {error} ({name}).",
        hint="Make the file, its folder and its disk usable for this user, and try again.",
    )


def damaged(path: Path, what: str, name: str) -> LedgerUnusable:
    return LedgerUnusable(
        f"The simulated processor's ledger {path} is damaged: {what} ({name}).",
        hint="Restore it from a backup, or move it away to begin with an empty ledger: that cannot refund what was "
        "paid before.",
    )
