"""Other people's invoices and credit notes, by our rules: every amount to the cent, or the reason why not."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from flint_domain.invoices.model import Document
from flint_domain.invoices.rules import documents_of_change, voided
from flint_domain.invoices.status import status
from flint_domain.kernel.periods import Period
from flint_domain.order.lifecycle import standing
from flint_domain.order.model import Order
from flint_domain.order.prorating import cut
from flint_domain.order.refunds.rules import RefundRequest
from flint_domain.order.tax.model import Tax
from tests.domain.invoices.billing_cases import cases_of, order_of
from tests.domain.invoices.lives import TODAY, Life
from tests.domain.values import an_order, line

OTHERWISE = {
    "BIL-TOT-004": "its own sums differ (1887, 1889, 1890): the tax of each rate over the order is 1890",
    "BIL-CRN-010": "the tax of 1000 is 250, and of the 226 that were used 57, so that 193 goes back; 194 is the tax of "
    "the credit by itself, and both together would come to 251",
}


def test_other_peoples_invoices_have_their_totals(third_party_cases: Path) -> None:
    cases, differing = cases_of(third_party_cases, "invoice_totals"), set[str]()
    for case in cases:
        document, expected = Life(order_of(case)).invoice(), case["expect"]
        found = {
            "subtotalMoney": sum(each.gross for each in document.lines),
            "discounts": [each.discount for each in document.lines],
            "discountMoney": sum(each.discount for each in document.lines),
            "netMoney": document.net,
            "taxMoney": document.tax,
            "totalMoney": document.total,
        }
        if {name: found[name] for name in expected if name in found} != {
            k: v for k, v in expected.items() if k in found
        }:
            differing.add(case["id"])
    assert len(cases) == 10
    assert differing == {name for name in OTHERWISE if "TOT" in name}
    (otherwise,) = [case for case in cases if case["id"] == "BIL-TOT-004"]
    document = Life(order_of(otherwise)).invoice()
    assert (document.net, document.tax, document.total) == (16_500, 1_890, 18_390)


def test_other_peoples_credit_notes_have_their_amounts(third_party_cases: Path) -> None:
    cases = cases_of(third_party_cases, "credit_note")
    differing = {case["id"] for case in cases if not agrees(case)}
    assert len(cases) == 12
    assert differing == {name for name in OTHERWISE if "CRN" in name}
    (otherwise,) = [case for case in cases if case["id"] == "BIL-CRN-010"]
    note = unused(otherwise["given"])
    assert (note.net, note.tax, note.total) == (774, 193, 967)


def agrees(case: dict[str, Any]) -> bool:
    given, expected = case["given"], case["expect"]
    if "unusedDays" in given:
        note = unused(given)
        found = {"netMoney": note.net, "taxMoney": note.tax, "totalMoney": note.total}
        found["invoiceTotalMoney"] = Life(plan(given)).invoice().total
        return all(found[name] == amount for name, amount in expected.items())
    if "invoice" in expected:
        return {"creditNoteTotal": void_of(given["invoiceTotalMoney"]), "invoice": "VOID"} == expected
    if "creditNoteTotal" in expected:
        return back(given["invoiceTotalMoney"], given["refundMoney"]).documents[-1].total == expected["creditNoteTotal"]
    if "givenBackBefore" in given:  # nothing is left for a later document
        return left(back(given["invoiceMoney"], given["givenBackBefore"])) == expected["creditMoney"]
    return left(back(given["invoiceMoney"], given["creditMoney"], given["thenMoney"])) == expected["leftMoney"]


def plan(given: dict[str, Any]) -> Order:
    """A plan's price for its days, taxed on top."""
    start = date(2026, 1, 1)
    end = start + timedelta(days=given["ofDays"])
    days = Period(start=start, end=end, grid_start=start, grid_end=end)
    rate = Tax(tax_rate_id="txr_1", name="VAT", percent=Decimal(given["taxPercent"]))
    return an_order(currency="EUR", lines=(line(0, given["priceMoney"], taxes=(rate,), period=days),))


def unused(given: dict[str, Any]) -> Document:
    """The credit note of the days that are not used."""
    before = plan(given)
    life = Life(before)
    life.invoice()
    after = cut(standing(before), date(2026, 1, 1) + timedelta(days=given["ofDays"] - given["unusedDays"]))
    (note,) = documents_of_change(before, after, life.drafting)
    return note


def void_of(total: int) -> int:
    life = Life(an_order(currency="EUR", lines=(line(0, total, taxes=()),)))
    invoice = life.invoice()
    note = life.books.issue(voided(invoice, life.drafting), life.documents)
    found = status(invoice, (invoice, note), outstanding=total, uncollectible=False, today=TODAY)
    assert found.status == "VOID"
    return note.total


def back(total: int, *refunds: int) -> Life:
    life = Life(an_order(currency="USD", lines=(line(0, total, taxes=()),)))
    life.pay()
    life.invoice()
    for amount in refunds:
        life.refund(RefundRequest(amount=amount))
    return life


def left(life: Life) -> int:
    """What the documents say was sold in the end; ending the order makes none."""
    ended = replace(life.order, ended="canceled")
    assert documents_of_change(life.order, ended, life.drafting) == ()
    return sum(document.sign * document.total for document in life.documents)
