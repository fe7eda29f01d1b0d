"""A person is erased after every command there is, and no table says anything of them any more."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from flint_domain.commands.payment_methods import AddPaymentMethod
from flint_domain.commands.privacy import EraseCustomer
from flint_domain.engine.commands import COMMANDS
from flint_server.db.packing import unpacked
from tests.journeys.marked_lives import NEEDLES, SCENARIOS, Life, Scenario, begun, given_to_another
from tests.journeys.tax_office import TaxedHouse

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TaxedHouse]:
    house = TaxedHouse(tmp_path)
    await house.open()
    try:
        yield house
    finally:
        await house.close()


def left_behind(file: Path) -> list[str]:
    """Where a data file still says something of the person: table, column, and the value."""
    with closing(sqlite3.connect(file)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [line for table in tables for line in _left_in(connection, table)]


def _left_in(connection: sqlite3.Connection, table: str) -> Iterator[str]:
    rows = connection.execute(f'SELECT * FROM "{table}"')
    names = [column[0] for column in rows.description]
    for row in rows:
        for name, value in zip(names, row, strict=True):
            for text in _texts(value):
                if any(needle in text for needle in NEEDLES):
                    yield f"{table}.{name}: {_around(text)}"


def _around(text: str) -> str:
    """What is told of a long value: its beginning, and where the person is in it."""
    first = min(text.index(needle) for needle in NEEDLES if needle in text)
    return repr(f"{text[:100]} … {text[max(0, first - 100) : first + 50]}")


def _texts(value: object) -> Iterator[str]:
    """What a column says, also where it is compressed."""
    if isinstance(value, str):
        yield value.lower()
    if isinstance(value, bytes):
        yield value.decode("latin-1").lower()
        try:
            yield unpacked(value).lower()
        except ValueError:
            return


def test_every_command_there_is_has_a_life_that_does_it() -> None:
    assert SCENARIOS.keys() == {*COMMANDS}


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=[command.name for command in SCENARIOS])
async def test_nothing_of_an_erased_person_is_left_in_any_table(house: TaxedHouse, scenario: Scenario) -> None:
    life = await begun(house)
    await scenario(life)
    await life.send_webhooks()
    await life.end_what_is_open()
    assert left_behind(house.folder / "flint.db"), "the person was somewhere"
    await life.do(EraseCustomer(customer_id=life.customer_id))
    await house.reported(6)
    assert await house.sqlite.take_out_erased_words() > 0
    assert left_behind(house.folder / "flint.db") == []
    assert left_behind(house.folder / "processor.db") == []


async def test_an_order_that_was_given_to_somebody_else_keeps_only_where_its_receipt_went(house: TaxedHouse) -> None:
    """It is the other customer's now, and so is what repeats it; what the person saved and paid with is theirs."""
    life = await begun(house)
    await given_to_another(life)
    await life.end_what_is_open()
    tables = {line.split(".")[0] for line in left_behind(house.folder / "flint.db")}
    assert {"customers", "transfers", "orders", "idempotency_records"} <= tables
    await life.do(EraseCustomer(customer_id=life.customer_id))
    await house.sqlite.take_out_erased_words()
    lines = left_behind(house.folder / "flint.db")
    assert {line.split(".")[0] for line in lines} == {
        "orders",
        "orders_text",
        "orders_text_data",
        "idempotency_records",
    }
    assert all("wumpelstilz@example.com" in line for line in lines if line.startswith("orders.body"))
    assert left_behind(house.folder / "processor.db") == []


async def test_an_attaching_that_waits_for_the_erased_is_forgotten_when_it_has_its_answer(house: TaxedHouse) -> None:
    """Until then it may have to be asked for again, with the same words."""
    life = await begun(house)
    await life.saved_method()  # so that the processor knows the customer already
    waiting = AddPaymentMethod(customer_id=life.customer_id, source="tok_threeDSecure2Required")
    await life.do(waiting)
    await life.end_what_is_open()
    await life.do(EraseCustomer(customer_id=life.customer_id))
    with_words = """SELECT count(*) FROM transfers WHERE kind = 'attach'
        AND (json_extract(body, '$.source') IS NOT NULL OR json_extract(body, '$.customer_reference') IS NOT NULL)"""
    with closing(sqlite3.connect(house.folder / "flint.db")) as connection:
        assert connection.execute(with_words).fetchone() == (1,)
        await house.later()  # the processor called it off as it was detached, and says so
        assert connection.execute(with_words).fetchone() == (0,)
        states = connection.execute("SELECT DISTINCT kind, state FROM transfers WHERE subject_id IS NOT NULL")
        assert ("attach", "declined") in states.fetchall()


async def test_a_life_is_told_in_full_before_it_is_erased(house: TaxedHouse) -> None:
    life: Life = await begun(house)
    await life.paid()
    await house.reported(6)
    await life.send_webhooks()
    found = {line.split(":")[0] for line in left_behind(house.folder / "flint.db")}
    assert {
        "orders.body",
        "customers.body",
        "idempotency_records.answer",
        "transfers.body",
        "webhook_deliveries.payload",
    } <= found
