"""The customers toolset, second half: save payment methods, and remove them."""

from typing import ClassVar

from pydantic import Field

from flint_domain.commands.payment_methods import AddPaymentMethod, RemovePaymentMethod
from flint_tools.binding import ToolArguments, Writing
from flint_tools.results import PaymentMethodResult
from flint_tools.types import PaymentMethodId, Reference, Source


class AddPaymentMethodTool(Writing):
    tool: ClassVar[str] = "add_payment_method"
    toolset = "customers"
    description: ClassVar[str] = "Save a card for a customer; pay_order then takes its pm_ id. Charges nothing."
    result = PaymentMethodResult
    open_world = True

    customer_id: Reference = Field(description="cus_ id")
    payment_source_token: Source = Field(description="tok_")
    default: bool = Field(default=False, description="use it first")

    def command(self) -> AddPaymentMethod:
        return AddPaymentMethod(customer_id=self.customer_id, source=self.payment_source_token, default=self.default)


class RemovePaymentMethodTool(Writing):
    tool: ClassVar[str] = "remove_payment_method"
    toolset = "customers"
    description: ClassVar[str] = "Forget a saved payment method; payments stay refundable."
    result = PaymentMethodResult
    destructive = True
    idempotent = True
    open_world = True

    payment_method_id: PaymentMethodId = Field(description="pm_ id")

    def command(self) -> RemovePaymentMethod:
        return RemovePaymentMethod(method_id=self.payment_method_id)


TOOLS: tuple[type[ToolArguments], ...] = (AddPaymentMethodTool, RemovePaymentMethodTool)
