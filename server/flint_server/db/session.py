"""What a record's functions are given: one merchant's records in an engine's open transaction."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Dialect

from flint_domain.kernel.ids import IdPrefix
from flint_server.db.statement import Statement


class Cursor(Protocol):
    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...


class Driver(Protocol):
    """A connection as Python's database modules have it, in a transaction that somebody else begins and ends."""

    def execute(self, sql: str, parameters: Mapping[str, object] = ..., /) -> Cursor: ...
    def executemany(self, sql: str, parameters: Iterable[Mapping[str, object]], /) -> Cursor: ...


class IdSource(Protocol):
    def new_id(self, prefix: IdPrefix, at: datetime) -> str:
        """An identifier that nobody has, made at this time."""
        ...

    def random_bits(self, count: int) -> int:
        """A number below 2**count that nobody can guess, unless the source is seeded to repeat a run."""
        ...


class Session:
    """Runs statements, with the merchant's id among their parameters. One that only reads has no source of ids."""

    __slots__ = ("_dialect", "_ids", "currency", "driver", "merchant_id", "now")

    def __init__(
        self, driver: Driver, dialect: Dialect, merchant_id: str, currency: str, *, now: datetime, ids: IdSource | None
    ) -> None:
        self.driver = driver
        self._dialect = dialect
        self.merchant_id = merchant_id
        self.currency = currency
        self.now = now
        self._ids = ids

    def one(self, statement: Statement, /, **named: object) -> Any:
        """The first row, or None."""
        return self._execute(statement, named).fetchone()

    def all(self, statement: Statement, /, **named: object) -> list[Any]:
        """Every row."""
        return self._execute(statement, named).fetchall()

    def run(self, statement: Statement, /, **named: object) -> int:
        """How many rows were written."""
        return self._execute(statement, named).rowcount

    def written(self, statement: Statement, /, **named: object) -> Any:
        """The row that a writing statement returns, or None. It is run to its end, as no other row is left behind."""
        rows = self._execute(statement, named).fetchall()
        return rows[0] if rows else None

    def run_each(self, statement: Statement, rows: Iterable[dict[str, object]], /) -> None:
        """Run the statement once with each of these."""
        self.driver.executemany(
            statement.text(self._dialect), [{**row, "merchant_id": self.merchant_id} for row in rows]
        )

    def _execute(self, statement: Statement, named: dict[str, object]) -> Cursor:
        named["merchant_id"] = self.merchant_id  # whatever a record says: nobody reaches another one's
        return self.driver.execute(statement.text(self._dialect), named)

    def new_id(self, prefix: IdPrefix) -> str:
        """An identifier that nobody has."""
        return self._source.new_id(prefix, self.now)

    def random_bits(self, count: int) -> int:
        """A number below 2**count that nobody can guess."""
        return self._source.random_bits(count)

    @property
    def _source(self) -> IdSource:
        if self._ids is None:
            raise TypeError("a transaction that only reads makes no ids")
        return self._ids
