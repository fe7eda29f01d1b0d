"""Saving what somebody else has saved since: a fault of the caller's, not a race."""

import sqlite3


class StaleWrite(Exception):
    """A record was saved from another version than the stored one: a fault of the caller's, not a race."""


def require_one(written: sqlite3.Cursor, record_id: str, version: int) -> None:
    """Raise StaleWrite unless exactly one row was written from the version before this one."""
    if written.rowcount != 1:
        raise StaleWrite(f"{record_id} is not stored at version {version - 1}, so version {version} cannot follow it")
