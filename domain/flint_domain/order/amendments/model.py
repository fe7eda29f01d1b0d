"""Changes after payment: what came back, and a change whose money is on its way."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Literal

from flint_domain.kernel.addresses import Address
from flint_domain.order.discounts import AppliedCoupon
from flint_domain.order.lines import Charge, Line
from flint_domain.order.refunds.model import RefundPart
from flint_domain.order.tax.model import Tax


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedLine:
    """Units of a line that came back; replaced_by is the line that the buyer got for them, restocked says that they
    went back into stock."""

    line_id: str
    quantity: Decimal
    replaced_by: str | None = None
    restocked: bool = False


@dataclass(frozen=True, slots=True)
class KeptOfLine:
    """What of the money for a line's units was kept, in minor units, tax included."""

    line_id: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBack:
    """Money for returned units that was not given back. name says what for, in somebody's words."""

    name: str
    lines: tuple[KeptOfLine, ...]

    @property
    def amount(self) -> int:
        return sum(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """One return or exchange of delivered units, its money settled once.

    credits are the parts of returned units that were set off against replacements instead of being refunded, or that
    give nothing back because all of their money is kept.
    """

    return_id: str
    lines: tuple[ReturnedLine, ...]
    note: str | None = None
    credits: tuple[RefundPart, ...] = ()
    kept: KeptBack | None = None
    created_at: datetime


AmendmentKind = Literal["amend", "return", "exchange", "move"]
AmendmentState = Literal["waiting", "made", "dropped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """A change after payment and its money. difference is what the buyer pays, or, negative, gets back: minor units.

    fingerprint is of the command that asked for it, by which one that was sent twice is known. payment_id is what pays
    it; with several tenders, which pay all of it or nothing, payment_ids are theirs.
    """

    amendment_id: str
    kind: AmendmentKind
    difference: int
    state: AmendmentState = "made"
    return_id: str | None = None
    payment_id: str | None = None
    payment_ids: tuple[str, ...] = ()
    refund_ids: tuple[str, ...] = ()
    fingerprint: str | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """What an order becomes when the money of its amendment has moved. coupons None leaves those that it has."""

    lines: tuple[Line, ...]
    coupons: tuple[AppliedCoupon, ...] | None = None
    charges: tuple[Charge, ...] = ()
    tip: int = 0
    shipping_address: Address | None = None
    default_taxes: tuple[Tax, ...] = ()
    category_taxes: dict[str, tuple[Tax, ...]] = field(default_factory=dict[str, tuple[Tax, ...]])
    tax_exempt: bool = False
    returned: Return | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amending:
    """The amendment whose money has no final answer: made when it has, dropped when it is refused.

    to is what the order becomes; moves names the payment whose money goes back once another method has paid. awaited
    are the transfers without an answer, moved those that succeeded.
    """

    amendment_id: str
    to: Amended | None = None
    moves: str | None = None
    awaited: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
