"""Taxes that a service works out in place of rates: what it is asked and answers, and what it is told of a sale."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeVar

from flint_domain.kernel.addresses import Address
from flint_domain.order.tax.model import Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxedItem:
    """A line or charge as it is taxed. place is where it stands on the order ("line 1", "charge 1"): ids are made anew
    when a command starts over. amount is in minor units, after every discount."""

    place: str
    amount: int
    quantity: Decimal = Decimal(1)
    category: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxRequest:
    """All that an order's taxes depend on: equal requests have equal taxes.

    address has neither name nor phone, which no tax depends on. A field that is added later needs a default, so that
    the requests of stored orders stay equal to those that are made of them anew.
    """

    currency: str
    address: Address
    exempt: bool = False
    items: tuple[TaxedItem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedTax:
    """One tax on one item, in minor units: which of the quote's rates, what it was taken of, and how much it is."""

    tax_rate_id: str
    taxable: int
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxQuote:
    """What the service answered. reference is its id of the calculation, which it knows until expires_at.

    items holds the taxes of each of the request's items, in their order.
    """

    request: TaxRequest
    reference: str
    expires_at: datetime | None = None
    rates: tuple[Tax, ...] = ()
    items: tuple[tuple[QuotedTax, ...], ...]

    @property
    def tax(self) -> int:
        """All taxes of the order, in minor units."""
        return sum(tax.amount for taxes in self.items for tax in taxes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPart:
    """What a report takes back of the item in this place: net and tax, in minor units."""

    place: str
    net: int
    tax: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxStatement:
    """What the service is told, as it was written down: a sale by its quote, or what is taken back of one.

    sale_reference is the service's id of the sale that parts are taken back of; whole says that all of it is, and that
    nothing was before.
    """

    quote: TaxQuote | None = None
    sale_reference: str | None = None
    parts: tuple[ReportedPart, ...] = ()
    whole: bool = False

    @property
    def tax(self) -> int:
        """The tax that it is about, in minor units."""
        return self.quote.tax if self.quote is not None else sum(part.tax for part in self.parts)


ReportState = Literal["open", "done", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleReport:
    """A sale as the service was told of it. calculation is the reference of its quote, reference the service's id.

    filed is the tax that the service has on file where that is not what the buyer was charged. withdrawn says that all
    of it was taken back again.
    """

    transfer_id: str
    calculation: str
    state: ReportState = "open"
    reference: str | None = None
    refusal: str | None = None
    filed: int | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """What was taken back of a sale (its transfer): for given_back, a refund or return, or all that was left."""

    transfer_id: str
    sale: str
    given_back: str | None = None
    parts: tuple[ReportedPart, ...]
    state: ReportState = "open"
    refusal: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTaxes:
    """How a service taxes an order: its quotes, and what it was told.

    The first quote that fits is the order's; others are kept while a change of the order is under way.
    """

    service: str
    quotes: tuple[TaxQuote, ...] = ()
    sales: tuple[SaleReport, ...] = ()
    reversals: tuple[Reversal, ...] = ()

    @property
    def sale(self) -> SaleReport | None:
        """The sale that stands at the service, or is on its way there."""
        return next((sale for sale in reversed(self.sales) if sale.state != "refused" and not sale.withdrawn), None)

    @property
    def is_reporting(self) -> bool:
        """Whether a report has no final answer yet: the next one waits for it."""
        return any(report.state == "open" for report in (*self.sales, *self.reversals))

    @property
    def needs_attention(self) -> bool:
        """Whether a person has to set the service's books right."""
        refused = any(report.state == "refused" for report in (*self.sales, *self.reversals))
        return refused or (self.sale is not None and self.sale.filed is not None)

    @property
    def refused_calculations(self) -> frozenset[str]:
        """The quotes whose sale the service would not take."""
        return frozenset(sale.calculation for sale in self.sales if sale.state == "refused")

    def reversals_of(self, sale: SaleReport) -> tuple[Reversal, ...]:
        """What was taken back of it, or is being."""
        return tuple(made for made in self.reversals if made.sale == sale.transfer_id and made.state != "refused")

    def told(self, transfer_id: str, reference: str | None, filed: int | None) -> "ServiceTaxes":
        """The service has the sale that this transfer reported."""
        sale = replace(self._sale(transfer_id), state="done", reference=reference, filed=filed)
        return replace(self, sales=_put(self.sales, sale))

    def reversed_(self, transfer_id: str) -> "ServiceTaxes":
        """The service has taken back what this transfer said; a sale of which nothing is left is withdrawn."""
        made = next(each for each in self.reversals if each.transfer_id == transfer_id)
        taxes = replace(self, reversals=_put(self.reversals, replace(made, state="done")))
        return taxes if made.given_back is not None else taxes.without(self._sale(made.sale))

    def refused(self, transfer_id: str, refusal: str) -> "ServiceTaxes":
        """The service would not take what this transfer reported."""
        sales = [
            replace(sale, state="refused", refusal=refusal) for sale in self.sales if sale.transfer_id == transfer_id
        ]
        made = [
            replace(each, state="refused", refusal=refusal)
            for each in self.reversals
            if each.transfer_id == transfer_id
        ]
        return replace(self, sales=_put(self.sales, *sales), reversals=_put(self.reversals, *made))

    def without(self, sale: SaleReport) -> "ServiceTaxes":
        """All of the sale was taken back."""
        return replace(self, sales=_put(self.sales, replace(sale, withdrawn=True)))

    def _sale(self, transfer_id: str) -> SaleReport:
        return next(sale for sale in self.sales if sale.transfer_id == transfer_id)


Report = TypeVar("Report", SaleReport, Reversal)


def _put(reports: tuple[Report, ...], *changed: Report) -> tuple[Report, ...]:
    """The reports with these in place of their former values."""
    by_transfer = {report.transfer_id: report for report in changed}
    return tuple(by_transfer.get(report.transfer_id, report) for report in reports)
