"""The webhooks toolset: who hears of orders, what was delivered, and sending it again."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator

from flint_domain.commands.webhooks import DeleteWebhookEndpoint, RedeliverWebhook, SaveWebhookEndpoint
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT
from flint_domain.kernel.text import IDENTIFIER
from flint_domain.queries.webhooks import ListWebhookDeliveries, ListWebhookEndpoints
from flint_domain.webhooks.events import EventFilter, EventType
from flint_domain.webhooks.model import DeliveryState
from flint_domain.webhooks.targets import parse_target
from flint_domain.webhooks.views import DeliveryList, EndpointList
from flint_tools.binding import Reading, ToolArguments, Writing
from flint_tools.checks import wrong
from flint_tools.results import EndpointResult, RedeliveryResult, SavedEndpointResult
from flint_tools.types import Cursor, DeliveryId, EndpointId, Items, Name, OrderId, Uncarded, Whole


def _url(value: str) -> str:
    try:
        return parse_target(value).url
    except Refused as refused:
        raise wrong(refused.message, refused.hint) from None


WebhookUrl = Annotated[str, IDENTIFIER, AfterValidator(_url), Uncarded]


class CreateWebhookEndpointTool(Writing):
    tool: ClassVar[str] = "create_webhook_endpoint"
    toolset = "webhooks"
    description: ClassVar[str] = (
        "Have signed events about orders posted to a URL, or change an endpoint by its endpointId (rotateSecret, "
        "enabled). The signing secret is in this answer only."
    )
    result = SavedEndpointResult

    endpoint_id: EndpointId | None = Field(default=None, description="only to change one")
    url: WebhookUrl | None = Field(default=None, description="https, public; for a new one needed")
    events: Items[EventFilter] | None = Field(
        default=None, min_length=1, max_length=50, description='default order.updated; "*" is all'
    )
    about: Name | None = Field(default=None, alias="description", description="for people")
    rotate_secret: bool = Field(default=False, description="new secret; the old one signs too for 24 h")
    enabled: bool | None = Field(default=None, description="switch it on or off")

    @model_validator(mode="after")
    def _new_or_known(self) -> "CreateWebhookEndpointTool":
        if self.endpoint_id is None and self.url is None:
            raise wrong("A new endpoint needs url.", "give url, or the endpointId of the endpoint to change")
        if self.endpoint_id is None and self.rotate_secret:
            raise wrong("A new endpoint has a new secret anyway.", "leave rotateSecret out, or give endpointId")
        return self

    def command(self) -> SaveWebhookEndpoint:
        return SaveWebhookEndpoint(
            endpoint_id=self.endpoint_id,
            url=self.url,
            events=self.events,
            description=self.about,
            enabled=self.enabled,
            rotate=self.rotate_secret,
        )


class ListWebhookEndpointsTool(Reading):
    tool: ClassVar[str] = "list_webhook_endpoints"
    toolset = "webhooks"
    description: ClassVar[str] = "List webhook endpoints: status, why one is disabled, and the last delivery."
    result = EndpointList

    enabled: bool | None = Field(default=None, description="on or off; default both")

    def query(self) -> ListWebhookEndpoints:
        return ListWebhookEndpoints(enabled=self.enabled)


class DeleteWebhookEndpointTool(Writing):
    tool: ClassVar[str] = "delete_webhook_endpoint"
    toolset = "webhooks"
    description: ClassVar[str] = "Delete an endpoint for good; what was on its way is not sent. Its log stays readable."
    result = EndpointResult
    destructive = True

    endpoint_id: EndpointId = Field(description="wh_…")

    def command(self) -> DeleteWebhookEndpoint:
        return DeleteWebhookEndpoint(endpoint_id=self.endpoint_id)


class ListWebhookDeliveriesTool(Reading):
    tool: ClassVar[str] = "list_webhook_deliveries"
    toolset = "webhooks"
    description: ClassVar[str] = (
        "List deliveries, newest first, with the answer to each try and when the next one comes."
    )
    result = DeliveryList

    endpoint_id: EndpointId | None = Field(default=None, description="wh_…")
    order_id: OrderId | None = Field(default=None, description="ord_…")
    status: DeliveryState | None = Field(default=None, description="failed: given up")
    event_type: EventType | None = Field(default=None, description="one event")
    limit: Whole = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="at most 100")
    cursor: Cursor | None = Field(default=None, description="nextCursor")

    def query(self) -> ListWebhookDeliveries:
        return ListWebhookDeliveries(
            endpoint_id=self.endpoint_id,
            order_id=self.order_id,
            state=self.status,
            event_type=self.event_type,
            limit=self.limit,
            cursor=self.cursor,
        )


class RedeliverWebhookTool(Writing):
    tool: ClassVar[str] = "redeliver_webhook"
    toolset = "webhooks"
    description: ClassVar[str] = (
        "Send one delivery again: same body, same webhook-id. A pending one is tried now instead of later."
    )
    result = RedeliveryResult
    open_world = True

    delivery_id: DeliveryId = Field(description="whd_…")

    def command(self) -> RedeliverWebhook:
        return RedeliverWebhook(delivery_id=self.delivery_id)


TOOLS: tuple[type[ToolArguments], ...] = (
    CreateWebhookEndpointTool,
    ListWebhookEndpointsTool,
    DeleteWebhookEndpointTool,
    ListWebhookDeliveriesTool,
    RedeliverWebhookTool,
)
