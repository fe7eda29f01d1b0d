"""Where a subscription stands, derived from its days and its orders and never set by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from flint_domain.billing.model import Subscription
from flint_domain.kernel.periods import local_day
from flint_domain.order.lifecycle import Standing
from flint_domain.order.money import payment_in_flight
from flint_domain.order.payments.model import Decline

SubscriptionStatus = Literal["CANCELED", "INCOMPLETE", "PAUSED", "TRIALING", "PAST_DUE", "ACTIVE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """An order of the subscription that is not paid. amount is what is outstanding, in minor units.

    decline is the answer to its newest payment, if that was a no. in_flight says that a payment of it has no final
    answer yet. due_on is the last day to pay an invoice.
    """

    order_id: str
    sequence: int
    amount: int
    decline: Decline | None = None
    in_flight: bool = False
    due_on: date | None = None

    def is_overdue(self, today: date) -> bool:
        return self.due_on is not None and today > self.due_on


def debt_of(sequence: int, standing: Standing, due_on: date | None = None) -> Debt | None:
    """What is owed for an order; None when nothing is, or the order has ended."""
    order = standing.order
    if order.ended is not None or standing.money.outstanding == 0:
        return None
    newest = order.payments[-1] if order.payments else None
    return Debt(
        order_id=order.order_id,
        sequence=sequence,
        amount=standing.money.outstanding,
        decline=None if newest is None else newest.decline,
        in_flight=payment_in_flight(order) is not None,
        due_on=due_on,
    )


@dataclass(frozen=True, slots=True)
class Billed:
    """A subscription with what follows from it at an instant: what guards, decisions and views look at.

    debts are its unpaid orders, the oldest first. current is the order of its present period.
    """

    subscription: Subscription
    now: datetime
    debts: tuple[Debt, ...] = ()
    current: Standing | None = None

    @property
    def today(self) -> date:
        return local_day(self.now, self.subscription.zone)

    @property
    def due(self) -> int:
        """All that is owed, in minor units."""
        return sum(debt.amount for debt in self.debts)

    @property
    def status(self) -> SubscriptionStatus:
        """The first that is true."""
        subscription = self.subscription
        if subscription.ended is not None:
            return "CANCELED"
        if subscription.expires_at is not None and any(debt.sequence == 1 for debt in self.debts):
            return "INCOMPLETE"
        if subscription.paused is not None:
            return "PAUSED"
        if subscription.trial is not None and subscription.sequence == 0:
            return "TRIALING"
        return "PAST_DUE" if is_past_due(self.debts, self.today) else "ACTIVE"

    @property
    def between(self) -> bool:
        """Whether the period is over and the renewal has not come yet: what is changed now acts before it, and nothing
        of the old period comes back."""
        period = self.subscription.period
        return period is not None and self.today >= period.end


def is_past_due(debts: Sequence[Debt], today: date) -> bool:
    """Whether an order was declined, or is overdue."""
    return any(debt.decline is not None or debt.is_overdue(today) for debt in debts)
