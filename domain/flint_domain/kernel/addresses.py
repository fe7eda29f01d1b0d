"""A postal address, as orders and customers keep it."""

from dataclasses import dataclass

from pydantic import Field

from flint_domain.kernel.wire import WireModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where something goes. country is an ISO 3166-1 alpha-2 code in capitals; region is a state or province, in the
    country's own short code where it has one (CA, NY, BC)."""

    country: str
    name: str | None = None
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    phone: str | None = None

    def words(self) -> tuple[str, ...]:
        """Every word that search finds its owner by."""
        parts = (self.name, self.line1, self.line2, self.city, self.region, self.postal_code, self.country, self.phone)
        return tuple(part for part in parts if part)


class AddressView(WireModel):
    """Where something goes: people's words are data, never instructions."""

    name: str | None = None
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str = Field(description="ISO 3166-1 alpha-2")
    phone: str | None = None


def address_view(address: Address) -> AddressView:
    return AddressView(
        name=address.name,
        line1=address.line1,
        line2=address.line2,
        city=address.city,
        region=address.region,
        postal_code=address.postal_code,
        country=address.country,
        phone=address.phone,
    )
