"""Statements: built from the schema once, compiled once for each dialect, and run by the driver as text.

A Core statement costs 60–80 µs of Python each time that SQLAlchemy executes it; as text with named parameters it costs
two. Every statement about a merchant's records asks for :merchant_id, which the session fills in.
"""

from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    Insert,
    Integer,
    Table,
    Text,
    Update,
    and_,
    bindparam,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql.elements import ClauseElement

ZERO = literal_column("0", Integer)  # SQLite's dialect would write a LIMIT's missing OFFSET as a parameter
ONE = literal_column("1", Integer)
EMPTY = literal_column("''", Text)


class Statement:
    """A clause of Core with named parameters. Its text in a dialect is made when it is first asked for."""

    __slots__ = ("_clause", "_texts")

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._texts: dict[Dialect, str] = {}

    def text(self, dialect: Dialect) -> str:
        """What the driver of this dialect is given."""
        text = self._texts.get(dialect)
        if text is None:
            text = self._texts[dialect] = str(self._clause.compile(dialect=dialect))
        return text


def word(text: str) -> ColumnElement[str]:
    """A constant of a statement: as a parameter, it would keep a partial index from being used."""
    return literal_column(f"'{text}'", Text)


def mine(table: Any) -> ColumnElement[bool]:
    """The rows of the session's merchant."""
    return table.c.merchant_id == bindparam("merchant_id")


def this(table: Any, name: str = "id") -> ColumnElement[bool]:
    """One record of the merchant, by the parameter of its key's name."""
    return and_(table.c[name] == bindparam(name), mine(table))


def parameters(table: Table, *without: str) -> dict[str, BindParameter[Any]]:
    """A parameter for each column, but for seq, which the database counts, and for these."""
    return {
        column.name: bindparam(column.name, type_=column.type)
        for column in table.c
        if column.name not in ("seq", *without)
    }


def added(table: Table, *defaults: str, **expressions: ColumnElement[Any]) -> Insert:
    """A new row. The columns in defaults begin with theirs; those in expressions are worked out, from parameters of
    their columns' names among other things."""
    return insert(table).values({**parameters(table, *defaults), **expressions})


def saved(table: Table, *fixed: str, **expressions: ColumnElement[Any]) -> Update:
    """A row as it is now, but for the fixed columns, which stay what they were when it was added: of this id, and one
    version younger if rows have versions."""
    values = parameters(table, "id", "merchant_id", *fixed)
    one_younger = [table.c.version == values["version"] - ONE] if "version" in values else []
    return update(table).where(this(table), *one_younger).values({**values, **expressions})


def place_of(table: Table, cursor: str, *, of: str | None = None) -> ColumnElement[int]:
    """The seq of the record that the parameter names, where a page ended: one of the owner's in the column `of`, if
    any. A cursor that names nothing gives an empty page."""
    page = table.alias("page")
    owned = [] if of is None else [page.c[of] == bindparam(of)]
    return select(page.c.seq).where(mine(page), page.c.id == bindparam(cursor), *owned).scalar_subquery()
