"""A tax rate as it is stored, and as an order copies it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A rate as a line carries it: a copy, so that later changes of the rate touch no existing order.

    percent is the rate in percent (8 is 8 %). An inclusive tax is already inside the price; an additive one comes on
    top.
    """

    tax_rate_id: str
    name: str
    percent: Decimal
    inclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRate:
    """A rate of the merchant. At most one active rate is the default that new orders start with."""

    tax_rate_id: str
    merchant_id: str
    version: int
    name: str
    percent: Decimal
    inclusive: bool
    default: bool
    active: bool
    created_at: datetime
    updated_at: datetime

    def as_tax(self) -> Tax:
        return Tax(tax_rate_id=self.tax_rate_id, name=self.name, percent=self.percent, inclusive=self.inclusive)
