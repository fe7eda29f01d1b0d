"""Where an invoice stands, and what is missing of its parties."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from flint_domain.invoices.missing import missing
from flint_domain.invoices.model import Party, PostalAddress
from flint_domain.invoices.rules import invoice_of, voided
from flint_domain.invoices.status import InvoiceStanding, amounts_due, status
from flint_domain.order.inputs import Amount, LineInput, OrderUpdate
from tests.domain.invoices.lives import BUYER, SELLER, TODAY, Life
from tests.domain.values import an_order, line


def where(life: Life, *, uncollectible: bool = False, today: date = TODAY) -> InvoiceStanding:
    outstanding = life.standing.money.outstanding
    return status(life.documents[0], life.documents, outstanding=outstanding, uncollectible=uncollectible, today=today)


def invoiced() -> Life:
    life = Life(an_order(lines=(line(0, 10_000),)))
    life.invoice()
    return life


def test_a_draft_has_no_number() -> None:
    life = Life(an_order(lines=(line(0, 10_000),)))
    draft = invoice_of(life.order, life.drafting)
    found = status(draft, (), outstanding=10_000, uncollectible=False, today=TODAY)
    assert (found.status, found.due) == ("DRAFT", 10_000)


def test_an_invoice_is_open_then_overdue_then_paid() -> None:
    life = invoiced()
    assert where(life) == InvoiceStanding(document=life.documents[0], status="OPEN", due=10_000)
    last_day = TODAY + timedelta(days=14)
    assert not where(life, today=last_day).overdue
    late = where(life, today=last_day + timedelta(days=1))
    assert (late.status, late.overdue) == ("OPEN", True)
    life.pay()
    assert where(life, today=last_day + timedelta(days=1)) == InvoiceStanding(
        document=life.documents[0], status="PAID", due=0
    )


def test_an_invoice_that_was_given_up_can_still_be_paid() -> None:
    life = invoiced()
    given_up = where(life, uncollectible=True)
    assert (given_up.status, given_up.due) == ("UNCOLLECTIBLE", 10_000)
    life.pay()
    assert where(life, uncollectible=True).status == "PAID"


def test_an_invoice_that_a_credit_note_cancels_is_void_whatever_else() -> None:
    life = invoiced()
    note = life.books.issue(voided(life.documents[0], life.drafting), life.documents)
    life.documents = (*life.documents, note)
    found = where(life, uncollectible=True)
    assert (found.status, found.due) == ("VOID", 0)


def test_what_is_outstanding_is_of_the_newest_invoice() -> None:
    life = Life(an_order(lines=(line(0, 10_000),)))
    life.pay()
    first = life.invoice()
    life.amend(OrderUpdate(add=(LineInput(name="more", quantity=Decimal(1), unit_price=Amount(amount=500)),)))
    unpaid = replace(life.documents[1], prepaid=0)
    assert amounts_due((first, unpaid), 500) == {first.document_id: 0, unpaid.document_id: 500}
    owing = replace(first, prepaid=0)
    assert amounts_due((owing, unpaid), 700) == {first.document_id: 200, unpaid.document_id: 500}


def test_nothing_is_missing_of_a_private_buyer() -> None:
    assert missing(SELLER, Party()) == ()
    assert missing(SELLER, BUYER) == ()


def test_what_is_missing_of_a_seller_is_named() -> None:
    assert [str(each) for each in missing(Party(), BUYER)] == [
        "the seller's name (every invoice names its seller)",
        "the seller's address.line1 (every invoice names its seller)",
        "the seller's address.city (every invoice names its seller)",
        "the seller's address.country (every invoice names its seller)",
        "the seller's vatId or taxNumber (one of them is on every invoice)",
    ]


def test_a_business_needs_its_address_and_its_vat_id() -> None:
    business = Party(name="Nordlicht AG", address=PostalAddress(country="DE"), business=True)
    assert [(each.party, each.field) for each in missing(SELLER, business)] == [
        ("buyer", "address.line1"),
        ("buyer", "address.city"),
        ("buyer", "vatId"),
    ]


@pytest.mark.parametrize("known", [{"vat_id": "DE811907980"}, {"tax_number": "12/345/67890"}])
def test_a_tax_number_does_where_there_is_no_vat_id(known: dict[str, str]) -> None:
    address = PostalAddress(country="DE", line1="Ring 7", city="Köln")
    assert missing(SELLER, Party(name="Nordlicht AG", address=address, business=True, **known)) == ()
    assert missing(replace(SELLER, **{"vat_id": None, **known}), BUYER) == ()
