"""The few words that a document itself holds, frozen in the language it was issued in: English and German."""

from typing import Literal

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = ("en", "de")

Word = Literal[
    "tip",
    "days_of",
    "given_back",
    "price_changed",
    "order_changed",
    "waived",
    "refunded",
    "refund_failed",
    "cancels",
    "exempt",
    "tip_untaxed",
    "reverse_charge",
    "within_the_union",
    "export",
    "elsewhere",
    "no_vat",
]

_WORDS: dict[Word, tuple[str, str]] = {
    "tip": ("Tip", "Trinkgeld"),
    "days_of": ("{days} of {of} days", "{days} von {of} Tagen"),
    "given_back": ("given back", "Erstattung"),
    "price_changed": ("difference in price", "Preisdifferenz"),
    "order_changed": ("The order was changed", "Der Auftrag wurde geändert"),
    "waived": ("not charged", "nicht berechnet"),
    "refunded": ("Refund", "Erstattung"),
    "refund_failed": ("The refund of {number} failed", "Die Erstattung zu {number} ist fehlgeschlagen"),
    "cancels": ("Cancels {number}", "Storno zu {number}"),
    "exempt": ("Exempt from VAT", "Steuerfrei"),
    "tip_untaxed": ("Voluntary tip, not subject to VAT", "Freiwilliges Trinkgeld, nicht steuerbar"),
    "reverse_charge": (
        "Reverse charge: the recipient owes the VAT",
        "Steuerschuldnerschaft des Leistungsempfängers",
    ),
    "within_the_union": (
        "Intra-Community supply, exempt from VAT",
        "Steuerfreie innergemeinschaftliche Lieferung",
    ),
    "export": ("Export outside the EU, exempt from VAT", "Steuerfreie Ausfuhrlieferung"),
    "elsewhere": ("Place of supply outside the EU, not taxable here", "Leistungsort im Drittland, nicht steuerbar"),
    "no_vat": ("Not subject to VAT", "Nicht steuerbar"),
}


def language(locale: str) -> Language:
    """The language of a locale such as de-AT; English for one that documents do not speak."""
    spoken = locale.replace("_", "-").partition("-")[0].lower()
    return "de" if spoken == "de" else "en"


def word(name: Word, locale: str, **values: str) -> str:
    """A word in the language of a document."""
    return _WORDS[name][LANGUAGES.index(language(locale))].format(**values)
