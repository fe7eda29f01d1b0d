"""Finding orders: by their words, by what they are, in pages."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flint_domain.kernel import words
from flint_domain.kernel.facts import By
from flint_domain.unit_of_work.ports import OrderQuery, Transaction
from flint_server.db import SqliteStore
from flint_server.db.constructs import words_sought
from tests.server.db.given import (
    COLUMNS,
    MERCHANT,
    START,
    TurnedClock,
    add_order,
    driver,
    next_version,
    order_ids,
    stored_order,
)


async def found(store: SqliteStore, **query: object) -> list[str]:
    orders = await store.read(MERCHANT, lambda tx: tx.orders(replace(OrderQuery(), **query)))
    return order_ids(orders)


@pytest.mark.parametrize(
    "text",
    [
        "crème",
        "creme BRULEE",
        "brûl",
        "  cup\tcreme  ",
        "ann@example.com",
        "SKU-77/b",
        "sku-7",
        '"creme"',
        "(creme)",
        "creme*",
        "ord_01",
        "東京",
        "東",
        "タワー",
        "creme !!! ...",
    ],
)
async def test_every_word_is_matched_by_its_beginning(store: SqliteStore, text: str) -> None:
    kept = words.stored(["ord_01KX", "Crème brûlée, cups", "ann@example.com", "SKU-77/B", "東京タワー"])
    order = await stored_order(store, text=kept)
    await stored_order(store, text="poster")
    assert await found(store, text=text) == [order.order_id]


@pytest.mark.parametrize(
    "text",
    [
        "creme poster",
        "reme",
        "creme AND cups",
        "creme OR poster",
        "NOT poster",
        "text:creme",
        "buyer:creme",
        "NEAR(creme cups)",
        "^poster",
        '" OR "',
        "-",
        "*",
        '"',
        "creme\0poster",
        "creme \ud800x",
    ],
)
async def test_words_are_never_taken_for_a_query_language(store: SqliteStore, text: str) -> None:
    await stored_order(store, text="creme brulee cups")
    assert await found(store, text=text) == []


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters() | st.sampled_from('"*^:(){}+-,.~@_#AND OR NEAR'), max_size=40), any_word=st.booleans()
)
async def test_no_text_is_a_syntax_error(store: SqliteStore, text: str, any_word: bool) -> None:
    await found(store, text=text, any_word=any_word)


async def test_blank_text_filters_nothing(store: SqliteStore) -> None:
    order = await stored_order(store)
    assert await found(store, text=" \n") == [order.order_id]


async def test_any_word_will_do_when_asked_so(store: SqliteStore) -> None:
    mug = await stored_order(store, text="red mug")
    await stored_order(store, text="poster")
    shirt = await stored_order(store, text="blue shirt")
    assert await found(store, text="shi mug OR", any_word=True) == [shirt.order_id, mug.order_id]


async def test_very_many_words_are_no_error(store: SqliteStore) -> None:
    order = await stored_order(store, text="mug")
    many = " ".join(f"w{number}" for number in range(5_000))
    assert await found(store, text=many) == []
    assert await found(store, text=f"mug {many}", any_word=True) == [order.order_id]


def test_a_word_that_is_repeated_counts_once() -> None:
    assert words_sought("mug MUG", any_word=False) == '("mug"*)'


async def test_new_words_replace_the_old_ones(store: SqliteStore) -> None:
    order = await stored_order(store, text="red mug")
    renamed = replace(COLUMNS, text="blue mug")
    await store.write(MERCHANT, lambda tx: tx.save_order(next_version(order), renamed, [], By("agent")))
    assert await found(store, text="red") == []
    assert await found(store, text="blue mug") == [order.order_id]


async def test_a_change_that_keeps_the_words_leaves_the_text_index_alone(store: SqliteStore) -> None:
    order = await stored_order(store, text="red mug")

    def save_and_count(tx: Transaction) -> int:
        before = driver(tx).total_changes
        tx.save_order(next_version(order), replace(COLUMNS, text="red mug", status="PAID"), [], By("agent"))
        return driver(tx).total_changes - before

    assert await store.write(MERCHANT, save_and_count) == 1


async def test_what_is_rolled_back_is_not_found(store: SqliteStore) -> None:
    await store.rehearse(MERCHANT, lambda tx: add_order(tx, replace(COLUMNS, text="ghost")))
    assert await found(store, text="ghost") == []


async def test_each_filter_and_all_of_them_together(store: SqliteStore, clock: TurnedClock) -> None:
    def add(tx: Transaction, customer: str | None, **columns: object) -> str:
        return add_order(tx, replace(COLUMNS, **columns), customer_id=customer).order_id

    a = await store.write(MERCHANT, lambda tx: add(tx, "ann", text="mug"))
    clock.turn(hours=1)
    b = await store.write(MERCHANT, lambda tx: add(tx, "ann", text="mug", status="PAID", payment_status="PAID"))
    clock.turn(hours=1)
    c = await store.write(MERCHANT, lambda tx: add(tx, None, text="poster", needs_attention=True))
    clock.turn(hours=1)
    d = await store.write(
        MERCHANT,
        lambda tx: add(tx, "bob", text="mug", status="PAID", payment_status="PAID", needs_attention=True),
    )

    assert await found(store) == [d, c, b, a]
    assert await found(store, status="PAID") == [d, b]
    assert await found(store, status="NONE") == []
    assert await found(store, payment_status="UNPAID") == [c, a]
    assert await found(store, customer_ids=("ann",)) == [b, a]
    assert await found(store, needs_attention=True) == [d, c]
    assert await found(store, needs_attention=False) == [b, a]
    assert await found(store, created_after=START + timedelta(hours=1)) == [d, c, b]
    assert await found(store, created_before=START + timedelta(hours=2)) == [b, a]
    assert await found(store, text="mug", status="PAID", needs_attention=False) == [b]
    everything = {
        "text": "mug",
        "status": "PAID",
        "payment_status": "PAID",
        "customer_ids": ("bob",),
        "needs_attention": True,
        "created_after": START,
        "created_before": START + timedelta(days=1),
    }
    assert await found(store, **everything) == [d]
    assert await found(store, **{**everything, "customer_ids": ("ann",)}) == []


@pytest.mark.parametrize("filters", [{}, {"text": "mug"}, {"status": "OPEN"}, {"needs_attention": True}])
async def test_pages_join_without_gap_or_repetition_though_the_clock_steps_back(
    store: SqliteStore, clock: TurnedClock, filters: dict[str, object]
) -> None:
    added: list[str] = []
    for _ in range(7):
        clock.turn(minutes=-1)
        added.append((await stored_order(store, text="mug", needs_attention=True)).order_id)
    pages: list[list[str]] = []
    cursor: str | None = None
    while page := await found(store, limit=3, before_id=cursor, **filters):
        pages.append(page)
        cursor = page[-1]
        await stored_order(store, text="mug", needs_attention=True)  # newer: on no later page
    assert pages == [added[:3:-1], added[3:0:-1], added[:1]]


async def test_a_page_after_an_unknown_order_is_empty(store: SqliteStore) -> None:
    await stored_order(store)
    assert await found(store, before_id="ord_none") == []
    assert await found(store, before_id="ord_none", text="coffee") == []
