"""References and SKUs as they are compared, without case; twins that differ in case only keep what they are called."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0008"

_NAMED = (("orders", "reference", "seq"), ("items", "reference", "seq"), ("variants", "sku", "id"))
"""What has a name of the merchant's own: the table, the column, and what its rows were added in the order of."""


def upgrade() -> None:
    for table, name, order in _NAMED:
        op.drop_index(f"uq_{table}_{name}", table_name=table)
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {name} TO {name}_key")
        op.add_column(table, sa.Column(f"{name}_twin", sa.Text(), nullable=False, server_default=""))
        _fold(table, name, order)
        op.create_index(
            f"uq_{table}_{name}",
            table,
            ["merchant_id", f"{name}_key", f"{name}_twin"],
            unique=True,
            sqlite_where=sa.text(f"{name}_key IS NOT NULL"),
        )
    _fold_references_of_customers()
    _fold_customers_of("orders")
    _fold_customers_of("coupon_uses")


def _fold(table: str, name: str, order: str) -> None:
    """Of names that differ in case only, all but the oldest keep their spelling beside the key."""
    changed: list[dict[str, object]] = []
    seen: set[tuple[str, str]] = set()
    rows = _rows(f"SELECT {order}, merchant_id, {name}_key FROM {table} WHERE {name}_key IS NOT NULL ORDER BY {order}")
    for row, merchant_id, spelled in rows:
        key = _folded(spelled)
        is_twin = (merchant_id, key) in seen
        seen.add((merchant_id, key))
        if is_twin or key != spelled:
            changed.append({"row": row, "key": key, "twin": spelled if is_twin else ""})
    _each(f"UPDATE {table} SET {name}_key = :key, {name}_twin = :twin WHERE {order} = :row", changed)


def _fold_references_of_customers() -> None:
    rows = _rows("SELECT customer_seq, merchant_id, value FROM customer_keys WHERE kind = 'reference' ORDER BY 1")
    owners: dict[tuple[str, str], int] = {}
    keys: dict[tuple[str, str, str, int], None] = {}
    for customer_seq, merchant_id, spelled in rows:
        key = _folded(spelled)
        kind = "reference" if owners.setdefault((merchant_id, key), customer_seq) == customer_seq else "twin"
        keys[merchant_id, kind, key, customer_seq] = None
    op.execute("DELETE FROM customer_keys WHERE kind = 'reference'")
    _each(
        "INSERT INTO customer_keys (merchant_id, kind, value, customer_seq) VALUES (:merchant, :kind, :key, :customer)",
        [dict(zip(("merchant", "kind", "key", "customer"), key, strict=True)) for key in keys],
    )


def _fold_customers_of(table: str) -> None:
    """What orders and the uses of coupons name their customers by, where that is no id of Flint's."""
    rows = _rows(f"SELECT DISTINCT merchant_id, customer_id FROM {table} WHERE customer_id IS NOT NULL")
    changed: list[dict[str, object]] = [
        {"merchant": merchant_id, "spelled": spelled, "key": _folded(spelled)}
        for merchant_id, spelled in rows
        if _folded(spelled) != spelled and not _is_id(spelled)
    ]
    if table == "coupon_uses":
        theirs = (
            "customer_id = :spelled AND coupon_id IN "
            "(SELECT coupon_id FROM coupon_uses WHERE merchant_id = :merchant AND customer_id = :spelled)"
        )
        _each(
            "INSERT INTO coupon_customer_uses (coupon_id, customer_id, uses) "
            f"SELECT coupon_id, :key, uses FROM coupon_customer_uses WHERE {theirs} "
            "ON CONFLICT (coupon_id, customer_id) DO UPDATE SET uses = uses + excluded.uses",
            changed,
        )
        _each(f"DELETE FROM coupon_customer_uses WHERE {theirs}", changed)
    _each(f"UPDATE {table} SET customer_id = :key WHERE merchant_id = :merchant AND customer_id = :spelled", changed)


def _rows(query: str) -> Sequence[Any]:
    return op.get_bind().execute(sa.text(query)).all()


def _each(statement: str, values: list[dict[str, object]]) -> None:
    if values:
        op.get_bind().execute(sa.text(statement), values)


def _is_id(name: str) -> bool:
    return re.fullmatch("cus_[0-7][0-9A-HJKMNP-TV-Z]{25}", name) is not None


def _folded(name: str) -> str:
    """As flint_domain.kernel.references folded names when this was written."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
