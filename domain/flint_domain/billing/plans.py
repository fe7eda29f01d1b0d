"""What a plan may be, and what becomes of it when it is saved again."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from flint_domain.billing.model import NET_DAYS, Collect, Plan, PlanLine, Revision
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Moment
from flint_domain.kernel.periods import Interval, checked_interval

MAX_LINES = 50
MAX_TRIAL_DAYS = 730
MAX_NET_DAYS = 365


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTerms:
    """What a caller says of a plan. What may be left out of a saved one is None, and stays as it is."""

    name: str | None = None
    reference: str | None = None
    currency: str | None = None
    interval: Interval | None = None
    lines: tuple[PlanLine, ...] | None = None
    trial_days: int | None = None
    collect: Collect | None = None
    net_days: int | None = None
    active: bool | None = None


def new_plan(terms: PlanTerms, *, merchant_id: str, currency: str, moment: Moment) -> Plan:
    """A plan of these terms; currency is the merchant's, for terms that name none. Raises Refused."""
    if terms.name is None or terms.interval is None or terms.lines is None:
        missing = next(
            name
            for name, value in (("name", terms.name), ("interval", terms.interval), ("lines", terms.lines))
            if value is None
        )
        _refuse(f"A new plan needs {missing}.", "give name, interval and lines; or planId, to change a plan", missing)
    _check(terms)
    return Plan(
        plan_id=moment.new_id("plan"),
        merchant_id=merchant_id,
        version=1,
        name=terms.name,
        reference=terms.reference,
        currency=terms.currency or currency,
        interval=terms.interval,
        revisions=(Revision(number=1, lines=terms.lines, created_at=moment.now),),
        trial_days=terms.trial_days or 0,
        collect=terms.collect or "CHARGE",
        net_days=NET_DAYS if terms.net_days is None else terms.net_days,
        active=terms.active is not False,
        created_at=moment.now,
        updated_at=moment.now,
    )


def revised(plan: Plan, terms: PlanTerms, moment: Moment) -> Plan:
    """The plan with these terms: other lines are a new revision, and who subscribed before stays on the old one.

    Raises Refused: interval and currency never change, since subscriptions count their days and money by them.
    """
    if terms.interval not in (None, plan.interval):
        _refuse(f"{plan.plan_id} is billed {plan.interval}, which never changes.", "save another plan", "interval")
    if terms.currency not in (None, plan.currency):
        _refuse(f"{plan.plan_id} is in {plan.currency}, which never changes.", "save another plan", "currency")
    _check(terms)
    revisions = plan.revisions
    if terms.lines is not None and terms.lines != plan.newest.lines:
        number = plan.newest.number + 1
        revisions = (*revisions, Revision(number=number, lines=terms.lines, created_at=moment.now))
    return replace(
        plan,
        name=plan.name if terms.name is None else terms.name,
        reference=plan.reference if terms.reference is None else terms.reference,
        revisions=revisions,
        trial_days=plan.trial_days if terms.trial_days is None else terms.trial_days,
        collect=plan.collect if terms.collect is None else terms.collect,
        net_days=plan.net_days if terms.net_days is None else terms.net_days,
        active=plan.active if terms.active is None else terms.active,
    )


def _check(terms: PlanTerms) -> None:
    if terms.interval is not None:
        checked_interval(terms.interval.unit, terms.interval.count)
    if terms.lines is not None:
        _check_lines(terms.lines)
    for what, param, days, most in (
        ("A trial", "trialDays", terms.trial_days, MAX_TRIAL_DAYS),
        ("The time to pay an invoice", "netDays", terms.net_days, MAX_NET_DAYS),
    ):
        if days is not None and not 0 <= days <= most:
            _refuse(f"{what} of {days} days is not possible.", f"give from 0 to {most} days", param)


def _check_lines(lines: Sequence[PlanLine]) -> None:
    if not any(not line.once for line in lines):
        what = "a line that is paid in every period" if lines else "at least one line"
        _refuse(f"A plan needs {what}.", "give lines, each with a name and a price or an itemId", "lines")
    if len(lines) > MAX_LINES:
        _refuse(f"A plan of {len(lines)} lines is too long.", f"give at most {MAX_LINES} lines", "lines")
    negative = next((line.unit_price for line in lines if line.unit_price < 0), None)
    if negative is not None:
        _refuse(f"A line's price cannot be {negative}.", "give an amount from 0; a coupon takes something off", "lines")


def _refuse(message: str, hint: str, param: str) -> NoReturn:
    raise Refused("invalid_argument", message, hint=hint, param=param)
