"""Read one order, or search them."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import Field

from flint_domain.customers.finding import ids_of
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.paging import DEFAULT_LIMIT, bad_cursor, page
from flint_domain.kernel.wire import WireModel
from flint_domain.order.fulfillment.model import FulfillmentStatus
from flint_domain.order.lifecycle import standing
from flint_domain.order.listing import OrderRow, order_row
from flint_domain.order.model import OrderStatus, PaymentStatus
from flint_domain.order.views import View
from flint_domain.reactions.customers import known
from flint_domain.reactions.orders import order_wire, show_order
from flint_domain.unit_of_work.ports import OrderQuery, ReadTransaction
from flint_domain.unit_of_work.work import load


@dataclass(frozen=True, slots=True, kw_only=True)
class GetOrder:
    """One order. cursor pages through the timeline."""

    order_id: str
    view: View = "summary"
    cursor: str | None = None

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        if self.cursor is not None and not is_id(self.cursor, "evt"):
            raise bad_cursor()
        return order_wire(show_order(tx, load(tx, self.order_id, caller), self.view, cursor=self.cursor), self.view)


def _all_ids(tx: ReadTransaction, customer_id: str | None) -> tuple[str, ...]:
    """Every id that the customer's orders may name; a reference that is only the merchant's own as it is."""
    if customer_id is None:
        return ()
    customer = known(tx, customer_id)
    return (customer_id,) if customer is None else ids_of(customer)


class OrderList(WireModel):
    """One page of orders, newest first."""

    summary: str
    orders: list[OrderRow]
    next_cursor: str | None = Field(default=None, description="pass it as cursor for the next page; null on the last")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOrders:
    """Orders by words of their lines, notes, customer or metadata, and by what they are."""

    text: str | None = None
    status: OrderStatus | None = None
    payment_status: PaymentStatus | None = None
    fulfillment_status: FulfillmentStatus | None = None
    customer_id: str | None = None
    needs_attention: bool | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        if self.cursor is not None and not is_id(self.cursor, "ord"):
            raise bad_cursor()
        query = OrderQuery(
            text=self.text,
            status=self.status,
            payment_status=self.payment_status,
            fulfillment_status=self.fulfillment_status,
            customer_ids=_all_ids(tx, self.customer_id),
            needs_attention=self.needs_attention,
            created_after=self.created_after,
            created_before=self.created_before,
            before_id=self.cursor,
            limit=self.limit + 1,
        )
        found, how = tx.orders(query), ""
        if not found and self.text and len(self.text.split()) > 1 and self.cursor is None:
            found = tx.orders(replace(query, any_word=True, limit=self.limit))
            how = " None has every word; these have at least one." if found else ""
        rows, cursor = page([standing(order) for order in found], self.limit, lambda row: row.order.order_id)
        count = f"{len(rows)} {'order' if len(rows) == 1 else 'orders'}{' and more' if cursor else ''}"
        listed = OrderList(summary=f"{count}.{how}", orders=[order_row(row) for row in rows], next_cursor=cursor)
        return listed.to_wire(keep_empty=False)
