"""Tax rates as the store keeps them: found by where an order goes, and listed in pages."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from flint_domain.tax_rates.model import Jurisdiction
from flint_server.db import SqliteStore
from flint_server.db.constructs import SQLITE
from flint_server.db.records.tax_rates import AT
from tests.server.db.given import MERCHANT, START, stored_rate


async def test_a_rate_comes_back_as_it_was_saved(store: SqliteStore) -> None:
    place = Jurisdiction(country="US", region="CA", postal_prefixes=("90", "91"))
    rate = await stored_rate(
        store,
        jurisdiction=place,
        category="food",
        valid_from=START,
        valid_until=START + timedelta(days=1),
        source="somewhere",
    )
    assert await store.read(MERCHANT, lambda tx: tx.tax_rate(rate.tax_rate_id)) == rate


async def test_an_address_finds_the_rates_of_its_country_and_its_region(store: SqliteStore) -> None:
    country = await stored_rate(store, jurisdiction=Jurisdiction(country="US"))
    region = await stored_rate(store, jurisdiction=Jurisdiction(country="US", region="CA"))
    city = await stored_rate(store, jurisdiction=Jurisdiction(country="US", postal_prefixes=("90",)))
    await stored_rate(store, jurisdiction=Jurisdiction(country="US", region="NY"))
    await stored_rate(store, jurisdiction=Jurisdiction(country="DE"))
    await stored_rate(store, jurisdiction=Jurisdiction(country="US"), active=False)
    await stored_rate(store, default=True)
    assert await store.read(MERCHANT, lambda tx: tx.tax_rates_at("US", "ca")) == [country, region, city]
    assert await store.read(MERCHANT, lambda tx: tx.tax_rates_at("US", None)) == [country, city]
    assert await store.read(MERCHANT, lambda tx: tx.tax_rates_at("FR", None)) == []


async def test_a_rate_that_moves_is_found_where_it_is_now(store: SqliteStore) -> None:
    rate = await stored_rate(store, jurisdiction=Jurisdiction(country="US", region="CA"))
    moved = replace(rate, version=2, jurisdiction=Jurisdiction(country="DE"))
    await store.write(MERCHANT, lambda tx: tx.save_tax_rate(moved))
    assert await store.read(MERCHANT, lambda tx: tx.tax_rates_at("US", "ca")) == []
    assert await store.read(MERCHANT, lambda tx: tx.tax_rates_at("DE", None)) == [moved]


async def test_rates_are_listed_in_pages_and_by_country(store: SqliteStore) -> None:
    german = [await stored_rate(store, name=name, jurisdiction=Jurisdiction(country="DE")) for name in "abc"]
    plain = await stored_rate(store)
    everything = await store.read(MERCHANT, lambda tx: tx.tax_rates())
    first = await store.read(MERCHANT, lambda tx: tx.tax_rates(limit=2))
    rest = await store.read(MERCHANT, lambda tx: tx.tax_rates(after_id=first[-1].tax_rate_id, limit=2))
    assert [*first, *rest] == everything == [*german, plain]
    assert await store.read(MERCHANT, lambda tx: tx.tax_rates(country="DE")) == german
    assert (
        await store.read(MERCHANT, lambda tx: tx.tax_rates(country="DE", after_id=german[0].tax_rate_id)) == german[1:]
    )


async def test_other_countries_rates_cost_an_address_nothing(store: SqliteStore, path: Path) -> None:
    """Every order with an address asks, and a merchant may have the rates of the whole world."""
    await stored_rate(store)
    named = {"merchant_id": MERCHANT, "country": "US", "region": "ca"}
    with closing(sqlite3.connect(path)) as driver:
        steps = driver.execute(f"EXPLAIN QUERY PLAN {AT.text(SQLITE)}", named).fetchall()
    assert [step[3] for step in steps] == [
        "SEARCH tax_rates USING INDEX ix_tax_rates_country (merchant_id=? AND country=?)"
    ]
