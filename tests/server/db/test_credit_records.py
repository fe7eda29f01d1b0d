"""Accounts and their ledger in the data file: a balance is the sum of its entries, whatever is tried."""

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from random import Random

import anyio
import pytest

from flint_domain.gift_cards.codes import digest, looks_like_code, printed, typed
from flint_domain.gift_cards.model import Account, Entry, EntryKind, Hold
from flint_domain.kernel.cards import holds_card_number
from flint_domain.order.payments.model import Transfer
from flint_domain.unit_of_work.ports import Transaction
from flint_server.db import SqliteStore, Ulids, open_store
from flint_server.db.stale import StaleWrite
from tests.server.db.given import MERCHANT, TurnedClock, driver, scalar, stored_order, stored_transfer


def new_card(tx: Transaction, **fields: object) -> Account:
    card = Account(
        account_id=tx.new_id("gift"),
        merchant_id=tx.merchant_id,
        version=1,
        kind="gift_card",
        currency="USD",
        last4="7F3K",
        created_at=tx.now,
        updated_at=tx.now,
    )
    return replace(card, **fields)


def new_credit(tx: Transaction, customer_id: str, currency: str = "USD") -> Account:
    return new_card(
        tx,
        account_id=tx.new_id("crd"),
        kind="store_credit",
        last4=None,
        customer_id=customer_id,
        currency=currency,
    )


def entry(tx: Transaction, account_id: str, amount: int, kind: EntryKind = "issued", **fields: object) -> Entry:
    made = Entry(entry_id=tx.new_id("ent"), account_id=account_id, kind=kind, amount=amount, actor="agent", at=tx.now)
    return replace(made, **fields)


def of(transfer: Transfer) -> dict[str, object]:
    """What an entry says of the transfer that it is for."""
    return {
        "transfer_id": transfer.transfer_id,
        "payment_id": transfer.payment_id,
        "order_id": transfer.order_id,
    }


async def stored_card(store: SqliteStore, balance: int = 0, merchant_id: str = MERCHANT, **fields: object) -> Account:
    def add(tx: Transaction) -> Account:
        card = new_card(tx, **fields)
        assert tx.add_credit_account(card, digest(tx.new_gift_card_code()))
        if balance:
            assert tx.post_credit(entry(tx, card.account_id, balance)) is not None
        return replace(card, balance=balance)

    return await store.write(merchant_id, add)


async def test_a_card_is_read_back_by_its_id_and_its_codes_digest(store: SqliteStore) -> None:
    def add(tx: Transaction) -> Account:
        card = new_card(tx, note="for the delay", expires_at=tx.now)
        assert tx.add_credit_account(card, "a digest")
        return card

    card = await store.write(MERCHANT, add)
    assert await store.read(MERCHANT, lambda tx: tx.credit_account(card.account_id)) == card
    assert await store.read(MERCHANT, lambda tx: tx.gift_card("a digest")) == card
    assert await store.read(MERCHANT, lambda tx: tx.gift_card("another")) is None
    other = (await store.add_merchant("Other", "USD")).merchant_id
    assert await store.read(other, lambda tx: tx.credit_account(card.account_id)) is None
    assert await store.read(other, lambda tx: tx.gift_card("a digest")) is None


async def test_a_code_belongs_to_one_card(store: SqliteStore) -> None:
    def add(tx: Transaction) -> bool:
        return tx.add_credit_account(new_card(tx), "a digest")

    assert [await store.write(MERCHANT, add), await store.write(MERCHANT, add)] == [True, False]
    assert await store.read(MERCHANT, lambda tx: scalar(tx, "SELECT count(*) FROM gift_card_accounts")) == 1


async def test_the_balance_is_the_sum_of_the_entries_and_never_below_zero(store: SqliteStore) -> None:
    card = await stored_card(store, 500)

    def move(tx: Transaction) -> list[int | None]:
        posted = [tx.post_credit(entry(tx, card.account_id, amount)) for amount in (-501, -500, -1, 30)]
        return [made.balance if made else None for made in posted]

    assert await store.write(MERCHANT, move) == [None, 0, None, 30]
    entries = await store.read(MERCHANT, lambda tx: tx.credit_entries(card.account_id, limit=9))
    assert [(made.amount, made.balance) for made in entries] == [(30, 30), (-500, 0), (500, 500)]
    stored = await store.read(MERCHANT, lambda tx: tx.credit_account(card.account_id))
    assert stored == replace(card, balance=30)
    with pytest.raises(sqlite3.IntegrityError, match="never_below_zero"):
        await store.write(MERCHANT, lambda tx: driver(tx).execute("UPDATE gift_card_accounts SET balance = -1"))


async def test_saving_an_account_leaves_its_balance_alone(store: SqliteStore) -> None:
    card = await stored_card(store, 500)
    off = replace(card, version=2, active=False, balance=999)
    await store.write(MERCHANT, lambda tx: tx.save_credit_account(off))
    assert await store.read(MERCHANT, lambda tx: tx.credit_account(card.account_id)) == replace(off, balance=500)
    with pytest.raises(StaleWrite, match=card.account_id):
        await store.write(MERCHANT, lambda tx: tx.save_credit_account(off))


async def test_another_merchant_moves_nothing_of_ours(store: SqliteStore) -> None:
    card = await stored_card(store, 500)
    other = (await store.add_merchant("Other", "USD")).merchant_id
    assert await store.write(other, lambda tx: tx.post_credit(entry(tx, card.account_id, -1))) is None
    assert await store.read(other, lambda tx: tx.credit_entries(card.account_id, limit=9)) == []


async def test_a_transfer_moves_the_money_once(store: SqliteStore) -> None:
    card = await stored_card(store, 500)
    transfer = await stored_transfer(store, await stored_order(store))

    def spend(tx: Transaction) -> Entry | None:
        return tx.post_credit(entry(tx, card.account_id, -100, "spent", **of(transfer)))

    assert await store.write(MERCHANT, spend) is not None
    with pytest.raises(sqlite3.IntegrityError):
        await store.write(MERCHANT, spend)
    assert await store.read(MERCHANT, lambda tx: scalar(tx, "SELECT balance FROM gift_card_accounts")) == 400


async def test_a_hold_is_what_was_held_and_not_released(store: SqliteStore) -> None:
    card = await stored_card(store, 500)
    order = await stored_order(store)
    held = await stored_transfer(store, order, payment_id="pi_1")
    released = await stored_transfer(store, order, payment_id="pi_1")

    async def post(kind: EntryKind, amount: int, transfer: Transfer) -> tuple[Hold | None, int]:
        def change(tx: Transaction) -> tuple[Hold | None, int]:
            assert tx.post_credit(entry(tx, card.account_id, amount, kind, **of(transfer))) is not None
            return tx.credit_hold("pi_1"), tx.credit_held(card.account_id)

        return await store.write(MERCHANT, change)

    assert await post("held", -300, held) == (Hold(card.account_id, 300), 300)
    assert await post("released", 300, released) == (None, 0)
    assert await post("spent", -200, released) == (None, 0)
    assert await store.read(MERCHANT, lambda tx: tx.credit_hold("pi_2")) is None


async def test_a_ledger_is_paged_newest_first(store: SqliteStore) -> None:
    card, other = await stored_card(store, 1), await stored_card(store, 1000)
    for amount in (2, 3, 4):
        await store.write(MERCHANT, lambda tx, amount=amount: tx.post_credit(entry(tx, card.account_id, amount)))
    first = await store.read(MERCHANT, lambda tx: tx.credit_entries(card.account_id, limit=3))
    assert [made.amount for made in first] == [4, 3, 2]
    before = first[-1].entry_id
    rest = await store.read(MERCHANT, lambda tx: tx.credit_entries(card.account_id, limit=3, before=before))
    assert [made.amount for made in rest] == [1]
    # A cursor of another ledger starts no page of this one.
    assert await store.read(MERCHANT, lambda tx: tx.credit_entries(other.account_id, limit=3, before=before)) == []


async def test_store_credit_is_one_account_for_each_customer_and_currency(store: SqliteStore) -> None:
    def add(tx: Transaction) -> list[Account]:
        made = [new_credit(tx, "cus_ann"), new_credit(tx, "cus_ann", "EUR"), new_credit(tx, "cus_bob")]
        for account in made:
            assert tx.add_credit_account(account)
        return made

    dollars, euros, of_bob = await store.write(MERCHANT, add)
    card = await stored_card(store, customer_id="cus_ann")
    assert await store.read(MERCHANT, lambda tx: tx.store_credit("cus_ann", "EUR")) == euros
    assert await store.read(MERCHANT, lambda tx: tx.store_credit("cus_ann", "JPY")) is None
    assert await store.read(MERCHANT, lambda tx: tx.credit_accounts("cus_ann")) == [dollars, euros, card]
    assert await store.read(MERCHANT, lambda tx: tx.credit_accounts("cus_bob")) == [of_bob]
    with pytest.raises(sqlite3.IntegrityError):
        await store.write(MERCHANT, lambda tx: tx.add_credit_account(new_credit(tx, "cus_ann")))


async def test_an_account_that_was_merged_is_found_where_it_went(store: SqliteStore) -> None:
    def merge(tx: Transaction) -> list[Account]:
        made = [new_credit(tx, name) for name in ("cus_a", "cus_b", "cus_c")]
        for account in made:
            tx.add_credit_account(account)
        first, second, third = made
        tx.save_credit_account(replace(first, version=2, merged_into=second.account_id))
        tx.save_credit_account(replace(second, version=2, merged_into=third.account_id))
        return made

    first, second, third = await store.write(MERCHANT, merge)
    for account in (first, second, third):
        assert await store.read(MERCHANT, lambda tx, id_=account.account_id: tx.credit_account(id_)) == third
    assert await store.read(MERCHANT, lambda tx: tx.credit_accounts("cus_a")) == []


# ── codes ──


async def test_a_code_is_by_chance_repeats_with_the_seed_and_is_no_card_number(
    tmp_path: Path, clock: TurnedClock
) -> None:
    made: list[list[str]] = []
    for name, seed in (("a", 7), ("b", 7), ("c", 8), ("d", None)):
        ids = Ulids(None if seed is None else Random(seed))
        async with open_store(tmp_path / f"{name}.db", clock, ids) as store:
            made.append(await store.write(MERCHANT, lambda tx: [tx.new_gift_card_code() for _ in range(50)]))
    assert made[0] == made[1]
    assert len({code for codes in made[1:] for code in codes}) == 150
    for code in made[3]:
        assert looks_like_code(printed(code))
        assert typed(printed(code)) == code


class AllDigits(Random):
    """Chance that first makes a code of nothing but digits."""

    def __init__(self) -> None:
        super().__init__(1)
        self.drawn = 0

    def getrandbits(self, count: int) -> int:
        self.drawn += 1
        return 0 if self.drawn == 2 else super().getrandbits(count)


async def test_a_code_that_reads_like_a_card_number_is_not_given_out(path: Path, clock: TurnedClock) -> None:
    ids = AllDigits()
    async with open_store(path, clock, Ulids(ids)) as store:
        await store.write(MERCHANT, lambda tx: tx.new_id("evt"))
        assert holds_card_number("0000-0000-0000-0000")
        code = await store.write(MERCHANT, lambda tx: tx.new_gift_card_code())
    assert ids.drawn == 3
    assert not holds_card_number(printed(code))


# ── at the same time ──


@pytest.fixture
async def two_stores(path: Path, clock: TurnedClock) -> AsyncIterator[list[SqliteStore]]:
    """Two stores of one file, as two processes would have them, each waiting for the other's lock."""
    async with open_store(path, clock) as first, open_store(path, clock) as second:
        yield [first, second]


async def test_the_last_money_of_a_card_goes_out_once_however_many_want_it(two_stores: list[SqliteStore]) -> None:
    card = await stored_card(two_stores[0], 350)
    taken: list[bool] = []

    async def take(number: int) -> None:
        posted = await two_stores[number % 2].write(
            MERCHANT, lambda tx: tx.post_credit(entry(tx, card.account_id, -100, "spent"))
        )
        taken.append(posted is not None)

    async with anyio.create_task_group() as tasks:
        for number in range(40):
            tasks.start_soon(take, number)
    assert (taken.count(True), len(taken)) == (3, 40)
    assert await two_stores[0].read(MERCHANT, lambda tx: scalar(tx, "SELECT balance FROM gift_card_accounts")) == 50
