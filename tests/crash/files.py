"""Both databases as they lie there: rows, and bodies as plain JSON, read without any of Flint's code but what unpacks
answers."""

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flint_server.db.packing import unpacked
from flint_server.places import DATABASE_FILE, LEDGER_FILE

Row = dict[str, Any]


@dataclass(frozen=True)
class Files:
    """orders, customers and receipts by id or key; amounts in minor units, stock in ten-thousandths of a unit.

    balances and notes are those of gift cards and store credit, entries their ledger; shelves and trail are those of
    stock. methods are the sources that were to be saved at the processor. taken is what a payment has brought in by
    both ledgers, given what a refund has given back or is giving back, by their ids. first_moved is the place in the
    processor's ledger of a payment's capture or of a refund.
    """

    orders: dict[str, Row]
    customers: dict[str, Row]
    receipts: dict[str, Row | None]
    balances: dict[str, int]
    notes: dict[str, str | None]
    entries: list[Row]
    shelves: dict[str, Row]
    trail: list[Row]
    methods: list[Row]
    taken: dict[str, int]
    given: dict[str, int]
    first_moved: dict[str, int]


def read_files(folder: Path) -> Files:
    with (
        closing(sqlite3.connect(folder / DATABASE_FILE)) as flint,
        closing(sqlite3.connect(folder / LEDGER_FILE)) as theirs,
    ):
        flint.execute("BEGIN")
        refund_of = dict(flint.execute("SELECT id, refund_id FROM transfers WHERE refund_id IS NOT NULL").fetchall())
        entries = _rows(flint, "SELECT * FROM gift_card_entries ORDER BY seq")
        moved = _rows(
            theirs,
            "SELECT entries.number, entries.kind, entries.amount, payments.payment_id, refunds.refund_id FROM entries"
            " JOIN payments ON payments.reference = entries.payment"
            " LEFT JOIN refunds ON refunds.reference = entries.refund ORDER BY entries.number",
        )
        taken, given, first_moved = defaultdict[str, int](int), defaultdict[str, int](int), dict[str, int]()
        for entry in entries:
            if entry["kind"] == "spent":
                taken[entry["payment_id"]] -= entry["amount"]
            elif entry["kind"] == "refunded":
                given[refund_of[entry["transfer_id"]]] += entry["amount"]
        for move in moved:
            if move["kind"] == "captured":
                taken[move["payment_id"]] += move["amount"]
            first_moved.setdefault(move["refund_id"] or move["payment_id"], move["number"])
        for refund in _rows(theirs, "SELECT refund_id, amount FROM refunds WHERE status IN ('pending', 'succeeded')"):
            given[refund["refund_id"]] += refund["amount"]
        accounts = _rows(flint, "SELECT id, balance, body FROM gift_card_accounts")
        return Files(
            orders=_bodies(flint, "SELECT id, body FROM orders"),
            customers=_bodies(flint, "SELECT id, body FROM customers"),
            receipts={
                key: None if kept is None else kept["answer"]
                for key, kept in _bodies(flint, "SELECT key, answer FROM idempotency_records").items()
            },
            balances={account["id"]: account["balance"] for account in accounts},
            notes={account["id"]: json.loads(account["body"]).get("note") for account in accounts},
            entries=entries,
            shelves={row["variant_id"]: row for row in _rows(flint, "SELECT * FROM stock")},
            trail=_rows(flint, "SELECT * FROM stock_changes ORDER BY seq"),
            methods=_rows(theirs, "SELECT method_id, status FROM methods"),
            taken=dict(taken),
            given=dict(given),
            first_moved=first_moved,
        )


def _rows(connection: sqlite3.Connection, question: str) -> list[Row]:
    asked = connection.execute(question)
    names = [column[0] for column in asked.description]
    return [dict(zip(names, row, strict=True)) for row in asked]


def _bodies(connection: sqlite3.Connection, question: str) -> dict[str, Any]:
    return {name: _loaded(body) for name, body in connection.execute(question)}


def _loaded(body: str | bytes | None) -> Any:
    return None if body is None else json.loads(unpacked(body) if isinstance(body, bytes) else body)
