"""Fulfill an order, in whole or in part, and follow a parcel up."""

from dataclasses import dataclass, field
from typing import ClassVar

from flint_domain.commands.shown import OrderRef, ShowsOrder, buyer_of
from flint_domain.kernel.telling import Told
from flint_domain.order.fulfillment import rules
from flint_domain.order.fulfillment.model import FulfillmentState
from flint_domain.order.fulfillment.rules import Tracking, Units
from flint_domain.order.views import View
from flint_domain.settling import save
from flint_domain.unit_of_work.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillOrder(ShowsOrder):
    """A new fulfillment, or, with fulfillment_id, the next state or the tracking of one."""

    name: ClassVar[str] = "fulfill_order"
    order_id: Told[str]
    fulfillment_id: Told[str | None] = None
    lines: Told[tuple[Units, ...]] = ()
    state: Told[FulfillmentState | None] = None
    tracking: Told[Tracking] = field(default_factory=Tracking)
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> OrderRef:
        before = work.load(self.order_id, self.expected_version)
        if self.fulfillment_id is None:
            delivered = self.state == "DELIVERED"
            save(work, rules.fulfill(before, work.moment, self.lines, self.tracking, delivered=delivered))
        else:
            save(work, rules.change(before, work.moment, self.fulfillment_id, self.state, self.tracking))
        return OrderRef(order_id=self.order_id, customer_id=buyer_of(before.order), view=self.view)
