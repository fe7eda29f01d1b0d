"""The refunds toolset: quote, create, read."""

from typing import ClassVar

from pydantic import Field, model_validator

from flint_domain.commands.refunds import CreateRefund, GetRefund, QuoteRefund, RefundLine, RefundTarget
from flint_domain.order.refunds.model import RefundReason
from flint_domain.order.refunds.views import RefundView
from flint_tools.amounts import OrderMoneyInput, Quantity
from flint_tools.binding import ChangingOrder, Reading, ToolArguments
from flint_tools.checks import wrong
from flint_tools.results import QuoteResult, RefundResult
from flint_tools.types import REFUND_TO, ChargeId, Input, Items, LineItemId, Note, OrderId, PaymentId, RefundId, Source


class RefundLineArgument(Input):
    line_item_id: LineItemId
    quantity: Quantity | None = None


class Target(Input):
    """What to give back; shared by the quote and the refund."""

    order_id: OrderId | None = Field(default=None, description="or paymentIntentId")
    payment_intent_id: PaymentId | None = Field(default=None, description="only through it")
    amount_money: OrderMoneyInput | None = Field(default=None, description="default: all that is left")
    lines: Items[RefundLineArgument] = Field(default=(), min_length=1, max_length=200, description="or by lines")
    charge_ids: Items[ChargeId] = Field(default=(), min_length=1, max_length=20, description="or charges")
    tip: bool = Field(default=False, description="or the tip")
    refund_to: Source | None = Field(default=None, description=REFUND_TO)

    @model_validator(mode="after")
    def _amount_or_items(self) -> "Target":
        if self.amount_money is not None and (self.lines or self.charge_ids or self.tip):
            raise wrong(
                "amountMoney and lines, chargeIds or tip are both given.",
                "give the amount or the items",
                param="amountMoney",
            )
        if self.amount_money is not None and self.amount_money.amount == 0:
            raise wrong(
                "A refund of zero gives nothing back.",
                "give an amount above zero",
                "invalid_money",
                param="amountMoney",
            )
        return self

    def target(self) -> RefundTarget:
        return RefundTarget(
            order_id=self.order_id,
            payment_id=self.payment_intent_id,
            amount=None if self.amount_money is None else self.amount_money.price(),
            lines=tuple(RefundLine(line_id=line.line_item_id, quantity=line.quantity) for line in self.lines),
            charge_ids=self.charge_ids,
            tip=self.tip,
        )


class QuoteRefundTool(Target, Reading):
    tool: ClassVar[str] = "quote_refund"
    toolset = "refunds"
    description: ClassVar[str] = "What create_refund would give back, per line and payment."
    result = QuoteResult

    def query(self) -> QuoteRefund:
        return QuoteRefund(target=self.target(), refund_to=self.refund_to)


class CreateRefundTool(Target, ChangingOrder):
    tool: ClassVar[str] = "create_refund"
    toolset = "refunds"
    description: ClassVar[str] = (
        "Give money back to what paid, or as credit. Without idempotencyKey an equal refund is refused for 10 minutes."
    )
    result = RefundResult
    destructive = True
    open_world = True

    reason: RefundReason = Field(default="requested_by_customer", description="for the processor")
    restock: bool = Field(default=False, description="put lines back in stock")
    note: Note | None = Field(default=None, description="for people")

    def command(self) -> CreateRefund:
        return CreateRefund(
            target=self.target(),
            reason=self.reason,
            note=self.note,
            restock=self.restock,
            refund_to=self.refund_to,
            expected_version=self.expected_version,
        )


class GetRefundTool(Reading):
    tool: ClassVar[str] = "get_refund"
    toolset = "refunds"
    description: ClassVar[str] = "Read a refund: done, on its way or failed."
    result = RefundView

    refund_id: RefundId = Field(description="ref_ id")

    def query(self) -> GetRefund:
        return GetRefund(refund_id=self.refund_id)


TOOLS: tuple[type[ToolArguments], ...] = (QuoteRefundTool, CreateRefundTool, GetRefundTool)
