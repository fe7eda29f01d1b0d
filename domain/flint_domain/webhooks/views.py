"""What callers read of endpoints and deliveries."""

from pydantic import Field

from flint_domain.kernel.wire import Id, Timestamp, WireModel
from flint_domain.webhooks.events import EventFilter, EventType
from flint_domain.webhooks.model import Delivery, DeliveryState, Endpoint, EndpointStatus


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
        order_id=delivery.order_id or delivery.subject_id,
        order_version=delivery.subject_version,
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
