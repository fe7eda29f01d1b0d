"""Customers as a transaction reads and writes them (see flint_domain.customers.ports)."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Protocol

from flint_domain.customers.finding import (
    customer_key,
    email_key,
    ids_of,
    is_gone,
    postcode_key,
    references_of,
    words_of,
    words_on_orders,
)
from flint_domain.customers.model import Customer
from flint_domain.customers.ports import CustomerQuery, PurchaseTotals
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.references import folded
from flint_server.db import customer_statements as statements
from flint_server.db.codecs import Codec, from_micros, micros
from flint_server.db.stale import StaleWrite

CUSTOMER = Codec(Customer)

TotalsRow = tuple[str, int, int, int, int, int]


class Reading(Protocol):
    """What of a transaction is needed to read."""

    driver: sqlite3.Connection
    merchant_id: str
    now: datetime


class CustomerReading:
    """The part of a read transaction that is about customers."""

    __slots__ = ()

    def customer(self: Reading, customer_id: str) -> Customer | None:
        return _customer(self, customer_id)

    def customers_by_reference(self: Reading, reference: str) -> list[Customer]:
        return _owners(self, reference)

    def customer_of_method(self: Reading, method_id: str) -> Customer | None:
        named = {"this_id": method_id, "merchant_id": self.merchant_id}
        row: tuple[str | None] | None = self.driver.execute(statements.CUSTOMER_OF_METHOD, named).fetchone()
        return None if row is None or row[0] is None else _customer(self, row[0])

    def customers(self: Reading, query: CustomerQuery) -> list[Customer]:
        rows: list[tuple[str, int]] = self.driver.execute(
            *statements.customers_statement(self.merchant_id, query)
        ).fetchall()
        return [CUSTOMER.load(*row) for row in rows]

    def purchase_totals(self: Reading, customer: Customer) -> list[PurchaseTotals]:
        named, has_twin = _named_by(self, ids_of(customer))
        statement = statements.PURCHASE_TOTALS_OF_TWIN if has_twin else statements.PURCHASE_TOTALS
        rows: list[TotalsRow] = self.driver.execute(statement, named).fetchall()
        return [
            PurchaseTotals(
                currency=currency,
                orders=count,
                paid=paid,
                refunded=refunded,
                first_at=from_micros(first),
                last_at=from_micros(last),
            )
            for currency, count, paid, refunded, first, last in rows
        ]


class CustomerWriting(CustomerReading):
    """The part of a writing transaction that is about customers."""

    __slots__ = ()

    def add_customer(self: Reading, customer: Customer) -> bool:
        if _reference_is_taken(self, customer):
            return False
        named = {"id": customer.customer_id, "created_at": micros(customer.created_at), **_columns(self, customer)}
        rows: list[tuple[int]] = self.driver.execute(statements.ADD_CUSTOMER, named).fetchall()
        _add_keys(self, customer, rows[0][0])
        if customer.reference is not None:  # which orders may have named before
            _tell_orders(self, customer, ids_of(customer))
        return True

    def save_customer(self: Reading, customer: Customer) -> bool:
        if _reference_is_taken(self, customer):
            return False
        before = _stored(self, customer.customer_id)
        named = {"this_id": customer.customer_id, "was": customer.version - 1, **_columns(self, customer)}
        rows: list[tuple[int]] = self.driver.execute(statements.SAVE_CUSTOMER, named).fetchall()
        if not rows:
            raise StaleWrite(f"{customer.customer_id} is not stored at version {customer.version - 1}")
        self.driver.execute(statements.FORGET_KEYS, {"this_seq": rows[0][0]})
        _add_keys(self, customer, rows[0][0])
        if before is not None and customer.merged_into is None:  # or the one that took over is saved as well
            _tell_changed_orders(self, before, customer)
        return True

    def forget_person(self: Reading, customer_ids: Sequence[str], order_ids: Sequence[str]) -> None:
        named = {
            "merchant_id": self.merchant_id,
            "customer_ids": json.dumps(customer_ids),
            "order_ids": json.dumps(order_ids),
        }
        for statement in statements.FORGET_PERSON:
            self.driver.execute(statement, named)


def _customer(tx: Reading, customer_id: str) -> Customer | None:
    """The customer at the end of the merges."""
    wanted: str | None = customer_id
    found: Customer | None = None
    while wanted is not None:
        found = _stored(tx, wanted)
        wanted = None if found is None else found.merged_into
    return found


def _stored(tx: Reading, customer_id: str) -> Customer | None:
    named = {"this_id": customer_id, "merchant_id": tx.merchant_id}
    row: tuple[str, int] | None = tx.driver.execute(statements.CUSTOMER, named).fetchone()
    return None if row is None else CUSTOMER.load(*row)


def _tell_changed_orders(tx: Reading, before: Customer, after: Customer) -> None:
    """An order is found by what its customer is called at present. Most changes of a customer leave that alone."""
    ids, words = ids_of(after), words_on_orders(after)
    if (ids_of(before), words_on_orders(before)) != (ids, words):
        _tell_orders(tx, after, (*ids_of(before), *ids) if is_gone(after) else ids)


def _tell_orders(tx: Reading, customer: Customer, ids: Sequence[str]) -> None:
    named, has_twin = _named_by(tx, ids)
    for statement in statements.TELL_ORDERS_OF_TWIN if has_twin else statements.TELL_ORDERS:
        tx.driver.execute(statement, {**named, "words": words_on_orders(customer)})


def _named_by(tx: Reading, ids: Sequence[str]) -> tuple[dict[str, object], bool]:
    """What a statement finds the orders of one customer by, and whether it has to look at how they spell it."""
    shared = shared_keys(tx, ids)
    named = {"merchant_id": tx.merchant_id, "customer_ids": json.dumps([*map(customer_key, ids)])}
    return {**named, **({"shared": json.dumps(shared), "spelled": json.dumps(ids)} if shared else {})}, bool(shared)


def shared_keys(tx: Reading, ids: Sequence[str]) -> list[str]:
    """The keys of one customer's ids and references that somebody else has as well, who spells them differently: a
    twin from before references were compared without case. An order is the customer's that spells them as it does.

    The customer itself may be gone already; what is left with such a key is the other's then.
    """
    return [
        customer_key(name)
        for name in ids
        if not is_id(name, "cus") and any(not {*references_of(owner)} & {*ids} for owner in _owners(tx, name))
    ]


def _columns(tx: Reading, customer: Customer) -> dict[str, object]:
    return {
        "merchant_id": tx.merchant_id,
        "version": customer.version,
        "gone": is_gone(customer),
        "text": words_of(customer),
        "on_orders": words_on_orders(customer),
        "schema": CUSTOMER.schema,
        "body": CUSTOMER.dump(customer),
    }


def _reference_is_taken(tx: Reading, customer: Customer) -> bool:
    """Whether another customer has one of its references; the index that forbids it would end the whole change.

    One that differs from another's in case only is taken, too, unless it is from before that was so: the customer had
    it already, or has it from one that was merged into it.
    """
    return not is_gone(customer) and any(
        reference in references_of(owner) or (reference == customer.reference and _is_new(tx, customer, reference))
        for reference in references_of(customer)
        for owner in _owners(tx, reference)
        if owner.customer_id != customer.customer_id
    )


def _is_new(tx: Reading, customer: Customer, reference: str) -> bool:
    """Whether neither the customer, as it is stored now, nor one that was just merged into it had the reference."""
    stored = _customer(tx, customer.customer_id)
    if stored is None:
        return True
    merged = {former for former in customer.merged_ids if is_id(former, "cus")} - set(stored.merged_ids)
    return not merged and reference not in references_of(stored)


def _owners(tx: Reading, reference: str) -> list[Customer]:
    """The customers of this reference, in whatever case: one or none, but for twins from before."""
    named = {"merchant_id": tx.merchant_id, "reference": folded(reference)}
    rows: list[tuple[str, int]] = tx.driver.execute(statements.CUSTOMERS_BY_REFERENCE, named).fetchall()
    return [CUSTOMER.load(*row) for row in rows]


def _add_keys(tx: Reading, customer: Customer, seq: int) -> None:
    keys = () if is_gone(customer) else dict.fromkeys(_keys(tx, customer))
    rows = [{"merchant_id": tx.merchant_id, "kind": kind, "value": value, "customer_seq": seq} for kind, value in keys]
    tx.driver.executemany(statements.ADD_KEY, rows)


def _keys(tx: Reading, customer: Customer) -> Iterator[tuple[str, str]]:
    """What the customer is found by as a whole."""
    for email in customer.emails:
        yield "email", email_key(email)
    for address in customer.addresses:
        if address.postal_code:
            yield "postcode", postcode_key(address.postal_code)
    for reference in references_of(customer):
        # Its own keys are forgotten by now: whoever has the reference is a twin from before.
        yield "twin" if _owners(tx, reference) else "reference", folded(reference)
