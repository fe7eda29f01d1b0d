"""Orders of some days are found wherever history was put in between, and without a walk over all that are younger."""

from datetime import datetime, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest

from flint_domain.unit_of_work.ports import OrderQuery, Transaction
from flint_server.db import SqliteStore
from flint_server.db.records.order_search import listing
from flint_server.db.records.orders import SPAN
from tests.server.db.given import MERCHANT, START, add_order, driver, plan_of

DAY = timedelta(days=1)

Row = tuple[str, datetime, str]  # id, creation, status


async def scattered(store: SqliteStore) -> list[Row]:
    """Orders of a hundred days under numbers that leap over whole spans, the newest number first."""
    random = Random(1)
    rows: list[Row] = []

    def add(tx: Transaction) -> None:
        for number in range(120):
            at = START - DAY * random.randrange(100) + timedelta(minutes=number)
            order_id = add_order(tx, created_at=at).order_id
            status = "PAID" if number % 3 == 0 else "OPEN"
            driver(tx).execute("UPDATE orders SET status = ? WHERE id = ?", (status, order_id))
            rows.append((order_id, at, status))
            if number % 20 == 19:
                rows.append((again(tx, order_id, SPAN * random.choice((1, 2, 5))), at, status))

    await store.write(MERCHANT, add)
    return rows[::-1]


def again(tx: Transaction, order_id: str, further: int) -> str:
    """The id of an equal order whose number is so much further on, from where the next ones count."""
    new_id = tx.new_id("ord")
    same = [row[1] for row in driver(tx).execute("PRAGMA table_info(orders)") if row[1] not in ("seq", "id", "body")]
    driver(tx).execute(
        f"INSERT INTO orders (seq, id, body, {', '.join(same)}) "
        f"SELECT seq + :further, :new_id, json_set(body, '$.order_id', :new_id), {', '.join(same)} "
        "FROM orders WHERE id = :order_id",
        {"further": further, "new_id": new_id, "order_id": order_id},
    )
    return new_id


MOMENTS = (None, START - DAY * 200, START - DAY * 60, START - DAY * 59 + timedelta(hours=3), START, START + DAY)


async def test_they_are_those_of_the_time_newest_number_first(store: SqliteStore) -> None:
    rows = await scattered(store)
    for after, before in product(MOMENTS, MOMENTS):
        for status, text in ((None, None), ("PAID", None), (None, "coffee")):
            of_then = [
                order_id
                for order_id, at, its in rows
                if (after is None or at >= after) and (before is None or at < before) and status in (None, its)
            ]
            query = OrderQuery(created_after=after, created_before=before, status=status, text=text, limit=200)
            found = await store.read(MERCHANT, lambda tx, query=query: tx.orders(query))
            assert [order.order_id for order in found] == of_then, (after, before, status, text)


async def test_pages_of_them_join(store: SqliteStore) -> None:
    rows = await scattered(store)
    before = START - DAY * 30
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = OrderQuery(created_before=before, limit=7, before_id=cursor)
        page = await store.read(MERCHANT, lambda tx, query=query: tx.orders(query))
        if not page:
            break
        found += [order.order_id for order in page]
        cursor = found[-1]
    assert found == [order_id for order_id, at, _ in rows if at < before]
    assert len(found) > 70


async def test_another_merchants_orders_are_of_no_span_of_ours(store: SqliteStore) -> None:
    other = (await store.add_merchant("Other", "EUR")).merchant_id
    await store.write(other, lambda tx: add_order(tx, created_at=START - DAY * 50))
    ours = await store.write(MERCHANT, lambda tx: add_order(tx, created_at=START).order_id)
    spans = "SELECT merchant_id, span, last_day - first_at / 86400000000 FROM order_spans ORDER BY merchant_id"
    assert await store.read(MERCHANT, lambda tx: driver(tx).execute(spans).fetchall()) == [
        (MERCHANT, 0, 0),
        (other, 0, 0),
    ]
    found = await store.read(MERCHANT, lambda tx: tx.orders(OrderQuery(created_after=START - DAY * 90)))
    assert [order.order_id for order in found] == [ours]


async def test_a_span_is_written_when_it_gets_a_later_day_or_an_older_order_and_not_before(store: SqliteStore) -> None:
    """A page less in the log of nearly every new order."""

    def add(tx: Transaction, days: int) -> int:
        before = driver(tx).total_changes
        add_order(tx, created_at=START + DAY * days)
        return driver(tx).total_changes - before

    first = await store.write(MERCHANT, lambda tx: add(tx, 0))
    again = [await store.write(MERCHANT, lambda tx, days=days: add(tx, days)) for days in (0, 0, 1, 1, -1, 0)]
    assert [first - changes for changes in again] == [1, 1, 0, 1, 0, 1]


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({}, "ix_orders_newest (merchant_id=? AND seq>? AND seq<?)"),
        ({"status": "PAID"}, "ix_orders_status (merchant_id=? AND status=? AND seq>? AND seq<?)"),
        ({"needs_attention": False}, "ix_orders_newest (merchant_id=? AND seq>? AND seq<?)"),
    ],
)
@pytest.mark.parametrize("bound", ["created_before", "created_after"])
async def test_only_spans_with_such_days_are_gone_through(
    store: SqliteStore, bound: str, filters: dict[str, Any], index: str
) -> None:
    statement = listing(OrderQuery(**{bound: START}, **filters))
    assert statement is not None
    plan = await store.read(MERCHANT, lambda tx: plan_of(tx, *statement))
    assert plan == [
        "SEARCH order_spans USING PRIMARY KEY (merchant_id=?)",
        f"SEARCH orders USING INDEX {index}",
    ]
