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


def fulfillment_view(made: Fulfillment) -> FulfillmentView:
    return FulfillmentView(
        fulfillment_id=made.fulfillment_id,
        status=made.state,
        lines=[FulfilledLineView(line_item_id=line.line_id, quantity=line.quantity) for line in made.lines],
        carrier=made.carrier,
        tracking_number=made.tracking_number,
        tracking_url=made.tracking_url,
        fulfilled_at=made.fulfilled_at,
        delivered_at=made.delivered_at,
    )
