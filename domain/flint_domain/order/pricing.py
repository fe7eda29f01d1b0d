"""What an order costs, to the cent: line items, discounts, charges, taxes, tip.

The order of the steps is fixed:

1. a line's gross is (unit price + modifiers) x quantity, and x days / days of the whole period for a line that is for
   days, rounded half up once;
2. discounts run one after the other on what is left: line percentages, order percentages, line amounts, order
   amounts; an order discount is spread over its eligible lines by largest remainder;
3. charges are added;
4. tax is computed per rate over the whole order and rounded half up once, then spread back over the lines. Rounding
   each line by itself would give the product page's order 8.20 USD of tax where 8.19 USD is right. EN 16931 (BR-CO-17)
   computes VAT per rate in the same way;
5. the tip is added, untaxed.

A frozen line keeps its gross and its discounts: steps 1 and 2 pass it by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from flint_domain.kernel.money import share_of, times
from flint_domain.order.discounting import OrderDiscount, PricedDiscount, discount_of, discounted, frozen_part
from flint_domain.order.lines import Charge, Line
from flint_domain.order.model import Order
from flint_domain.order.tax.model import Share, Tax
from flint_domain.order.tax.quoting import Ask, asking, charge_place, line_place
from flint_domain.order.tax.service import TaxQuote
from flint_domain.order.tax.taking import PricedTax, Taxable, TaxedAs, take


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedItem:
    """A line or charge with its amounts in minor units.

    tax is all of its tax, included_tax the part that its price holds already; total is what the buyer pays for it.
    """

    id: str
    gross: int
    discounts: tuple[Share, ...]
    taxes: tuple[Share, ...]
    discount: int
    tax: int
    included_tax: int

    @property
    def total(self) -> int:
        return self.gross - self.discount + self.tax - self.included_tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """An order's amounts in minor units. total = subtotal - discount + charge + (tax - included_tax) + tip."""

    currency: str
    lines: tuple[PricedItem, ...]
    charges: tuple[PricedItem, ...]
    discounts: tuple[PricedDiscount, ...]
    taxes: tuple[PricedTax, ...]
    subtotal: int
    discount: int
    charge: int
    tax: int
    included_tax: int
    tip: int
    total: int
    quote: TaxQuote | None = None  # the tax service's, where it and not rates decided

    def item(self, item_id: str) -> PricedItem:
        return next(item for item in (*self.lines, *self.charges) if item.id == item_id)


PRICED_BY = (
    *("lines", "coupons", "charges", "tip", "currency"),
    *("default_taxes", "category_taxes", "tax_exempt", "service_taxes", "shipping_address"),
)
"""The fields of an order that its price is made of."""


def priced_alike(order: Order, other: Order) -> bool:
    """Whether both are made of the very same lines, discounts, taxes and so on, so that one price is the other's."""
    return all(getattr(order, name) is getattr(other, name) for name in PRICED_BY)


def price(order: Order) -> Priced:
    """The order's amounts, from nothing but its lines, discounts, coupons, charges, taxes and tip.

    Raises QuoteNeeded for an order that a tax service taxes, when none of its quotes fits.
    """
    service, address = order.service_taxes, order.shipping_address
    return price_items(
        order.lines,
        [discount_of(coupon, order.lines) for coupon in order.coupons],
        order.charges,
        default_taxes=order.default_taxes,
        category_taxes=order.category_taxes,
        tax_exempt=order.tax_exempt,
        tip=order.tip,
        currency=order.currency,
        ask=None
        if service is None or address is None
        else asking(service, order.currency, address, exempt=order.tax_exempt),
    )


def price_items(
    lines: Sequence[Line],
    discounts: Sequence[OrderDiscount] = (),
    charges: Sequence[Charge] = (),
    *,
    default_taxes: tuple[Tax, ...] = (),
    category_taxes: Mapping[str, tuple[Tax, ...]] = MappingProxyType({}),
    tax_exempt: bool = False,
    tip: int = 0,
    currency: str = "USD",
    ask: Ask | None = None,
) -> Priced:
    """Price lines, order discounts and charges; every amount is in minor units of currency.

    A line without taxes of its own has those of its tax category, else the default ones. Nothing is taxed for an exempt
    buyer: a price that would hold tax is then a price without any. With ask, what has no taxes of its own is taxed as
    the quote says, to the cent.
    """

    def taxed(own: tuple[Tax, ...] | None, category: str | None = None) -> tuple[Tax, ...] | None:
        if own is None and ask is not None:
            return None
        if tax_exempt:
            return ()
        return category_taxes.get(category or "", default_taxes) if own is None else own

    gross = {line.line_id: _gross(line) for line in lines}
    shares, taken = discounted(lines, gross, discounts)
    taxables = [
        Taxable(
            line.line_id,
            gross[line.line_id] - sum(share.amount for share in shares[line.line_id]),
            taxed(line.taxes, line.tax_category),
            TaxedAs(line_place(index), line.priced_quantity, line.tax_category),
        )
        for index, line in enumerate(lines)
    ]
    taxables += [
        Taxable(charge.charge_id, charge.amount, taxed(charge.taxes), TaxedAs(charge_place(index)))
        for index, charge in enumerate(charges)
    ]
    taxes = take(taxables, ask)

    def item(item_id: str, amount: int, reductions: Sequence[Share]) -> PricedItem:
        inside = taxes.inside.get(item_id, [])
        on_top = taxes.on_top.get(item_id, [])
        return PricedItem(
            id=item_id,
            gross=amount,
            discounts=tuple(reductions),
            taxes=(*on_top, *inside),
            discount=_sum(reductions),
            tax=_sum(on_top) + _sum(inside),
            included_tax=_sum(inside),
        )

    priced_lines = tuple(item(line.line_id, gross[line.line_id], shares[line.line_id]) for line in lines)
    priced_charges = tuple(item(charge.charge_id, charge.amount, ()) for charge in charges)
    return Priced(
        currency=currency,
        lines=priced_lines,
        charges=priced_charges,
        discounts=taken,
        taxes=taxes.priced,
        subtotal=sum(gross.values()),
        discount=sum(line.discount for line in priced_lines),
        charge=sum(charge.amount for charge in charges),
        tax=sum(tax.amount for tax in taxes.priced),
        included_tax=sum(tax.amount for tax in taxes.priced if tax.tax.inclusive),
        tip=tip,
        total=sum(item.total for item in (*priced_lines, *priced_charges)) + tip,
        quote=taxes.quote,
    )


def _gross(line: Line) -> int:
    if (frozen := frozen_part(line)) is not None:
        return frozen.gross
    unit = line.unit_price + sum(modifier.amount for modifier in line.modifiers)
    if line.period is None:
        return times(unit, line.priced_quantity)
    return share_of(unit, line.priced_quantity * line.period.days, Decimal(line.period.grid_days))


def _sum(shares: Sequence[Share]) -> int:
    return sum(share.amount for share in shares)
