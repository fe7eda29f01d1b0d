"""Customers: the record, what it is found by as a whole, and the words it is found by."""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    select,
    text,
)

from flint_domain.customers.finding import (
    customer_key,
    email_key,
    is_gone,
    postcode_key,
    references_of,
    words_of,
    words_on_orders,
)
from flint_domain.customers.model import Customer
from flint_domain.customers.ports import CustomerQuery
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.references import folded
from flint_server.db.codecs import CUSTOMER
from flint_server.db.constructs import matching, unindexed, words_sought
from flint_server.db.metadata import BY_KEY, find_by_words, metadata, of_merchant, partial_index
from flint_server.db.metadata import Sequence as RowNumber
from flint_server.db.rows import Body
from flint_server.db.session import Session
from flint_server.db.stale import StaleWrite
from flint_server.db.statement import ZERO, Statement, added, mine, place_of, saved, this, word

# Partial indexes are used only by queries that repeat their condition word for word.
IS_THERE = text("gone = 0")
IS_REFERENCE = text("kind = 'reference'")

# gone: merged into another customer, or erased. Such a row stays, because orders name it, and is listed nowhere.
customers = Table(
    "customers",
    metadata,
    Column("seq", RowNumber, primary_key=True),
    Column("id", Text, nullable=False),
    of_merchant(),
    Column("version", Integer, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("text", Text, nullable=False),
    # Those words that are copied to the customer's orders. Who was merged away has the other one's.
    Column("on_orders", Text, nullable=False, server_default=""),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("merchant_id", "id"),
)
partial_index("ix_customers_newest", customers.c.merchant_id, customers.c.seq, where=IS_THERE)

# E-mails, postcodes and references as they are compared: a customer has several of each, and a reference belongs to one
# customer alone, but for twins from before it was compared without case. In this order a page of those who share a
# value is read off newest first.
customer_keys = Table(
    "customer_keys",
    metadata,
    of_merchant(),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("customer_seq", RowNumber, ForeignKey("customers.seq"), nullable=False),
    PrimaryKeyConstraint("merchant_id", "kind", "value", "customer_seq"),
    **BY_KEY,
)
Index(None, customer_keys.c.merchant_id, customer_keys.c.customer_seq)
partial_index(
    "uq_customer_keys_reference",
    customer_keys.c.merchant_id,
    customer_keys.c.value,
    unique=True,
    where=IS_REFERENCE,
)

find_by_words(customers, "text")

ROW = Body(customers, CUSTOMER, Customer, id="customer_id", gone=is_gone, text=words_of, on_orders=words_on_orders)

ADD = Statement(added(customers).returning(customers.c.seq))
SAVE = Statement(saved(customers, "created_at").returning(customers.c.seq))
ONE_CUSTOMER = Statement(select(*ROW.columns).where(this(customers)))
BY_REFERENCE = Statement(
    select(*ROW.columns)
    .join(customer_keys, customer_keys.c.customer_seq == customers.c.seq)
    .where(
        mine(customer_keys),
        customer_keys.c.kind.in_([word("reference"), word("twin")]),
        customer_keys.c.value == bindparam("reference"),
    )
    .order_by(customers.c.seq)
)
FORGET_KEYS = Statement(
    delete(customer_keys).where(mine(customer_keys), customer_keys.c.customer_seq == bindparam("customer_seq"))
)
ADD_KEY = Statement(added(customer_keys))

Key = Literal["email", "postcode"]


@cache
def _listed(*, words: bool, keys: tuple[Key, ...], before: bool) -> Statement:
    """The customers that pass every filter, newest first."""
    newest = select(*ROW.columns).where(mine(customers), IS_THERE)
    order = customers.c.seq
    if words:
        newest, order = matching(newest, customers)
    elif keys:  # those few are sorted, instead of all being gone through in order
        order = unindexed(customers.c.seq)
    for kind in keys:
        with_it = select(customer_keys.c.customer_seq).where(
            mine(customer_keys), customer_keys.c.kind == word(kind), customer_keys.c.value == bindparam(kind)
        )
        newest = newest.where(customers.c.seq.in_(with_it))
    if before:
        newest = newest.where(order < place_of(customers, "before_id"))
    return Statement(newest.order_by(order.desc()).limit(bindparam("limit")).offset(ZERO))


def listing(query: CustomerQuery) -> tuple[Statement, dict[str, object]] | None:
    """The statement of a search, and its parameters; None for one that has no word to look for."""
    keys: dict[Key, str] = {}
    if query.email is not None:
        keys["email"] = email_key(query.email)
    if query.postal_code is not None:
        keys["postcode"] = postcode_key(query.postal_code)
    words = words_sought(query.text, any_word=query.any_word)
    if words == "":
        return None
    statement = _listed(words=words is not None, keys=tuple(keys), before=query.before_id is not None)
    return statement, {**keys, "words": words, "before_id": query.before_id, "limit": query.limit}


def customers_of(tx: Session, query: CustomerQuery) -> list[Customer]:
    found = listing(query)
    return [] if found is None else ROW.every(tx, found[0], **found[1])


def customer_now(tx: Session, customer_id: str) -> Customer | None:
    """The customer at the end of the merges."""
    customer = stored(tx, customer_id)
    while customer is not None and customer.merged_into is not None:
        customer = stored(tx, customer.merged_into)
    return customer


def stored(tx: Session, customer_id: str) -> Customer | None:
    """The record of this id, whether it was merged into another or not."""
    return ROW.first(tx, ONE_CUSTOMER, id=customer_id)


def customers_by_reference(tx: Session, reference: str) -> list[Customer]:
    """The customers of this reference, in whatever case: one or none, but for twins from before."""
    return ROW.every(tx, BY_REFERENCE, reference=folded(reference))


def add(tx: Session, customer: Customer) -> bool:
    """Insert; False when another one has its reference."""
    if _reference_is_taken(tx, customer):
        return False
    (seq,) = tx.written(ADD, **ROW.of(customer))
    _add_keys(tx, customer, seq)
    return True


def save(tx: Session, customer: Customer) -> bool:
    """Write a customer whose version is one more than the stored one's; False when another one has its reference."""
    if _reference_is_taken(tx, customer):
        return False
    row = tx.written(SAVE, **ROW.of(customer))
    if row is None:
        raise StaleWrite(f"{customer.customer_id} is not stored at version {customer.version - 1}")
    tx.run(FORGET_KEYS, customer_seq=row[0])
    _add_keys(tx, customer, row[0])
    return True


def shared_keys(tx: Session, ids: Sequence[str]) -> list[str]:
    """The keys of one customer's ids and references that somebody else has as well, who spells them differently: a
    twin from before references were compared without case. An order is the customer's that spells them as it does.

    The customer itself may be gone already; what is left with such a key is the other's then.
    """
    return [
        customer_key(name)
        for name in ids
        if not is_id(name, "cus")
        and any(not {*references_of(owner)} & {*ids} for owner in customers_by_reference(tx, name))
    ]


def _reference_is_taken(tx: Session, customer: Customer) -> bool:
    """Whether another customer has one of its references; the index that forbids it would end the whole change.

    One that differs from another's in case only is taken, too, unless it is from before that was so: the customer had
    it already, or has it from one that was merged into it.
    """
    return not is_gone(customer) and any(
        reference in references_of(owner) or (reference == customer.reference and _is_new(tx, customer, reference))
        for reference in references_of(customer)
        for owner in customers_by_reference(tx, reference)
        if owner.customer_id != customer.customer_id
    )


def _is_new(tx: Session, customer: Customer, reference: str) -> bool:
    """Whether neither the customer, as it is stored now, nor one that was just merged into it had the reference."""
    before = customer_now(tx, customer.customer_id)
    if before is None:
        return True
    merged = {former for former in customer.merged_ids if is_id(former, "cus")} - set(before.merged_ids)
    return not merged and reference not in references_of(before)


def _add_keys(tx: Session, customer: Customer, seq: int) -> None:
    keys = () if is_gone(customer) else dict.fromkeys(_keys(tx, customer))
    tx.run_each(ADD_KEY, [{"kind": kind, "value": value, "customer_seq": seq} for kind, value in keys])


def _keys(tx: Session, customer: Customer) -> Iterator[tuple[str, str]]:
    """What the customer is found by as a whole."""
    for email in customer.emails:
        yield "email", email_key(email)
    for address in customer.addresses:
        if address.postal_code:
            yield "postcode", postcode_key(address.postal_code)
    for reference in references_of(customer):
        # Its own keys are forgotten by now: whoever has the reference is a twin from before.
        yield "twin" if customers_by_reference(tx, reference) else "reference", folded(reference)
