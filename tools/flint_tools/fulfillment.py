"""The fulfillment toolset, for what happens to a paid order: hand over, amend, return, exchange, pay otherwise."""

from decimal import Decimal
from typing import Annotated, Any, ClassVar, cast

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from flint_domain.commands.after_payment import AmendOrder, MovePayment, ReturnItems
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.kernel.text import IDENTIFIER
from flint_domain.kernel.wire import Json
from flint_domain.order.amendments.kept_back import KeepMoney
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.fulfillment.model import FulfillmentState
from flint_domain.order.fulfillment.rules import Tracking, Units
from flint_domain.order.inputs import LineInput, OrderUpdate
from flint_tools.addresses import AddressInput
from flint_tools.amounts import OrderMoneyInput, Quantity, check_money
from flint_tools.binding import ChangingOrder, ToolArguments
from flint_tools.checks import wrong
from flint_tools.order_lines import ChargeArgument, LineEditArgument
from flint_tools.results import AmendedResult, AmendmentResult, OrderResult
from flint_tools.types import (
    REFUND_TO,
    FulfillmentId,
    Identifier,
    Input,
    Items,
    LineItemId,
    Name,
    Note,
    OrderId,
    PaymentId,
    Reference,
    Source,
    Uncarded,
)

MAX_URL = 500


def _web_address(value: str) -> str:
    if not value.startswith(("https://", "http://")) or not value.isprintable() or " " in value:
        raise wrong("This is not a web address.", "send one that begins with https://")
    return value


WebAddress = Annotated[str, Field(max_length=MAX_URL), IDENTIFIER, AfterValidator(_web_address), Uncarded]


class UnitsArgument(Input):
    line_item_id: LineItemId
    quantity: Quantity | None = None


class FulfillOrderTool(ChangingOrder):
    tool: ClassVar[str] = "fulfill_order"
    toolset = "fulfillment"
    description: ClassVar[str] = (
        "Record that units of a paid order were handed over: all that are left, or some lines. With fulfillmentId: add "
        "tracking, mark it delivered, or cancel what never left."
    )
    result = OrderResult

    order_id: OrderId = Field(description="ord_ id")
    fulfillment_id: FulfillmentId | None = Field(default=None, description="to follow one up")
    status: FulfillmentState | None = Field(default=None, description="default: FULFILLED")
    lines: Items[UnitsArgument] = Field(default=(), max_length=200, description="default: all that is left")
    carrier: Name | None = Field(default=None, description="who brings it")
    tracking_number: Identifier | None = Field(default=None, description="of the parcel")
    tracking_url: WebAddress | None = Field(default=None, description="https://…")

    @model_validator(mode="after")
    def _new_or_known(self) -> "FulfillOrderTool":
        if self.fulfillment_id is not None and self.lines:
            raise wrong("fulfillmentId and lines are both given.", "a fulfillment keeps its lines", param="lines")
        if self.fulfillment_id is None and self.status == "CANCELED":
            raise wrong("Nothing to cancel is named.", "add fulfillmentId", param="fulfillmentId")
        return self

    def command(self) -> FulfillOrder:
        return FulfillOrder(
            order_id=self.order_id,
            fulfillment_id=self.fulfillment_id,
            lines=tuple(Units(line_id=line.line_item_id, quantity=line.quantity) for line in self.lines),
            state=self.status,
            tracking=Tracking(carrier=self.carrier, number=self.tracking_number, url=self.tracking_url),
            expected_version=self.expected_version,
        )


class AmendOrderTool(ChangingOrder):
    tool: ClassVar[str] = "amend_order"
    toolset = "fulfillment"
    description: ClassVar[str] = (
        "Change a paid order before it is sent: swap (itemId), add, remove lines, quantities, address. Charges or "
        "refunds the difference in the same call, all or nothing. dryRun quotes it."
    )
    result = AmendedResult
    destructive = True
    open_world = True

    order_id: OrderId = Field(description="ord_ id")
    line_items: Items[LineEditArgument] = Field(default=(), description="to add or change")
    remove_line_item_ids: Items[LineItemId] = Field(default=(), description="to take off")
    charges: Items[ChargeArgument] | None = Field(default=None, max_length=20, description="replaces all")
    tip_money: OrderMoneyInput | None = Field(default=None, description="replaces it")
    shipping_address: AddressInput | None = Field(default=None, description="replaces it")
    payment_source_token: Source | None = Field(default=None, description="pays what it costs more")
    refund_to: Source | None = Field(default=None, description=REFUND_TO)

    def command(self) -> AmendOrder:
        update = OrderUpdate(
            add=tuple(filter(None, (line.to_addition() for line in self.line_items))),
            change=tuple(filter(None, (line.to_change() for line in self.line_items))),
            remove=self.remove_line_item_ids,
            charges=None if self.charges is None else tuple(charge.to_domain() for charge in self.charges),
            tip=None if self.tip_money is None else self.tip_money.price(),
            shipping_address=None if self.shipping_address is None else self.shipping_address.address(),
        )
        return AmendOrder(
            order_id=self.order_id,
            update=update,
            source=self.payment_source_token,
            refund_to=self.refund_to,
            expected_version=self.expected_version,
        )


class ReplacementArgument(Input):
    """What the buyer gets instead: from the catalog, or by name and price."""

    item_id: Reference | None = None
    name: Name | None = None
    unit_price_money: OrderMoneyInput | None = None
    quantity: Quantity | None = None

    @model_validator(mode="after")
    def _something(self) -> "ReplacementArgument":
        if self.item_id is None and (self.name is None or self.unit_price_money is None):
            raise wrong("The replacement is not named.", "give itemId, or name and unitPriceMoney", param="lines")
        return self

    def to_domain(self) -> LineInput:
        return LineInput(
            name=self.name,
            quantity=Decimal(1) if self.quantity is None else self.quantity,
            unit_price=None if self.unit_price_money is None else self.unit_price_money.price(),
            item_id=self.item_id,
        )


class ReturnLineArgument(UnitsArgument):
    replacement: ReplacementArgument | None = None

    def to_domain(self) -> ReturnItem:
        made = self.replacement
        return ReturnItem(
            line_id=self.line_item_id,
            quantity=self.quantity,
            replacement=None if made is None else made.to_domain(),
            replacement_quantity=None if made is None else made.quantity,
        )


def _named(schema: dict[str, Any]) -> None:
    schema["properties"].pop("currency")
    schema["required"] = ["amount", "name"]


class KeepMoneyArgument(OrderMoneyInput):
    """An amount kept back, and what for."""

    model_config = ConfigDict(json_schema_extra=_named)

    name: Name

    @model_validator(mode="before")
    @classmethod
    def _speak_of_money(cls, value: Any) -> Any:
        """As of any amount; one that is missing is told like a name that is missing."""
        if not isinstance(value, dict):
            check_money(value)
        fields = cast("dict[str, Json]", value)
        if "amount" in fields:
            check_money(fields)
        return fields


class ReturnItemsTool(ChangingOrder):
    tool: ClassVar[str] = "return_items"
    toolset = "fulfillment"
    description: ClassVar[str] = (
        "Take delivered units back: refunded at what they cost, less keepMoney, or exchanged for a replacement. One "
        "charge or refund settles the net. dryRun quotes it."
    )
    result = AmendmentResult
    destructive = True
    open_world = True

    order_id: OrderId = Field(description="ord_ id")
    lines: Items[ReturnLineArgument] = Field(min_length=1, max_length=200, description="default quantity: all")
    restock: bool = Field(default=False, description="back into stock")
    keep_money: KeepMoneyArgument | None = Field(
        default=None, description="a fee kept of what goes back: restocking, return shipping"
    )
    note: Note | None = Field(default=None, description="for people")
    payment_source_token: Source | None = Field(default=None, description="pays what it costs more")
    refund_to: Source | None = Field(default=None, description=REFUND_TO)

    @model_validator(mode="after")
    def _something_kept(self) -> "ReturnItemsTool":
        if self.keep_money is not None and self.keep_money.amount == 0:
            raise wrong("A fee of zero keeps nothing.", "leave keepMoney out", "invalid_money", param="keepMoney")
        return self

    def command(self) -> ReturnItems:
        kept = self.keep_money
        return ReturnItems(
            order_id=self.order_id,
            request=ReturnRequest(
                items=tuple(line.to_domain() for line in self.lines), restock=self.restock, note=self.note
            ),
            keep=None if kept is None else KeepMoney(name=kept.name, money=kept.price()),
            source=self.payment_source_token,
            refund_to=self.refund_to,
            expected_version=self.expected_version,
        )


class MovePaymentTool(ChangingOrder):
    tool: ClassVar[str] = "move_payment"
    toolset = "fulfillment"
    description: ClassVar[str] = (
        "Let another method pay what a captured payment has paid: charges the new one first, then gives the old one "
        "back. A decline changes nothing."
    )
    result = AmendmentResult
    destructive = True
    open_world = True

    payment_intent_id: PaymentId = Field(description="pi_ id of the payment to give back")
    payment_source_token: Source = Field(description="what pays instead")

    def command(self) -> MovePayment:
        return MovePayment(
            payment_id=self.payment_intent_id,
            source=self.payment_source_token,
            expected_version=self.expected_version,
        )


TOOLS: tuple[type[ToolArguments], ...] = (FulfillOrderTool, AmendOrderTool, ReturnItemsTool, MovePaymentTool)
