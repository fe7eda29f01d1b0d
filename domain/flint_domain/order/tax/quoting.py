"""What a tax service is asked about an order, and which of its answers the order is priced with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flint_domain.kernel.addresses import Address
from flint_domain.order.tax.service import ServiceTaxes, TaxedItem, TaxQuote, TaxRequest

Ask = Callable[[Sequence[TaxedItem]], TaxQuote | None]
"""The quote for items; None where nothing costs anything."""


class QuoteNeeded(Exception):
    """A price depends on a quote that is not at hand.

    The transaction ends here and changes nothing; the road asks the service and begins again with the answer.
    """

    def __init__(self, service: str, request: TaxRequest) -> None:
        super().__init__("a tax quote is needed")
        self.service = service
        self.request = request


@dataclass(frozen=True, slots=True)
class Quotes:
    """The tax service, and what it has answered so far for the command that is being done."""

    service: str
    known: tuple[TaxQuote, ...] = ()

    def beside(self, taxes: ServiceTaxes) -> ServiceTaxes:
        """An order's taxes with these quotes at hand."""
        return replace(taxes, quotes=(*taxes.quotes, *self.known)) if self.known else taxes


def asking(taxes: ServiceTaxes, currency: str, address: Address, *, exempt: bool) -> Ask:
    """The quotes of an order that goes there. Asking raises QuoteNeeded when none of them fits."""

    def ask(items: Sequence[TaxedItem]) -> TaxQuote | None:
        taxable = tuple(item for item in items if item.amount > 0)
        if not taxable:
            return None
        where = replace(address, name=None, phone=None)
        request = TaxRequest(currency=currency, address=where, exempt=exempt, items=taxable)
        fitting = next((quote for quote in taxes.quotes if quote.request == request), None)
        if fitting is None:
            raise QuoteNeeded(taxes.service, request)
        return fitting

    return ask


def line_place(index: int) -> str:
    return f"line {index + 1}"


def charge_place(index: int) -> str:
    return f"charge {index + 1}"
