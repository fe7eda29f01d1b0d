"""A tax rate as it is stored, and as an order copies it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flint_domain.order.tax.model import Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Jurisdiction:
    """Where a rate applies: in a country (ISO 3166-1 alpha-2), or in a region of it, or where the postcode begins with
    one of the prefixes (as postal_key writes them)."""

    country: str
    region: str | None = None
    postal_prefixes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """A rate of the merchant. At most one active rate is the default, for orders that no jurisdiction's rate is for.

    A rate of a jurisdiction is for orders that go there, from valid_from until before valid_until; with a category only
    for lines of it. source names the table that it was imported from.
    """

    tax_rate_id: str
    merchant_id: str
    version: int
    name: str
    percent: Decimal
    inclusive: bool
    default: bool
    active: bool
    jurisdiction: Jurisdiction | None = None
    category: str | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    source: str | None = None
    created_at: datetime
    updated_at: datetime

    def as_tax(self) -> Tax:
        return Tax(tax_rate_id=self.tax_rate_id, name=self.name, percent=self.percent, inclusive=self.inclusive)
