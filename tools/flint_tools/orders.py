"""The orders toolset: create, read, search, update, cancel, close."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from flint_domain.commands.orders import CancelOrder, CloseOrder, CreateOrder, UpdateOrder
from flint_domain.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT
from flint_domain.order.fulfillment.model import FulfillmentStatus
from flint_domain.order.inputs import OrderUpdate
from flint_domain.order.model import OrderStatus, PaymentStatus
from flint_domain.order.views import OrderView, View
from flint_domain.queries.orders import GetOrder, OrderList, SearchOrders
from flint_tools.addresses import AddressInput
from flint_tools.amounts import OrderMoneyInput
from flint_tools.binding import ChangingOrder, Reading, ToolArguments, Writing
from flint_tools.checks import wrong
from flint_tools.order_lines import ChargeArgument, LineArgument, LineEditArgument, charges_of
from flint_tools.results import OrderResult, UpdateResult
from flint_tools.types import (
    ClearableNote,
    ClearableReference,
    Cursor,
    Items,
    LineItemId,
    Metadata,
    MetadataChange,
    Note,
    OrderId,
    Reason,
    Reference,
    SearchText,
    Timestamp,
    Whole,
)


class CreateOrderTool(Writing):
    tool: ClassVar[str] = "create_order"
    toolset = "orders"
    description: ClassVar[str] = (
        "Start here: an order from line items. The server computes tax and total. Nothing is charged."
    )
    result = OrderResult

    line_items: Items[LineArgument] = Field(min_length=1, description="priced, or by itemId")
    reference: Reference | None = Field(default=None, description="your own number, unique")
    customer_id: Reference | None = Field(default=None, description="your reference")
    shipping_address: AddressInput | None = Field(default=None, description="default: the customer's")
    charges: Items[ChargeArgument] = Field(default=(), max_length=20, description="shipping, fees")
    tip_money: OrderMoneyInput | None = Field(default=None, description="untaxed")
    note: Note | None = Field(default=None, description="for people")
    metadata: Metadata = Field(default_factory=dict, description="your own keys")

    def command(self) -> CreateOrder:
        return CreateOrder(
            lines=tuple(line.added() for line in self.line_items),
            reference=self.reference,
            customer_id=self.customer_id,
            shipping_address=None if self.shipping_address is None else self.shipping_address.address(),
            charges=charges_of(self.charges),
            tip=None if self.tip_money is None else self.tip_money.price(),
            note=self.note,
            metadata=self.metadata,
        )


class GetOrderTool(Reading):
    tool: ClassVar[str] = "get_order"
    toolset = "orders"
    description: ClassVar[str] = (
        "Read an order and what can be done. View timeline is its trail, money traces every cent."
    )
    result = OrderView

    order_id: OrderId = Field(description="ord_ id")
    view: View = Field(default="summary", description="how much to show")
    cursor: Cursor | None = Field(default=None, description="nextCursor")

    def query(self) -> GetOrder:
        return GetOrder(order_id=self.order_id, view=self.view, cursor=self.cursor)

    @property
    def whole(self) -> bool:
        return self.view == "full"


class SearchOrdersTool(Reading):
    tool: ClassVar[str] = "search_orders"
    toolset = "orders"
    description: ClassVar[str] = (
        "Find orders, newest first, by words (items, customer's name, e-mail, phone, address, reference, tracking, "
        "payment id, last four digits) and by state."
    )
    result = OrderList

    query_text: SearchText | None = Field(default=None, alias="query", description="words, by their beginnings")
    status: OrderStatus | None = Field(default=None, description="filter")
    payment_status: PaymentStatus | None = Field(default=None, description="filter")
    fulfillment_status: FulfillmentStatus | None = Field(default=None, description="filter")
    customer_id: Reference | None = Field(default=None, description="only this buyer's")
    needs_attention: bool | None = Field(default=None, description="true: a person should look")
    created_after: Timestamp | None = Field(default=None, description="ISO 8601")
    created_before: Timestamp | None = Field(default=None, description="ISO 8601")
    limit: Whole = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="at most 100")
    cursor: Cursor | None = Field(default=None, description="nextCursor")

    def query(self) -> SearchOrders:
        return SearchOrders(
            text=self.query_text,
            status=self.status,
            payment_status=self.payment_status,
            fulfillment_status=self.fulfillment_status,
            customer_id=self.customer_id,
            needs_attention=self.needs_attention,
            created_after=self.created_after,
            created_before=self.created_before,
            limit=self.limit,
            cursor=self.cursor,
        )


class UpdateOrderTool(ChangingOrder):
    tool: ClassVar[str] = "update_order"
    toolset = "orders"
    description: ClassVar[str] = (
        "Change an order, all or nothing. Once money is held or captured: only address, customer, note, metadata."
    )
    result = UpdateResult

    order_id: OrderId = Field(description="ord_ id")
    line_items: Items[LineEditArgument] = Field(default=(), description="to add or change")
    remove_line_item_ids: Items[LineItemId] = Field(default=(), description="to take off")
    charges: Items[ChargeArgument] | None = Field(default=None, max_length=20, description="replaces all")
    tip_money: OrderMoneyInput | None = Field(default=None, description="replaces it")
    shipping_address: AddressInput | None = Field(default=None, description="replaces it")
    customer_id: ClearableReference | None = Field(default=None, description='"" removes it')
    note: ClearableNote | None = Field(default=None, description='"" removes it')
    clear: Items[Literal["shippingAddress"]] = Field(default=(), description="to take away")
    metadata: MetadataChange | None = Field(default=None, description='"" removes a key')

    @model_validator(mode="after")
    def _kept_or_cleared(self) -> "UpdateOrderTool":
        if self.clear and self.shipping_address is not None:
            raise wrong("shippingAddress is given, and cleared.", "do one of the two", param="clear")
        return self

    def command(self) -> UpdateOrder:
        address = None if self.shipping_address is None else self.shipping_address.address()
        update = OrderUpdate(
            add=tuple(filter(None, (line.to_addition() for line in self.line_items))),
            change=tuple(filter(None, (line.to_change() for line in self.line_items))),
            remove=self.remove_line_item_ids,
            charges=None if self.charges is None else charges_of(self.charges),
            tip=None if self.tip_money is None else self.tip_money.price(),
            shipping_address="" if self.clear else address,
            customer_id=self.customer_id,
            note=self.note,
            metadata=self.metadata,
        )
        return UpdateOrder(order_id=self.order_id, update=update, expected_version=self.expected_version)


class CancelOrderTool(ChangingOrder):
    tool: ClassVar[str] = "cancel_order"
    toolset = "orders"
    description: ClassVar[str] = "End an order for good: releases holds, refunds all."
    result = OrderResult
    destructive = True
    idempotent = True
    open_world = True

    order_id: OrderId = Field(description="ord_ id")

    reason: Reason | None = Field(default=None, description="why, for people")

    def command(self) -> CancelOrder:
        return CancelOrder(order_id=self.order_id, cancel_reason=self.reason, expected_version=self.expected_version)


class CloseOrderTool(ChangingOrder):
    tool: ClassVar[str] = "close_order"
    toolset = "orders"
    description: ClassVar[str] = "Mark a paid order as done; only refunds stay possible. No money moves."
    result = OrderResult
    destructive = True
    idempotent = True

    order_id: OrderId = Field(description="ord_ id")

    def command(self) -> CloseOrder:
        return CloseOrder(order_id=self.order_id, expected_version=self.expected_version)


TOOLS: tuple[type[ToolArguments], ...] = (
    CreateOrderTool,
    GetOrderTool,
    SearchOrdersTool,
    UpdateOrderTool,
    CancelOrderTool,
    CloseOrderTool,
)
