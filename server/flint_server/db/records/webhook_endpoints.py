"""Webhook endpoints: who listens, and to what."""

import secrets
from base64 import b64encode

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, Text, UniqueConstraint, select, update

from flint_domain.webhooks.model import Endpoint
from flint_server.db.codecs import ENDPOINT, micros
from flint_server.db.metadata import Sequence, metadata, of_merchant
from flint_server.db.rows import Body
from flint_server.db.session import Session
from flint_server.db.statement import Statement, added, mine, parameters, this, word

SECRET_BYTES = 24  # Standard Webhooks asks for 24 to 64

# body holds the secrets; the columns beside it are what the worker and the fan-out ask for.
webhook_endpoints = Table(
    "webhook_endpoints",
    metadata,
    Column("seq", Sequence, primary_key=True),
    Column("id", Text, nullable=False),
    of_merchant(),
    Column("status", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("failing", Boolean, nullable=False),
    Column("held_until", BigInteger, nullable=False),
    Column("schema", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("merchant_id", "id"),
)
Index(None, webhook_endpoints.c.merchant_id, webhook_endpoints.c.status, webhook_endpoints.c.seq)

ROW = Body(
    webhook_endpoints,
    ENDPOINT,
    Endpoint,
    id="endpoint_id",
    events=lambda endpoint: " ".join(endpoint.events),
    failing=lambda endpoint: endpoint.failing_since is not None,
    held_until=lambda endpoint: 0 if endpoint.held_until is None else micros(endpoint.held_until),
)

ADD = Statement(added(webhook_endpoints))
SAVE = Statement(
    update(webhook_endpoints).where(this(webhook_endpoints)).values(parameters(webhook_endpoints, "id", "merchant_id"))
)
_ENDPOINTS = select(*ROW.columns).where(mine(webhook_endpoints)).order_by(webhook_endpoints.c.seq)
ONE_ENDPOINT = Statement(select(*ROW.columns).where(this(webhook_endpoints)))
ALL = Statement(_ENDPOINTS.where(webhook_endpoints.c.status != word("deleted")))
LISTENING = Statement(
    select(webhook_endpoints.c.id, webhook_endpoints.c.events)
    .where(mine(webhook_endpoints), webhook_endpoints.c.status == word("enabled"))
    .order_by(webhook_endpoints.c.seq)
)


def webhook_endpoint(tx: Session, endpoint_id: str) -> Endpoint | None:
    return ROW.first(tx, ONE_ENDPOINT, id=endpoint_id)


def webhook_endpoints_of(tx: Session) -> list[Endpoint]:
    return ROW.every(tx, ALL)


def new_secret(_tx: Session) -> str:
    return f"whsec_{b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def add_webhook_endpoint(tx: Session, endpoint: Endpoint) -> None:
    tx.run(ADD, **ROW.of(endpoint))


def save_webhook_endpoint(tx: Session, endpoint: Endpoint) -> None:
    tx.run(SAVE, **ROW.of(endpoint))


def listening(tx: Session) -> list[tuple[str, str]]:
    """The endpoints that are enabled, with the names of the events that they want between blanks."""
    return tx.all(LISTENING)
