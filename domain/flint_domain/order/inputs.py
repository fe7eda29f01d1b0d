"""What callers give to make or change an order, and how it becomes values of one order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.facts import Moment
from flint_domain.kernel.money import Money, exponent
from flint_domain.kernel.references import named
from flint_domain.order.lines import Charge, Line, Modifier
from flint_domain.order.sold import Sold
from flint_domain.order.tax.model import Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """An amount as a caller gave it: the currency may be left to the order."""

    amount: int
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierInput:
    name: str
    money: Price


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """A line as a caller gave it. tax_rate_ids None means the order's default taxes, none of them exempt.

    item_id is anything that the catalog knows an item or variant by, which then gives the name and the price that are
    left out; or a reference of the merchant's own.
    """

    name: str | None = None
    quantity: Decimal = Decimal(1)
    unit_price: Price | None = None
    modifiers: tuple[ModifierInput, ...] = ()
    discount_percent: Decimal | None = None
    discount: Price | None = None
    tax_rate_ids: tuple[str, ...] | None = None
    item_id: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """New values for a line; None leaves what is there, and a discount of zero takes it away.

    Another item_id brings the name and the price of what the catalog sells under it, unless they are given.
    """

    line_id: str
    name: str | None = None
    quantity: Decimal | None = None
    unit_price: Price | None = None
    modifiers: tuple[ModifierInput, ...] | None = None
    discount_percent: Decimal | None = None
    discount: Price | None = None
    tax_rate_ids: tuple[str, ...] | None = None
    item_id: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeInput:
    """Shipping or a fee; taxable puts the order's default taxes on it, unless rates are named."""

    name: str
    money: Price
    taxable: bool = False
    tax_rate_ids: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUpdate:
    """Everything one update asks for: all of it happens, or nothing. None leaves a field as it is.

    An empty note, customer_id or shipping_address removes it; a metadata value of None removes its key. charges, when
    given, replace what the order has.
    """

    add: tuple[LineInput, ...] = ()
    change: tuple[LineChange, ...] = ()
    remove: tuple[str, ...] = ()
    charges: tuple[ChargeInput, ...] | None = None
    tip: Price | None = None
    shipping_address: Address | Literal[""] | None = None
    customer_id: str | None = None
    note: str | None = None
    metadata: dict[str, str | None] | None = None

    @property
    def changes_lines(self) -> bool:
        return bool(self.add or self.change or self.remove)

    @property
    def reprices(self) -> bool:
        """Whether it changes what the price is made of; taxes may follow the address and the customer besides."""
        return self.changes_lines or not (self.charges is None and self.tip is None)

    def addressed(self, before: Address | None) -> Address | None:
        """Where the order goes after the update."""
        return before if self.shipping_address is None else self.shipping_address or None

    @property
    def is_empty(self) -> bool:
        details = (self.shipping_address, self.customer_id, self.note, self.metadata)
        return not self.reprices and all(detail is None for detail in details)


TaxLookup = Callable[[str], Tax]
CatalogLookup = Callable[[str], Sold | None]
NearLookup = Callable[[str], str | None]
"""The name in the catalog that a reference may be meant for."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Turns what callers gave into values of one order: its currency, named taxes, what the catalog sells, new ids."""

    currency: str
    tax: TaxLookup
    sold: CatalogLookup
    near: NearLookup
    moment: Moment

    def amount(self, price: Price, param: str) -> int:
        """The amount in the order's currency.

        Raises Refused("currency_mismatch") when the caller named another one.
        """
        return amount_in(self.currency, price, param)

    def line(self, line: LineInput) -> Line:
        found = None if line.item_id is None else self.sold(line.item_id)
        made = Line(
            line_id=self.moment.new_id("li"),
            name=self._name(line.name, found, line.item_id),
            quantity=line.quantity,
            unit_price=self._unit_price(line.unit_price, found, line.item_id),
            modifiers=self.modifiers(line.modifiers),
            discount_percent=line.discount_percent or None,
            discount_amount=self.discount(line.discount),
            taxes=self.taxes(line.tax_rate_ids),
            note=line.note,
        )
        return self._checked(_selling(made, found, line.item_id))

    def changed(self, line: Line, change: LineChange) -> Line:
        if change.item_id is not None and not line.is_named(change.item_id):
            line = self._instead(line, change, change.item_id)
        made = replace(
            line,
            name=line.name if change.name is None else change.name,
            quantity=line.quantity if change.quantity is None else change.quantity,
            unit_price=line.unit_price
            if change.unit_price is None
            else self.amount(change.unit_price, "unitPriceMoney"),
            modifiers=line.modifiers if change.modifiers is None else self.modifiers(change.modifiers),
            discount_percent=line.discount_percent
            if change.discount_percent is None
            else change.discount_percent or None,
            discount_amount=line.discount_amount if change.discount is None else self.discount(change.discount),
            taxes=line.taxes if change.tax_rate_ids is None else self.taxes(change.tax_rate_ids),
            note=line.note if change.note is None else change.note or None,
        )
        return self._checked(made)

    def _instead(self, line: Line, change: LineChange, reference: str) -> Line:
        """The line with something else sold on it. A merchant's own references may change without a word."""
        found = self.sold(reference)
        if found is None and line.variant_id is None:
            return replace(line, item_id=reference)
        name = self._name(change.name, found, reference)
        made = replace(line, name=name, unit_price=self._unit_price(change.unit_price, found, reference))
        return _selling(made, found, reference)

    def _unit_price(self, given: Price | None, found: Sold | None, reference: str | None) -> int:
        """The price that was agreed, or the catalog's."""
        if given is not None:
            return self.amount(given, "unitPriceMoney")
        if found is None:
            raise self._not_sold(reference)
        if found.currency != self.currency:
            raise Refused(
                "currency_mismatch",
                f"{found.variant_id} is priced in {found.currency}, and the order is in {self.currency}.",
                hint=f"order it in {found.currency}; what it costs in {self.currency} only the merchant can say, in "
                "unitPriceMoney",
                param="unitPriceMoney",
            )
        return found.unit_price

    def _name(self, given: str | None, found: Sold | None, reference: str | None) -> str:
        if given is not None:
            return given
        if found is None:
            raise self._not_sold(reference)
        return found.name

    def _not_sold(self, reference: str | None) -> Refused:
        """The refusal for a line that says neither what it sells nor for how much.

        Whoever follows it must not sell what the catalog has past it, at a price of their own and out of no stock.
        """
        if reference is None:
            return Refused(
                "invalid_argument",
                "A line without itemId needs name and unitPriceMoney.",
                hint="give an itemId that search_items finds, or name and unitPriceMoney of what is not in the catalog",
                param="lineItems",
            )
        near = self.near(reference)
        return Refused(
            "invalid_argument",
            f"{quoted(reference)} is not in the catalog.",
            hint=f"the catalog has {named(near)}: give that as itemId if it is what you mean"
            if near
            else "search_items finds what is sold, and its SKU; only what is not in the catalog takes name and "
            "unitPriceMoney, and it comes out of no stock",
            param="lineItems",
        )

    def _checked(self, line: Line) -> Line:
        if line.unit_price + sum(modifier.amount for modifier in line.modifiers) < 0:
            raise Refused(
                "invalid_money",
                "A unit price with its modifiers is below zero.",
                hint="use a discount to lower a price",
                param="modifiers",
            )
        return line

    def charge(self, charge: ChargeInput) -> Charge:
        taxes = self.taxes(charge.tax_rate_ids)
        if taxes is None and not charge.taxable:
            taxes = ()
        return Charge(
            charge_id=self.moment.new_id("chg"),
            name=charge.name,
            amount=self.amount(charge.money, "amountMoney"),
            taxes=taxes,
        )

    def modifiers(self, modifiers: Sequence[ModifierInput]) -> tuple[Modifier, ...]:
        return tuple(Modifier(name=m.name, amount=self.amount(m.money, "amountMoney")) for m in modifiers)

    def discount(self, discount: Price | None) -> int | None:
        return None if discount is None else self.amount(discount, "discountMoney") or None

    def taxes(self, tax_rate_ids: tuple[str, ...] | None) -> tuple[Tax, ...] | None:
        if tax_rate_ids is None:
            return None
        return tuple(self.tax(tax_rate_id) for tax_rate_id in dict.fromkeys(tax_rate_ids))


def _selling(line: Line, found: Sold | None, reference: str | None) -> Line:
    """The line with what the catalog says that it sells, or with the merchant's own reference."""
    return replace(
        line,
        item_id=found.item_id if found else reference,
        variant_id=found.variant_id if found else None,
        sku=found.sku if found else None,
        item_reference=found.reference if found else None,
        tax_category=found.tax_category if found else None,
        stocked=found is not None and found.tracked,
    )


def amount_in(currency: str, price: Price, param: str) -> int:
    """The price's amount in minor units of currency.

    Raises Refused("currency_mismatch") when the price names another currency.
    """
    if price.currency is not None and price.currency != currency:
        raise Refused(
            "currency_mismatch",
            f"{Money(price.amount, price.currency)} is not in {currency}, the order's currency.",
            hint=f"one order has one currency: give the amount in {currency}",
            param=param,
        )
    return price.amount


def currency_of_new_order(prices: Sequence[Price], merchant_currency: str) -> str:
    """The currency that the prices of a new order name, else the merchant's.

    Raises Refused: "invalid_money" for a code that ISO 4217 does not know.
    """
    named = next((price.currency for price in prices if price.currency is not None), merchant_currency)
    try:
        exponent(named)
    except ValueError:
        raise Refused(
            "invalid_money",
            f"{named} is not a currency with a minor unit in ISO 4217.",
            hint="use a three-letter code such as USD or EUR",
            param="currency",
        ) from None
    return named
