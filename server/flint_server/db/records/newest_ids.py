"""The youngest ids in the whole file, for a clock that must not go behind them."""

from sqlalchemy import func, select

from flint_server.db.records.coupons import coupons
from flint_server.db.records.customers import customers
from flint_server.db.records.facts import facts
from flint_server.db.records.gift_card_entries import entries
from flint_server.db.records.items import items
from flint_server.db.records.merchants import merchants
from flint_server.db.records.stock import stock_changes
from flint_server.db.records.tax_rates import tax_rates
from flint_server.db.records.webhook_endpoints import webhook_endpoints
from flint_server.db.session import Session
from flint_server.db.statement import Statement

# Orders and transfers are never younger than their facts.
_TABLES = (facts, coupons, tax_rates, webhook_endpoints, entries, customers, items, stock_changes)
# Each merchant's is the last of its rows in the index of ids.
NEWEST = tuple(
    Statement(
        select(
            func.max(select(func.max(table.c.id)).where(table.c.merchant_id == merchants.c.id).scalar_subquery())
        ).select_from(merchants)
    )
    for table in _TABLES
)


def newest_ids(tx: Session) -> list[str]:
    """The youngest of each table that has any."""
    return [row[0] for row in (tx.one(statement) for statement in NEWEST) if row[0] is not None]
