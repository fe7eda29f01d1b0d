"""Endpoints and deliveries by their ids."""

from flint_domain.unit_of_work.work import not_found
from flint_domain.webhooks.model import Delivery, Endpoint
from flint_domain.webhooks.ports import WebhookReads


def endpoint_of(tx: WebhookReads, endpoint_id: str) -> Endpoint:
    """The endpoint. Raises Refused("not_found") for one that is deleted, too."""
    endpoint = tx.webhook_endpoint(endpoint_id)
    if endpoint is None or endpoint.status == "deleted":
        raise not_found("webhook endpoint", endpoint_id, "endpointId", "list_webhook_endpoints shows them")
    return endpoint


def delivery_of(tx: WebhookReads, delivery_id: str) -> Delivery:
    """The delivery. Raises Refused("not_found")."""
    delivery = tx.webhook_delivery(delivery_id)
    if delivery is None:
        raise not_found("webhook delivery", delivery_id, "deliveryId", "list_webhook_deliveries shows them")
    return delivery
