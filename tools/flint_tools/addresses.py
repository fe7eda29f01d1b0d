"""Postal addresses as callers give them."""

from typing import Annotated

from iso3166 import countries_by_alpha2
from pydantic import AfterValidator, Field

from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import quoted
from flint_tools.checks import wrong
from flint_tools.types import Contact, Input, Name, Spelled


def country_code(value: str) -> str:
    """The code, if a country has it."""
    if value not in countries_by_alpha2:
        raise wrong(f"{quoted(value, 40)} is not a country.", 'use two capital letters of ISO 3166, such as "US"')
    return value


Country = Annotated[str, Spelled("a country"), AfterValidator(country_code)]
"""ISO 3166-1 alpha-2, in capitals."""


class AddressInput(Input):
    """Where something goes."""

    name: Name | None = None
    line1: Name | None = None
    line2: Name | None = None
    city: Name | None = None
    region: Name | None = None
    postal_code: Contact | None = None
    country: Country = Field(description="ISO 3166")

    def address(self) -> Address:
        return Address(
            country=self.country,
            name=self.name,
            line1=self.line1,
            line2=self.line2,
            city=self.city,
            region=self.region,
            postal_code=self.postal_code,
        )
