"""Customers and the orders that name them: by which words such orders are found, and what was bought.

An order is found by what its customer is called at present. Those words are kept with every id that an order may name
the customer by, where an order takes them from when it is added or gets another customer, and with the orders that
there are. :customer_ids, :shared and :spelled are JSON arrays.
"""

import json
from collections.abc import Sequence

from sqlalchemy import ColumnElement, Text, and_, bindparam, func, not_, or_, select, update

from flint_domain.customers.finding import customer_key, ids_of, is_gone, words_on_orders
from flint_domain.customers.model import Customer
from flint_domain.customers.ports import PurchaseTotals
from flint_server.db.codecs import from_micros
from flint_server.db.constructs import each_of, json_text
from flint_server.db.records import customers
from flint_server.db.records.orders import orders
from flint_server.db.session import Session
from flint_server.db.statement import ZERO, Statement, mine, word

_WORDS = bindparam("words", type_=Text)
_names_them = and_(mine(orders), orders.c.customer_id.in_(each_of("customer_ids")))
# Of what twins are called in different case (:shared), only the orders that spell it as one of :spelled. It reads
# bodies, and so it is asked only where there are twins.
_as_spelled: ColumnElement[bool] = or_(
    orders.c.customer_id.not_in(each_of("shared")),
    json_text(orders.c.body, "customer_id").in_(each_of("spelled")),
)

TELL_CUSTOMERS = Statement(
    update(customers.customers)
    .where(
        mine(customers.customers),
        customers.customers.c.id.in_(each_of("customer_ids")),
        customers.customers.c.on_orders != _WORDS,
    )
    .values(on_orders=_WORDS)
)
_telling = update(orders).where(_names_them, orders.c.buyer != _WORDS).values(buyer=_WORDS)
TELL_ORDERS = Statement(_telling)
TELL_ORDERS_OF_TWIN = Statement(_telling.where(_as_spelled))

# Read from the index alone. Its own condition is left out, here and above: an engine may take "customer_id IS NOT NULL"
# for a range to go through, instead of looking the ids up.
_purchases = (
    select(
        orders.c.currency,
        func.count(),
        func.sum(orders.c.paid),
        func.sum(orders.c.refunded),
        func.min(orders.c.created_at),
        func.max(orders.c.created_at),
    )
    .where(_names_them, not_(and_(orders.c.status == word("CANCELED"), orders.c.paid == ZERO)))
    .group_by(orders.c.currency)
    .order_by(orders.c.currency)
)
PURCHASE_TOTALS = Statement(_purchases)
PURCHASE_TOTALS_OF_TWIN = Statement(_purchases.where(_as_spelled))


def add_customer(tx: Session, customer: Customer) -> bool:
    if not customers.add(tx, customer):
        return False
    if customer.reference is not None:  # which orders may have named before
        _tell_orders(tx, customer, ids_of(customer))
    return True


def save_customer(tx: Session, customer: Customer) -> bool:
    before = customers.stored(tx, customer.customer_id)
    if not customers.save(tx, customer):
        return False
    if before is not None and customer.merged_into is None:  # or the one that took over is saved as well
        _tell_changed_orders(tx, before, customer)
    return True


def purchase_totals(tx: Session, customer: Customer) -> list[PurchaseTotals]:
    named, has_twin = _named_by(tx, ids_of(customer))
    return [
        PurchaseTotals(
            currency=currency,
            orders=count,
            paid=paid,
            refunded=refunded,
            first_at=from_micros(first),
            last_at=from_micros(last),
        )
        for currency, count, paid, refunded, first, last in tx.all(
            PURCHASE_TOTALS_OF_TWIN if has_twin else PURCHASE_TOTALS, **named
        )
    ]


def _tell_changed_orders(tx: Session, before: Customer, after: Customer) -> None:
    """Most changes of a customer leave the words of its orders alone."""
    ids, words = ids_of(after), words_on_orders(after)
    if (ids_of(before), words_on_orders(before)) != (ids, words):
        _tell_orders(tx, after, (*ids_of(before), *ids) if is_gone(after) else ids)


def _tell_orders(tx: Session, customer: Customer, ids: Sequence[str]) -> None:
    named, has_twin = _named_by(tx, ids)
    for statement in (TELL_CUSTOMERS, TELL_ORDERS_OF_TWIN if has_twin else TELL_ORDERS):
        tx.run(statement, **named, words=words_on_orders(customer))


def _named_by(tx: Session, ids: Sequence[str]) -> tuple[dict[str, object], bool]:
    """What a statement finds the orders of one customer by, and whether it has to look at how they spell it."""
    shared = customers.shared_keys(tx, ids)
    named: dict[str, object] = {"customer_ids": json.dumps([*map(customer_key, ids)])}
    return {**named, "shared": json.dumps(shared), "spelled": json.dumps(ids)}, bool(shared)
