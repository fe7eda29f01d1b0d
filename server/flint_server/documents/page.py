"""What stands on the page of a document, as the plain data that the page's layout reads."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from flint_domain.invoices.model import Document, DocumentLine, Means, Party, TaxGroup
from flint_server.documents.figures import plain
from flint_server.documents.fonts import families
from flint_server.documents.words import Words, words

Facts = list[tuple[str, str]]

LONGEST_WORD = 24  # characters: a longer one may break anywhere, so that no column is pushed off the page
_LONG = re.compile(rf"\S{{{LONGEST_WORD},}}")
_ZERO_WIDTH_SPACE = "\u200b"
_ISOLATE, _END_OF_ISOLATE = "\u2068", "\u2069"  # first strong isolate (https://www.unicode.org/reports/tr9)


def page(document: Document, logo: bytes | None = None) -> dict[str, Any]:
    """The data of the layout (invoice.typ). Everything in it is text."""
    texts = words(document.locale)
    title = title_of(document)
    return {
        "language": texts.language,
        "fonts": families(document.buyer.address.country),
        "title": title,
        "heading": _breaking(title),
        "subheading": [_breaking(line) for line in _subheading(document, texts)],
        "logo": None if logo is None else list(logo),
        "seller": {"name": _breaking(document.seller.name or "")},
        "sender": _breaking(" · ".join(_lines(document.seller))),
        "buyer": [_breaking(line) for line in _lines(document.buyer, _country(document.buyer, document, texts))],
        "facts": [(label, _breaking(value)) for label, value in _facts(document, texts)],
        "columns": [
            texts["description"],
            texts["quantity"],
            texts["price"],
            texts["rate"],
            f"{texts['amount']} {document.currency}",
        ],
        "lines": [_line(line, document, texts) for line in document.lines],
        "sums": [(_breaking(label), amount) for label, amount in _sums(document, texts)],
        "total": (texts["total"], _money(document.total, document, texts)),
        "settled": _settled(document, texts),
        "due": (texts["to_pay"], _money(document.due, document, texts)) if document.due else None,
        "terms": texts.terms(document) if document.due > 0 else None,
        "notes": [[_breaking(line) for line in lines] for lines in _notes(document, texts)],
        "payment": [(label, _breaking(value)) for label, value in _payment(document, texts)],
        "footer": [[_breaking(line) for line in column] for column in _footer(document.seller, texts)],
        "page": texts["page"],
    }


def title_of(document: Document) -> str:
    """`Invoice INV-2026-000001`, `Rechnung Entwurf`."""
    texts = words(document.locale)
    return f"{texts.title(document)} {document.number or texts['draft']}"


def _breaking(text: str) -> str:
    """The text with places to break in words that are longer than any column. What is read from the right keeps its
    own direction, whatever it stands in."""
    whole = _LONG.sub(lambda word: _ZERO_WIDTH_SPACE.join(word[0]), plain(text))
    from_the_right = any(unicodedata.bidirectional(each) in ("R", "AL") for each in whole)
    return f"{_ISOLATE}{whole}{_END_OF_ISOLATE}" if from_the_right else whole


def _money(amount: int, document: Document, texts: Words) -> str:
    return f"{texts.amount(amount, document.currency)} {document.currency}"


def _country(party: Party, document: Document, texts: Words) -> str | None:
    """The country in capitals, where it is another one than the seller's."""
    country = party.address.country
    return texts.country(country).upper() if country and country != document.seller.address.country else None


def _lines(party: Party, country: str | None = None) -> list[str]:
    """An address as it stands on a letter."""
    address = party.address
    city = " ".join(part for part in (address.postal_code, address.city) if part)
    if address.country in ("US", "CA", "AU") and address.city:
        state = " ".join(part for part in (address.region, address.postal_code) if part)
        city = ", ".join(part for part in (address.city, state) if part)
    parts = (party.name, address.line1, address.line2, city, country)
    return [plain(part) for part in parts if part]


def _subheading(document: Document, texts: Words) -> Iterator[str]:
    if document.reason and document.cause != "void":  # the title says that, and of which invoice the next line
        yield plain(document.reason)
    for before in document.preceding:
        of = texts["of"].format(number=before.number, date=texts.long(before.issued_on))
        yield f"{texts['corrects' if document.kind == 'credit_note' else 'concerns']} {of}"


def _facts(document: Document, texts: Words) -> Iterator[tuple[str, str]]:
    if document.issued_on:
        yield texts["date"], texts.long(document.issued_on)
    if document.due_on:
        yield texts["due"], texts.long(document.due_on)
    if document.delivered_on:
        yield texts["delivered"], texts.long(document.delivered_on)
    yield texts["order"], plain(document.order_reference or document.order_id)
    for label, value in (
        ("purchase_order", document.purchase_order),
        ("buyer_reference", document.buyer_reference),
        ("buyer_vat_id", document.buyer.vat_id),
    ):
        if value:
            yield texts[label], plain(value)


def _line(line: DocumentLine, document: Document, texts: Words) -> dict[str, Any]:
    currency = document.currency
    notes = [plain(note) for note in (line.description, line.sku) if note]
    if line.period:
        notes.append(f"{texts.short(line.period.first)} – {texts.short(line.period.last)}")
    if line.discount:
        gross, less = texts.amount(line.gross, currency), texts.amount(abs(line.discount), currency)
        notes.append(texts["less"].format(amount=gross, discount=less))
    price = texts.price(line.unit_price, currency) if line.unit_price is not None else ""
    return {
        "name": _breaking(line.name),
        "notes": [_breaking(note) for note in notes],
        "quantity": texts.number(line.quantity),
        "price": price,
        "rate": f"{texts.number(line.key.percent)} %" if line.key.category in ("S", "Z") else "–",
        "amount": texts.amount(line.net, currency),
    }


def _sums(document: Document, texts: Words) -> Iterator[tuple[str, str]]:
    currency = document.currency
    yield texts["net"], texts.amount(document.net, currency)
    for group in document.groups:
        yield _of_group(group, document, texts), texts.amount(group.tax, currency)


def _of_group(group: TaxGroup, document: Document, texts: Words) -> str:
    base = texts.amount(group.base, document.currency)
    if group.key.category not in ("S", "Z"):
        return texts["untaxed_of"].format(base=base)
    name = plain(group.key.name) or texts["tax_name"]
    return texts["tax_of"].format(name=name, percent=texts.number(group.key.percent), base=base)


def _settled(document: Document, texts: Words) -> Facts:
    if not document.prepaid:
        return [] if document.due else [(texts["nothing_due"], texts.amount(0, document.currency))]
    sign = -document.prepaid if document.due else document.prepaid
    return [(texts.settled(document), texts.amount(sign, document.currency))]


def _notes(document: Document, texts: Words) -> Iterator[list[str]]:
    if document.memo:
        yield plain(document.memo).splitlines()
    reasons = dict.fromkeys(plain(group.key.reason) for group in document.groups if group.key.reason)
    if reasons:
        yield [f"{reason}." if reason[-1] not in ".!?" else reason for reason in reasons]
    if own := document.tax_in_own_currency:
        yield [texts["own_currency"].format(currency=own.currency, amount=texts.amount(own.amount, own.currency))]
    if document.ship_to:
        yield [
            f"{texts['ship_to']}: {', '.join(_lines(document.ship_to, _country(document.ship_to, document, texts)))}"
        ]
    supplies = document.cause in ("order", "change") and document.kind == "invoice"
    if supplies and not document.delivered_on and not all(line.period for line in document.lines):
        yield [texts["supplied"]]


def _payment(document: Document, texts: Words) -> Facts:
    means = document.means
    if means is None:
        return []
    facts = [(texts["means"], _means(means, texts))]
    if means.kind == "transfer" and document.due:
        parts = (("IBAN", _grouped(means.iban)), ("BIC", means.bic), (texts["bank"], means.bank))
        facts += [(label, plain(value)) for label, value in parts if value]
        facts.append((texts["reference"], document.number or document.document_id))
    return facts


def _means(means: Means, texts: Words) -> str:
    if means.kind == "card" and means.last4:
        brand = plain(means.brand or texts.means("card")).capitalize()
        return texts["card_ending"].format(brand=brand, last4=plain(means.last4))
    return texts.means(means.kind)


def _grouped(iban: str | None) -> str | None:
    """An IBAN as it is printed: in groups of four."""
    return iban and " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


def _footer(seller: Party, texts: Words) -> list[list[str]]:
    contact = [part for part in (seller.contact, seller.email, seller.phone) if part]
    official = [
        *([texts["vat_id"].format(id=seller.vat_id)] if seller.vat_id else []),
        *([texts["tax_number"].format(id=seller.tax_number)] if seller.tax_number else []),
        *([seller.register] if seller.register else []),
    ]
    columns = [_lines(seller), contact, official]
    return [[plain(line) for line in column] for column in columns if column]
