"""What the engines say differently. Records are written with these, and know no engine.

They compile to SQLite's words here; another engine adds its own with `@compiles`.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Dialect,
    Executable,
    Insert,
    Integer,
    Select,
    Table,
    Text,
    TextClause,
    bindparam,
    literal_column,
    select,
    table,
)
from sqlalchemy import column as bare_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import SyntaxExtension
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.functions import FunctionElement

from flint_domain.kernel.words import sought

SQLITE: Dialect = sqlite.dialect(paramstyle="named")


# ── inserts that may meet a row of their key ──


class OnConflict(SyntaxExtension, ClauseElement):
    """What an insert does then (`.ext(OnConflict(…))`): nothing, or set_ these columns where the condition holds.

    The key's columns name a unique index, of the rows that meet index_where if it is a partial one. SQLite and
    PostgreSQL say it alike, but SQLAlchemy has a construct of its own for each.
    """

    inherit_cache = False

    def __init__(
        self,
        *key: str,
        index_where: TextClause | None = None,
        set_: Mapping[str, ColumnElement[Any]] | None = None,
        where: ColumnElement[bool] | None = None,
    ) -> None:
        self.key = key
        self.index_where = index_where
        self.set_ = set_
        self.where = where

    def apply_to_insert(self, insert_stmt: Insert) -> None:
        insert_stmt.apply_syntax_extension_point(self.append_replacing_same_type, "post_values")


def excluded(column: str) -> ColumnElement[Any]:
    """What the insert would have written there."""
    return literal_column(f"excluded.{column}")


@compiles(OnConflict)
def _on_conflict(element: OnConflict, compiler: SQLCompiler, **options: Any) -> str:
    quoted = compiler.preparer.quote
    within = {**options, "include_table": True, "use_schema": False}
    text = f"ON CONFLICT ({', '.join(map(quoted, element.key))})"
    if element.index_where is not None:
        text += f" WHERE {compiler.process(element.index_where, **within)}"
    if element.set_ is None:
        return f"{text} DO NOTHING"
    changes = ", ".join(f"{quoted(name)} = {compiler.process(value, **within)}" for name, value in element.set_.items())
    condition = "" if element.where is None else f" WHERE {compiler.process(element.where, **within)}"
    return f"{text} DO UPDATE SET {changes}{condition}"


# ── JSON ──


class _JsonEach(FunctionElement[Any]):
    inherit_cache = True


class _JsonText(FunctionElement[str]):
    type = Text()
    inherit_cache = True


class _JsonWithout(FunctionElement[str]):
    type = Text()
    inherit_cache = True


def each_of(parameter: str) -> Select[Any]:
    """The texts of a parameter that is a JSON array."""
    return select(_JsonEach(bindparam(parameter)).table_valued("value").c.value)


def json_text(body: ColumnElement[str], field: str) -> ColumnElement[str]:
    """What a field of a body holds, by its path (`buyer_email`, `kept.name`); null when it holds nothing."""
    return _JsonText(body, _path(field))


def json_without(body: ColumnElement[str], *paths: str) -> ColumnElement[str]:
    """The body without these fields."""
    return _JsonWithout(body, *map(_path, paths))


def _path(field: str) -> ColumnElement[str]:
    return literal_column(f"'$.{field}'", Text)


@compiles(_JsonEach)
def _json_each(element: _JsonEach, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(_JsonText)
def _json_extract(element: _JsonText, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_extract({compiler.process(element.clauses, **options)})"


@compiles(_JsonWithout)
def _json_remove(element: _JsonWithout, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_remove({compiler.process(element.clauses, **options)})"


# ── how a row is found ──


class _Contains(FunctionElement[bool]):
    inherit_cache = True


class _Unindexed(FunctionElement[Any]):
    inherit_cache = True


def contains(text: ColumnElement[str], part: BindParameter[str]) -> ColumnElement[bool]:
    """Whether the text has this part, letter for letter."""
    return _Contains(text, part)


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column, without its index. SQLite keeps no statistics here, and would sometimes walk a filter's index through
    half of the table, or the listing's own through all of it, where another one names a few rows."""
    walked = _Unindexed(column)
    walked.type = column.type
    return walked


@compiles(_Contains)
def _instr(element: _Contains, compiler: SQLCompiler, **options: Any) -> str:
    return f"instr({compiler.process(element.clauses, **options)}) > 0"


@compiles(_Unindexed)
def _plus(element: _Unindexed, compiler: SQLCompiler, **options: Any) -> str:
    return f"+{compiler.process(element.clauses, **options)}"


# ── words ──


class _WordsAreLeft(Executable, ClauseElement):
    inherit_cache = True


def words_are_left() -> ClauseElement:
    """Notes that a text index still holds words of rows that are gone, in the transaction that took them away. SQLite
    merges its indexes afterwards (see sqlite.erased_words); other engines forget by themselves."""
    return _WordsAreLeft()


@compiles(_WordsAreLeft)
def _mark_of_words(element: _WordsAreLeft, compiler: SQLCompiler, **options: Any) -> str:
    return "PRAGMA user_version = 1"


def matching(rows: Select[Any], of: Table) -> tuple[Select[Any], ColumnElement[int]]:
    """The rows of the table whose words match :words, and what orders them by their seq.

    The text index walks its rows newest first by itself and stops at the page's end, if it is the outer loop. That its
    column has no index keeps SQLite from turning the loops around, which would ask the index once per row.
    """
    index = table(f"{of.name}_text", bare_column("rowid", Integer))
    matches = literal_column(index.name, Text).op("MATCH", is_comparison=True)(bindparam("words"))
    return rows.select_from(index, of).where(of.c.seq == unindexed(index.c.rowid), matches), index.c.rowid


def words_sought(text: str | None, *, any_word: bool) -> str | None:
    """The user's words as :words, each as the beginnings that stand for it. None for no text at all, and an empty one
    for a text without any word, which nothing matches.

    Words are letters and digits alone, and quoted all the same: FTS5's own syntax is never seen in them.
    """
    if text is None or not text.strip():
        return None
    words = [
        " OR ".join(f'"{beginning}"*' for beginning in beginnings) for beginnings in sought(text, any_word=any_word)
    ]
    return (" OR " if any_word else " AND ").join(f"({word})" for word in words)
