"""The statements of customers: those of every day built from the schema once (see statements), the rare ones in words.

:customer_ids, :order_ids, :shared and :spelled are JSON arrays.
"""

from typing import Any

from sqlalchemy import (
    Integer,
    Text,
    bindparam,
    delete,
    false,
    insert,
    literal_column,
    select,
    table,
    update,
)
from sqlalchemy import column as bare_column
from sqlalchemy.sql.elements import ClauseElement

from flint_domain.customers.finding import email_key, postcode_key
from flint_domain.customers.ports import CustomerQuery
from flint_server.db.constructs import words_sought
from flint_server.db.customer_tables import IS_THERE, customer_keys, customers
from flint_server.db.statements import DIALECT, ONE, ZERO
from flint_server.db.tables import transfers


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=DIALECT))


_MINE = customers.c.merchant_id == bindparam("merchant_id")
_BODY = select(customers.c.body, customers.c.schema)

# ── customers ──
ADD_CUSTOMER = _sql(
    insert(customers)
    .values({column.name: bindparam(column.name) for column in customers.c if column.name != "seq"})
    .returning(customers.c.seq)
)
SAVE_CUSTOMER = _sql(
    update(customers)
    .where(customers.c.id == bindparam("this_id"), _MINE, customers.c.version == bindparam("was"))
    .values({name: bindparam(name) for name in ("version", "gone", "text", "on_orders", "schema", "body")})
    .returning(customers.c.seq)
)
CUSTOMER = _sql(_BODY.where(customers.c.id == bindparam("this_id"), _MINE))
CUSTOMERS_BY_REFERENCE = _sql(
    _BODY.join(customer_keys, customer_keys.c.customer_seq == customers.c.seq)
    .where(
        customer_keys.c.merchant_id == bindparam("merchant_id"),
        customer_keys.c.kind.in_([literal_column("'reference'", Text), literal_column("'twin'", Text)]),
        customer_keys.c.value == bindparam("reference"),
    )
    .order_by(customers.c.seq)
)
# Every payment method has the transfer that attached it.
CUSTOMER_OF_METHOD = _sql(
    select(literal_column("json_extract(transfers.body, '$.customer_id')", Text))
    .where(transfers.c.payment_id == bindparam("this_id"), transfers.c.merchant_id == bindparam("merchant_id"))
    .limit(ONE)
    .offset(ZERO)
)
FORGET_KEYS = _sql(delete(customer_keys).where(customer_keys.c.customer_seq == bindparam("this_seq")))
ADD_KEY = _sql(insert(customer_keys).values({column.name: bindparam(column.name) for column in customer_keys.c}))

# ── the words that a customer's orders are found by, :words: kept with every id that an order may name the customer by,
# where an order takes them from when it is added or gets another customer, and with the orders that there are ──
TELL_ORDERS = (
    """
    UPDATE customers SET on_orders = :words
    WHERE merchant_id = :merchant_id AND id IN (SELECT value FROM json_each(:customer_ids)) AND on_orders <> :words
    """,
    """
    UPDATE orders SET buyer = :words
    WHERE merchant_id = :merchant_id AND customer_id IN (SELECT value FROM json_each(:customer_ids)) AND buyer <> :words
    """,
)
# Of what twins are called in different case (:shared), only the orders that spell it as one of :spelled. It reads
# bodies, and so it is asked only where there are twins.
AS_SPELLED = """
    AND (
        customer_id NOT IN (SELECT value FROM json_each(:shared))
        OR json_extract(body, '$.customer_id') IN (SELECT value FROM json_each(:spelled))
    )
    """
TELL_ORDERS_OF_TWIN = (TELL_ORDERS[0], TELL_ORDERS[1] + AS_SPELLED)

# ── what they bought: read from the index alone. Its own condition is left out, here and above: SQLite may take
# "customer_id IS NOT NULL" for a range to go through, instead of looking the ids up ──
_PURCHASES = """
    SELECT currency, count(*), sum(paid), sum(refunded), min(created_at), max(created_at)
    FROM orders
    WHERE merchant_id = :merchant_id AND customer_id IN (SELECT value FROM json_each(:customer_ids))
        AND NOT (status = 'CANCELED' AND paid = 0)
    """
_BY_CURRENCY = "GROUP BY currency ORDER BY currency"
PURCHASE_TOTALS = _PURCHASES + _BY_CURRENCY
PURCHASE_TOTALS_OF_TWIN = _PURCHASES + AS_SPELLED + _BY_CURRENCY

# ── what repeats a person's data ──
_THEIR_ORDERS = "(SELECT value FROM json_each(:order_ids))"
_THEM = "(SELECT value FROM json_each(:customer_ids))"
_THEIR_ACCOUNTS = f"(SELECT id FROM credit_accounts WHERE merchant_id = :merchant_id AND customer_id IN {_THEM})"
_ADDRESS_OF_A_TAX_REPORT = ", ".join(
    f"'$.statement.quote.request.address.{part}'" for part in ("line1", "line2", "city", "postal_code")
)
_WORDS_IN_A_FACT = "'$.reason', '$.kept.name'"  # why an order was canceled, and what money was kept for

FORGET_PERSON = (
    # A receipt without an answer shows the record as it is. Nobody looks receipts up like this but here, so they are
    # read from the first to the last; the pluses keep SQLite from going through an index that only names the merchant.
    f"""
    UPDATE receipts SET fields = '{{}}', answer = NULL, shown = json_remove(shown, '$.warnings', '$.changed')
    WHERE +merchant_id = :merchant_id AND (
        json_extract(shown, '$.order_id') IN {_THEIR_ORDERS}
        OR json_extract(shown, '$.customer_id') IN {_THEM}
        OR json_extract(shown, '$.account_id') IN {_THEIR_ACCOUNTS}
    )
    """,
    # Words that a fact repeats from its order.
    f"""
    UPDATE facts SET data = json_remove(data, {_WORDS_IN_A_FACT})
    WHERE order_id IN {_THEIR_ORDERS} AND +merchant_id = :merchant_id
    """,
    # The next try makes the body anew, from the order as it is then.
    f"UPDATE webhook_deliveries SET payload = NULL WHERE +merchant_id = :merchant_id AND order_id IN {_THEIR_ORDERS}",
    f"""
    UPDATE transfers SET body = json_remove(body, '$.buyer_email', {_ADDRESS_OF_A_TAX_REPORT})
    WHERE merchant_id = :merchant_id AND order_id IN {_THEIR_ORDERS}
    """,
    f"UPDATE credit_accounts SET body = json_remove(body, '$.note') WHERE id IN {_THEIR_ACCOUNTS}",
    f"UPDATE credit_entries SET note = NULL WHERE account_id IN {_THEIR_ACCOUNTS} AND note IS NOT NULL",
)

# ── searching ──
_customers_text = table("customers_text", bare_column("rowid", Integer))
_matches = literal_column("customers_text", Text).op("MATCH", is_comparison=True)


def customers_statement(merchant_id: str, query: CustomerQuery) -> tuple[str, dict[str, Any]]:
    """Bodies and schemas of the customers that pass every filter, newest first. A cursor that names nothing gives an
    empty page."""
    newest = _BODY.where(customers.c.merchant_id == merchant_id, IS_THERE)
    order = customers.c.seq
    if query.text is not None and query.text.strip():
        expression = words_sought(query.text, any_word=query.any_word)
        # The text index is the outer loop, and the plus keeps SQLite from turning the loops around (see search).
        order = _customers_text.c.rowid
        newest = newest.select_from(_customers_text, customers).where(
            customers.c.seq == literal_column("+customers_text.rowid", Integer)
        )
        newest = newest.where(false() if expression is None else _matches(expression))
    for kind, value in (
        ("email", None if query.email is None else email_key(query.email)),
        ("postcode", None if query.postal_code is None else postcode_key(query.postal_code)),
    ):
        if value is not None:
            if order is customers.c.seq:  # those few are sorted, instead of all being gone through in order
                order = literal_column("+customers.seq", Integer)
            with_it = select(customer_keys.c.customer_seq).where(
                customer_keys.c.merchant_id == merchant_id,
                customer_keys.c.kind == kind,
                customer_keys.c.value == value,
            )
            newest = newest.where(customers.c.seq.in_(with_it))
    if query.before_id is not None:
        page = customers.alias("page")
        place = select(page.c.seq).where(page.c.merchant_id == merchant_id, page.c.id == query.before_id)
        newest = newest.where(order < place.scalar_subquery())
    compiled = newest.order_by(order.desc()).limit(query.limit).offset(ZERO).compile(dialect=DIALECT)
    return str(compiled), {**(compiled.params or {})}
