"""The payments toolset: pay, capture, void, read."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from flint_domain.commands.payments import CapturePayment, GetPayment, PayOrder, TenderInput, VoidPayment
from flint_domain.order.payments.views import PaymentView
from flint_tools.amounts import OrderMoneyInput
from flint_tools.binding import ChangingOrder, Reading, ToolArguments
from flint_tools.checks import wrong
from flint_tools.results import PaymentResult
from flint_tools.types import Email, Input, Items, OrderId, PaymentId, Source


class TenderArgument(Input):
    source: Source
    amount_money: OrderMoneyInput | None = None


class PayOrderTool(ChangingOrder):
    tool: ClassVar[str] = "pay_order"
    toolset = "payments"
    description: ClassVar[str] = (
        "Charge what is outstanding. Tokens are tried in order. A decline is an answer: see payments."
    )
    result = PaymentResult
    open_world = True

    order_id: OrderId = Field(description="ord_ id")
    payment_source_tokens: Items[Source] = Field(
        default=(), max_length=10, description="tok_, pm_, gift card or store_credit"
    )
    tenders: Items[TenderArgument] = Field(
        default=(),
        max_length=10,
        description="instead: pay together, all or none; the last may leave its amount out: the rest",
    )
    keep_partial: bool = Field(default=False, description="keep those that work")
    capture: Literal["now", "later"] = Field(default="now", description="later: only hold")
    buyer_email: Email | None = Field(default=None, description="for the receipt")
    expected_outstanding_money: OrderMoneyInput | None = Field(default=None, description="refuse if it differs")

    @model_validator(mode="after")
    def _tokens_or_tenders(self) -> "PayOrderTool":
        if self.tenders and self.payment_source_tokens:
            raise wrong("paymentSourceTokens and tenders are both given.", "give one of them", param="tenders")
        if self.keep_partial and not self.tenders:
            raise wrong(
                "keepPartial is given, and no tenders.",
                "paymentSourceTokens are tried one after the other: leave keepPartial out, or give tenders",
                param="keepPartial",
            )
        if any(tender.amount_money is not None and tender.amount_money.amount == 0 for tender in self.tenders):
            raise wrong(
                "A tender of zero pays nothing.",
                "leave it out, or give an amount above zero",
                "invalid_money",
                param="tenders",
            )
        return self

    def command(self) -> PayOrder:
        expected = self.expected_outstanding_money
        return PayOrder(
            order_id=self.order_id,
            sources=self.payment_source_tokens,
            tenders=tuple(
                TenderInput(source=t.source, money=None if t.amount_money is None else t.amount_money.price())
                for t in self.tenders
            ),
            keep_partial=self.keep_partial,
            capture_later=self.capture == "later",
            expected_outstanding=None if expected is None else expected.price(),
            buyer_email=self.buyer_email,
            expected_version=self.expected_version,
        )


class CapturePaymentTool(ChangingOrder):
    tool: ClassVar[str] = "capture_payment"
    toolset = "payments"
    description: ClassVar[str] = "Take an authorized payment's money, once: capturing a part releases the rest."
    result = PaymentResult
    idempotent = True
    open_world = True

    payment_intent_id: PaymentId = Field(description="pi_ id")
    amount_money: OrderMoneyInput | None = Field(default=None, description="default: all that is held")

    @model_validator(mode="after")
    def _above_zero(self) -> "CapturePaymentTool":
        if self.amount_money is not None and self.amount_money.amount == 0:
            raise wrong(
                "Capturing zero takes nothing.",
                "call void_payment to release the hold",
                "invalid_money",
                param="amountMoney",
            )
        return self

    def command(self) -> CapturePayment:
        return CapturePayment(
            payment_id=self.payment_intent_id,
            amount=None if self.amount_money is None else self.amount_money.price(),
            expected_version=self.expected_version,
        )


class VoidPaymentTool(ChangingOrder):
    tool: ClassVar[str] = "void_payment"
    toolset = "payments"
    description: ClassVar[str] = "Release an authorized payment's hold, or call off one that waits for the buyer."
    result = PaymentResult
    destructive = True
    idempotent = True
    open_world = True

    payment_intent_id: PaymentId = Field(description="pi_ id")

    def command(self) -> VoidPayment:
        return VoidPayment(payment_id=self.payment_intent_id, expected_version=self.expected_version)


class GetPaymentTool(Reading):
    tool: ClassVar[str] = "get_payment"
    toolset = "payments"
    description: ClassVar[str] = "Read a payment: state, why it was declined, where the buyer approves it."
    result = PaymentView

    payment_intent_id: PaymentId = Field(description="pi_ id")

    def query(self) -> GetPayment:
        return GetPayment(payment_id=self.payment_intent_id)


TOOLS: tuple[type[ToolArguments], ...] = (PayOrderTool, CapturePaymentTool, VoidPaymentTool, GetPaymentTool)
