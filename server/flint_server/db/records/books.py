"""Whose books a file's money is in: those of the processor that its first payment was made through."""

import sqlite3

from flint_domain.kernel.errors import Refused
from flint_server.db import statements
from flint_server.db.codecs import TRANSFER


def books_of(driver: sqlite3.Connection) -> str | None:
    """The processor's name, which says test or live, too; None while no money has moved."""
    row: tuple[str, int] | None = driver.execute(statements.NEWEST_TRANSFER).fetchone()
    return None if row is None else TRANSFER.load(*row).processor


def require_same_books(driver: sqlite3.Connection, processor: str) -> None:
    """Refuse to move money of this file through another processor than before. What is asked when a server starts is
    not enough: two may start on a file that no payment has bound yet, and the first payment decides."""
    known = books_of(driver)
    if known not in (None, processor):
        raise Refused(
            "storage_unavailable",
            f"Nothing was changed: the payments of this data file were made through {known}, and this server speaks to "
            f"{processor}.",
            hint="tell the operator: this server has to be started as the other one was, or on another data folder",
        )
