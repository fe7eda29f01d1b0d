"""What callers read of endpoints and deliveries."""

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from flint_domain.kernel.ids import is_id
from flint_domain.kernel.paging import DEFAULT_LIMIT, bad_cursor, page
from flint_domain.ports import ReadTransaction
from flint_domain.webhooks.events import EventFilter, EventType
from flint_domain.webhooks.model import Delivery, DeliveryQuery, DeliveryState, Endpoint, EndpointStatus
from flint_domain.wire import Id, Timestamp, WireModel
from flint_domain.work import not_found


class LastDeliveryView(WireModel):
    """The newest try of an endpoint."""

    delivery_id: Id
    at: Timestamp
    delivered: bool
    http_status: int | None = Field(default=None, description="null when there was no answer")
    error: str | None = None


class EndpointView(WireModel):
    endpoint_id: Id
    url: str
    description: str | None = None
    events: list[EventFilter]
    status: EndpointStatus
    reason: str | None = Field(default=None, description="why it is disabled")
    failing_since: Timestamp | None = Field(default=None, description="the first failure after the last success")
    held_until: Timestamp | None = Field(default=None, description="the receiver asked for a pause until then")
    old_secret_until: Timestamp | None = Field(
        default=None, description="after a rotation: until when the secret before signs as well"
    )
    last_delivery: LastDeliveryView | None = None
    created_at: Timestamp


class EndpointList(WireModel):
    """All webhook endpoints of the merchant, oldest first; secrets are never shown again."""

    endpoints: list[EndpointView]


class AttemptView(WireModel):
    at: Timestamp
    http_status: int | None = Field(default=None, description="null when there was no answer")
    error: str | None = None
    milliseconds: int


class DeliveryView(WireModel):
    delivery_id: Id
    endpoint_id: Id
    event_id: str = Field(description="the header webhook-id")
    event_type: EventType
    order_id: Id
    order_version: int
    status: DeliveryState = Field(description="waiting: an earlier event of the same order is not through")
    reason: str | None = Field(default=None, description="why it failed for good")
    attempts: int = Field(description="tries so far, redeliveries included")
    next_attempt_at: Timestamp | None = None
    log: list[AttemptView] | None = Field(default=None, description="the last tries, oldest first")
    created_at: Timestamp


class DeliveryList(WireModel):
    """One page of deliveries, newest first. They are kept for 30 days."""

    deliveries: list[DeliveryView]
    next_cursor: str | None = Field(default=None, description="pass it as cursor for the next page; null on the last")


def endpoint_view(endpoint: Endpoint) -> EndpointView:
    last = endpoint.last
    return EndpointView(
        endpoint_id=endpoint.endpoint_id,
        url=endpoint.url,
        description=endpoint.description,
        events=list(endpoint.events),
        status=endpoint.status,
        reason=endpoint.reason,
        failing_since=endpoint.failing_since,
        held_until=endpoint.held_until,
        old_secret_until=max((s.expires_at for s in endpoint.secrets if s.expires_at is not None), default=None),
        last_delivery=None
        if last is None
        else LastDeliveryView(
            delivery_id=last.delivery_id,
            at=last.at,
            delivered=last.delivered,
            http_status=last.http_status,
            error=last.error,
        ),
        created_at=endpoint.created_at,
    )


def delivery_view(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        delivery_id=delivery.delivery_id,
        endpoint_id=delivery.endpoint_id,
        event_id=delivery.event_id,
        event_type=delivery.event_type,
        order_id=delivery.order_id,
        order_version=delivery.order_version,
        status=delivery.state,
        reason=delivery.reason,
        attempts=delivery.attempts,
        next_attempt_at=delivery.due_at if delivery.state == "pending" else None,
        log=[
            AttemptView(
                at=attempt.at, http_status=attempt.http_status, error=attempt.error, milliseconds=attempt.milliseconds
            )
            for attempt in delivery.log
        ]
        or None,
        created_at=delivery.created_at,
    )


def endpoint_of(tx: ReadTransaction, endpoint_id: str) -> Endpoint:
    """The endpoint. Raises Refused("not_found") for one that is deleted, too."""
    endpoint = tx.webhook_endpoint(endpoint_id)
    if endpoint is None or endpoint.status == "deleted":
        raise not_found("webhook endpoint", endpoint_id, "endpointId", "list_webhook_endpoints shows them")
    return endpoint


def delivery_of(tx: ReadTransaction, delivery_id: str) -> Delivery:
    """The delivery. Raises Refused("not_found")."""
    delivery = tx.webhook_delivery(delivery_id)
    if delivery is None:
        raise not_found("webhook delivery", delivery_id, "deliveryId", "list_webhook_deliveries shows them")
    return delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWebhookEndpoints:
    """Every endpoint and how it fares; enabled: only those that are on, or only those that are off."""

    enabled: bool | None = None

    def read(self, tx: ReadTransaction, exposed: frozenset[str]) -> dict[str, Any]:
        found = [
            endpoint
            for endpoint in tx.webhook_endpoints()
            if self.enabled is None or (endpoint.status == "enabled") is self.enabled
        ]
        return EndpointList(endpoints=[endpoint_view(endpoint) for endpoint in found]).to_wire(keep_empty=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWebhookDeliveries:
    """The delivery log, by endpoint, order, state or event."""

    endpoint_id: str | None = None
    order_id: str | None = None
    state: DeliveryState | None = None
    event_type: EventType | None = None
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    def read(self, tx: ReadTransaction, exposed: frozenset[str]) -> dict[str, Any]:
        if self.cursor is not None and not is_id(self.cursor, "whd"):
            raise bad_cursor()
        query = DeliveryQuery(
            endpoint_id=self.endpoint_id,
            order_id=self.order_id,
            state=self.state,
            event_type=self.event_type,
            before_id=self.cursor,
            limit=self.limit + 1,
        )
        rows, cursor = page(tx.webhook_deliveries(query), self.limit, lambda row: row.delivery_id)
        listed = DeliveryList(deliveries=[delivery_view(row) for row in rows], next_cursor=cursor)
        return listed.to_wire(keep_empty=False)


def show_webhook(
    tx: ReadTransaction, *, endpoint_id: str | None, delivery_id: str | None, warnings: tuple[str, ...]
) -> dict[str, Any]:
    """The answer of a command about an endpoint or a delivery. A deleted endpoint is shown once more, as deleted."""
    answer: dict[str, Any] = {}
    if delivery_id is not None:
        answer["delivery"] = delivery_view(delivery_of(tx, delivery_id)).to_wire(keep_empty=False)
    elif endpoint_id is not None:
        found = tx.webhook_endpoint(endpoint_id) or endpoint_of(tx, endpoint_id)
        answer["endpoint"] = endpoint_view(found).to_wire(keep_empty=False)
    return {**answer, "warnings": list(warnings)} if warnings else answer
