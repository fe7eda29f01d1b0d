"""What a document lacks: to be issued at all, and to be an invoice that machines read (EN 16931)."""

from collections.abc import Iterator
from dataclasses import dataclass

from flint_domain.invoices.model import Document, Party, TaxGroup
from flint_domain.kernel.money import exponent, percent_of

DECIMALS = 2  # as many as any amount of EN 16931 has
TOLERANCE = 100  # hundredths: EN 16931 lets the tax of a group be 1.00 beside base x rate (BR-CO-17)


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """Something that a document needs: whose ("seller" or "buyer"), and the field as callers know it."""

    party: str
    field: str
    because: str

    def __str__(self) -> str:
        return f"the {self.party}'s {self.field} ({self.because})"


def missing(seller: Party, buyer: Party) -> tuple[Missing, ...]:
    """What is missing of the parties for a document to be issued. A private buyer needs nothing."""
    return (*_of_seller(seller), *_of_business(buyer))


def _of_seller(seller: Party) -> Iterator[Missing]:
    every = "every invoice names its seller"
    if not seller.name:
        yield Missing(party="seller", field="name", because=every)
    yield from _of_address("seller", seller, every)
    if not seller.vat_id and not seller.tax_number:
        yield Missing(party="seller", field="vatId or taxNumber", because="one of them is on every invoice")


def _of_business(buyer: Party) -> Iterator[Missing]:
    if not buyer.business:
        return
    if not buyer.name:
        yield Missing(party="buyer", field="name", because="a business can deduct tax only from an invoice to it")
    yield from _of_address("buyer", buyer, "a business can deduct tax only from an invoice to it")
    if not buyer.vat_id and not buyer.tax_number:
        yield Missing(party="buyer", field="vatId", because="it is what says that a business bought")


def _of_address(party: str, whose: Party, because: str) -> Iterator[Missing]:
    address = whose.address
    for field, value in (
        ("address.line1", address.line1),
        ("address.city", address.city),
        ("address.country", address.country),
    ):
        if not value:
            yield Missing(party=party, field=field, because=because)


def not_for_machines(document: Document) -> tuple[str, ...]:
    """Why there can be no EN 16931 invoice of this document, in sentences; nothing where there can. Its page is issued
    all the same."""
    return tuple(_obstacles(document))


def _obstacles(document: Document) -> Iterator[str]:
    if not document.number:
        yield "It is a draft: it has no number."
    if not document.buyer.name or not document.buyer.address.country:
        yield "The buyer's name and country are not both known."
    if exponent(document.currency) > DECIMALS:
        yield f"{document.currency} has more than two decimals."
    categories = {group.key.category for group in document.groups}
    if "O" in categories and len(categories) > 1:
        yield "What is outside the scope of VAT stands on it beside what is not."
    if "O" in categories and (document.seller.vat_id or document.buyer.vat_id):
        yield "What is outside the scope of VAT stands on it beside a VAT id."
    if categories - {"O"} and not (document.seller.vat_id or document.seller.tax_number):
        yield "The seller has neither a VAT id nor a tax number."
    if categories & {"AE", "K", "G"} and not document.seller.vat_id:
        yield "The seller's VAT id is not known, and the seller charges no tax because of where the buyer is."
    if categories & {"AE", "K"} and not document.buyer.vat_id:
        yield "The buyer's VAT id is not known, and the buyer owes the tax."
    if "K" in categories and not (document.ship_to and document.ship_to.address.country and document.delivered_on):
        yield "Where and when the goods were delivered is not known."
    for group in document.groups:
        yield from _of_group(group, exponent(document.currency))


def _of_group(group: TaxGroup, places: int) -> Iterator[str]:
    key = group.key
    if key.rates > 1:
        yield f"Something is taxed by {key.rates} rates at once ({key.name}): EN 16931 knows one for each position."
    unit = 10 ** max(0, DECIMALS - places)
    if abs(group.tax - percent_of(group.base, key.percent)) * unit > TOLERANCE:
        yield f"The tax of {key.name or key.category} is not {key.percent:f} % of its base."
