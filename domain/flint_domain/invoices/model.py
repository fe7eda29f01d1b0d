"""Invoices and credit notes as frozen values: what a document says is written down once, and never worked out again.

A document is always net: a line's amount is without tax, whatever the price was quoted as, and tax is stated once for
each group. That is how EN 16931 reads an invoice, and what the page and the XML both say.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

DocumentKind = Literal["invoice", "credit_note"]
LineKind = Literal["line", "charge", "tip"]

Category = Literal["S", "Z", "E", "AE", "K", "G", "O"]
"""How VAT treats something, by the codes of EN 16931 (BT-118): standard rate, zero rate, exempt, reverse charge, supply
within the European Union, export, outside the scope of VAT."""

Cause = Literal["order", "change", "refund", "refund_failed", "void"]
"""What a document is made for; its subject is the id of that order, amendment, refund or voided invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxKey:
    """What tells one group of tax from another. percent is the sum of the rates that are taken of one item, and name
    their names. reason says why there is no tax, code the same in the code list VATEX of EN 16931."""

    category: Category
    percent: Decimal
    name: str
    rates: int = 1
    reason: str | None = None
    code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxGroup:
    """Everything of a document under one key: base without tax and the tax, in minor units."""

    key: TaxKey
    base: int
    tax: int

    @property
    def total(self) -> int:
        return self.base + self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days that a service covers. Both are part of it."""

    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """One position. quantity is negative for what is taken off, the price never is.

    gross, discount, net and tax are in minor units and have the quantity's sign: net = gross - discount, without tax.
    unit_price is in minor units too, with as many decimals as make quantity x unit_price = gross; None where no price
    of up to four does (as of units that were given back by an amount). item_id is the order's line or charge.
    """

    kind: LineKind = "line"
    item_id: str
    name: str
    description: str | None = None
    sku: str | None = None
    quantity: Decimal
    unit_price: Decimal | None
    gross: int
    discount: int = 0
    tax: int
    key: TaxKey
    period: Period | None = None

    @property
    def net(self) -> int:
        return self.gross - self.discount


@dataclass(frozen=True, slots=True, kw_only=True)
class PostalAddress:
    """country is an ISO 3166-1 alpha-2 code in capitals."""

    country: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A seller or buyer. tax_number is the one of those who have no VAT id; register what a company's letters must name
    (court and number); business says that a buyer buys as one."""

    name: str | None = None
    address: PostalAddress = PostalAddress()
    vat_id: str | None = None
    tax_number: str | None = None
    register: str | None = None
    contact: str | None = None
    email: str | None = None
    phone: str | None = None
    business: bool = False


MeansKind = Literal["transfer", "card", "cash", "credit", "other"]
"""How a document is paid: by bank transfer, card, cash, store credit or a gift card, or in some other way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """How a document is or was paid. iban, bic and holder are the seller's account of a transfer, last4 the card's."""

    kind: MeansKind
    iban: str | None = None
    bic: str | None = None
    holder: str | None = None
    bank: str | None = None
    brand: str | None = None
    last4: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxInOwnCurrency:
    """All tax once more in the currency of the seller's tax returns, in its minor units."""

    currency: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preceding:
    """A document that this one is about: by its id here, its number and the day it was issued."""

    document_id: str
    kind: DocumentKind
    number: str
    issued_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An invoice or credit note. Without a number it is a draft; with one it never changes.

    A credit note has positive amounts for what it takes back. total is what its groups come to; prepaid the part that
    was paid (given back, set off) when it was issued, and due the rest, for which there are net_days. issued_on, due_on
    and delivered_on are days in the seller's time zone. corrects are the ids of the documents that this one is about,
    preceding the same with number and day once it is issued, and reason says why, in somebody's words. refund_ids are
    the refunds whose money it accounts for.
    """

    document_id: str
    kind: DocumentKind
    order_id: str
    order_reference: str | None = None
    cause: Cause
    subject: str
    number: str | None = None
    issued_at: datetime | None = None
    issued_on: date | None = None
    due_on: date | None = None
    net_days: int | None = None
    currency: str
    locale: str = "en"
    seller: Party
    buyer: Party
    ship_to: Party | None = None
    delivered_on: date | None = None
    period: Period | None = None
    lines: tuple[DocumentLine, ...]
    groups: tuple[TaxGroup, ...]
    prepaid: int = 0
    means: Means | None = None
    buyer_reference: str | None = None
    purchase_order: str | None = None
    memo: str | None = None
    reason: str | None = None
    corrects: tuple[str, ...] = ()
    preceding: tuple[Preceding, ...] = ()
    refund_ids: tuple[str, ...] = ()
    tax_in_own_currency: TaxInOwnCurrency | None = None

    @property
    def net(self) -> int:
        return sum(group.base for group in self.groups)

    @property
    def tax(self) -> int:
        return sum(group.tax for group in self.groups)

    @property
    def total(self) -> int:
        return self.net + self.tax

    @property
    def due(self) -> int:
        return self.total - self.prepaid

    @property
    def supplied_on(self) -> date | None:
        """The day of supply of what no line says otherwise of: that of delivery, else that of the invoice, which of a
        correction is the one that it corrects."""
        if self.delivered_on is not None or not self.preceding:
            return self.delivered_on or self.issued_on
        return self.preceding[0].issued_on

    @property
    def sign(self) -> int:
        """1 for what the buyer owes by it, -1 for what is taken back."""
        return 1 if self.kind == "invoice" else -1

    def referred(self) -> Preceding:
        """What another document names it by. It must have been issued."""
        if self.number is None or self.issued_on is None:
            raise ValueError(f"{self.document_id} is a draft: nothing can refer to it")
        return Preceding(document_id=self.document_id, kind=self.kind, number=self.number, issued_on=self.issued_on)
