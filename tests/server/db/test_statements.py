"""All statements of the records: SQLite can run each of them, and none but the worker's looks across merchants."""

from collections.abc import Iterator
from types import ModuleType

import pytest
from sqlalchemy.dialects import postgresql

from flint_domain.unit_of_work.ports import ReadTransaction
from flint_server.db import SqliteStore, records
from flint_server.db.constructs import SQLITE
from flint_server.db.statement import Statement
from tests.server.db.given import MERCHANT, driver


class Anything(dict[str, object]):
    """A value for every parameter."""

    def __missing__(self, name: str) -> object:
        return None


def statements() -> Iterator[tuple[str, Statement]]:
    for file, module in vars(records).items():
        if isinstance(module, ModuleType):
            for name, value in vars(module).items():
                for number, each in enumerate(value if isinstance(value, tuple) else (value,)):
                    if isinstance(each, Statement):
                        yield f"{file}.{name}{f'[{number}]' if isinstance(value, tuple) else ''}", each


ALL = dict(statements())

ACROSS_MERCHANTS = {
    # what is due, of whomever it is
    "orders.DUE_RELEASES",
    "processor_events.DUE",
    "transfers.DUE",
    "webhook_deliveries.DUE",
    "webhook_deliveries.ENDPOINTS_WITH_WORK",
    # what is old, of whomever it is
    "idempotency.FORGET",
    "processor_events.FORGET",
    "webhook_deliveries.FORGET",
    # the merchants themselves, and what is asked of a file as a whole
    "merchants.ADD",
    "merchants.ALL",
    "erasure.FORGET_PERSON[7]",  # erased words leave the text index
    "transfers.AT_A_PROCESSOR",
    "transfers.NEWEST_AT_A_PROCESSOR",
}


async def test_every_statement_is_understood(store: SqliteStore) -> None:
    assert len(ALL) > 90

    def explain(tx: ReadTransaction) -> None:
        for name, statement in ALL.items():
            try:
                driver(tx).execute(f"EXPLAIN {statement.text(SQLITE)}", Anything())
            except Exception as error:
                raise AssertionError(name) from error

    await store.read(MERCHANT, explain)


def test_none_but_the_workers_looks_across_merchants() -> None:
    across = {name for name, statement in ALL.items() if ":merchant_id" not in statement.text(SQLITE)}
    assert across == {name for name in ALL if is_across(name)}
    assert ALL.keys() >= ACROSS_MERCHANTS


def test_no_statement_is_built_of_what_one_engine_alone_can_say() -> None:
    """What differs between engines is in constructs.py, whose elements have words for any; the rest is SQL's."""
    other = postgresql.dialect(paramstyle="pyformat")
    assert all("%(merchant_id)s" in statement.text(other) for name, statement in ALL.items() if not is_across(name))


def is_across(name: str) -> bool:
    return name in ACROSS_MERCHANTS or name.startswith("newest_ids.")


def test_a_statement_is_compiled_once() -> None:
    statement = ALL["orders.ONE_ORDER"]
    assert statement.text(SQLITE) is statement.text(SQLITE)


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_record_is_never_found_by_its_merchant_alone(name: str) -> None:
    """A statement that changes rows says which."""
    text = ALL[name].text(SQLITE)
    if text.startswith(("UPDATE", "DELETE")):
        assert text.partition("WHERE")[2].strip() not in {"", "merchant_id = :merchant_id"}
