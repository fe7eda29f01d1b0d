"""What a caller gave for an order, as values of that order: in its currency, with taxes, catalog items and ids."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.facts import Moment
from flint_domain.kernel.references import named
from flint_domain.order.inputs import Amount, ChargeInput, LineChange, LineInput, ModifierInput, amount_in
from flint_domain.order.lines import Charge, Line, Modifier
from flint_domain.order.sold import Sold
from flint_domain.order.tax.model import Tax

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

    def amount(self, price: Amount, param: str) -> int:
        """The amount in the order's currency.

        Raises Refused("currency_mismatch") when the caller named another one.
        """
        return amount_in(self.currency, price, param)

    def line(self, line: LineInput) -> Line:
        sold = None if line.item_id is None else self.sold(line.item_id)
        new_line = Line(
            line_id=self.moment.new_id("li"),
            name=self._name(line.name, sold, line.item_id),
            quantity=line.quantity,
            unit_price=self._unit_price(line.unit_price, sold, line.item_id),
            modifiers=self.modifiers(line.modifiers),
            discount_percent=line.discount_percent or None,
            discount_amount=self.discount(line.discount),
            taxes=self.taxes(line.tax_rate_ids),
            note=line.note,
        )
        return self._checked(_selling(new_line, sold, line.item_id))

    def changed(self, line: Line, change: LineChange) -> Line:
        if change.item_id is not None and not line.is_named(change.item_id):
            line = self._instead(line, change, change.item_id)
        changed_line = replace(
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
        return self._checked(changed_line)

    def _instead(self, line: Line, change: LineChange, reference: str) -> Line:
        """The line with something else sold on it. A merchant's own references may change without a word."""
        sold = self.sold(reference)
        if sold is None and line.variant_id is None:
            return replace(line, item_id=reference)
        name = self._name(change.name, sold, reference)
        other_line = replace(line, name=name, unit_price=self._unit_price(change.unit_price, sold, reference))
        return _selling(other_line, sold, reference)

    def _unit_price(self, given: Amount | None, sold: Sold | None, reference: str | None) -> int:
        """The price that was agreed, or the catalog's."""
        if given is not None:
            return self.amount(given, "unitPriceMoney")
        if sold is None:
            raise self._not_sold(reference)
        if sold.currency != self.currency:
            raise Refused(
                "currency_mismatch",
                f"{sold.variant_id} is priced in {sold.currency}, and the order is in {self.currency}.",
                hint=f"order it in {sold.currency}; what it costs in {self.currency} only the merchant can say, in "
                "unitPriceMoney",
                param="unitPriceMoney",
            )
        return sold.unit_price

    def _name(self, given: str | None, sold: Sold | None, reference: str | None) -> str:
        if given is not None:
            return given
        if sold is None:
            raise self._not_sold(reference)
        return sold.name

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

    def discount(self, discount: Amount | None) -> int | None:
        return None if discount is None else self.amount(discount, "discountMoney") or None

    def taxes(self, tax_rate_ids: tuple[str, ...] | None) -> tuple[Tax, ...] | None:
        if tax_rate_ids is None:
            return None
        return tuple(self.tax(tax_rate_id) for tax_rate_id in dict.fromkeys(tax_rate_ids))


def _selling(line: Line, sold: Sold | None, reference: str | None) -> Line:
    """The line with what the catalog says that it sells, or with the merchant's own reference."""
    return replace(
        line,
        item_id=sold.item_id if sold else reference,
        variant_id=sold.variant_id if sold else None,
        sku=sold.sku if sold else None,
        item_reference=sold.reference if sold else None,
        tax_category=sold.tax_category if sold else None,
        stocked=sold is not None and sold.tracked,
    )
