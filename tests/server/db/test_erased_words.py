"""Words of rows that are gone leave the text indexes, step by step and also after a crash in between."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.privacy import EraseCustomer
from flint_domain.customers.model import Profile
from flint_domain.queries.customers import SearchCustomers
from flint_server.db.session import Driver
from flint_server.db.sqlite import erased_words
from tests.journeys.house import House

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    await house.open()
    try:
        yield house
    finally:
        await house.close()


async def erased(house: House, name: str) -> None:
    saved = await house.do(SaveCustomer(profile=Profile(name=name)))
    await house.do(EraseCustomer(customer_id=saved["customer"]["customerId"]))


def said(house: House, word: str) -> bool:
    """Whether a block of the index of customers still holds the word."""
    with closing(sqlite3.connect(house.folder / "flint.db")) as connection:
        return any(word.encode() in block for (block,) in connection.execute("SELECT block FROM customers_text_data"))


async def test_nothing_is_done_while_nobody_was_erased(house: House) -> None:
    await house.do(SaveCustomer(profile=Profile(name="Ann")))
    assert await house.sqlite.take_out_erased_words() == 0


async def test_an_erased_name_is_in_the_index_until_its_words_are_taken_out(house: House) -> None:
    await house.do(SaveCustomer(profile=Profile(name="Ann Stayer")))
    await erased(house, "Wumpelstilz")
    assert said(house, "umpelstilz")
    assert await house.sqlite.take_out_erased_words() > 0
    assert not said(house, "umpelstilz")
    assert await house.sqlite.take_out_erased_words() == 0
    [found] = (await house.ask(SearchCustomers(text="stayer")))["customers"]
    assert found["name"] == "Ann Stayer"


async def test_a_crash_between_two_steps_leaves_the_rest_to_the_next_start(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await erased(house, "Wumpelstilz")
    with monkeypatch.context() as broken:
        broken.setattr(erased_words, "_step", lambda _driver: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await house.sqlite.take_out_erased_words()
    await house.reopen()
    assert await house.sqlite.take_out_erased_words() > 0
    assert not said(house, "umpelstilz")


async def test_who_is_erased_meanwhile_is_left_to_the_next_round(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await erased(house, "Wumpelstilz")

    def step(driver: Driver) -> bool:
        driver.execute(f"PRAGMA user_version = {erased_words.LEFT}")  # as an erasure between two steps does
        return False

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(erased_words, "_step", step)
        assert await house.sqlite.take_out_erased_words() == 1
    assert await house.sqlite.take_out_erased_words() > 0
    assert await house.sqlite.take_out_erased_words() == 0
    assert not said(house, "umpelstilz")


async def test_an_erasure_that_is_rolled_back_marks_nothing(house: House) -> None:
    saved = await house.do(SaveCustomer(profile=Profile(name="Ann")))
    await house.do(EraseCustomer(customer_id=saved["customer"]["customerId"]), dry_run=True)
    assert await house.sqlite.take_out_erased_words() == 0
