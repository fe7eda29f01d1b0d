"""A tax service that does what a test tells it to, and keeps books of its own to compare orders with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from flint_domain.engine.flint import Flint
from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.money import percent_of
from flint_domain.order.payments.model import Decline, Outcome, TransferState
from flint_domain.order.tax.errands import TAX_COMMIT, TaxReport
from flint_domain.order.tax.model import Tax
from flint_domain.order.tax.service import QuotedTax, TaxedItem, TaxQuote, TaxRequest
from flint_domain.unit_of_work.ports import Processor, Store
from tests.journeys.house import House, SetClock

OAKLAND = Address(country="US", name="Mo Buyer", line1="1 Broadway", city="Oakland", region="CA", postal_code="94607")
PORTLAND = Address(country="US", line1="9 Oak St", city="Portland", region="OR", postal_code="97201")
BERLIN = Address(country="DE", city="Berlin", postal_code="10115")

STATE = Tax(tax_rate_id="test:us:ca", name="State tax (California)", percent=Decimal("7.25"))
COUNTY = Tax(tax_rate_id="test:us:ca:alameda", name="County tax (Alameda)", percent=Decimal(3))
VAT = Tax(tax_rate_id="test:de", name="VAT (Germany)", percent=Decimal(19), inclusive=True)


def taxes_of(request: TaxRequest, item: TaxedItem) -> list[tuple[Tax, int]]:
    """California taxes twice and rounds every line by itself; Germany's prices hold their tax; Oregon has none."""
    if request.exempt or item.category == "nontaxable":
        return []
    if request.address.country == "DE":
        return [(VAT, item.amount - (item.amount * 100 * 2 + 119) // (119 * 2))]
    if request.address.region == "CA":
        return [(rate, percent_of(item.amount, rate.percent)) for rate in (STATE, COUNTY)]
    return []


@dataclass(slots=True)
class Filed:
    """A sale as the office has it: net and tax by place."""

    order_id: str
    left: dict[str, tuple[int, int]]


@dataclass(slots=True)
class TaxOffice:
    """A tax service. down gives no quotes; lose_answers files a report and says nothing; refuse takes no report.

    while_asked happens once, while a quote is being worked out. forgets makes it work a sale out again, to that tax.
    """

    name: str = "test office"
    down: bool = False
    lose_answers: bool = False
    refuse: bool = False
    forgets: int | None = None
    while_asked: Callable[[], Awaitable[object]] | None = None
    asked: list[TaxRequest] = field(default_factory=list[TaxRequest])
    sales: dict[str, Filed] = field(default_factory=dict[str, Filed])
    heard: dict[str, Outcome] = field(default_factory=dict[str, Outcome])

    async def calculate(self, request: TaxRequest) -> TaxQuote:
        self.asked.append(request)
        reference = f"calc_{len(self.asked)}"
        if self.while_asked is not None:
            meanwhile, self.while_asked = self.while_asked, None
            await meanwhile()
        if self.down:
            raise Refused("tax_unavailable", "The test office is closed.", hint="send the call again in a few seconds")
        taxes = [taxes_of(request, item) for item in request.items]
        return TaxQuote(
            request=request,
            reference=reference,
            rates=tuple(dict.fromkeys(rate for each in taxes for rate, _ in each)),
            items=tuple(
                tuple(QuotedTax(tax_rate_id=rate.tax_rate_id, taxable=item.amount, amount=tax) for rate, tax in each)
                for item, each in zip(request.items, taxes, strict=True)
            ),
        )

    async def perform(self, report: TaxReport) -> Outcome:
        if self.refuse:
            decline = Decline(code="no", message="the office says no")
            return Outcome(state=TransferState.DECLINED, decline=decline)
        if report.key not in self.heard:
            self.heard[report.key] = self._file(report)
        return Outcome(state=TransferState.UNKNOWN) if self.lose_answers else self.heard[report.key]

    def _file(self, report: TaxReport) -> Outcome:
        statement = report.statement
        reference = f"tax_{len(self.heard) + 1}"
        if report.kind == TAX_COMMIT:
            quote = statement.quote
            assert quote is not None
            taxes = [sum(tax.amount for tax in each) for each in quote.items]
            inside = quote.request.address.country == "DE"
            self.sales[reference] = Filed(
                report.order_id,
                {
                    item.place: (item.amount - (tax if inside else 0), tax)
                    for item, tax in zip(quote.request.items, taxes, strict=True)
                },
            )
            return Outcome(state=TransferState.SUCCEEDED, reference=reference, reported=self.forgets)
        left = self.sales[statement.sale_reference or ""].left
        if statement.whole:
            assert {part.place: (part.net, part.tax) for part in statement.parts} == left, "whole is all that there was"
        for part in statement.parts:
            net, tax = left[part.place]
            assert net >= part.net and tax >= part.tax, f"more of {part.place} is taken back than was filed"
            left[part.place] = (net - part.net, tax - part.tax)
        return Outcome(state=TransferState.SUCCEEDED, reference=reference)

    def filed(self, order_id: str) -> tuple[int, int]:
        """Net and tax that stand in the office's books for an order."""
        left = [amounts for sale in self.sales.values() if sale.order_id == order_id for amounts in sale.left.values()]
        return sum(net for net, _ in left), sum(tax for _, tax in left)


class TaxedHouse(House):
    """A house whose taxes come from the office; without_office is what a server started without it does."""

    def __init__(self, folder: Path, clock: SetClock | None = None, *, number: int = 1) -> None:
        super().__init__(folder, clock, number=number)
        self.office = TaxOffice()

    def flint_for(self, merchant_id: str, *, store: Store | None = None, processor: Processor | None = None) -> Flint:
        return Flint(store or self.sqlite, processor or self.simulator, merchant_id, taxes=self.office)

    def without_office(self) -> Flint:
        return House.flint_for(self, self.flint.merchant_id)

    async def reported(self, rounds: int = 4) -> None:
        """Let everything be reported: one report of an order after the other."""
        for _ in range(rounds):
            await self.recover()


def at(address: Address, **changes: str) -> Address:
    return replace(address, **changes)
