"""What callers read of a fulfillment."""

from pydantic import Field

from flint_domain.kernel.wire import Id, Quantity, Timestamp, WireModel
from flint_domain.order.fulfillment.model import Fulfillment, FulfillmentState


class FulfilledLineView(WireModel):
    line_item_id: Id
    quantity: Quantity


class FulfillmentView(WireModel):
    """Units that were handed over together. Short views name no lines when there is one parcel: the lines say it."""

    fulfillment_id: Id
    status: FulfillmentState = Field(description="CANCELED never left")
    lines: list[FulfilledLineView] | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    fulfilled_at: Timestamp
    delivered_at: Timestamp | None = None


def fulfillment_view(fulfillment: Fulfillment) -> FulfillmentView:
    return FulfillmentView(
        fulfillment_id=fulfillment.fulfillment_id,
        status=fulfillment.state,
        lines=[FulfilledLineView(line_item_id=line.line_id, quantity=line.quantity) for line in fulfillment.lines],
        carrier=fulfillment.carrier,
        tracking_number=fulfillment.tracking_number,
        tracking_url=fulfillment.tracking_url,
        fulfilled_at=fulfillment.fulfilled_at,
        delivered_at=fulfillment.delivered_at,
    )
