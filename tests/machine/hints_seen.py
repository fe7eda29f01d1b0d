"""An order as a caller sees it, beside what is stored of it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flint_domain.order.model import Order

PROBE = "PROBE"  # a coupon that any order may take

Needs = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Seen:
    """shown is the order's full view; gift_card is one that money may go back to."""

    shown: dict[str, Any]
    stored: Order
    gift_card: str

    @property
    def order_id(self) -> str:
        return self.stored.order_id

    def offers(self, action: str) -> list[dict[str, Any]]:
        return [offer for offer in self.shown["availableActions"] if offer["action"] == action]

    def needs(self, action: str) -> Needs:
        """The needs of an action that is offered at most once."""
        return next((needs_of(offer) for offer in self.offers(action)), {})

    @property
    def actions(self) -> set[str]:
        return {offer["action"] for offer in self.shown["availableActions"]}

    def money(self, name: str) -> int:
        return self.shown["settlementAmounts"][name]["amount"]

    def sent(self) -> dict[str, Decimal]:
        """Per line the units in parcels that were not canceled."""
        return self._in_parcels("FULFILLED", "DELIVERED")

    def arrived(self) -> dict[str, Decimal]:
        return self._in_parcels("DELIVERED")

    def _in_parcels(self, *states: str) -> dict[str, Decimal]:
        counted = {line.line_id: Decimal(0) for line in self.stored.lines}
        for parcel in self.stored.fulfillments:
            for units in parcel.lines if parcel.state in states else ():
                counted[units.line_id] += units.quantity
        return counted

    def untouched(self) -> list[str]:
        """The lines of which nothing was handed over, taken back or refunded."""
        refunded = {part.of for refund in self.stored.refunds if refund.counts for part in refund.parts}
        return [line_id for line_id, units in self.sent().items() if not units and line_id not in refunded]


def needs_of(offer: dict[str, Any]) -> Needs:
    return {need.get("name") or "anyOf": need for need in offer.get("needs") or []}
