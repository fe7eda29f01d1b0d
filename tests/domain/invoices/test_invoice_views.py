"""What callers read of a document, in words and on the wire."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from flint_domain.invoices.model import Document
from flint_domain.invoices.rules import invoice_of
from flint_domain.invoices.status import status
from flint_domain.invoices.views import InvoiceView, invoice_view
from flint_domain.order.refunds.rules import RefundRequest
from tests.domain.invoices.lives import TODAY, Life
from tests.domain.values import VAT_19, an_order, line


def seen(life: Life, document: Document, *, late: int = 0) -> InvoiceView:
    outstanding, today = life.standing.money.outstanding, TODAY + timedelta(days=late)
    found = status(document, life.documents, outstanding=outstanding, uncollectible=False, today=today)
    return invoice_view(found)


def a_life() -> Life:
    mugs = line(0, 1_190, name="Mug", quantity=Decimal(2), taxes=(VAT_19,), discount_amount=119, sku="MUG")
    return Life(an_order(currency="EUR", lines=(mugs,), reference="B-1"))


def test_the_summary_says_where_an_invoice_stands() -> None:
    life = a_life()
    draft = invoice_of(life.order, life.drafting)
    assert seen(life, draft).summary == "DRAFT invoice for 22.61 EUR, 22.61 EUR due."
    invoice = life.invoice()
    assert seen(life, invoice).summary == (
        "OPEN invoice INV-2026-000001 of 2026-11-23 for 22.61 EUR, 22.61 EUR due by 2026-12-07."
    )
    assert seen(life, invoice, late=15).summary == (
        "OPEN invoice INV-2026-000001 of 2026-11-23 for 22.61 EUR, 22.61 EUR due by 2026-12-07, overdue."
    )
    life.pay()
    assert seen(life, invoice).summary == "PAID invoice INV-2026-000001 of 2026-11-23 for 22.61 EUR."


def test_the_summary_of_a_credit_note_names_its_invoice() -> None:
    life = a_life()
    life.pay()
    life.invoice()
    life.refund(RefundRequest(amount=1_190))
    view = seen(life, life.documents[-1])
    assert view.summary == "Credit note CN-2026-000001 of 2026-11-23 to INV-2026-000001 for 11.90 EUR."
    assert (view.status, view.due_money.amount) == (None, 0)


def test_on_the_wire_amounts_are_minor_units_and_prices_have_the_decimals_that_they_need() -> None:
    life = a_life()
    wire = seen(life, life.invoice()).to_wire(keep_empty=False)
    assert wire["lines"] == [
        {
            "kind": "line",
            "lineItemId": "li_0",
            "name": "Mug",
            "sku": "MUG",
            "quantity": 2,
            "unitPrice": "10.00",
            "discountMoney": {"amount": 100, "currency": "EUR"},
            "netMoney": {"amount": 1_900, "currency": "EUR"},
            "taxMoney": {"amount": 361, "currency": "EUR"},
            "taxPercent": "19",
        }
    ]
    assert wire["taxes"] == [
        {
            "category": "S",
            "name": "VAT",
            "ratePercent": "19",
            "taxableMoney": {"amount": 1_900, "currency": "EUR"},
            "taxMoney": {"amount": 361, "currency": "EUR"},
        }
    ]
    assert (wire["issuedAt"], wire["issuedOn"], wire["dueOn"]) == ("2026-11-23T12:00:00Z", "2026-11-23", "2026-12-07")
    assert (wire["totalMoney"]["amount"], wire["dueMoney"]["amount"], wire["overdue"]) == (2_261, 2_261, False)
    assert wire["buyer"]["name"] == "Ada Lovelace" and wire["seller"]["vatId"] == "DE136695976"
    assert wire["orderReference"] == "B-1"


def test_a_price_that_no_number_of_decimals_tells_is_left_out() -> None:
    life = Life(an_order(lines=(line(0, 100, quantity=Decimal(99999)),)))
    document = life.invoice()
    odd = replace(document.lines[0], unit_price=None)
    view = seen(life, replace(document, lines=(odd,)))
    assert view.lines[0].unit_price is None
