"""An invoice for machines: EN 16931 in the syntax CII (UN/CEFACT Cross Industry Invoice), as in Factur-X and ZUGFeRD.

The library writes elements that nothing was put into; the standard forbids them, so they are taken out afterwards.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from typing import Any

from flint_domain.invoices.missing import not_for_machines
from flint_domain.invoices.model import Category, Document, DocumentLine, Means, Party, TaxGroup, TaxKey
from flint_server.documents.extra import NotForMachines, NotInstalled
from flint_server.documents.figures import major, plain
from flint_server.documents.words import words

PROFILE = "urn:cen.eu:en16931:2017"
_TYPES = {"invoice": "380", "credit_note": "381"}  # UNTDID 1001
_ONE = "C62"  # UN/ECE Recommendation 20: one, without a unit of its own
_DISCOUNT = "95"  # UNTDID 5189
_MEANS = {"transfer": "30", "card": "48", "cash": "10", "credit": "ZZZ", "other": "ZZZ"}  # UNTDID 4461
_SEPA = "58"


def render_xml(document: Document) -> bytes:
    """The document as XML, UTF-8; the same bytes for the same document.

    Raises NotForMachines when it cannot be such an invoice, and NotInstalled without the extra.
    """
    if reasons := not_for_machines(document):
        raise NotForMachines(reasons)
    tree = _new("document", "Document")
    _head(tree, document)
    for number, line in enumerate(document.lines, start=1):
        tree.trade.items.add(_line(line, number, document))
    _parties(tree.trade, document)
    _delivery(tree.trade.delivery, document)
    _settlement(tree.trade.settlement, document)
    return _written(tree)


def _new(module: str, name: str) -> Any:
    """An element of the library, which has no types."""
    try:
        return getattr(import_module(f"drafthorse.models.{module}"), name)()
    except ModuleNotFoundError as missing:
        raise NotInstalled("drafthorse") from missing


def _head(tree: Any, document: Document) -> None:

    tree.context.guideline_parameter.id = PROFILE
    tree.header.id = document.number
    tree.header.type_code = _TYPES[document.kind]
    tree.header.issue_date_time = _at(document.issued_on)
    for text in (document.reason, document.memo):
        if text:
            note = _new("note", "IncludedNote")
            note.content = plain(text)
            tree.header.notes.add(note)


def _line(line: DocumentLine, number: int, document: Document) -> Any:

    currency, texts = document.currency, words(document.locale)
    item = _new("tradelines", "LineItem")
    item.document.line_id = str(number)
    item.product.name = plain(line.name)
    if line.description:
        item.product.description = plain(line.description)
    if line.sku:
        item.product.seller_assigned_id = plain(line.sku)
    if line.unit_price is not None:
        item.agreement.net.amount = _figure(major(line.unit_price, currency))
    else:  # no price of one comes to the amount: the price is that of all of them
        item.agreement.net.amount = _figure(major(abs(line.gross), currency))
        item.agreement.net.basis_quantity = (_figure(abs(line.quantity)), _ONE)
    item.delivery.billed_quantity = (_figure(line.quantity), _ONE)
    if line.period:
        item.settlement.period.start = _at(line.period.first)
        item.settlement.period.end = _at(line.period.last)
    if line.discount:  # of a line that is taken off, the discount is added again
        less = _new("accounting", "TradeAllowanceCharge")
        less.indicator = line.discount < 0
        less.actual_amount = _figure(major(abs(line.discount), currency))
        less.reason = texts["discount"]
        if line.discount > 0:
            less.reason_code = _DISCOUNT
        item.settlement.allowance_charge.add(less)
    item.settlement.trade_tax.type_code = "VAT"
    item.settlement.trade_tax.category_code = line.key.category
    if line.key.category != "O":
        item.settlement.trade_tax.rate_applicable_percent = _figure(line.key.percent)
    item.settlement.monetary_summation.total_amount = _figure(major(line.net, currency))
    return item


def _parties(trade: Any, document: Document) -> None:
    _party(trade.agreement.seller, document.seller)
    _party(trade.agreement.buyer, document.buyer)
    seller = document.seller
    if seller.tax_number and not seller.vat_id:  # something must tell sellers apart (BR-CO-26)
        trade.agreement.seller.id = plain(seller.tax_number)
    if seller.register:
        trade.agreement.seller.description = plain(seller.register)
    if seller.contact or seller.phone or seller.email:
        contact = trade.agreement.seller.contact
        contact.person_name = plain(seller.contact or seller.name or "")
        if seller.phone:
            contact.telephone.number = plain(seller.phone)
        if seller.email:
            contact.email.address = plain(seller.email)
    if document.buyer_reference:
        trade.agreement.buyer_reference = plain(document.buyer_reference)
    trade.agreement.seller_order.issuer_assigned_id = plain(document.order_reference or document.order_id)
    if document.purchase_order:
        trade.agreement.buyer_order.issuer_assigned_id = plain(document.purchase_order)


def _party(element: Any, party: Party) -> None:

    if party.name:
        element.name = plain(party.name)
    address = party.address
    for field, value in (
        ("postcode", address.postal_code),
        ("line_one", address.line1),
        ("line_two", address.line2),
        ("city_name", address.city),
        ("country_id", address.country),
        ("country_subdivision", address.region),
    ):
        if value:
            setattr(element.address, field, plain(value))
    if party.email:
        element.electronic_address.uri_ID = ("EM", plain(party.email))
    for scheme, value in (("VA", party.vat_id), ("FC", party.tax_number)):
        if value:
            registration = _new("party", "TaxRegistration")
            registration.id = (scheme, plain(value))
            element.tax_registrations.add(registration)


def _delivery(delivery: Any, document: Document) -> None:
    if document.ship_to:
        _party(delivery.ship_to, Party(name=document.ship_to.name, address=document.ship_to.address))
    delivery.event.occurrence = _at(document.supplied_on)


def _settlement(settlement: Any, document: Document) -> None:

    currency, texts = document.currency, words(document.locale)
    settlement.currency_code = currency
    settlement.payment_reference = document.number
    if document.means:
        settlement.payment_means.add(_means(document.means, currency))
    for group in merged(document.groups):
        settlement.trade_tax.add(_tax(group, currency))
    if document.period:
        settlement.period.start = _at(document.period.first)
        settlement.period.end = _at(document.period.last)
    if document.due:
        terms = _new("payment", "PaymentTerms")
        terms.description = texts.terms(document)
        if document.due_on:
            terms.due = _at(document.due_on)
        settlement.terms.add(terms)
    _sums(settlement, document)
    for before in document.preceding[:1]:
        settlement.invoice_referenced_document.issuer_assigned_id = before.number
        settlement.invoice_referenced_document.issue_date_time = _at(before.issued_on)


def _sums(settlement: Any, document: Document) -> None:
    currency, sums = document.currency, settlement.monetary_summation
    net = _figure(major(document.net, currency))
    sums.line_total = net
    sums.tax_basis_total = (net, None)
    sums.tax_total = (_figure(major(document.tax, currency)), currency)
    if own := document.tax_in_own_currency:
        settlement.tax_currency_code = own.currency
        sums.tax_total_other_currency.add((_figure(major(own.amount, own.currency)), own.currency))
    sums.grand_total = (_figure(major(document.total, currency)), None)
    if document.prepaid:
        sums.prepaid_total = _figure(major(document.prepaid, currency))
    sums.due_amount = _figure(major(document.due, currency))


def _means(means: Means, currency: str) -> Any:

    element = _new("payment", "PaymentMeans")
    is_sepa = means.kind == "transfer" and currency == "EUR" and means.iban
    element.type_code = _SEPA if is_sepa else _MEANS[means.kind]
    if means.kind == "transfer" and means.iban:
        element.payee_account.iban = plain(means.iban)
        if means.holder:
            element.payee_account.account_name = plain(means.holder)
        if means.bic:
            element.payee_institution.bic = plain(means.bic)
    if means.kind == "card" and means.last4:
        element.financial_card.id = plain(means.last4)
    return element


def _tax(group: TaxGroup, currency: str) -> Any:

    element = _new("accounting", "ApplicableTradeTax")
    element.calculated_amount = _figure(major(group.tax, currency))
    element.type_code = "VAT"
    element.basis_amount = _figure(major(group.base, currency))
    element.category_code = group.key.category
    if group.key.reason:
        element.exemption_reason = plain(group.key.reason)
    if group.key.code:
        element.exemption_reason_code = group.key.code
    if group.key.category != "O":
        element.rate_applicable_percent = _figure(group.key.percent)
    return element


def merged(groups: Sequence[TaxGroup]) -> list[TaxGroup]:
    """One group for each category and rate, as EN 16931 wants it; the reasons of several follow one another."""
    by_rate: dict[tuple[Category, Decimal], list[TaxGroup]] = {}
    for group in groups:
        by_rate.setdefault((group.key.category, group.key.percent), []).append(group)
    return [_merged(category, percent, members) for (category, percent), members in by_rate.items()]


def _merged(category: Category, percent: Decimal, members: Sequence[TaxGroup]) -> TaxGroup:
    reasons = dict.fromkeys(member.key.reason for member in members if member.key.reason)
    codes = {member.key.code for member in members}
    return TaxGroup(
        key=TaxKey(
            category=category,
            percent=percent,
            name="",
            reason="; ".join(reasons) or None,
            code=codes.pop() if len(codes) == 1 else None,
        ),
        base=sum(member.base for member in members),
        tax=sum(member.tax for member in members),
    )


def _at(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, time())


def _figure(value: Decimal) -> str:
    return f"{value:f}"


def _written(tree: Any) -> bytes:
    from xml.etree import ElementTree as Xml

    root: Any = Xml.fromstring(tree.serialize(schema=None))
    while any(_drop_empty(element) for element in root.iter()):
        pass
    Xml.indent(root)
    return Xml.tostring(root, encoding="utf-8", xml_declaration=True)


def _drop_empty(element: Any) -> bool:
    empty = [child for child in element if not len(child) and not (child.text or "").strip()]
    for child in empty:
        element.remove(child)
    return bool(empty)
