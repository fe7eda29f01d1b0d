"""Finding orders: by the filters that a caller chose, newest first, and by one of their payments or refunds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import BigInteger, ColumnElement, Select, bindparam, func, literal_column, or_, select

from flint_domain.customers.finding import customer_key
from flint_domain.order.model import Order
from flint_domain.unit_of_work.ports import OrderQuery
from flint_server.db.codecs import micros
from flint_server.db.constructs import each_of, json_text, matching, unindexed, words_sought
from flint_server.db.records.customers import shared_keys
from flint_server.db.records.orders import DAY, NEEDS_ATTENTION, ROW, SPAN, order_spans, orders
from flint_server.db.records.transfers import transfers
from flint_server.db.session import Session
from flint_server.db.statement import ONE, ZERO, Statement, mine, place_of

_DAY = literal_column(str(DAY), BigInteger)
_SPAN = literal_column(str(SPAN), BigInteger)
FILTERS = ("status", "payment_status", "fulfillment_status")

_paid_by = (
    select(*ROW.columns)
    .join(transfers, transfers.c.order_id == orders.c.id)
    .where(mine(transfers), mine(orders))
    .limit(ONE)
    .offset(ZERO)
)
OF_PAYMENT = Statement(_paid_by.where(transfers.c.payment_id == bindparam("payment_id")))
OF_REFUND = Statement(_paid_by.where(transfers.c.refund_id == bindparam("refund_id")))


@dataclass(frozen=True, slots=True)
class _Shape:
    """Which filters a listing has; equal names the columns that have to be as given. Listings of one shape share a
    statement."""

    words: bool
    equal: tuple[str, ...]
    several_customers: bool
    shared: bool
    needs_attention: bool | None
    created_after: bool
    created_before: bool
    before: bool


@lru_cache(maxsize=512)
def _listed(shape: _Shape) -> Statement:
    newest, order = select(*ROW.columns).where(mine(orders)), orders.c.seq
    if shape.words:
        newest, order = matching(newest, orders)
    for name in shape.equal:  # few orders need attention: no other filter's index is walked instead
        column = unindexed(orders.c[name]) if shape.needs_attention else orders.c[name]
        newest = newest.where(column == bindparam(name))
    if shape.several_customers:
        # The few orders of these are sorted; walking all in order would take for ever.
        theirs = orders.alias("theirs")
        named = mine(theirs), theirs.c.customer_id.in_(each_of("customer_ids"))
        newest = newest.where(orders.c.seq.in_(select(theirs.c.seq).where(*named)))
        order = order if shape.words else unindexed(orders.c.seq)
    if shape.shared:  # of the keys that the customer shares with a twin, only orders that spell them as it does
        spelled = json_text(orders.c.body, "customer_id").in_(each_of("spelled"))
        newest = newest.where(or_(orders.c.customer_id.not_in(each_of("shared")), spelled))
    newest, ordered = _in_time(newest, order, shape)
    if shape.needs_attention is not None:
        newest = newest.where(NEEDS_ATTENTION if shape.needs_attention else orders.c.needs_attention == ZERO)
    if shape.before:
        newest = newest.where(order < place_of(orders, "before_id"))
    return Statement(newest.order_by(*(each.desc() for each in ordered)).limit(bindparam("limit")).offset(ZERO))


def _in_time(
    newest: Select[tuple[str, int]], order: ColumnElement[int], shape: _Shape
) -> tuple[Select[tuple[str, int]], tuple[ColumnElement[int], ...]]:
    """The orders of a time, and what they are ordered by: span by span, as far as a span has some. Where another index
    names few orders they are all looked at; a search for words begins and ends where such a span does."""
    if not (shape.created_after or shape.created_before):
        return newest, (order,)
    spans = [mine(order_spans)]
    if shape.created_after:
        newest = newest.where(orders.c.created_at >= bindparam("created_after"))
        spans.append(order_spans.c.last_day >= bindparam("created_after", type_=BigInteger) // _DAY)
    if shape.created_before:
        newest = newest.where(orders.c.created_at < bindparam("created_before"))
        spans.append(order_spans.c.first_at < bindparam("created_before", type_=BigInteger))
    if shape.several_customers or shape.needs_attention or "customer_id" in shape.equal:
        return newest, (order,)
    if shape.words:
        last, first = (select(end(order_spans.c.span)).where(*spans).scalar_subquery() for end in (func.max, func.min))
        return newest.where(order < (last + ONE) * _SPAN, order >= first * _SPAN), (order,)
    first = order_spans.c.span * _SPAN
    return newest.where(*spans, order >= first, order < first + _SPAN), (order_spans.c.span, order)


def listing(query: OrderQuery, shared: Sequence[str] = ()) -> tuple[Statement, dict[str, object]] | None:
    """The statement of a listing, and its parameters; None for one that has no word to look for. shared are the keys
    that the customer shares with a twin (see customers.shared_keys)."""
    words = words_sought(query.text, any_word=query.any_word)
    if words == "":
        return None
    customers = list(dict.fromkeys(map(customer_key, query.customer_ids)))
    equal = {name: getattr(query, name) for name in FILTERS if getattr(query, name) is not None}
    if len(customers) == 1:
        equal["customer_id"] = customers[0]
    shape = _Shape(
        words=words is not None,
        equal=tuple(equal),
        several_customers=len(customers) > 1,
        shared=bool(shared),
        needs_attention=query.needs_attention,
        created_after=query.created_after is not None,
        created_before=query.created_before is not None,
        before=query.before_id is not None,
    )
    return _listed(shape), {
        **equal,
        "words": words,
        "customer_ids": json.dumps(customers),
        "shared": json.dumps(shared),
        "spelled": json.dumps(query.customer_ids),
        "created_after": None if query.created_after is None else micros(query.created_after),
        "created_before": None if query.created_before is None else micros(query.created_before),
        "before_id": query.before_id,
        "limit": query.limit,
    }


def orders_of(tx: Session, query: OrderQuery) -> list[Order]:
    search = listing(query, shared_keys(tx, query.customer_ids))
    return [] if search is None else ROW.every(tx, search[0], **search[1])


def order_of_payment(tx: Session, payment_id: str) -> Order | None:
    return ROW.first(tx, OF_PAYMENT, payment_id=payment_id) or _order_naming(tx, payment_id)


def order_of_refund(tx: Session, refund_id: str) -> Order | None:
    return ROW.first(tx, OF_REFUND, refund_id=refund_id) or _order_naming(tx, refund_id)


def _order_naming(tx: Session, this_id: str) -> Order | None:
    """The order of a payment or refund that no transfer brought: such ids are among its words."""
    named = orders_of(tx, OrderQuery(text=this_id, limit=2))
    return next((order for order in named if _has(order, this_id)), None)


def _has(order: Order, this_id: str) -> bool:
    payments = any(payment.payment_id == this_id for payment in order.payments)
    return payments or any(refund.refund_id == this_id for refund in order.refunds)
