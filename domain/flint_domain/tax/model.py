"""A tax rate as it is stored, and as an order copies it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedTax:
    """What somebody else took, in minor units, of a line or charge that cost base: history, which is not worked out."""

    amount: int
    base: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A rate as a line carries it: a copy, so that later changes of the rate touch no existing order.

    percent is the rate in percent (8 is 8 %). An inclusive tax is already inside the price; an additive one comes on
    top. stated, on an order that was made elsewhere, is what was taken of this line or charge; once that costs
    something else, the tax is in proportion.
    """

    tax_rate_id: str
    name: str
    percent: Decimal
    inclusive: bool = False
    stated: StatedTax | None = None


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
