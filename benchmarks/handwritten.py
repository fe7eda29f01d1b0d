"""The floor: the same cycle in plain sqlite3, on the event loop's own thread, one commit per command.

Its tables hold what the cycle writes and nothing else: an order, its lines, an event, an activity and an
idempotency record. There is no text index, no status to search by and no merchant to keep apart.
"""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from benchmarks.goods import Basket

_SCHEMA = """
CREATE TABLE orders (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, status TEXT NOT NULL, customer_id TEXT, currency TEXT NOT NULL,
    total INTEGER NOT NULL, note TEXT, metadata TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL);
CREATE INDEX orders_of_customer ON orders (customer_id);
CREATE TABLE lines (
    id TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id), position INTEGER NOT NULL, name TEXT NOT NULL,
    quantity TEXT NOT NULL, unit_price INTEGER NOT NULL);
CREATE INDEX lines_of_order ON lines (order_id);
CREATE TABLE events (
    id TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id), type TEXT NOT NULL, data TEXT NOT NULL,
    at TEXT NOT NULL);
CREATE INDEX events_of_order ON events (order_id);
CREATE TABLE activities (
    id TEXT PRIMARY KEY, order_id TEXT NOT NULL REFERENCES orders (id), actor TEXT NOT NULL, summary TEXT NOT NULL,
    at TEXT NOT NULL);
CREATE INDEX activities_of_order ON activities (order_id);
CREATE TABLE idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, answer TEXT NOT NULL, created_at TEXT NOT NULL);
"""


class HandWritten:
    """Orders in one SQLite file, as one would write it for one's own use in an afternoon."""

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "temp_store = MEMORY"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        self._database.close()

    def cycle(self, basket: Basket, key: str, answer: dict[str, Any]) -> None:
        """Create, read back, update with a version check: two commits."""
        order_id = self._create(basket, key, answer)
        version = self._read(order_id)["version"]
        self._update(order_id, version, f"gate {version}")

    def _create(self, basket: Basket, key: str, answer: dict[str, Any]) -> str:
        execute, order_id, now = self._database.execute, f"ord_{uuid4().hex}", _now()
        total = sum(line.quantity * line.unit_price for line in basket.lines)
        execute("BEGIN IMMEDIATE")
        if execute("SELECT answer FROM idempotency WHERE key = ?", (key,)).fetchone() is not None:
            raise LookupError(key)
        execute(
            "INSERT INTO orders VALUES (?, 1, 'OPEN', ?, 'USD', ?, ?, ?, ?, ?)",
            (order_id, basket.customer, total, basket.note, json.dumps(basket.metadata), now, now),
        )
        self._database.executemany(
            "INSERT INTO lines VALUES (?, ?, ?, ?, ?, ?)",
            [
                (f"li_{uuid4().hex}", order_id, position, line.name, str(line.quantity), line.unit_price)
                for position, line in enumerate(basket.lines)
            ],
        )
        self._trail(order_id, "ORDER_CREATED", total, now)
        execute("INSERT INTO idempotency VALUES (?, ?, ?, ?)", (key, "f" * 64, json.dumps(answer), now))
        execute("COMMIT")
        return order_id

    def _read(self, order_id: str) -> dict[str, Any]:
        execute = self._database.execute
        execute("BEGIN")
        order = execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
        lines = execute("SELECT * FROM lines WHERE order_id = ? ORDER BY position", (order_id,)).fetchall()
        activities = execute(
            "SELECT * FROM activities WHERE order_id = ? ORDER BY at DESC LIMIT 3", (order_id,)
        ).fetchall()
        execute("COMMIT")
        return {
            "version": order[1],
            "customer": order[3],
            "total": order[5],
            "metadata": json.loads(order[7]),
            "lines": [{"id": line[0], "name": line[3], "quantity": line[4], "price": line[5]} for line in lines],
            "activities": [{"summary": activity[3], "at": activity[4]} for activity in activities],
        }

    def _update(self, order_id: str, version: int, note: str) -> None:
        now = _now()
        self._database.execute("BEGIN IMMEDIATE")
        written = self._database.execute(
            "UPDATE orders SET note = ?, version = ?, updated_at = ? WHERE id = ? AND version = ?",
            (note, version + 1, now, order_id, version),
        )
        if written.rowcount != 1:
            raise LookupError(order_id)
        self._trail(order_id, "ORDER_UPDATED", 0, now)
        self._database.execute("COMMIT")

    def _trail(self, order_id: str, kind: str, total: int, now: str) -> None:
        self._database.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?)",
            (f"evt_{uuid4().hex}", order_id, kind, json.dumps({"total": total, "currency": "USD"}), now),
        )
        self._database.execute(
            "INSERT INTO activities VALUES (?, ?, 'agent', ?, ?)", (f"act_{uuid4().hex}", order_id, kind, now)
        )


def _now() -> str:
    return datetime.now(UTC).isoformat()
