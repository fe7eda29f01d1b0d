"""What callers read of a tax rate."""

from dataclasses import dataclass
from typing import Any

from pydantic import Field

from flint_domain.ports import ReadTransaction
from flint_domain.tax.model import TaxRate
from flint_domain.wire import Id, Percent, WireModel


class TaxRateView(WireModel):
    tax_rate_id: Id
    name: str
    rate_percent: Percent
    inclusive: bool = Field(description="whether prices hold this tax already")
    default: bool = Field(description="whether new orders start with it")
    active: bool


class TaxRateList(WireModel):
    """All tax rates of the merchant, oldest first."""

    tax_rates: list[TaxRateView]


def tax_rate_view(rate: TaxRate) -> TaxRateView:
    return TaxRateView(
        tax_rate_id=rate.tax_rate_id,
        name=rate.name,
        rate_percent=rate.percent,
        inclusive=rate.inclusive,
        default=rate.default,
        active=rate.active,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTaxRates:
    """Every tax rate."""

    def read(self, tx: ReadTransaction, exposed: frozenset[str]) -> dict[str, Any]:
        return TaxRateList(tax_rates=[tax_rate_view(rate) for rate in tx.tax_rates()]).to_wire()
