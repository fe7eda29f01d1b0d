"""Refunds: how much went back through which payment, and for what."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from flint_domain.order.payments.model import Decline, TransferState
from flint_domain.order.tax.model import Share

RefundReason = Literal["requested_by_customer", "duplicate", "fraudulent", "damaged", "wrong_item", "not_received"]
"""Stripe's three, and what shops are asked for most; a processor that does not know those hears the customer's wish."""
TIP = "tip"  # the part of a refund that gives back a tip
DIFFERENCE = "difference"  # the part that gives back what an amended or exchanged order costs less
MOVED = "moved"  # the part that gives a payment back because another method has paid in its place


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPart:
    """What a refund gives back for one line, charge or the tip (`of` is its id): net and tax in minor units.

    quantity is set when units are given back; an amount spread over lines has none. of_quantity says of how many units
    it is, and of_total, for units, what all of those cost: an amendment that reprices the line reprices what went back
    for it. taxes, for a difference, is its tax by the rates that it falls on. unsent counts those of the units that had
    not been handed over and will not be; restock those that go back into stock when the refund is through.
    """

    of: str
    net: int
    tax: int
    quantity: Decimal | None = None
    of_quantity: Decimal | None = None
    of_total: int | None = None
    taxes: tuple[Share, ...] = ()
    unsent: Decimal = Decimal(0)
    restock: Decimal = Decimal(0)

    @property
    def amount(self) -> int:
        return self.net + self.tax


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """One refund through one payment. It counts as refunded unless it failed, and a failure may come late.

    destination is the gift card or store credit that got the money; without one it went back the way it came.
    """

    refund_id: str
    payment_id: str
    transfer_id: str
    amount: int
    parts: tuple[RefundPart, ...]
    reason: RefundReason
    destination: str | None = None
    note: str | None = None
    state: TransferState = TransferState.PLANNED
    reference: str | None = None
    decline: Decline | None = None
    created_at: datetime

    def amount_of(self, part: str) -> int:
        """What of it is for this part: a line's or charge's id, TIP, DIFFERENCE or MOVED; in minor units."""
        return sum(given.amount for given in self.parts if given.of == part)

    @property
    def counts(self) -> bool:
        """Whether its money is back with the buyer, or on the way."""
        return self.state is not TransferState.DECLINED
