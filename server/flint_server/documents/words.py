"""What stands on a document beside its own words, in English and German, with each language's dates and amounts."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from flint_domain.invoices.model import Cause, Document, DocumentKind, MeansKind
from flint_domain.invoices.words import Language, language
from flint_domain.kernel.money import exponent
from flint_server.documents.extra import NotInstalled
from flint_server.documents.figures import major

Said = dict[str, tuple[str, str]]

TITLES: dict[DocumentKind, tuple[str, str]] = {
    "invoice": ("Invoice", "Rechnung"),
    "credit_note": ("Credit note", "Rechnungskorrektur"),
}
VOIDING = ("Cancellation", "Stornorechnung")
MEANS: dict[MeansKind, tuple[str, str]] = {
    "transfer": ("Bank transfer", "Überweisung"),
    "card": ("Card", "Karte"),
    "cash": ("Cash", "Bar"),
    "credit": ("Store credit", "Guthaben"),
    "other": ("Paid otherwise", "Anders bezahlt"),
}
SETTLED: dict[Cause, tuple[str, str]] = {
    "order": ("Paid", "Bezahlt"),
    "change": ("Settled", "Verrechnet"),
    "refund": ("Given back", "Erstattet"),
    "refund_failed": ("Paid", "Bezahlt"),
    "void": ("Set off against the invoice", "Mit der Rechnung verrechnet"),
}
SAID: Said = {
    "draft": ("Draft", "Entwurf"),
    "date": ("Date", "Datum"),
    "due": ("Due", "Fällig am"),
    "delivered": ("Delivered", "Lieferdatum"),
    "order": ("Order", "Auftrag"),
    "purchase_order": ("Your order", "Ihre Bestellung"),
    "buyer_reference": ("Your reference", "Ihre Referenz"),
    "buyer_vat_id": ("Your VAT id", "Ihre USt-IdNr."),
    "corrects": ("Corrects", "Zu"),
    "concerns": ("In addition to", "Zu"),
    "of": ("{number} of {date}", "{number} vom {date}"),
    "ship_to": ("Delivered to", "Lieferadresse"),
    "description": ("Description", "Bezeichnung"),
    "quantity": ("Qty", "Menge"),
    "price": ("Unit price", "Einzelpreis"),
    "rate": ("Tax", "USt"),
    "amount": ("Amount", "Betrag"),
    "discount": ("Discount", "Rabatt"),
    "less": ("{amount} less {discount} discount", "{amount} abzüglich {discount} Rabatt"),
    "net": ("Total without tax", "Summe netto"),
    "tax_of": ("{name} {percent} % of {base}", "{name} {percent} % von {base}"),
    "untaxed_of": ("No tax on {base}", "Ohne Steuer: {base}"),
    "tax_name": ("VAT", "USt"),
    "total": ("Total", "Gesamtbetrag"),
    "to_pay": ("Amount due", "Zu zahlen"),
    "nothing_due": ("Nothing to pay", "Nichts zu zahlen"),
    "own_currency": ("Tax in {currency}: {amount}", "Steuer in {currency}: {amount}"),
    "due_by": ("Please pay by {date}.", "Bitte zahlen Sie bis zum {date}."),
    "on_receipt": ("Payable on receipt.", "Zahlbar nach Erhalt."),
    "means": ("Payment", "Zahlung"),
    "bank": ("Bank", "Bank"),
    "reference": ("Reference", "Verwendungszweck"),
    "supplied": (
        "Unless a line says otherwise, the date of supply is the date of this invoice.",
        "Soweit nicht anders angegeben, ist das Leistungsdatum das Rechnungsdatum.",
    ),
    "vat_id": ("VAT id {id}", "USt-IdNr. {id}"),
    "tax_number": ("Tax number {id}", "Steuernummer {id}"),
    "page": ("Page {page} of {pages}", "Seite {page} von {pages}"),
    "card_ending": ("{brand} ending in {last4}", "{brand} mit den Endziffern {last4}"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language, and how a locale of it (by babel's name) writes dates, amounts and numbers."""

    language: Language
    locale: str

    def __getitem__(self, name: str) -> str:
        return self._of(SAID[name])

    def _of(self, pair: tuple[str, str]) -> str:
        return pair[self.language == "de"]

    def title(self, document: Document) -> str:
        return self._of(VOIDING if document.cause == "void" else TITLES[document.kind])

    def settled(self, document: Document) -> str:
        """What became of the part that is not due."""
        return self._of(SETTLED[document.cause])

    def means(self, kind: MeansKind) -> str:
        return self._of(MEANS[kind])

    def long(self, day: date) -> str:
        """`November 23, 2026`, `23. November 2026`."""
        from babel.dates import format_date

        return format_date(day, format="long", locale=self.locale)

    def short(self, day: date) -> str:
        """`Nov 23, 2026`, `23.11.2026`: for the days of a period."""
        from babel.dates import format_date

        return format_date(day, format="medium", locale=self.locale)

    def amount(self, amount: int, currency: str) -> str:
        """`1,234.56`, `1.234,56`: in major units, without the currency, which the page names once."""
        return self._decimal(major(amount, currency), "0" * exponent(currency))

    def price(self, price: Decimal, currency: str) -> str:
        """A price of one, with more decimals than the currency has where it needs them."""
        return self._decimal(major(price, currency), "0" * exponent(currency) + "####")

    def number(self, value: Decimal) -> str:
        """`1.5`, `1,5`: a quantity or percentage."""
        return self._decimal(value, "####")

    def _decimal(self, value: Decimal, decimals: str) -> str:
        from babel.numbers import format_decimal

        pattern = f"#,##0.{decimals}" if decimals else "#,##0"
        return format_decimal(value, format=pattern, locale=self.locale).replace("-", "\N{MINUS SIGN}")

    def country(self, code: str) -> str:
        """The country of an ISO 3166-1 code, by its name."""
        from babel import Locale

        names: Any = Locale.parse(self.locale).territories
        return str(names.get(code, code))

    def terms(self, document: Document) -> str:
        """When what is due is to be paid."""
        if document.due_on is None:
            return self["on_receipt"]
        return self["due_by"].format(date=self.long(document.due_on))


def words(locale: str) -> Words:
    """The words and formats of a locale such as de-AT; of its language where babel does not know it, else English.

    Raises NotInstalled without the extra.
    """
    try:
        from babel import Locale, UnknownLocaleError
    except ModuleNotFoundError as missing:
        raise NotInstalled("babel") from missing
    spoken = language(locale)
    try:
        known = Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        known = Locale.parse(spoken)
    return Words(spoken, str(known) if known.language == spoken else spoken)
