"""What the tables of the records are made of.

What is looked up, listed or constrained is a column, the rest is one JSON body with the number of the schema it was
written with (see codecs). Times are whole microseconds since 1970 in UTC, so that they compare as integers on every
engine. `seq` numbers the rows of a table in the order they were added; "newest first" is by seq, never by the clock, so
that a page's cursor is exact when the clock steps back.

A merchant's id comes first in every key and index, so that one merchant's rows lie together; only what the worker looks
for across merchants has indexes of another order.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    TextClause,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite makes a column its rowid only when the type is spelled INTEGER.
Sequence = BigInteger().with_variant(Integer, "sqlite")

# Rows that lie together in the order of their primary key, without a number of their own.
BY_KEY: dict[str, Any] = {"sqlite_with_rowid": False}


def of_merchant() -> Column[str]:
    """Whose row it is."""
    return Column("merchant_id", Text, ForeignKey("merchants.id"), nullable=False)


def within_merchant(column: str, table: str, key: str = "id") -> ForeignKeyConstraint:
    """The column names a row of the table, of the same merchant."""
    return ForeignKeyConstraint(["merchant_id", column], [f"{table}.merchant_id", f"{table}.{key}"])


def partial_index(name: str | None, *columns: Column[Any], where: TextClause, unique: bool = False) -> Index:
    """An index of the rows that meet a condition. Only a query that repeats the condition word for word can use it, so
    both take it from one place."""
    return Index(name, *columns, unique=unique, sqlite_where=where)


def find_by_words(table: Table, *columns: str) -> None:
    """Have the engine keep an index of the words in these columns (see constructs.matching)."""
    table.info["words"] = columns


def quoted(values: Iterable[str]) -> str:
    """Constants of a condition."""
    return ", ".join(f"'{value}'" for value in sorted(values))
