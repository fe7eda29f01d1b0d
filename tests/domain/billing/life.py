"""A subscription's life without a database: a worker that asks what is due, a card that pays, and a store credit."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from flint_domain.billing import guards, renewals, tenders
from flint_domain.billing.changes import Difference, Wanted, change, stop
from flint_domain.billing.dunning import BillingTerms
from flint_domain.billing.model import Plan, Planned, PlannedKind, Subscription
from flint_domain.billing.previews import NextOrder, Purse, next_order, propose
from flint_domain.billing.status import Billed, Debt, debt_of
from flint_domain.kernel.periods import local_day
from flint_domain.order.amendments.rules import Means, becoming, reprice
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.model import Change, Order
from flint_domain.order.payments.model import Dispute, DisputeStatus, Tendered
from flint_domain.order.payments.rules import pay_with_tenders
from flint_domain.order.tax.model import Tax, Taxes
from tests.domain.billing.given import MOMENT, new_id, order_of, performed, to

CREDIT = "crd_00000000000000000000000001"
MINIMUM = 50
AT_MIDNIGHT = BillingTerms(billing_time=time(0))


@dataclass(frozen=True, slots=True)
class Made:
    """An order that was made: its days, what it cost, and what of it store credit paid."""

    on: date
    start: date
    end: date
    total: int
    from_credit: int


@dataclass(slots=True)
class Life:
    """A subscription from now on. pays says whether its card does; wallet is the store credit, in minor units."""

    plans: dict[str, Plan]
    subscription: Subscription
    now: datetime
    terms: BillingTerms = AT_MIDNIGHT
    taxes: tuple[Tax, ...] = ()
    minimum: int = 0
    pays: bool = True
    wallet: int = 0
    orders: dict[str, Order] = field(default_factory=dict[str, Order])
    made: list[Made] = field(default_factory=list[Made])

    @property
    def billed(self) -> Billed:
        found = ((owner.sequence, standing(self.orders[owner.order_id])) for owner in self.subscription.orders)
        debts = (debt_of(sequence, order) for sequence, order in found)
        return Billed(self.subscription, self.now, tuple(debt for debt in debts if debt), self.current)

    @property
    def current(self) -> Standing | None:
        owner = self.subscription.orders[-1] if self.subscription.orders else None
        return None if owner is None else standing(self.orders[owner.order_id])

    @property
    def debts(self) -> tuple[Debt, ...]:
        return self.billed.debts

    @property
    def today(self) -> date:
        return self.billed.today

    def at(self, moment: str | datetime | date) -> "Life":
        """Let the worker run until then: it does what is due, in the order of time."""
        self.now = _instant(moment)
        while not isinstance(step := renewals.next_step(self.billed, self.terms), renewals.Wait | renewals.Hold):
            self._do(step)
        return self

    def _do(self, step: renewals.Step) -> None:
        match step:
            case renewals.Renew():
                preview = self.preview()
                self._renew(step.on, charge=step.charge)
                assert (preview.amounts.total, preview.charge.period.start) == (self.made[-1].total, step.on)
                assert preview.tenders.credit == self.made[-1].from_credit or not self._charged(charge=step.charge)
            case renewals.End():
                self.subscription = renewals.ended(self.subscription, step.on, step.reason)
            case renewals.Pause():
                self.subscription = renewals.paused(self.subscription, step.on, step.until)
            case _:
                raise AssertionError(step)

    def preview(self) -> NextOrder:
        """What the next order will cost, without making it."""
        taxes, purse = Taxes(self.taxes), Purse(balance=self.wallet, minimum=self.minimum)
        made = next_order(self.billed, self.plans.__getitem__, new_id, taxes=taxes, purse=purse, terms=self.terms)
        assert made is not None
        return made

    def _renewal(self, on: date) -> renewals.Renewal:
        plan = self.plans[renewals.with_planned(self.subscription, on).subscribed.plan_id]
        return renewals.renewal(self.subscription, plan, on, new_id)

    def _renew(self, on: date, *, charge: bool = True) -> None:
        made = self._renewal(on)
        order = order_of(made, self.taxes)
        amounts = standing(order).priced
        self.subscription = made.made(order.order_id, amounts)
        self.orders[order.order_id] = order
        before = self.wallet
        if charge and self.subscription.collect == "CHARGE":
            self.pay(order)
        period = made.charge.period
        self.made.append(Made(self.today, period.start, period.end, amounts.total, before - self.wallet))

    def _charged(self, *, charge: bool) -> bool:
        return self.pays and charge and self.subscription.collect == "CHARGE"

    def pay(self, order: Order) -> None:
        total = standing(order).priced.total
        split = tenders.split(total, self.wallet, self.minimum)
        adjustment = tenders.adjustment(split, self.minimum, order.currency, new_id("chg"))
        if adjustment is not None:
            order = replace(order, charges=(*order.charges, adjustment))
        if not self.pays:
            self.orders[order.order_id] = self._declined(order)
        elif standing(order).priced.total == 0:
            self.orders[order.order_id] = replace(order, settled_free=True)
        else:
            asked = _tendered(split)
            self.perform(pay_with_tenders(standing(order), MOMENT, asked, keep_partial=False, later=False))

    def _declined(self, order: Order) -> Order:
        asked = pay_with_tenders(
            standing(order),
            MOMENT,
            [Tendered("pm_1", standing(order).priced.total)],
            keep_partial=False,
            later=False,
        )
        return performed(asked, declined=frozenset({"pm_1"}))

    def perform(self, change: Change) -> None:
        """Move the money, and keep the store credit's book."""
        before, after = self.orders[change.order.order_id], performed(change)
        self.orders[after.order_id] = after
        self.wallet += _credited(after) - _credited(before)

    def dispute(self, status: DisputeStatus) -> None:
        """The bank takes the money of the present order, or, when the shop has won, gives it back."""
        if self.current is None:
            return
        order = self.current.order
        payments = tuple(
            replace(
                payment,
                dispute=Dispute(dispute_id="dp_1", amount=payment.captured, status=status, reason="fraudulent"),
            )
            if payment.captured and payment.source != CREDIT
            else payment
            for payment in order.payments
        )
        self.orders[order.order_id] = replace(order, payments=payments)

    # ── what a caller asks for ───────────────────────────────────────────────────────────────────────────────────────

    def change(self, plan: Plan, quantity: int = 1) -> Difference:
        """Another plan now; the preview that it was made by."""
        self.plans[plan.plan_id] = plan
        wanted = Wanted(to=to(plan, quantity), revision=plan.newest)
        if self.current is None:
            self.subscription = renewals.changed_before_the_first(self.subscription, wanted.to)
            return Difference(due=0, pays=0, comes_back=0)
        if self.billed.between:
            self.plan("change", self.today, wanted)
            return Difference(due=0, pays=0, comes_back=0)
        made = change(self.current, self.subscription, wanted, self.today, new_id)
        preview = self._reprice(self.current, made.order)
        self.subscription = made.subscription
        return preview

    def plan(self, kind: PlannedKind, on: date, wanted: Wanted | None = None) -> None:
        self.subscription = replace(
            self.subscription, planned=Planned(kind=kind, on=on, to=wanted.to if wanted else None)
        )

    def pause(self, until: date | None = None) -> Difference:
        given = self._stop()
        self.subscription = renewals.paused(self.subscription, self.today, until)
        return given

    def resume(self, *, new_anchor: bool = False) -> None:
        self.subscription = renewals.resumed(self.subscription, self.today, new_anchor=new_anchor)
        self._renew(self.today)

    def cancel(self, *, refund: bool = False) -> Difference:
        given = self._stop() if refund else Difference(due=0, pays=0, comes_back=0)
        self.subscription = renewals.ended(self.subscription, self.today, "asked")
        return given

    def _stop(self) -> Difference:
        """What is not used any more comes back; nothing of a period that is over."""
        if self.current is None or self.billed.between or guards.stays(self.billed) is not None:
            return Difference(due=0, pays=0, comes_back=0)
        return self._reprice(self.current, stop(self.current, self.today))

    def _reprice(self, before: Standing, after: Order) -> Difference:
        purse = Purse(balance=self.wallet, minimum=self.minimum)
        preview = propose(self.billed, before, after, purse, new_id("chg"))
        means = Means(tenders=tuple(_tendered(preview.tenders)), refund_to=CREDIT)
        wanted = replace(becoming(preview.order), coupons=after.coupons)
        self.perform(reprice(before, wanted, means=means, moment=MOMENT))
        return preview.difference


def _tendered(split: tenders.Tenders) -> Sequence[Tendered]:
    found = (Tendered(CREDIT, split.credit), Tendered("pm_1", split.method))
    return [tender for tender in found if tender.amount]


def _credited(order: Order) -> int:
    """What store credit has got of an order, less what it has paid."""
    got = sum(refund.amount for refund in order.refunds if refund.destination == CREDIT)
    paid = sum(payment.captured for payment in order.payments if payment.source == CREDIT)
    own = sum(
        refund.amount
        for refund in order.refunds
        for payment in order.payments
        if refund.destination is None and refund.payment_id == payment.payment_id and payment.source == CREDIT
    )
    return got + own - paid


def _instant(moment: str | datetime | date) -> datetime:
    if isinstance(moment, str):
        found = datetime.fromisoformat(moment)
        return found if found.tzinfo else found.replace(tzinfo=UTC) + timedelta(hours=12)
    return moment if isinstance(moment, datetime) else datetime.combine(moment, time(12), UTC)


def day_in(moment: str, zone: str) -> date:
    return local_day(_instant(moment), zone)
