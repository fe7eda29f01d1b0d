"""Which webhook endpoints and deliveries there are."""

from dataclasses import dataclass
from typing import Any

from flint_domain.kernel.callers import Caller
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.paging import DEFAULT_LIMIT, bad_cursor, page
from flint_domain.webhooks.events import EventType
from flint_domain.webhooks.model import DeliveryQuery, DeliveryState
from flint_domain.webhooks.ports import WebhookReads
from flint_domain.webhooks.views import DeliveryList, EndpointList, delivery_view, endpoint_view


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWebhookEndpoints:
    """Every endpoint and how it fares; enabled: only those that are on, or only those that are off."""

    enabled: bool | None = None

    def read(self, tx: WebhookReads, caller: Caller) -> dict[str, Any]:
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

    def read(self, tx: WebhookReads, caller: Caller) -> dict[str, Any]:
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
