"""Plans and subscriptions: frozen values. What they cost and what is due follows from them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from flint_domain.kernel.addresses import Address
from flint_domain.kernel.periods import Interval, Period, Schedule
from flint_domain.order.discounts import AppliedCoupon
from flint_domain.order.lines import Line
from flint_domain.order.tax.model import Tax

Collect = Literal["CHARGE", "INVOICE"]
NET_DAYS = 14  # how long an invoice has until it is overdue, unless the plan says otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """What a subscriber pays for in each period: unit_price in minor units, for each unit of the subscription's
    quantity or, when it is flat, once.

    once is for the first order only. Only goods are shippable: most plans are services. item_id and the names beside it
    are the catalog's, as on an order's line.
    """

    name: str
    unit_price: int
    per_unit: bool = True
    once: bool = False
    shippable: bool = False
    tax_category: str | None = None
    taxes: tuple[Tax, ...] | None = None
    item_id: str | None = None
    variant_id: str | None = None
    sku: str | None = None
    item_reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The plan's lines from a moment on. Who subscribed before stays on the revision of then."""

    number: int
    lines: tuple[PlanLine, ...]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What can be subscribed to. The newest revision is what new subscribers get; interval and currency never change.

    net_days is how long an invoice has until it is overdue. A plan that is not active takes no new subscribers.
    """

    plan_id: str
    merchant_id: str
    version: int
    name: str
    reference: str | None = None
    currency: str
    interval: Interval
    revisions: tuple[Revision, ...]
    trial_days: int = 0
    collect: Collect = "CHARGE"
    net_days: int = NET_DAYS
    active: bool = True
    created_at: datetime
    updated_at: datetime

    @property
    def newest(self) -> Revision:
        return self.revisions[-1]

    def revision(self, number: int) -> Revision:
        return next(revision for revision in self.revisions if revision.number == number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """What a subscription is for: a revision of a plan, so many times, for periods of the plan's interval."""

    plan_id: str
    revision: int
    quantity: Decimal = Decimal(1)
    interval: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribedCoupon:
    """A coupon of a subscription. first is the start of the first grid period that it took something off; None before.

    A use of it is counted once, when it is put on the subscription, and it is judged then.
    """

    coupon: AppliedCoupon
    first: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Free days before the first period: half open, in local dates."""

    starts_on: date
    ends_on: date


PlannedKind = Literal["change", "pause", "cancel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What will happen at the beginning of a local day: one change, pause or cancel at a time.

    to is what a change changes to; until is the day on which a pause ends by itself.
    """

    kind: PlannedKind
    on: date
    to: Subscribed | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """Nothing is billed from this day until it is resumed, or until a day on which it resumes by itself."""

    since: date
    until: date | None = None


EndReason = Literal["asked", "unpaid", "incomplete", "periods_over"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    on: date
    reason: EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodOrder:
    """The order that billed a period. Sequences are never used twice."""

    sequence: int
    order_id: str
    period: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A customer's subscription. Days are local dates of zone, which is copied from the merchant when it is made.

    starts_on is the first day of the first period, after the trial; anchor_day is what the boundaries were asked to
    fall on. sequence is the number of the newest period that was billed, and period its days: none before the first.
    next_lines are for the next order only; ends_after ends it after so many periods. expires_at is when a first order
    that was made with the subscription ends it, unless it is paid by then. Status, debt and what is due next are
    derived.
    """

    subscription_id: str
    merchant_id: str
    version: int
    reference: str | None = None
    customer_id: str
    currency: str
    zone: str
    subscribed: Subscribed
    schedule: Schedule
    anchor_day: str | None = None
    starts_on: date
    trial: Trial | None = None
    collect: Collect = "CHARGE"
    net_days: int = NET_DAYS
    ends_after: int | None = None
    expires_at: datetime | None = None
    payment_method_id: str | None = None
    shipping_address: Address | None = None
    sequence: int = 0
    period: Period | None = None
    orders: tuple[PeriodOrder, ...] = ()
    coupons: tuple[SubscribedCoupon, ...] = ()
    next_lines: tuple[Line, ...] = ()
    planned: Planned | None = None
    paused: Paused | None = None
    ended: Ended | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    created_at: datetime
    updated_at: datetime
