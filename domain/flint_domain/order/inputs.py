"""What callers give to make or change an order."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.money import Money, exponent
from flint_domain.kernel.telling import Told


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An amount as a caller gave it: the currency may be left to the order."""

    amount: Told[int]
    currency: Told[str | None] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifierInput:
    name: Told[str]
    money: Told[Amount]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """A line as a caller gave it. tax_rate_ids None means the order's default taxes, none of them exempt.

    item_id is anything that the catalog knows an item or variant by, which then gives the name and the price that are
    left out; or a reference of the merchant's own.
    """

    name: Told[str | None] = None
    quantity: Told[Decimal] = Decimal(1)
    unit_price: Told[Amount | None] = None
    modifiers: Told[tuple[ModifierInput, ...]] = ()
    discount_percent: Told[Decimal | None] = None
    discount: Told[Amount | None] = None
    tax_rate_ids: Told[tuple[str, ...] | None] = None
    item_id: Told[str | None] = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineChange:
    """New values for a line; None leaves what is there, and a discount of zero takes it away.

    Another item_id brings the name and the price of what the catalog sells under it, unless they are given.
    """

    line_id: Told[str]
    name: Told[str | None] = None
    quantity: Told[Decimal | None] = None
    unit_price: Told[Amount | None] = None
    modifiers: Told[tuple[ModifierInput, ...] | None] = None
    discount_percent: Told[Decimal | None] = None
    discount: Told[Amount | None] = None
    tax_rate_ids: Told[tuple[str, ...] | None] = None
    item_id: Told[str | None] = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeInput:
    """Shipping or a fee; taxable puts the order's default taxes on it, unless rates are named."""

    name: Told[str]
    money: Told[Amount]
    taxable: Told[bool] = False
    tax_rate_ids: Told[tuple[str, ...] | None] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUpdate:
    """Everything one update asks for: all of it happens, or nothing. None leaves a field as it is.

    An empty note, customer_id or shipping_address removes it; a metadata value of None removes its key. charges, when
    given, replace what the order has.
    """

    add: Told[tuple[LineInput, ...]] = ()
    change: Told[tuple[LineChange, ...]] = ()
    remove: Told[tuple[str, ...]] = ()
    charges: Told[tuple[ChargeInput, ...] | None] = None
    tip: Told[Amount | None] = None
    shipping_address: Address | Literal[""] | None = None
    customer_id: Told[str | None] = None
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


def amount_in(currency: str, price: Amount, param: str) -> int:
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


def currency_of_new_order(prices: Sequence[Amount], merchant_currency: str) -> str:
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
