"""Going through a table in a migration, a page at a time: files are larger than memory."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, text

PAGE = 1_000  # rows


def pages(connection: Connection, table: str, columns: str) -> Iterator[list[Any]]:
    """The rows of a table that has a seq, which comes first in each, and then these columns."""
    query = text(f"SELECT seq, {columns} FROM {table} WHERE seq > :after ORDER BY seq LIMIT :page")
    after = 0
    while page := connection.execute(query, {"after": after, "page": PAGE}).fetchall():
        yield list(page)
        after = page[-1][0]
