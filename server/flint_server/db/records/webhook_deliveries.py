"""Endpoints and deliveries as a transaction reads and writes them (see flint_domain.webhooks.ports)."""

import secrets
import sqlite3
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from flint_domain.kernel.ids import IdPrefix
from flint_domain.webhooks.events import EventType, events_of, wants
from flint_domain.webhooks.model import Attempt, Delivery, DeliveryQuery, DeliveryState, Endpoint
from flint_server.db import webhook_statements as statements
from flint_server.db.codecs import Codec, from_micros, micros

SECRET_BYTES = 24  # Standard Webhooks asks for 24 to 64

ENDPOINT = Codec(Endpoint)
LOG = Codec(tuple[Attempt, ...])

DeliveryRow = tuple[
    str, str, str, int, str, EventType, DeliveryState, int, int, int, int, str | None, int, int, str, str | None
]


class Reading(Protocol):
    """What of a transaction is needed to read."""

    driver: sqlite3.Connection
    merchant_id: str
    now: datetime


class Writing(Reading, Protocol):
    def new_id(self, prefix: IdPrefix) -> str: ...


class WebhookReading:
    """The part of a read transaction that is about webhooks."""

    __slots__ = ()

    def webhook_endpoint(self: Reading, endpoint_id: str) -> Endpoint | None:
        named = {"this_id": endpoint_id, "merchant_id": self.merchant_id}
        row: tuple[str, int] | None = self.driver.execute(statements.ENDPOINT, named).fetchone()
        return None if row is None else ENDPOINT.load(*row)

    def webhook_endpoints(self: Reading) -> list[Endpoint]:
        named = {"merchant_id": self.merchant_id}
        rows: list[tuple[str, int]] = self.driver.execute(statements.ENDPOINTS, named).fetchall()
        return [ENDPOINT.load(*row) for row in rows]

    def webhook_delivery(self: Reading, delivery_id: str) -> Delivery | None:
        named = {"this_id": delivery_id, "merchant_id": self.merchant_id}
        row: DeliveryRow | None = self.driver.execute(statements.DELIVERY, named).fetchone()
        return None if row is None else _delivery(self.merchant_id, row)

    def webhook_deliveries(self: Reading, query: DeliveryQuery) -> list[Delivery]:
        rows: list[DeliveryRow] = self.driver.execute(
            *statements.deliveries_statement(self.merchant_id, query)
        ).fetchall()
        return [_delivery(self.merchant_id, row) for row in rows]


class WebhookWriting:
    """The part of a writing transaction that is about webhooks."""

    __slots__ = ()

    def new_secret(self) -> str:
        return f"whsec_{b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"

    def add_webhook_endpoint(self: Writing, endpoint: Endpoint) -> None:
        named = {"id": endpoint.endpoint_id, "merchant_id": self.merchant_id, **_columns(endpoint)}
        self.driver.execute(statements.ADD_ENDPOINT, named)

    def save_webhook_endpoint(self: Writing, endpoint: Endpoint) -> None:
        named = {"this_id": endpoint.endpoint_id, "merchant_id": self.merchant_id, **_columns(endpoint)}
        self.driver.execute(statements.SAVE_ENDPOINT, named)

    def lease_webhook_delivery(self: Writing, delivery_id: str, until: datetime, payload: str) -> Delivery | None:
        named = {
            "this_id": delivery_id,
            "merchant_id": self.merchant_id,
            "now": micros(self.now),
            "until": micros(until),
            "made": payload,
        }
        rows: list[DeliveryRow] = self.driver.execute(statements.LEASE_DELIVERY, named).fetchall()
        return _delivery(self.merchant_id, rows[0]) if rows else None

    def save_webhook_delivery(self: Writing, delivery: Delivery, *, was: Delivery) -> bool:
        named = {
            "this_id": delivery.delivery_id,
            "merchant_id": self.merchant_id,
            "was_state": was.state,
            "was_due_at": micros(was.due_at),
            "state": delivery.state,
            "due_at": micros(delivery.due_at),
            "tries": delivery.tries,
            "again": delivery.again,
            "reason": delivery.reason,
            "schema": LOG.schema,
            "log": LOG.dump(delivery.log),
        }
        return self.driver.execute(statements.SAVE_DELIVERY, named).rowcount == 1

    def release_webhook_delivery(self: Writing, endpoint_id: str, order_id: str) -> None:
        named = {
            "endpoint_id": endpoint_id,
            "order_id": order_id,
            "merchant_id": self.merchant_id,
            "now": micros(self.now),
        }
        self.driver.execute(statements.RELEASE_DELIVERY, named)

    def fail_webhook_deliveries(self: Writing, endpoint_id: str, reason: str) -> None:
        named = {"this_endpoint": endpoint_id, "merchant_id": self.merchant_id, "reason": reason}
        self.driver.execute(statements.FAIL_DELIVERIES, named)


def address_facts(tx: Writing, order_id: str, version: int, facts: Sequence[tuple[str, str]]) -> None:
    """Write a delivery of each event of a change for every endpoint that wants it.

    It is part of the change's own transaction, so there is no moment between them to be lost in, and no mark that a
    late commit could fall behind. The first of an order's line is due now, the others wait for it.
    """
    listening: list[tuple[str, str]] = tx.driver.execute(
        statements.LISTENING, {"merchant_id": tx.merchant_id}
    ).fetchall()
    if not listening:
        return
    events, now = events_of(facts, tx.new_id("evt")), micros(tx.now)
    added: list[dict[str, object]] = []
    for endpoint_id, wanted in listening:
        line = {"endpoint_id": endpoint_id, "order_id": order_id}
        names = wanted.split()
        chosen = [event for event in events if wants(names, event.type)]
        behind = bool(chosen) and tx.driver.execute(statements.HAS_LINE, line).fetchone() is not None
        for event in chosen:
            added.append(
                {
                    **line,
                    "id": tx.new_id("whd"),
                    "merchant_id": tx.merchant_id,
                    "order_version": version,
                    "event_id": event.event_id,
                    "event_type": event.type,
                    "state": "waiting" if behind else "pending",
                    "due_at": now,
                    "attempts": 0,
                    "tries": 0,
                    "again": False,
                    "reason": None,
                    "created_at": now,
                    "schema": LOG.schema,
                    "log": "[]",
                    "payload": None,
                }
            )
            behind = True
    tx.driver.executemany(statements.ADD_DELIVERY, added)


def _columns(endpoint: Endpoint) -> dict[str, object]:
    return {
        "status": endpoint.status,
        "events": " ".join(endpoint.events),
        "failing": endpoint.failing_since is not None,
        "held_until": 0 if endpoint.held_until is None else micros(endpoint.held_until),
        "schema": ENDPOINT.schema,
        "body": ENDPOINT.dump(endpoint),
    }


def _delivery(merchant_id: str, row: DeliveryRow) -> Delivery:
    (
        delivery_id,
        endpoint_id,
        order_id,
        order_version,
        event_id,
        event_type,
        state,
        due_at,
        attempts,
        tries,
        again,
        reason,
        created_at,
        schema,
        log,
        payload,
    ) = row
    return Delivery(
        delivery_id=delivery_id,
        merchant_id=merchant_id,
        endpoint_id=endpoint_id,
        order_id=order_id,
        order_version=order_version,
        event_id=event_id,
        event_type=event_type,
        state=state,
        due_at=from_micros(due_at),
        attempts=attempts,
        tries=tries,
        again=bool(again),
        payload=payload,
        reason=reason,
        log=LOG.load(log, schema),
        created_at=from_micros(created_at),
    )
