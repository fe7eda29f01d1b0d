"""What callers read of a tax rate."""

from pydantic import Field

from flint_domain.kernel.wire import Id, Percent, Timestamp, WireModel
from flint_domain.tax_rates.model import TaxRate


class TaxRateView(WireModel):
    """A tax rate; without country it applies where it is named, or everywhere as the default."""

    tax_rate_id: Id
    name: str
    rate_percent: Percent
    inclusive: bool = Field(description="whether prices hold this tax already")
    default: bool = Field(description="whether new orders start with it where no jurisdiction has a rate")
    active: bool
    country: str | None = Field(default=None, description="orders that go there start with it; ISO 3166 code")
    region: str | None = Field(default=None, description="only there, beside the country's own rates")
    postal_prefixes: list[str] | None = Field(default=None, description="only where the postcode begins with one")
    tax_category: str | None = Field(default=None, description="only for lines of it, instead of the general rate")
    valid_from: Timestamp | None = None
    valid_until: Timestamp | None = Field(default=None, description="from here on no new order gets it")
    source: str | None = Field(default=None, description="the table that it was imported from")


class TaxRateList(WireModel):
    """One page of tax rates, oldest first."""

    summary: str
    tax_rates: list[TaxRateView]
    next_cursor: str | None = Field(default=None, description="pass it as cursor for the next page")


def tax_rate_view(rate: TaxRate) -> TaxRateView:
    place = rate.jurisdiction
    return TaxRateView(
        tax_rate_id=rate.tax_rate_id,
        name=rate.name,
        rate_percent=rate.percent,
        inclusive=rate.inclusive,
        default=rate.default,
        active=rate.active,
        country=None if place is None else place.country,
        region=None if place is None else place.region,
        postal_prefixes=None if place is None else list(place.postal_prefixes) or None,
        tax_category=rate.category,
        valid_from=rate.valid_from,
        valid_until=rate.valid_until,
        source=rate.source,
    )
