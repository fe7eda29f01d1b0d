"""The tax toolset: save and list rates."""

from typing import ClassVar

from pydantic import Field

from flint_domain.tax.commands import SaveTaxRate
from flint_domain.tax.views import ListTaxRates, TaxRateList
from flint_tools.amounts import Percent
from flint_tools.binding import Reading, ToolArguments, Writing
from flint_tools.results import TaxRateResult
from flint_tools.types import Name, TaxRateId


class SaveTaxRateTool(Writing):
    tool: ClassVar[str] = "save_tax_rate"
    toolset = "tax"
    description: ClassVar[str] = (
        "Make a tax rate, or change one by its taxRateId. The default rate is put on every line of new orders; "
        "existing orders keep the rate they have."
    )
    result = TaxRateResult
    idempotent = False

    tax_rate_id: TaxRateId | None = Field(default=None, description="only to change a rate")
    name: Name | None = Field(default=None, description="as the order shows it")
    rate_percent: Percent | None = Field(default=None, description='"8.25" is 8.25 %')
    inclusive: bool | None = Field(default=None, description="true: prices hold this tax already")
    default: bool | None = Field(default=None, description="true: takes the place of the present default")
    active: bool | None = Field(default=None, description="on or off")

    def command(self) -> SaveTaxRate:
        return SaveTaxRate(
            tax_rate_id=self.tax_rate_id,
            rate_name=self.name,
            percent=self.rate_percent,
            inclusive=self.inclusive,
            default=self.default,
            active=self.active,
        )


class ListTaxRatesTool(Reading):
    tool: ClassVar[str] = "list_tax_rates"
    toolset = "tax"
    description: ClassVar[str] = "List all tax rates; an order's line can name some by taxRateIds."
    result = TaxRateList

    def query(self) -> ListTaxRates:
        return ListTaxRates()


TOOLS: tuple[type[ToolArguments], ...] = (SaveTaxRateTool, ListTaxRatesTool)
