"""What an order is made of: lines, their modifiers, charges."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from flint_domain.kernel.money import allocate, share_of
from flint_domain.kernel.periods import Period
from flint_domain.kernel.references import same
from flint_domain.order.tax.model import Share, Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Modifier:
    """An option that changes a unit's price (minor units, may be negative)."""

    name: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What so many units of a line cost, come what may: no coupon, price or quantity of now reprices them.

    Amounts are minor units. discounts are the parts of the order's discounts that fell on the line, by their sources.
    """

    quantity: Decimal
    gross: int
    discounts: tuple[Share, ...] = ()

    @property
    def net(self) -> int:
        """What was charged: gross without discounts, with the tax that the price holds."""
        return self.gross - sum(share.amount for share in self.discounts)

    def share(self, part: Decimal | int, whole: Decimal | int) -> "Frozen":
        """part ÷ whole of it: what was charged is rounded half up once, and so is the gross; the discount is what lies
        between them, spread over its sources by largest remainder."""
        gross, net = (share_of(amount, Decimal(part), Decimal(whole)) for amount in (self.gross, self.net))
        return Frozen(quantity=self.quantity, gross=gross, discounts=self._discounts_of(gross - net))

    def without(self, share: "Frozen") -> "Frozen":
        """What is left of it beside a share of it: the two sum to the whole, to the cent and for every discount."""
        gone = {part.source: part.amount for part in share.discounts}
        left = (Share(part.source, part.amount - gone.get(part.source, 0)) for part in self.discounts)
        return Frozen(
            quantity=self.quantity,
            gross=self.gross - share.gross,
            discounts=tuple(part for part in left if part.amount),
        )

    def _discounts_of(self, amount: int) -> tuple[Share, ...]:
        parts = allocate(amount, [share.amount for share in self.discounts])
        return tuple(Share(share.source, part) for share, part in zip(self.discounts, parts, strict=True) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What is bought. quantity has up to four decimals; unit_price is in minor units, as quoted.

    discount_percent and discount_amount are agreed by hand: percentages are taken before amounts. taxes None means the
    order's taxes for tax_category; an empty tuple means exempt. item_id is what is sold: the catalog item's id, or the
    merchant's own reference of something outside the catalog; variant_id, sku and item_reference (the item's own) are
    the catalog's. stocked says that its units come out of the variant's stock: those of a line that was made while the
    variant was not tracked never do.

    exchanged counts the units that a replacement stands for (they are not priced any more), returned those that came
    back for money (they stay priced, and are refunded), restocked those of both that went back into stock. replaces
    names the line that this one was exchanged for.

    A service (not shippable) is never handed over: nobody waits for a parcel. period is the days that the line is for:
    the unit price is that of the whole grid period. What was changed in the
    middle of its days is frozen.
    """

    line_id: str
    name: str
    quantity: Decimal
    unit_price: int
    modifiers: tuple[Modifier, ...] = ()
    discount_percent: Decimal | None = None
    discount_amount: int | None = None
    taxes: tuple[Tax, ...] | None = None
    item_id: str | None = None
    note: str | None = None
    variant_id: str | None = None
    sku: str | None = None
    item_reference: str | None = None
    tax_category: str | None = None
    stocked: bool = False
    exchanged: Decimal = Decimal(0)
    returned: Decimal = Decimal(0)
    restocked: Decimal = Decimal(0)
    replaces: str | None = None
    shippable: bool = True
    period: Period | None = None
    frozen: Frozen | None = None

    @property
    def priced_quantity(self) -> Decimal:
        """The units that the buyer pays for: all but those exchanged for a replacement."""
        return self.quantity - self.exchanged

    @property
    def kept(self) -> Decimal:
        """The units that are the buyer's, or will be: neither exchanged nor returned."""
        return self.quantity - self.exchanged - self.returned

    @property
    def references(self) -> frozenset[str]:
        """Everything that this line may be named by, as coupons and changes do."""
        names = (self.item_id, self.variant_id, self.sku, self.item_reference)
        return frozenset(name for name in names if name)

    def is_named(self, reference: str) -> bool:
        """Whether the reference names what this line sells, in whatever case."""
        return any(same(name, reference) for name in self.references)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Shipping or a service fee, in minor units. taxes None means the order's default taxes; an empty tuple, none."""

    charge_id: str
    name: str
    amount: int
    taxes: tuple[Tax, ...] | None = ()


def items_of(lines: Iterable[Line]) -> str:
    """How many units the buyer pays for, as people say it: `3 items`. What is sold in parts of a unit, by weight or
    length, is one item, however much of it there is."""
    units = (line.priced_quantity for line in lines)
    count = sum(int(quantity) if quantity == int(quantity) else 1 for quantity in units)
    return f"{count} {'item' if count == 1 else 'items'}"
