"""The privacy toolset: merge customers, erase personal data."""

from typing import ClassVar

from pydantic import Field

from flint_domain.commands.merging import MergeCustomers
from flint_domain.commands.privacy import EraseCustomer
from flint_tools.binding import ToolArguments, Writing
from flint_tools.results import CustomerResult
from flint_tools.types import CustomerId


class MergeCustomersTool(Writing):
    tool: ClassVar[str] = "merge_customers"
    toolset = "privacy"
    description: ClassVar[str] = (
        "Make two customers who are one person one, for good: orders, methods, store credit and profile become the "
        "survivor's, whose own values stay."
    )
    result = CustomerResult
    destructive = True
    idempotent = True

    customer_id: CustomerId = Field(description="the one that ends")
    into_customer_id: CustomerId = Field(description="the survivor")

    def command(self) -> MergeCustomers:
        return MergeCustomers(customer_id=self.customer_id, into_customer_id=self.into_customer_id)


class EraseCustomerTool(Writing):
    tool: ClassVar[str] = "erase_customer"
    toolset = "privacy"
    description: ClassVar[str] = (
        "Erase a person's data for good, from profile, orders and saved methods; amounts and ids stay for the books. "
        "Refused while an order of theirs is paid and not sent, or its money is moving."
    )
    result = CustomerResult
    destructive = True
    idempotent = True
    open_world = True

    customer_id: CustomerId = Field(description="cus_ id")

    def command(self) -> EraseCustomer:
        return EraseCustomer(customer_id=self.customer_id)


TOOLS: tuple[type[ToolArguments], ...] = (MergeCustomersTool, EraseCustomerTool)
