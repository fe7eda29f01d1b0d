"""The statements of outgoing webhooks, built from the schema once (see statements)."""

from typing import Any

from sqlalchemy import Table, Text, and_, bindparam, delete, exists, func, insert, literal_column, null, select, update
from sqlalchemy.sql.elements import ClauseElement

from flint_domain.webhooks.model import DeliveryQuery
from flint_server.db.statements import DIALECT, ONE, ZERO
from flint_server.db.webhook_tables import CAN_BE_DUE, IN_LINE, webhook_deliveries, webhook_endpoints


def _sql(statement: ClauseElement) -> str:
    return str(statement.compile(dialect=DIALECT))


def _word(text: str) -> Any:
    """A constant of a statement: as a parameter, it would keep a partial index from being used."""
    return literal_column(f"'{text}'", Text)


def _values(table: Table, *without: str) -> dict[str, Any]:
    return {column.name: bindparam(column.name) for column in table.c if column.name not in ("seq", *without)}


_ENDPOINT = select(webhook_endpoints.c.body, webhook_endpoints.c.schema)
_MY_ENDPOINT = webhook_endpoints.c.merchant_id == bindparam("merchant_id")

# ── endpoints ──
ADD_ENDPOINT = _sql(insert(webhook_endpoints).values(_values(webhook_endpoints)))
SAVE_ENDPOINT = _sql(
    update(webhook_endpoints)
    .where(webhook_endpoints.c.id == bindparam("this_id"), _MY_ENDPOINT)
    .values(_values(webhook_endpoints, "id", "merchant_id"))
)
ENDPOINT = _sql(_ENDPOINT.where(webhook_endpoints.c.id == bindparam("this_id"), _MY_ENDPOINT))
ENDPOINTS = _sql(
    _ENDPOINT.where(_MY_ENDPOINT, webhook_endpoints.c.status != _word("deleted")).order_by(webhook_endpoints.c.seq)
)
LISTENING = _sql(
    select(webhook_endpoints.c.id, webhook_endpoints.c.events)
    .where(_MY_ENDPOINT, webhook_endpoints.c.status == _word("enabled"))
    .order_by(webhook_endpoints.c.seq)
)

# ── deliveries ──
_DELIVERY_COLUMNS = [column for column in webhook_deliveries.c if column.name not in ("seq", "merchant_id")]
_DELIVERY = select(*_DELIVERY_COLUMNS)
_MINE = webhook_deliveries.c.merchant_id == bindparam("merchant_id")
_THIS = and_(webhook_deliveries.c.id == bindparam("this_id"), _MINE)
_THIS_LINE = and_(
    webhook_deliveries.c.endpoint_id == bindparam("endpoint_id"),
    webhook_deliveries.c.order_id == bindparam("order_id"),
    IN_LINE,
)
_IS_DUE = and_(CAN_BE_DUE, webhook_deliveries.c.due_at <= bindparam("now"))

ADD_DELIVERY = _sql(insert(webhook_deliveries).values(_values(webhook_deliveries)))
DELIVERY = _sql(_DELIVERY.where(_THIS))
HAS_LINE = _sql(select(ONE).where(exists().select_from(webhook_deliveries).where(_THIS_LINE)))
LEASE_DELIVERY = _sql(
    update(webhook_deliveries)
    .where(_THIS, _IS_DUE)
    .values(
        state=_word("sending"),
        due_at=bindparam("until"),
        attempts=webhook_deliveries.c.attempts + ONE,
        tries=webhook_deliveries.c.tries + ONE,
        payload=func.coalesce(webhook_deliveries.c.payload, bindparam("made")),
    )
    .returning(*_DELIVERY_COLUMNS)
)
SAVE_DELIVERY = _sql(
    update(webhook_deliveries)
    .where(
        _THIS,
        webhook_deliveries.c.state == bindparam("was_state"),
        webhook_deliveries.c.due_at == bindparam("was_due_at"),
    )
    .values({name: bindparam(name) for name in ("state", "due_at", "tries", "again", "reason", "schema", "log")})
)
_next_in_line = (
    select(webhook_deliveries.c.seq).where(_THIS_LINE).order_by(webhook_deliveries.c.seq).limit(ONE).offset(ZERO)
)
RELEASE_DELIVERY = _sql(
    update(webhook_deliveries)
    .where(webhook_deliveries.c.seq.in_(_next_in_line), webhook_deliveries.c.state == _word("waiting"), _MINE)
    .values(state=_word("pending"), due_at=bindparam("now"))
)
FAIL_DELIVERIES = _sql(
    update(webhook_deliveries)
    .where(
        webhook_deliveries.c.endpoint_id == bindparam("this_endpoint"),
        _MINE,
        webhook_deliveries.c.state.in_([_word("waiting"), _word("pending"), _word("sending")]),
    )
    .values(state=_word("failed"), reason=bindparam("reason"))
)

# ── the worker's view, across merchants ──
ENDPOINTS_WITH_WORK = _sql(
    select(webhook_endpoints.c.merchant_id, webhook_endpoints.c.id, webhook_endpoints.c.failing)
    .where(
        webhook_endpoints.c.status == _word("enabled"),
        webhook_endpoints.c.held_until <= bindparam("now"),
        exists()
        .select_from(webhook_deliveries)
        .where(webhook_deliveries.c.endpoint_id == webhook_endpoints.c.id, _IS_DUE),
    )
    .order_by(webhook_endpoints.c.seq)
)
DUE_DELIVERIES = _sql(
    select(webhook_deliveries.c.id)
    .where(webhook_deliveries.c.endpoint_id == bindparam("endpoint_id"), _IS_DUE)
    .order_by(webhook_deliveries.c.due_at, webhook_deliveries.c.seq)
    .limit(bindparam("limit"))
    .offset(ZERO)
)
_oldest = select(webhook_deliveries.c.seq).order_by(webhook_deliveries.c.seq).limit(bindparam("limit")).offset(ZERO)
FORGET_DELIVERIES = _sql(
    delete(webhook_deliveries).where(
        webhook_deliveries.c.seq.in_(_oldest),
        webhook_deliveries.c.created_at <= bindparam("expired"),
        webhook_deliveries.c.state.in_([_word("delivered"), _word("failed")]),
    )
)


def deliveries_statement(merchant_id: str, query: DeliveryQuery) -> tuple[str, dict[str, Any]]:
    """The deliveries that pass every filter, newest first, without their payloads, which nobody lists.

    A cursor that names nothing gives an empty page.
    """
    newest = select(*_DELIVERY_COLUMNS[:-1], null()).where(webhook_deliveries.c.merchant_id == merchant_id)
    for name, value in (
        ("endpoint_id", query.endpoint_id),
        ("order_id", query.order_id),
        ("state", query.state),
        ("event_type", query.event_type),
    ):
        if value is not None:
            newest = newest.where(webhook_deliveries.c[name] == bindparam(name, value))
    if query.before_id is not None:
        before = webhook_deliveries.alias("page")
        place = select(before.c.seq).where(before.c.merchant_id == merchant_id, before.c.id == query.before_id)
        newest = newest.where(webhook_deliveries.c.seq < place.scalar_subquery())
    statement = newest.order_by(webhook_deliveries.c.seq.desc()).limit(query.limit).offset(ZERO)
    compiled = statement.compile(dialect=DIALECT)
    return str(compiled), {**(compiled.params or {})}
