"""The customers toolset: save, read, search, payment methods."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field, model_validator

from flint_domain.commands.customers import SaveCustomer
from flint_domain.customers.finding import phone_digits
from flint_domain.customers.model import Profile
from flint_domain.kernel.paging import DEFAULT_LIMIT, MAX_LIMIT
from flint_domain.queries.customer_views import CustomerList, CustomerView
from flint_domain.queries.customers import GetCustomer, SearchCustomers
from flint_tools.addresses import AddressInput
from flint_tools.binding import Reading, ToolArguments, Writing
from flint_tools.checks import wrong
from flint_tools.results import CustomerResult
from flint_tools.types import (
    ClearableIdentifier,
    ClearableName,
    ClearableNote,
    ClearableReference,
    Contact,
    Cursor,
    Email,
    Items,
    MetadataChange,
    Name,
    Positive,
    Reference,
    SearchText,
    Whole,
)

MAX_PHONE = 40  # characters, with everything that people put between the digits


def _phone(value: str) -> str:
    if len(value) > MAX_PHONE or phone_digits(value) is None:
        raise wrong("This is not a phone number.", 'send digits, with "+", blanks, dashes or brackets as you like')
    return value


Phone = Annotated[Contact, AfterValidator(_phone)]


class SaveCustomerTool(Writing):
    tool: ClassVar[str] = "save_customer"
    toolset = "customers"
    description: ClassVar[str] = (
        "Add a customer, or change one: only what is given changes. Warns of others with the same e-mail."
    )
    result = CustomerResult

    customer_id: Reference | None = Field(default=None, description="to change: cus_ id or your reference")
    name: ClearableName | None = Field(default=None, description="full name")
    emails: Items[Email] | None = Field(default=None, description="replaces; first is main")
    phones: Items[Phone] | None = Field(default=None, description="replaces")
    addresses: Items[AddressInput] | None = Field(default=None, description="replaces; first is default")
    reference: ClearableReference | None = Field(default=None, description="your own id, unique")
    note: ClearableNote | None = Field(default=None, description='"" removes it')
    metadata: MetadataChange | None = Field(default=None, description='keys to set; "" removes one')
    tax_exempt: bool | None = Field(default=None, description="no tax on new orders")
    tax_id: ClearableIdentifier | None = Field(default=None, description="VAT number")
    default_payment_method_id: ClearableReference | None = Field(default=None, description="pm_ id")
    expected_version: Positive | None = Field(default=None, description="refuse if changed since")

    @model_validator(mode="after")
    def _version_of_something(self) -> "SaveCustomerTool":
        if self.expected_version is not None and self.customer_id is None:
            raise wrong(
                "A new customer has no version to expect.",
                "leave expectedVersion out, or name the customer to change",
                param="expectedVersion",
            )
        return self

    def command(self) -> SaveCustomer:
        profile = Profile(
            name=self.name,
            emails=self.emails,
            phones=self.phones,
            addresses=None if self.addresses is None else tuple(given.address() for given in self.addresses),
            reference=self.reference,
            note=self.note,
            metadata=self.metadata,
            tax_exempt=self.tax_exempt,
            tax_id=self.tax_id,
            default_method=self.default_payment_method_id,
        )
        return SaveCustomer(customer_id=self.customer_id, profile=profile, expected_version=self.expected_version)


class GetCustomerTool(Reading):
    tool: ClassVar[str] = "get_customer"
    toolset = "customers"
    description: ClassVar[str] = "Read a customer: profile, saved payment methods, totals bought, newest orders."
    result = CustomerView

    customer_id: Reference = Field(description="cus_ id or your reference")

    def query(self) -> GetCustomer:
        return GetCustomer(customer_id=self.customer_id)


class SearchCustomersTool(Reading):
    tool: ClassVar[str] = "search_customers"
    toolset = "customers"
    description: ClassVar[str] = "Find customers by words of name, e-mail, phone, postcode, reference or metadata."
    result = CustomerList

    query_text: SearchText | None = Field(default=None, alias="query", description="words, by their beginnings")
    email: Name | None = Field(default=None, description="this whole e-mail")
    postal_code: Contact | None = Field(default=None, description="this whole postcode")
    limit: Whole = Field(default=DEFAULT_LIMIT, ge=1, le=MAX_LIMIT, description="at most 100")
    cursor: Cursor | None = Field(default=None, description="nextCursor")

    def query(self) -> SearchCustomers:
        return SearchCustomers(
            text=self.query_text,
            email=self.email,
            postal_code=self.postal_code,
            limit=self.limit,
            cursor=self.cursor,
        )


TOOLS: tuple[type[ToolArguments], ...] = (SaveCustomerTool, GetCustomerTool, SearchCustomersTool)
