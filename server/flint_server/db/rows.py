"""How a value lies in a table: every column of a record is written down once, for adding, saving and reading alike.

A column holds the field of its name, unless the record says otherwise; times are whole microseconds, objects JSON text.
A record with a body is read from it, whatever its columns say, but for those that are counted in their column alone.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from operator import attrgetter
from types import UnionType
from typing import Any, Generic, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from sqlalchemy import Column, Table

from flint_server.db.codecs import Codec, dump_object, from_micros, load_object, micros
from flint_server.db.session import Session
from flint_server.db.stale import StaleWrite
from flint_server.db.statement import Statement

T = TypeVar("T")

Getter = Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of a type are written in a column, and read from it."""

    written: Getter
    read: Callable[[Any], Any]


KINDS: Mapping[Any, Kind] = {
    datetime: Kind(micros, from_micros),
    bool: Kind(bool, bool),
    dict: Kind(dump_object, load_object),
}


class Columns(Generic[T]):
    """A record that lies in its columns alone, or a part of one. given names the field that a column holds when it has
    another name, or of what kind it is, or says how its value is worked out; the latter is written and not read."""

    def __init__(
        self, table: Table, model: type[T], *, kinds: Mapping[Any, Kind] = KINDS, **given: str | Getter | Kind
    ) -> None:
        self._model = model
        kind_of = _kinds_of(model, kinds)
        _require_known(table, kind_of, given)
        self._written: dict[str, Getter] = {}
        self._read: list[tuple[str, Kind | None]] = []
        self.columns: list[Column[Any]] = []
        """What to select, for load."""
        for column in table.c:
            its = given.get(column.name, column.name)
            if isinstance(its, Kind):
                its, kind_of[column.name] = column.name, its
            if not isinstance(its, str):
                self._written[column.name] = its
            elif its in kind_of:
                self._written[column.name] = _getter(its, kind_of[its])
                self._read.append((its, kind_of[its]))
                self.columns.append(column)

    def of(self, value: T) -> dict[str, object]:
        """The columns of this value, as parameters of a statement."""
        return {name: column_of(value) for name, column_of in self._written.items()}

    def load(self, row: tuple[Any, ...]) -> T:
        """The value of a row of columns."""
        return self._model(**self._fields(row))

    def _fields(self, row: tuple[Any, ...]) -> dict[str, Any]:
        return {
            name: stored if kind is None or stored is None else kind.read(stored)
            for (name, kind), stored in zip(self._read, row, strict=True)
        }

    def first(self, tx: Session, statement: Statement, **named: object) -> T | None:
        """The value that the statement finds first, if any."""
        row = tx.one(statement, **named)
        return None if row is None else self.load(row)

    def every(self, tx: Session, statement: Statement, **named: object) -> list[T]:
        """All values that the statement finds."""
        return [self.load(row) for row in tx.all(statement, **named)]


class Body(Columns[T]):
    """A record that is one body, with columns for what is looked up or constrained. counted are the columns that change
    without the body."""

    def __init__(
        self,
        table: Table,
        codec: Codec[T],
        model: type[T],
        *,
        counted: tuple[str, ...] = (),
        **given: str | Getter | Kind,
    ) -> None:
        super().__init__(table, model, kinds=KINDS, **given)
        self._codec = codec
        self._written = {"schema": lambda _value: codec.schema, "body": codec.dump, **self._written}
        kinds = dict(self._read)
        self._read = [(name, kinds[name]) for name in counted]
        self.columns = [table.c.body, table.c.schema, *(table.c[name] for name in counted)]

    def load(self, row: tuple[Any, ...]) -> T:
        value = self._codec.load(row[0], row[1])
        if not self._read:
            return value
        counted = {name: now for name, now in self._fields(row[2:]).items() if getattr(value, name) != now}
        return cast("T", replace(cast("Any", value), **counted)) if counted else value


def save(tx: Session, statement: Statement, row: Mapping[str, object]) -> None:
    """Write a record whose version is one more than the stored one's. Raises StaleWrite when it is not: a fault of the
    caller's, not a race."""
    if tx.run(statement, **row) != 1:
        version = cast("int", row["version"])
        raise StaleWrite(f"{row['id']} is not stored at version {version - 1}, so version {version} cannot follow it")


def _require_known(table: Table, fields_of: Mapping[str, object], given: Mapping[str, object]) -> None:
    """A name that is spelled wrong would leave a column out. Raises LookupError."""
    for column, its in given.items():
        if column not in table.c:
            raise LookupError(f"{table.name} has no column {column}")
        if isinstance(its, str) and its not in fields_of:
            raise LookupError(f"{table.name}.{column} cannot hold {its}: there is no such field")


def _getter(field: str, kind: Kind | None) -> Getter:
    get: Getter = attrgetter(field)
    if kind is None:
        return get
    written = kind.written

    def column_of(value: Any) -> object:
        held = get(value)
        return None if held is None else written(held)

    return column_of


def _kinds_of(model: Any, kinds: Mapping[Any, Kind]) -> dict[str, Kind | None]:
    """Each field's kind, by its type; None for what a column holds as it is."""
    hints = get_type_hints(model)
    return {each.name: next(_found(hints[each.name], kinds), None) for each in fields(model)}


def _found(hint: Any, kinds: Mapping[Any, Kind]) -> Iterator[Kind]:
    for each in get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,):
        kind = get_origin(each) or each
        if kind in kinds:
            yield kinds[kind]
