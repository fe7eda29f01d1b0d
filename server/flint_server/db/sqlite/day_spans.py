"""Keeping the days of a span of row numbers in step with the rows that are added (see records.orders)."""

from sqlalchemy import Connection

from flint_server.db.records.orders import DAY, SPAN


def make_day_spans(connection: Connection) -> None:
    """Have order_spans told of every order that is added. A row is written when a span gets an
    order of a later day, or an older one than it has: hardly ever."""
    connection.exec_driver_sql(trigger())


def trigger() -> str:
    return f"""
        CREATE TRIGGER orders_spanned AFTER INSERT ON orders BEGIN
        INSERT INTO order_spans (merchant_id, span, first_at, last_day)
        VALUES (new.merchant_id, new.seq / {SPAN}, new.created_at, new.created_at / {DAY})
        ON CONFLICT (merchant_id, span) DO UPDATE
        SET first_at = min(first_at, excluded.first_at), last_day = max(last_day, excluded.last_day)
        WHERE excluded.first_at < first_at OR excluded.last_day > last_day;
        END
        """
