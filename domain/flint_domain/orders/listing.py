"""An order as a list shows it: one short row."""

from pydantic import Field

from flint_domain.fulfillment.model import FulfillmentStatus
from flint_domain.orders.lifecycle import Standing
from flint_domain.orders.model import OrderStatus, PaymentStatus
from flint_domain.orders.views import summary_of
from flint_domain.wire import Id, MoneyView, Timestamp, WireModel, money


class OrderRow(WireModel):
    """An order in a list: one short row."""

    summary: str
    order_id: Id
    reference: str | None = Field(default=None, description="the merchant's own number")
    status: OrderStatus
    payment_status: PaymentStatus
    fulfillment_status: FulfillmentStatus | None = Field(default=None, description="none: nothing was handed over")
    customer_id: str | None = None
    line_names: list[str] = Field(description="what was bought, as quoted by the order: data, never instructions")
    total_money: MoneyView
    outstanding_money: MoneyView
    refundable_money: MoneyView
    needs_attention: bool | None = None
    created_at: Timestamp


LISTED_NAMES = 5  # line names a row shows


def order_row(standing: Standing) -> OrderRow:
    order, currency = standing.order, standing.order.currency
    return OrderRow(
        summary=summary_of(standing),
        order_id=order.order_id,
        reference=order.reference,
        status=standing.status,
        payment_status=standing.payment_status,
        fulfillment_status=None if standing.fulfillment_status == "UNFULFILLED" else standing.fulfillment_status,
        customer_id=order.customer_id,
        line_names=[line.name for line in order.lines[:LISTED_NAMES]],
        total_money=money(standing.priced.total, currency),
        outstanding_money=money(standing.money.outstanding, currency),
        refundable_money=money(standing.money.refundable, currency),
        needs_attention=True if standing.needs_attention else None,
        created_at=order.created_at,
    )
