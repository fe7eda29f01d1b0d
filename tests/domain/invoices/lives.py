"""Lives of orders, driven through the real rules and without a store: paid, changed, returned, refunded, and refunds
that fail late; and the documents that each step makes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from flint_domain.invoices.model import Document, Party, PostalAddress, TaxKey
from flint_domain.invoices.numbers import PREFIXES, Series, issue
from flint_domain.invoices.particulars import Drafting, Particulars
from flint_domain.invoices.rules import documents_of_change, invoice_of
from flint_domain.invoices.taxation import taxation_of
from flint_domain.kernel.addresses import Address
from flint_domain.kernel.facts import Moment
from flint_domain.kernel.ids import IdPrefix
from flint_domain.order.amendments import settling as amendments
from flint_domain.order.amendments.kept_back import KeepMoney
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest, return_items
from flint_domain.order.amendments.rules import Means, amend
from flint_domain.order.fulfillment.rules import Tracking, Units, fulfill
from flint_domain.order.input_values import Inputs
from flint_domain.order.inputs import OrderUpdate
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.model import Change, Order
from flint_domain.order.payments import settling as payments
from flint_domain.order.payments.model import Outcome, Transfer, TransferKind, TransferState
from flint_domain.order.payments.rules import pay, settle_free
from flint_domain.order.refunds import settling as refunds
from flint_domain.order.refunds.rules import RefundRequest, refund
from flint_domain.order.tax.model import Tax, Taxes
from tests.domain.values import NOW

SUCCEEDED, PENDING, DECLINED = TransferState.SUCCEEDED, TransferState.PENDING, TransferState.DECLINED

SELLER = Party(
    name="Flint Works GmbH",
    address=PostalAddress(country="DE", line1="Werkstraße 1", postal_code="20095", city="Hamburg"),
    vat_id="DE136695976",
)
BUYER = Party(
    name="Ada Lovelace", address=PostalAddress(country="DE", line1="Ring 7", postal_code="50667", city="Köln")
)
TODAY = date(2026, 11, 23)


def particulars_of(order: Order, locale: str = "en", seller: Party = SELLER, buyer: Party = BUYER) -> Particulars:
    taxation = taxation_of(seller, buyer, order, locale=locale)
    return Particulars(seller=seller, buyer=buyer, taxation=taxation, locale=locale)


@dataclass
class Books:
    """Numbers the drafts of one merchant's orders."""

    series: dict[str, Series] = field(default_factory=dict[str, Series])

    def issue(self, draft: Document, issued: Sequence[Document]) -> Document:
        series = self.series.get(draft.kind, Series(kind=draft.kind, year=TODAY.year))
        corrected = [document for document in issued if document.document_id in draft.corrects]
        prefix = PREFIXES[draft.kind]
        document, self.series[draft.kind] = issue(draft, series, prefix=prefix, at=NOW, on=TODAY, corrected=corrected)
        return document


class Life:
    """One order, its documents so far, and what can happen to it."""

    def __init__(self, order: Order, rates: Sequence[Tax] = ()) -> None:
        self.order = order
        self.documents: tuple[Document, ...] = ()
        self.books = Books()
        self.rates = {rate.tax_rate_id: rate for rate in rates}
        self._ids = 0
        self._transfers: dict[str, Transfer] = {}

    def _new_id(self, prefix: IdPrefix) -> str:
        self._ids += 1
        return f"{prefix}_{self._ids}x"

    @property
    def moment(self) -> Moment:
        return Moment(now=NOW, new_id=self._new_id)

    @property
    def standing(self) -> Standing:
        return standing(self.order)

    @property
    def drafting(self) -> Drafting:
        return Drafting(particulars_of(self.order), self.moment, self.documents)

    @property
    def inputs(self) -> Inputs:
        return Inputs(self.order.currency, self.rates.__getitem__, lambda _: None, lambda _: None, self.moment)

    def invoice(self) -> Document:
        draft = invoice_of(self.order, self.drafting)
        document = self.books.issue(draft, self.documents)
        self.documents = (*self.documents, document)
        return document

    def pay(self) -> None:
        """Charge what is outstanding; a zero total is settled without."""
        free = self.standing.money.outstanding == 0
        self.take(settle_free(self.standing) if free else pay(self.standing, self.moment, ("tok_visa",), later=False))

    def amend(
        self,
        update: OrderUpdate,
        *,
        taxes: Taxes | None = None,
        answer: TransferState = SUCCEEDED,
    ) -> None:
        means = Means(source="tok_visa")
        change = amend(self.standing, update, self.inputs, taxes=taxes, means=means, moment=self.moment)
        self.take(change, refund=answer)

    def hand_over(self, *units: Units) -> None:
        self.take(fulfill(self.standing, self.moment, units, Tracking(), delivered=True))

    def take_back(self, *items: ReturnItem, keep: KeepMoney | None = None, answer: TransferState = SUCCEEDED) -> None:
        means, request = Means(source="tok_visa"), ReturnRequest(items=items)
        change = return_items(self.standing, request, self.inputs, means=means, moment=self.moment, keep=keep)
        self.take(change, refund=answer)

    def refund(self, request: RefundRequest, answer: TransferState = SUCCEEDED) -> None:
        change, _ = refund(self.standing, self.moment, request, reason="requested_by_customer", note=None)
        self.take(change, refund=answer)

    def fail_late(self, refund_id: str) -> None:
        """The processor says, days after, that a refund did not arrive."""
        made = next(each for each in self.order.refunds if each.refund_id == refund_id)
        self._answer(self._transfers[made.transfer_id], DECLINED)

    def take(self, change: Change, *, refund: TransferState = SUCCEEDED) -> None:
        """Store a change, and answer what it moves."""
        self._store(change.order)
        waiting = list(change.transfers)
        while waiting:
            transfer = waiting.pop(0)
            self._transfers[transfer.transfer_id] = transfer
            waiting += self._answer(transfer, refund if transfer.kind is TransferKind.REFUND else SUCCEEDED)

    def _answer(self, transfer: Transfer, state: TransferState) -> list[Transfer]:
        outcome = Outcome(state=state, reference=f"proc_{transfer.transfer_id}")
        if transfer.kind is TransferKind.REFUND:
            change = refunds.settle(self.order, transfer, outcome)
        else:
            change = payments.settle(self.order, transfer, outcome, self.moment)
        change = amendments.advance(change, transfer.transfer_id, transfer.kind, state, self.moment)
        self._store(change.order)
        return list(change.transfers)

    def _store(self, after: Order) -> None:
        before, self.order = self.order, after
        for draft in documents_of_change(before, after, self.drafting):
            self.documents = (*self.documents, self.books.issue(draft, self.documents))


def moved(country: str, *taxes: Tax) -> tuple[OrderUpdate, Taxes]:
    """An amendment that sends an order elsewhere, where other taxes are taken."""
    return OrderUpdate(shipping_address=Address(country=country)), Taxes(default=taxes)


def by_group(documents: Sequence[Document]) -> dict[TaxKey, tuple[int, int]]:
    """Invoices less credit notes, base and tax by group; without groups that come to nothing."""
    sums: dict[TaxKey, tuple[int, int]] = {}
    for document in documents:
        for group in document.groups:
            base, tax = sums.get(group.key, (0, 0))
            sums[group.key] = (base + document.sign * group.base, tax + document.sign * group.tax)
    return {key: amounts for key, amounts in sums.items() if amounts != (0, 0)}
