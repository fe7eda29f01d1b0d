"""Invoices for machines keep the rules of EN 16931, and are right to the cent, which those rules do not ask for."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from flint_domain.invoices.model import Document, Party, PostalAddress
from flint_domain.invoices.taxation import Untaxed
from flint_domain.order.model import Order
from flint_domain.order.refunds.rules import RefundRequest
from flint_server.documents.cii import merged, render_xml
from flint_server.documents.extra import NotForMachines
from flint_server.documents.figures import major
from tests.domain import values
from tests.domain.invoices.billing_cases import cases_of, order_of
from tests.domain.invoices.lives import BUYER, SELLER, Life
from tests.domain.invoices.test_invariant import STEPS, live
from tests.server.documents.gallery import beans, drafting, gallery, issued, issued_as, within_the_union
from tests.server.documents.rules import rulebook

RAM = "{urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100}"


def amount(element: Xml.Element, *path: str) -> Decimal:
    found = element.find("/".join(f"{RAM}{step}" for step in path))
    assert found is not None and found.text is not None, path
    return Decimal(found.text)


def assert_exact(xml: bytes, document: Document) -> None:
    """Every sum of the invoice to the cent: BR-CO-17 lets the tax of a group be 1.00 beside its rate, this does not."""
    root, currency = Xml.fromstring(xml), document.currency
    settlement = next(root.iter(f"{RAM}ApplicableHeaderTradeSettlement"))
    sums = next(root.iter(f"{RAM}SpecifiedTradeSettlementHeaderMonetarySummation"))
    lines = list(root.iter(f"{RAM}IncludedSupplyChainTradeLineItem"))
    line_sums = [next(line.iter(f"{RAM}SpecifiedTradeSettlementLineMonetarySummation")) for line in lines]
    nets = [amount(each, "LineTotalAmount") for each in line_sums]
    assert nets == [major(line.net, currency) for line in document.lines]
    groups = settlement.findall(f"{RAM}ApplicableTradeTax")
    taxes = [(amount(group, "BasisAmount"), amount(group, "CalculatedAmount")) for group in groups]
    said = [(major(group.base, currency), major(group.tax, currency)) for group in merged(document.groups)]
    assert taxes == said
    assert amount(sums, "TaxBasisTotalAmount") == sum(nets) == sum(base for base, _ in taxes)
    assert amount(sums, "TaxTotalAmount") == sum(tax for _, tax in taxes)
    assert amount(sums, "GrandTotalAmount") == sum(map(sum, taxes)) == major(document.total, currency)
    assert amount(sums, "DuePayableAmount") == major(document.total - document.prepaid, currency)


def check(document: Document) -> None:
    xml = render_xml(document)
    assert rulebook().broken(xml) == []
    assert_exact(xml, document)


@pytest.mark.parametrize(("name", "document"), [pair for pair in gallery() if pair[0] != "draft"])
def test_every_document_of_the_gallery_keeps_the_rules(name: str, document: Document) -> None:
    check(document)


def test_other_peoples_invoices_keep_the_rules_and_have_their_totals(third_party_cases: Path) -> None:
    checked = 0
    for case in cases_of(third_party_cases, "invoice_totals"):
        order = order_of(case)
        document = issued_of(order)
        check(document)
        checked += 1
    assert checked == 10


def issued_of(order: Order) -> Document:
    life = Life(order)
    return life.invoice()


def lives(examples: int) -> Any:
    """Documents of so many random lives of orders, the same every time."""

    def decorate(test: Any) -> Any:
        drawn = given(values.orders, st.data())(test)
        quick = [HealthCheck.too_slow]
        return settings(
            max_examples=examples, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=quick
        )(drawn)

    return decorate


def keep_the_rules(order: Order, data: st.DataObject) -> None:
    *_, life = live(data, replace(order, currency="EUR"), STEPS)
    for document in life.documents:
        if any(group.key.rates > 1 for group in document.groups):
            with pytest.raises(NotForMachines, match="EN 16931 knows one for each position"):
                render_xml(document)
        else:
            check(document)


@lives(12)
def test_the_documents_of_random_lives_keep_the_rules(order: Order, data: st.DataObject) -> None:
    keep_the_rules(order, data)


@pytest.mark.long
@lives(200)
def test_the_documents_of_two_hundred_random_lives_keep_the_rules(order: Order, data: st.DataObject) -> None:
    keep_the_rules(order, data)


def wrong_by(document: Document, cents: int) -> Document:
    first, *others = document.groups
    return replace(document, groups=(replace(first, tax=first.tax + cents), *others))


def test_a_tax_that_is_wrong_by_two_euros_breaks_a_rule() -> None:
    """The rules are really run: these let 1.00 pass."""
    xml = render_xml(issued_of(beans()))
    wrong = xml.replace(b">47.31<", b">49.31<").replace(b">59.83<", b">61.83<").replace(b">487.63<", b">489.63<")
    assert [broken.rule for broken in rulebook().broken(wrong)] == ["BR-CO-17", "BR-S-09"]


def test_a_tax_that_is_wrong_by_a_cent_breaks_no_rule_but_our_own_check_sees_it() -> None:
    document = issued_of(beans())
    xml = render_xml(document)
    wrong = xml.replace(b">47.31<", b">47.32<").replace(b">59.83<", b">59.84<").replace(b">487.63<", b">487.64<")
    assert rulebook().broken(wrong) == []
    with pytest.raises(AssertionError):
        assert_exact(wrong, document)


def test_a_document_whose_tax_is_not_its_rate_is_not_made_for_machines() -> None:
    with pytest.raises(NotForMachines, match="The tax of USt is not 19 % of its base"):
        render_xml(wrong_by(issued_of(beans()), 200))


def test_a_sale_to_a_business_elsewhere_in_the_union_is_within_it_and_names_both_vat_ids() -> None:
    document = within_the_union()
    assert [(group.key.category, group.key.code) for group in document.groups] == [("K", "VATEX-EU-IC")]
    check(document)


def test_what_nobody_shipped_to_a_business_elsewhere_is_taxed_where_it_is_received() -> None:
    paris = PostalAddress(country="FR", line1="1 rue de Rivoli", postal_code="75001", city="Paris")
    buyer = Party(name="Café Paris SARL", address=paris, vat_id="FR40303265045", business=True)
    order = beans(tax_exempt=True)
    document = issued(order, buyer=buyer, locale="en")
    assert [(group.key.category, group.key.code) for group in document.groups] == [("AE", "VATEX-EU-AE")]
    check(document)


def test_a_seller_outside_the_union_charges_no_vat() -> None:
    denver = PostalAddress(country="US", line1="1 Main St", city="Denver", region="CO", postal_code="80014")
    seller = Party(name="Flint Inc.", address=denver, tax_number="12-3456789")
    order = values.an_order(lines=(values.line(0, 2_500, taxes=()),))
    document = issued(order, seller=seller, buyer=replace(BUYER, vat_id=None), locale="en-US")
    assert [(group.key.category, group.key.code, group.key.reason) for group in document.groups] == [
        ("O", "VATEX-EU-O", "Not subject to VAT")
    ]
    check(document)


def test_a_rate_of_zero_is_a_zero_rate_unless_the_merchant_says_why_there_is_no_tax() -> None:
    nothing = replace(values.VAT_19, tax_rate_id="txr_0", name="VAT", percent=Decimal(0))
    order = values.an_order(currency="EUR", lines=(values.line(0, 2_500, taxes=(nothing,)),))
    assert issued(order).groups[0].key.category == "Z"
    check(issued(order))
    given_ = drafting(order)
    exempt = Untaxed(category="E", reason="Steuerfrei nach § 4 Nr. 21 UStG")
    taxation = replace(given_.particulars.taxation, by_rate={"txr_0": exempt})
    named = replace(given_, particulars=replace(given_.particulars, taxation=taxation))
    document = issued_as(order, named)
    assert [(group.key.category, group.key.reason) for group in document.groups] == [("E", exempt.reason)]
    check(document)


def test_several_reasons_for_no_tax_are_one_group_for_machines() -> None:
    order = values.an_order(currency="EUR", lines=(values.line(0, 2_500, taxes=()),), tip=300)
    document = issued(order, locale="en")
    assert len(document.groups) == 2
    assert [(group.base, group.key.reason) for group in merged(document.groups)] == [
        (2_800, "Exempt from VAT; Voluntary tip, not subject to VAT")
    ]
    check(document)


def test_a_credit_note_names_its_invoice_and_has_positive_amounts() -> None:
    life = Life(beans())
    life.pay()
    life.invoice()
    life.refund(RefundRequest(amount=1_000))
    root = Xml.fromstring(render_xml(life.documents[-1]))
    assert next(element.text for element in root.iter(f"{RAM}TypeCode")) == "381"
    referred = next(root.iter(f"{RAM}InvoiceReferencedDocument"))
    assert [element.text for element in referred.iter() if (element.text or "").strip()] == [
        "INV-2026-000001",
        "20261123",
    ]
    sums = next(root.iter(f"{RAM}SpecifiedTradeSettlementHeaderMonetarySummation"))
    assert amount(sums, "GrandTotalAmount") == Decimal("10.00")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"buyer": Party(name="Ada")}, "The buyer's name and country are not both known."),
        ({"seller": replace(SELLER, vat_id=None)}, "The seller has neither a VAT id nor a tax number."),
    ],
)
def test_what_is_missing_for_an_invoice_for_machines_is_said(fields: dict[str, Party], why: str) -> None:
    with pytest.raises(NotForMachines) as refused:
        render_xml(issued(beans(), **fields))
    assert refused.value.reasons == (why,)


def test_amounts_of_three_decimals_are_for_people_only() -> None:
    order = values.an_order(currency="KWD", lines=(values.line(0, 1_234, taxes=()),))
    with pytest.raises(NotForMachines, match="KWD has more than two decimals"):
        render_xml(issued(order))
