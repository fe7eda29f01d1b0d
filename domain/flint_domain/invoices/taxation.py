"""Under which group of tax each position of a document stands.

VAT as EN 16931 reads it: every line has one category and one rate. What an order taxes by several rates at once is a
group of its own, whose rate is their sum.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from flint_domain.invoices.model import Category, Party, TaxKey
from flint_domain.invoices.words import Word, word
from flint_domain.order.model import Order
from flint_domain.order.pricing import Priced
from flint_domain.order.refunds.model import TIP
from flint_domain.order.tax.model import Tax
from flint_domain.order.tax.quoting import charge_place, line_place

MEMBERS = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU"),
        *("LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
"""The member states of the European Union, by ISO 3166-1."""

_CODES: dict[Category, str] = {"AE": "VATEX-EU-AE", "K": "VATEX-EU-IC", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Untaxed:
    """Why there is no tax on something: a category, and the reason that a document must give for it."""

    category: Category
    reason: str

    def key(self) -> TaxKey:
        return TaxKey(
            category=self.category,
            percent=Decimal(0),
            name="",
            rates=0,
            reason=self.reason,
            code=_CODES.get(self.category),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxation:
    """What an order's rates do not say: why something has no tax, and, by their ids, why rates of zero have none (a
    rate that is not named here is a zero rate)."""

    untaxed: Untaxed
    by_rate: Mapping[str, Untaxed] = field(default_factory=dict[str, Untaxed])


def taxation_of(seller: Party, buyer: Party, order: Order, *, locale: str, note: str | None = None) -> Taxation:
    """Why the order's untaxed positions are so, as far as the parties say.

    note is the merchant's own sentence, such as that of a small business, and wins at home. An exempt order to a
    business elsewhere in the Union is a supply within it when something was shipped there, and otherwise the buyer owes
    the tax; one that was shipped out of the Union is an export.
    """

    def because(category: Category, reason: Word) -> Taxation:
        return Taxation(untaxed=Untaxed(category=category, reason=word(reason, locale)))

    home = seller.address.country
    if home is not None and home not in MEMBERS:
        return Taxation(untaxed=Untaxed(category="O", reason=note or word("no_vat", locale)))
    shipped = order.shipping_address.country if order.shipping_address else None
    place = shipped or buyer.address.country
    if order.tax_exempt and home is not None and place is not None and place != home:
        if place not in MEMBERS:
            return because("G", "export") if shipped else because("E", "elsewhere")
        if buyer.vat_id:
            return because("K", "within_the_union") if shipped else because("AE", "reverse_charge")
    return Taxation(untaxed=Untaxed(category="E", reason=note or word("exempt", locale)))


def keys(order: Order, priced: Priced, taxation: Taxation, locale: str) -> dict[str, TaxKey]:
    """By line, charge and tip: its group. What costs nothing, and was taxed by nothing, stands with the first group
    that is taxed: it is no exemption."""
    taxes = _taxes(order, priced)
    found = {item_id: _key(of_item, taxation) for item_id, of_item in taxes.items()}
    taxed = next((key for key in found.values() if key.category == "S"), None)
    free = {item.id for item in (*priced.lines, *priced.charges) if not item.gross}
    if taxed is not None:
        found |= {item_id: taxed for item_id in free if not taxes[item_id]}
    if order.tip:
        outside = taxation.untaxed.category == "O"
        tip = taxation.untaxed if outside else Untaxed(category="E", reason=word("tip_untaxed", locale))
        found[TIP] = tip.key()
    return found


def _key(taxes: tuple[Tax, ...], taxation: Taxation) -> TaxKey:
    if not taxes:
        return taxation.untaxed.key()
    percent = sum((tax.percent for tax in taxes), Decimal(0)).normalize()
    name = " + ".join(dict.fromkeys(tax.name for tax in taxes))
    if percent:
        return TaxKey(category="S", percent=percent, name=name, rates=len(taxes))
    untaxed = next((taxation.by_rate[tax.tax_rate_id] for tax in taxes if tax.tax_rate_id in taxation.by_rate), None)
    return untaxed.key() if untaxed else TaxKey(category="Z", percent=percent, name=name, rates=len(taxes))


def _taxes(order: Order, priced: Priced) -> dict[str, tuple[Tax, ...]]:
    """The taxes of each line and charge: its own, those of its category or of the order, or what a service said."""
    quoted: dict[str, tuple[Tax, ...]] = {}
    if priced.quote is not None:
        rates = {rate.tax_rate_id: rate for rate in priced.quote.rates}
        quoted = {
            item.place: tuple(rates[tax.tax_rate_id] for tax in taxes)
            for item, taxes in zip(priced.quote.request.items, priced.quote.items, strict=True)
        }
    by_service = order.service_taxes is not None and order.shipping_address is not None

    def of(place: str, own: tuple[Tax, ...] | None, category: str | None = None) -> tuple[Tax, ...]:
        if own is None and by_service:
            return quoted.get(place, ())
        if order.tax_exempt:
            return ()
        return order.category_taxes.get(category or "", order.default_taxes) if own is None else own

    lines = {
        line.line_id: of(line_place(index), line.taxes, line.tax_category) for index, line in enumerate(order.lines)
    }
    charges = {charge.charge_id: of(charge_place(index), charge.taxes) for index, charge in enumerate(order.charges)}
    return lines | charges
