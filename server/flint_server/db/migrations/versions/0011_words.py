"""Words folded by Flint itself, an order found by its customer's, and text indexes that know no more than them."""

import json
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

from flint_domain.customers.finding import ids_of, is_gone, words_on_orders
from flint_domain.customers.finding import words_of as words_of_customer
from flint_domain.reactions.catalog.lookup import words_of as words_of_item
from flint_domain.unit_of_work.order_words import words_of as words_of_order
from flint_server.db.codecs import CUSTOMER, ITEM, ORDER
from flint_server.db.migrations.paging import pages

revision = "0011"
down_revision = "0010"

INDEXED = {"orders": ("text", "buyer"), "customers": ("text",), "items": ("text",)}

ITS_BUYER = (
    "coalesce("
    "(SELECT c.on_orders FROM customers c WHERE c.id = orders.customer_id AND c.merchant_id = orders.merchant_id), "
    "(SELECT c.on_orders FROM customer_keys k JOIN customers c ON c.seq = k.customer_seq "
    "WHERE k.merchant_id = orders.merchant_id AND k.kind IN ('reference', 'twin') AND k.value = orders.customer_id "
    # Of customers whose references differ in case only, the one that is spelled as the order spells it, or nobody.
    "AND (1 = (SELECT count(*) FROM customer_keys o WHERE o.merchant_id = k.merchant_id "
    "AND o.kind IN ('reference', 'twin') AND o.value = k.value) "
    "OR json_extract(orders.body, '$.customer_id') = json_extract(c.body, '$.reference') "
    "OR json_extract(orders.body, '$.customer_id') IN (SELECT value FROM json_each(c.body, '$.merged_ids')))), '')"
)


def upgrade() -> None:
    for table in INDEXED:
        op.execute(f"DROP TRIGGER {table}_text_added")
        op.execute(f"DROP TRIGGER {table}_text_changed")
        op.execute(f"DROP TABLE {table}_text")
    op.add_column("customers", sa.Column("on_orders", sa.Text(), nullable=False, server_default=""))
    op.add_column("orders", sa.Column("buyer", sa.Text(), nullable=False, server_default=""))
    _write_customers()
    _write_words("orders", lambda body, schema: words_of_order(ORDER.load(body, schema)), f", buyer = {ITS_BUYER}")
    _write_words("items", lambda body, schema: words_of_item(ITEM.load(body, schema)))
    for table, columns in INDEXED.items():
        _index(table, columns)


def _write_customers() -> None:
    connection = op.get_bind()
    for page in pages(connection, "customers", "merchant_id, body, schema"):
        for seq, merchant_id, body, schema in page:
            customer = CUSTOMER.load(body, schema)
            named = {"seq": seq, "text": words_of_customer(customer), "on_orders": words_on_orders(customer)}
            if is_gone(customer):  # the one that took over writes on_orders, or nobody does
                connection.execute(sa.text("UPDATE customers SET text = '' WHERE seq = :seq"), named)
                continue
            connection.execute(sa.text("UPDATE customers SET text = :text WHERE seq = :seq"), named)
            theirs = {"merchant_id": merchant_id, "ids": json.dumps(ids_of(customer)), "on_orders": named["on_orders"]}
            connection.execute(
                sa.text(
                    "UPDATE customers SET on_orders = :on_orders "
                    "WHERE merchant_id = :merchant_id AND id IN (SELECT value FROM json_each(:ids))"
                ),
                theirs,
            )


def _write_words(table: str, words: Callable[[str, int], str], more: str = "") -> None:
    update = sa.text(f"UPDATE {table} SET text = :text{more} WHERE seq = :seq")
    for page in pages(op.get_bind(), table, "body, schema"):
        op.get_bind().execute(update, [{"seq": seq, "text": words(body, schema)} for seq, body, schema in page])


def _index(table: str, columns: tuple[str, ...]) -> None:
    listed, new, old = (", ".join(f"{row}{column}" for column in columns) for row in ("", "new.", "old."))
    changed = " OR ".join(f"old.{column} <> new.{column}" for column in columns)
    added = f"INSERT INTO {table}_text (rowid, {listed}) VALUES (new.seq, {new}); END"
    op.execute(
        f"CREATE VIRTUAL TABLE {table}_text USING fts5({listed}, content='{table}', content_rowid='seq', columnsize=0, "
        "detail=column, prefix='1 2 3 4 5 6 7 8 9 10', tokenize='ascii')"
    )
    op.execute(f"INSERT INTO {table}_text ({table}_text) VALUES ('rebuild')")
    op.execute(f"CREATE TRIGGER {table}_text_added AFTER INSERT ON {table} BEGIN {added}")
    op.execute(
        f"CREATE TRIGGER {table}_text_changed AFTER UPDATE OF {listed} ON {table} WHEN {changed} BEGIN "
        f"INSERT INTO {table}_text ({table}_text, rowid, {listed}) VALUES ('delete', old.seq, {old}); {added}"
    )
