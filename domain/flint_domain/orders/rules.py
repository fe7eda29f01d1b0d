"""What creating and updating an order changes: lines, charges, tip, discounts, customer, note, metadata."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Fact, Moment
from flint_domain.kernel.guards import require
from flint_domain.kernel.money import Money, exponent, format_money
from flint_domain.orders import guards
from flint_domain.orders.lifecycle import Standing, standing
from flint_domain.orders.model import Change, Charge, Line, Modifier, Order
from flint_domain.tax.model import Tax

MAX_LINES = 200  # more than any hand-made order; keeps a body, a view and a refund's spread small
MAX_CHARGES = 20
MAX_METADATA = 50  # keys, as at Stripe


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
    """A line as a caller gave it. tax_rate_ids None means the order's default taxes, none of them exempt."""

    name: str
    quantity: Decimal = Decimal(1)
    unit_price: Price
    modifiers: tuple[ModifierInput, ...] = ()
    discount_percent: Decimal | None = None
    discount: Price | None = None
    tax_rate_ids: tuple[str, ...] | None = None
    item_id: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """New values for a line; None leaves what is there, and a discount of zero takes it away."""

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

    An empty note or customer_id removes it; a metadata value of None removes its key. charges, when given,
    replace what the order has.
    """

    add: tuple[LineInput, ...] = ()
    change: tuple[LineChange, ...] = ()
    remove: tuple[str, ...] = ()
    charges: tuple[ChargeInput, ...] | None = None
    tip: Price | None = None
    customer_id: str | None = None
    note: str | None = None
    metadata: dict[str, str | None] | None = None

    @property
    def reprices(self) -> bool:
        return bool(self.add or self.change or self.remove) or not (self.charges is None and self.tip is None)

    @property
    def is_empty(self) -> bool:
        return not self.reprices and self.customer_id is None and self.note is None and self.metadata is None


TaxLookup = Callable[[str], Tax]


@dataclass(frozen=True, slots=True)
class Inputs:
    """Turns what callers gave into values of one order: its currency, its taxes, new ids."""

    currency: str
    default_taxes: tuple[Tax, ...]
    tax: TaxLookup
    moment: Moment

    def amount(self, price: Price, param: str) -> int:
        """The amount in the order's currency.

        Raises Refused("currency_mismatch") when the caller named another one.
        """
        return amount_in(self.currency, price, param)

    def line(self, line: LineInput) -> Line:
        made = Line(
            line_id=self.moment.new_id("li"),
            name=line.name,
            quantity=line.quantity,
            unit_price=self.amount(line.unit_price, "unitPriceMoney"),
            modifiers=self.modifiers(line.modifiers),
            discount_percent=line.discount_percent or None,
            discount_amount=self.discount(line.discount),
            taxes=self.taxes(line.tax_rate_ids),
            item_id=line.item_id,
            note=line.note,
        )
        return self._checked(made)

    def changed(self, line: Line, change: LineChange) -> Line:
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
            item_id=line.item_id if change.item_id is None else change.item_id,
            note=line.note if change.note is None else change.note or None,
        )
        return self._checked(made)

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
        if taxes is None:
            taxes = self.default_taxes if charge.taxable else ()
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


def amount_in(currency: str, price: Price, param: str) -> int:
    """The price's amount in minor units of currency.

    Raises Refused("currency_mismatch") when the price names another currency.
    """
    if price.currency is not None and price.currency != currency:
        raise Refused(
            "currency_mismatch",
            f"{Money(price.amount, price.currency)} is not in {currency}, the order's currency.",
            hint=f"give the amount in {currency}, or leave currency out",
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


def create(order: Order) -> Change:
    """The first version of an order."""
    _check_counts(order)
    found = standing(order)
    total = format_money(found.priced.total, order.currency)
    count = len(order.lines)
    summary = f"Order created: {count} {'item' if count == 1 else 'items'}, {total}."
    data = {"total": found.priced.total, "currency": order.currency}
    return Change(order, (Fact("ORDER_CREATED", summary, data),))


def update(before: Standing, wanted: OrderUpdate, inputs: Inputs) -> Change:
    """Do all of an update, or raise Refused and do nothing."""
    order = before.order
    if wanted.is_empty:
        raise Refused(
            "invalid_argument",
            "The update names nothing to change.",
            hint="give lines to add, change or remove, or charges, tipMoney, customerId, note or metadata",
            order_id=order.order_id,
        )
    require(guards.reprice(before) if wanted.reprices else guards.details(before), order.order_id)
    order = replace(
        order,
        lines=_lines(order, wanted, inputs),
        charges=order.charges if wanted.charges is None else tuple(map(inputs.charge, wanted.charges)),
        tip=order.tip if wanted.tip is None else inputs.amount(wanted.tip, "tipMoney"),
        customer_id=order.customer_id if wanted.customer_id is None else wanted.customer_id or None,
        note=order.note if wanted.note is None else wanted.note or None,
        metadata=_metadata(order.metadata, wanted.metadata or {}),
        settled_free=order.settled_free and not wanted.reprices,
    )
    _check_counts(order)
    after = standing(order)
    if wanted.reprices:
        totals = (format_money(s.priced.total, order.currency) for s in (before, after))
        summary = "Order updated: total {} → {}.".format(*totals)
    else:
        summary = "Order details updated."
    changed = [name for name, value in _named(wanted).items() if value]
    data = {"changed": changed, "total": after.priced.total, "currency": order.currency}
    return Change(order, (Fact("ORDER_UPDATED", summary, data),))


def _named(wanted: OrderUpdate) -> dict[str, bool]:
    return {
        "lineItems": bool(wanted.add or wanted.change or wanted.remove),
        "charges": wanted.charges is not None,
        "tip": wanted.tip is not None,
        "customerId": wanted.customer_id is not None,
        "note": wanted.note is not None,
        "metadata": wanted.metadata is not None,
    }


def _lines(order: Order, wanted: OrderUpdate, inputs: Inputs) -> tuple[Line, ...]:
    known = {line.line_id for line in order.lines}
    changes = {change.line_id: change for change in wanted.change}
    for line_id in (*changes, *wanted.remove):
        if line_id not in known:
            raise Refused(
                "not_found",
                f"{line_id} is not a line of {order.order_id}.",
                hint="use the lineItemId values of this order",
                param="removeLineItemIds" if line_id in wanted.remove else "lineItems",
                order_id=order.order_id,
            )
    if len(changes) < len(wanted.change) or changes.keys() & set(wanted.remove):
        raise Refused(
            "invalid_argument",
            "A line is named twice in one update.",
            hint="name each line once, to change or to remove",
            param="lineItems",
            order_id=order.order_id,
        )
    kept = (line for line in order.lines if line.line_id not in wanted.remove)
    lines = [inputs.changed(line, changes[line.line_id]) if line.line_id in changes else line for line in kept]
    return (*lines, *map(inputs.line, wanted.add))


def _metadata(before: dict[str, str], wanted: dict[str, str | None]) -> dict[str, str]:
    merged = {**before, **{key: value for key, value in wanted.items() if value is not None}}
    return {key: value for key, value in merged.items() if wanted.get(key, "") is not None}


def _check_counts(order: Order) -> None:
    for count, least, most, what, param in (
        (len(order.lines), 1, MAX_LINES, "lines", "lineItems"),
        (len(order.charges), 0, MAX_CHARGES, "charges", "charges"),
        (len(order.metadata), 0, MAX_METADATA, "metadata keys", "metadata"),
    ):
        if not least <= count <= most:
            raise Refused(
                "invalid_argument",
                f"An order has {least} to {most} {what}; this one would have {count}.",
                hint="cancel_order ends an order that is not wanted" if count == 0 else "split it into several orders",
                param=param,
                order_id=order.order_id,
            )
