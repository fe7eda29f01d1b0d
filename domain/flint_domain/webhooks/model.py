"""An endpoint that listens, and one event on its way to it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from flint_domain.kernel.subjects import Subject
from flint_domain.webhooks.events import EventFilter, EventType

EndpointStatus = Literal["enabled", "disabled", "deleted"]
DeliveryState = Literal["waiting", "pending", "sending", "delivered", "failed"]

SUCCESS = 2  # the hundreds of a status that took the event: any 2xx, as Standard Webhooks has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A signing secret (whsec_…). expires_at is set once a newer one took its place; both sign until then."""

    value: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastDelivery:
    """The newest try of an endpoint. http_status is None when there was no answer."""

    delivery_id: str
    at: datetime
    delivered: bool
    http_status: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where events go. The newest secret comes first.

    private_allowed is the operator's leave to reach this machine and its network; no tool gives it. failing_since is
    the first failure after the last success; until held_until the receiver has asked to be left alone.
    """

    endpoint_id: str
    merchant_id: str
    url: str
    events: tuple[EventFilter, ...]
    secrets: tuple[Secret, ...]
    description: str | None = None
    private_allowed: bool = False
    status: EndpointStatus = "enabled"
    reason: str | None = None
    failing_since: datetime | None = None
    held_until: datetime | None = None
    last: LastDelivery | None = None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try and its answer. retry_after is what the receiver asked for, in seconds."""

    at: datetime
    http_status: int | None = None
    error: str | None = None
    retry_after: int | None = None
    milliseconds: int = 0

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took the event."""
        return self.http_status is not None and self.http_status // 100 == SUCCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one endpoint.

    It is about a subject at a version, and order_id is the order that this is or belongs to, if there is one.

    waiting: an earlier event of the same subject is not through; pending: due at due_at; sending: leased until due_at
    by the worker that sends it. tries counts within the schedule, attempts for good. again says that somebody asked for
    it once more, and that it keeps no order with others. payload is frozen at the first try.
    """

    delivery_id: str
    merchant_id: str
    endpoint_id: str
    subject_kind: str
    subject_id: str
    subject_version: int
    order_id: str | None
    event_id: str
    event_type: EventType
    state: DeliveryState
    due_at: datetime
    attempts: int = 0
    tries: int = 0
    again: bool = False
    payload: str | None = None
    reason: str | None = None
    log: tuple[Attempt, ...] = ()
    created_at: datetime

    @property
    def subject(self) -> Subject:
        return Subject(self.subject_kind, self.subject_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryQuery:
    """Which deliveries to list, newest first; before_id is the page's cursor."""

    endpoint_id: str | None = None
    order_id: str | None = None
    state: DeliveryState | None = None
    event_type: EventType | None = None
    before_id: str | None = None
    limit: int = 20
