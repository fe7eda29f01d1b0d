"""What webhooks ask of a transaction and of the store."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flint_domain.kernel.subjects import Subject
from flint_domain.webhooks.model import Delivery, DeliveryQuery, Endpoint


class WebhookReads(Protocol):
    """Endpoints and deliveries of one merchant. Every look-up that finds nothing answers None."""

    def webhook_endpoint(self, endpoint_id: str) -> Endpoint | None: ...
    def webhook_endpoints(self) -> list[Endpoint]:
        """All that are not deleted, oldest first."""
        ...

    def webhook_delivery(self, delivery_id: str) -> Delivery | None: ...
    def webhook_deliveries(self, query: DeliveryQuery) -> list[Delivery]: ...


class WebhookWrites(WebhookReads, Protocol):
    """Deliveries are added with a subject's facts: the store writes one for every enabled endpoint that wants the
    event, in the transaction of the change itself. So none is lost, and an endpoint hears of nothing from before it."""

    def new_secret(self) -> str:
        """A signing secret nobody can guess: whsec_ and 24 random bytes in base 64."""
        ...

    def add_webhook_endpoint(self, endpoint: Endpoint) -> None: ...
    def save_webhook_endpoint(self, endpoint: Endpoint) -> None: ...

    def lease_webhook_delivery(
        self, delivery_id: str, until: datetime, payload: str | None, *, as_of: int | None
    ) -> Delivery | None:
        """Take a delivery that is due, counting the try; the payload is kept unless it has one. as_of is the version of
        the order that the payload tells of. None when it is not due any more (somebody else holds it, or it is
        through), or when it has no payload and its order another version by now."""
        ...

    def save_webhook_delivery(self, delivery: Delivery, *, was: Delivery) -> bool:
        """Compare-and-set: False, and nothing written, unless state and due_at are still those of `was`."""
        ...

    def release_webhook_delivery(self, endpoint_id: str, subject: Subject) -> None:
        """Make the first delivery in this subject's line due now, if it waits."""
        ...

    def fail_webhook_deliveries(self, endpoint_id: str, reason: str) -> None:
        """End every delivery of an endpoint that is not through."""
        ...


@dataclass(frozen=True, slots=True)
class DueDelivery:
    merchant_id: str
    endpoint_id: str
    delivery_id: str


Slots = Callable[[str, bool], int]
"""How many more deliveries an endpoint may have on their way, by its id and whether it is failing."""
