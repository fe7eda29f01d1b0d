"""The taxes that an order's lines carry, those that a new order starts with, and what of one falls on a line."""

from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedTax:
    """What somebody else took, in minor units, of a line or charge that cost base: history, which is not worked out."""

    amount: int
    base: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tax:
    """A rate as a line carries it: a copy, so that later changes of the rate touch no existing order.

    percent is the rate in percent (8 is 8 %). An inclusive tax is already inside the price; an additive one comes on
    top. stated, on an order that was made elsewhere, is what was taken of this line or charge; once that costs
    something else, the tax is in proportion.
    """

    tax_rate_id: str
    name: str
    percent: Decimal
    inclusive: bool = False
    stated: StatedTax | None = None


@dataclass(frozen=True, slots=True)
class Taxes:
    """default is for lines of no category that has taxes of its own."""

    default: tuple[Tax, ...] = ()
    by_category: dict[str, tuple[Tax, ...]] = field(default_factory=dict[str, tuple[Tax, ...]])
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a discount or tax that fell on one line or charge: of which source, how much (minor units)."""

    source: str
    amount: int
