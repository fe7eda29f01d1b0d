"""Everything that was coming to the keys, at once: the merchant first in each, facts and deliveries about a subject with
the order optional, errands without a payment, idempotency records of a principal, with packed answers.

Every table is made anew and filled from the former one, which is then dropped, so that its pages serve the next. Rows
keep their numbers, which the text indexes refer to: those stay as they are.
"""

import sqlite3
from collections.abc import Callable, Mapping
from pathlib import Path

from alembic import context, op

from flint_server.db.migrations.progress import Progress
from flint_server.db.packing import packed
from flint_server.db.sqlite.faults import StorageFault

revision = "0012"
down_revision = "0011"

SCHEMA = Path(__file__).with_suffix(".sql")
RENAMED = {
    "receipts": "idempotency_records",
    "credit_accounts": "gift_card_accounts",
    "credit_entries": "gift_card_entries",
}
WORDS = {"orders": ("text", "buyer"), "customers": ("text",), "items": ("text",)}

_OWN = "actor IN ('processor', 'system')"  # what Flint did by itself
_MONEY = "'authorize', 'charge', 'capture', 'void', 'refund'"
_METHODS = "'attach', 'detach'"
_TAXES = "'tax_commit', 'tax_reversal'"

# What a column is filled with where that is not the former column of its name.
FILLED: dict[str, dict[str, str]] = {
    "merchants": {"schema": "1", "body": "'{}'"},
    "facts": {
        "subject_kind": "'order'",
        "subject_id": "order_id",
        "principal": f"CASE WHEN {_OWN} THEN 'flint' ELSE 'local' END",
    },
    "transfers": {
        "seq": "rowid",
        "customer_id": "json_extract(body, '$.customer_id')",
        "account_id": "json_extract(body, '$.account')",
        "subject_kind": f"CASE WHEN kind IN ({_METHODS}) THEN 'payment_method' WHEN kind IN ({_TAXES}) THEN 'order' END",
        "subject_id": f"CASE WHEN kind IN ({_METHODS}) THEN payment_id WHEN kind IN ({_TAXES}) THEN order_id END",
        "payment_id": f"CASE WHEN kind IN ({_MONEY}) THEN payment_id END",
        "idempotency_key": "receipt_key",
        "principal": "CASE WHEN receipt_key IS NOT NULL THEN 'local' END",
    },
    "idempotency_records": {
        "principal": "'local'",
        "fields": "packed(fields)",
        "ref": "shown",
        "order_id": "json_extract(shown, '$.order_id')",
        "customer_id": "json_extract(shown, '$.customer_id')",
        "account_id": "json_extract(shown, '$.account_id')",
        "answer": "packed(answer)",
    },
    "coupon_customer_uses": {"merchant_id": "(SELECT merchant_id FROM coupons WHERE coupons.id = coupon_id)"},
    "webhook_deliveries": {
        "subject_kind": "'order'",
        "subject_id": "order_id",
        "subject_version": "order_version",
    },
}

# Rows that the new keys have no place for. No Flint makes such rows; a file in which somebody else did is not guessed at.
_ELSEWHERE = "it.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} WHERE {parent}.id = it.{column} AND {parent}.merchant_id = it.merchant_id)"
_PARENTS = (
    *(("facts", "order_id", "orders"), ("transfers", "order_id", "orders"), ("coupon_uses", "coupon_id", "coupons")),
    *(
        ("variants", "item_id", "items"),
        ("stock", "item_id", "items"),
        ("credit_accounts", "merged_into", "credit_accounts"),
    ),
    *(("credit_entries", "account_id", "credit_accounts"), ("credit_entries", "counterpart", "credit_accounts")),
    *(("credit_entries", "transfer_id", "transfers"), ("credit_entries", "order_id", "orders")),
    *(("webhook_deliveries", "endpoint_id", "webhook_endpoints"), ("webhook_deliveries", "order_id", "orders")),
)
MISPLACED: tuple[tuple[str, str, str], ...] = (
    *(
        (child, f"whose {column} is no record of its merchant", _ELSEWHERE.format(column=column, parent=parent))
        for child, column, parent in _PARENTS
    ),
    (
        "stock_changes",
        "whose variant_id is no stock of its merchant",
        "NOT EXISTS (SELECT 1 FROM stock WHERE stock.variant_id = it.variant_id AND stock.merchant_id = it.merchant_id)",
    ),
    (
        "coupon_customer_uses",
        "of a coupon that is not there",
        "NOT EXISTS (SELECT 1 FROM coupons WHERE coupons.id = it.coupon_id)",
    ),
    ("transfers", "of a kind that Flint does not know", f"kind NOT IN ({_MONEY}, {_METHODS}, {_TAXES})"),
    ("transfers", "of money or taxes, and of no order", f"kind IN ({_MONEY}, {_TAXES}) AND order_id IS NULL"),
)


SPANNED = """
CREATE TRIGGER orders_spanned AFTER INSERT ON orders BEGIN
INSERT INTO order_spans (merchant_id, span, first_at, last_day)
VALUES (new.merchant_id, new.seq / 1024, new.created_at, new.created_at / 86400000000)
ON CONFLICT (merchant_id, span) DO UPDATE
SET first_at = min(first_at, excluded.first_at), last_day = max(last_day, excluded.last_day)
WHERE excluded.first_at < first_at OR excluded.last_day > last_day;
END
"""


def upgrade() -> None:
    driver = op.get_bind().connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    progress: Progress | None = context.config.attributes.get("progress")
    rebuild(driver, (lambda _: None) if progress is None else progress.doing)


def rebuild(driver: sqlite3.Connection, doing: Callable[[str], None]) -> None:
    """Make every table anew, in the connection's open transaction; doing is told which one it is at.

    Raises StorageFault, before anything is changed, for rows that have no place in the new tables.
    """
    _require_all_in_place(driver, doing)
    driver.create_function("packed", 1, _packed, deterministic=True)
    tables, indexes = _schema()
    former = {new: old for old, new in RENAMED.items()}
    kept = [table for table in tables if table != "order_spans"]
    for table in WORDS:
        for trigger in ("added", "changed"):
            driver.execute(f"DROP TRIGGER {table}_text_{trigger}")
    for table in kept:
        driver.execute(f"ALTER TABLE {former.get(table, table)} RENAME TO old_{table}")
    for number, table in enumerate(kept, start=1):
        doing(f"table {number} of {len(kept)}, {table}")
        driver.execute(tables[table])
        columns = [row[1] for row in driver.execute(f"PRAGMA table_info({table})")]
        filled = FILLED.get(table, {})
        driver.execute(
            f"INSERT INTO {table} ({_names(columns)}) "
            f"SELECT {_names(columns, filled)} FROM old_{table} ORDER BY {_order_of(driver, table)}"
        )
        driver.execute(f"DROP TABLE old_{table}")
        for index in indexes[table]:
            driver.execute(index)
    driver.execute(tables["order_spans"])
    driver.execute(
        "INSERT INTO order_spans SELECT merchant_id, seq / 1024, min(created_at), "
        "max(created_at) / 86400000000 FROM orders GROUP BY merchant_id, seq / 1024"
    )
    for trigger in (SPANNED.strip(), *(each for table, columns in WORDS.items() for each in _in_step(table, columns))):
        driver.execute(trigger)


def _packed(text: str | None) -> bytes | None:
    return None if text is None else packed(text)


def _schema() -> tuple[dict[str, str], dict[str, list[str]]]:
    """The statements that make each table, in an order in which each comes after those it points at, and its indexes."""
    tables: dict[str, str] = {}
    indexes: dict[str, list[str]] = {}
    _, _, statements = SCHEMA.read_text(encoding="utf-8").partition("\n\n")
    for statement in statements.removesuffix(";\n").split(";\n\n"):
        words = statement.split()
        if words[1] == "TABLE":
            tables[words[2]], indexes[words[2]] = statement, []
        else:
            indexes[words[words.index("ON") + 1]].append(statement)
    return tables, indexes


def _names(columns: list[str], filled: Mapping[str, str] | None = None) -> str:
    return ", ".join((filled or {}).get(column, f'"{column}"') for column in columns)


def _order_of(driver: sqlite3.Connection, table: str) -> str:
    """Rows are added in the order of the former table's key: its numbers, or what it lay in the order of."""
    key = [(row[5], row[1]) for row in driver.execute(f"PRAGMA table_info(old_{table})") if row[5]]
    return "rowid" if table == "transfers" else ", ".join(name for _, name in sorted(key))


def _in_step(table: str, columns: tuple[str, ...]) -> tuple[str, str]:
    listed, new, old = (", ".join(f"{row}{column}" for column in columns) for row in ("", "new.", "old."))
    changed = " OR ".join(f"old.{column} <> new.{column}" for column in columns)
    added = f"INSERT INTO {table}_text (rowid, {listed}) VALUES (new.seq, {new}); END"
    return (
        f"CREATE TRIGGER {table}_text_added AFTER INSERT ON {table} BEGIN {added}",
        f"CREATE TRIGGER {table}_text_changed AFTER UPDATE OF {listed} ON {table} WHEN {changed} BEGIN "
        f"INSERT INTO {table}_text ({table}_text, rowid, {listed}) VALUES ('delete', old.seq, {old}); {added}",
    )


def _require_all_in_place(driver: sqlite3.Connection, doing: Callable[[str], None]) -> None:
    found: list[str] = []
    for table, what, condition in MISPLACED:
        doing(f"looking for rows of {table} {what}")
        count = driver.execute(f"SELECT count(*) FROM {table} it WHERE {condition}").fetchone()[0]
        if count:
            example = driver.execute(f"SELECT * FROM {table} it WHERE {condition} LIMIT 1").fetchone()
            found.append(f"{count} in {table} {what}, such as {example[:2]}")
    if found:
        raise StorageFault(
            f"The data file holds rows that no Flint makes and the new tables have no place for: {'; '.join(found)}.",
            hint="It was left as it is. Go on with the former Flint, and mend these rows or report them.",
        )
