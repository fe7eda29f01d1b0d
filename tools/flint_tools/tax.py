"""The tax toolset: save and list rates."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from flint_domain.commands.tax import SaveTaxRate
from flint_domain.kernel.errors import quoted
from flint_domain.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT
from flint_domain.kernel.text import IDENTIFIER
from flint_domain.queries.tax import ListTaxRates
from flint_domain.tax_rates.rules import MAX_PREFIXES, postal_key
from flint_domain.tax_rates.views import TaxRateList
from flint_tools.addresses import Country, country_code
from flint_tools.amounts import Percent
from flint_tools.binding import Reading, ToolArguments, Writing
from flint_tools.checks import wrong
from flint_tools.results import TaxRateResult
from flint_tools.types import (
    ClearableCategory,
    ClearableName,
    ClearableTimestamp,
    Cursor,
    Items,
    Name,
    Spelled,
    TaxRateId,
    Whole,
)


def _prefix(value: str) -> str:
    if not postal_key(value):
        raise wrong(f"{quoted(value, 40)} begins no postcode.", 'send letters and digits, such as "902" or "SW1"')
    return value


PostalPrefix = Annotated[str, Field(max_length=12), IDENTIFIER, AfterValidator(_prefix)]  # postcodes have up to 10
"""What a postcode begins with."""

ClearableCountry = Annotated[
    str, Spelled("a country"), AfterValidator(lambda value: country_code(value) if value else value)
]
"""ISO 3166-1 alpha-2, in capitals; the empty string removes it."""


class SaveTaxRateTool(Writing):
    tool: ClassVar[str] = "save_tax_rate"
    toolset = "tax"
    description: ClassVar[str] = (
        "Make a tax rate, or change one by its taxRateId. With country it is for orders that go there; the default "
        "rate is for all others. Existing orders keep the rate they have."
    )
    result = TaxRateResult
    idempotent = False

    tax_rate_id: TaxRateId | None = Field(default=None, description="only to change a rate")
    name: Name | None = Field(default=None, description="as the order shows it")
    rate_percent: Percent | None = Field(default=None, description='8 or "8.25", in percent')
    inclusive: bool | None = Field(default=None, description="true: prices hold this tax already")
    default: bool | None = Field(default=None, description="true: takes the place of the present default")
    active: bool | None = Field(default=None, description="on or off")
    country: ClearableCountry | None = Field(default=None, description='where it applies: US, DE, …; "" everywhere')
    region: ClearableName | None = Field(default=None, description="state or province; adds to the country's rates")
    postal_prefixes: Items[PostalPrefix] | None = Field(
        default=None, max_length=MAX_PREFIXES, description="of its postcodes; adds to country and region"
    )
    tax_category: ClearableCategory | None = Field(
        default=None, description="only for items of it, instead of the general rate"
    )
    valid_from: ClearableTimestamp | None = Field(default=None, description='ISO 8601; "" removes it')
    valid_until: ClearableTimestamp | None = Field(default=None, description="the first moment without it")

    def command(self) -> SaveTaxRate:
        return SaveTaxRate(
            tax_rate_id=self.tax_rate_id,
            rate_name=self.name,
            percent=self.rate_percent,
            inclusive=self.inclusive,
            default=self.default,
            active=self.active,
            country=self.country,
            region=self.region,
            postal_prefixes=self.postal_prefixes,
            category=self.tax_category,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
        )


class ListTaxRatesTool(Reading):
    tool: ClassVar[str] = "list_tax_rates"
    toolset = "tax"
    description: ClassVar[str] = (
        "List tax rates with where and when they apply, oldest first; an order's line can name some by taxRateIds."
    )
    result = TaxRateList

    country: Country | None = Field(default=None, description="only there: US, DE, …")
    limit: Whole = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="at most 100")
    cursor: Cursor | None = Field(default=None, description="nextCursor")

    def query(self) -> ListTaxRates:
        return ListTaxRates(country=self.country, limit=self.limit, cursor=self.cursor)


TOOLS: tuple[type[ToolArguments], ...] = (SaveTaxRateTool, ListTaxRatesTool)
