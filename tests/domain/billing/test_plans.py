"""What a plan may be, and that subscribers stay on the price that they subscribed to."""

from dataclasses import replace
from typing import Any

import pytest

from flint_domain.billing.model import Plan, PlanLine
from flint_domain.billing.plans import PlanTerms, new_plan, revised
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.periods import Interval
from tests.domain.billing.given import MOMENT, MONTHLY, YEARLY

SEAT = PlanLine(name="Seat", unit_price=1_000)
TERMS = PlanTerms(name="Pro", interval=MONTHLY, lines=(SEAT,))


def made(**terms: Any) -> Plan:
    return new_plan(replace(TERMS, **terms), merchant_id="mer_1", currency="USD", moment=MOMENT)


def test_a_plan_is_charged_by_itself_and_active_unless_it_is_said() -> None:
    plan = made()
    assert (plan.currency, plan.collect, plan.net_days, plan.trial_days, plan.active) == ("USD", "CHARGE", 14, 0, True)
    assert [(revision.number, revision.lines) for revision in plan.revisions] == [(1, (SEAT,))]
    assert made(currency="EUR", collect="INVOICE", net_days=0, trial_days=14, active=False).currency == "EUR"


def test_another_price_is_a_new_revision_and_the_old_one_stays() -> None:
    dearer = replace(SEAT, unit_price=1_200)
    plan = revised(made(), PlanTerms(lines=(dearer,)), MOMENT)
    assert [(revision.number, revision.lines) for revision in plan.revisions] == [(1, (SEAT,)), (2, (dearer,))]
    assert (plan.revision(1).lines, plan.newest.lines) == ((SEAT,), (dearer,))


def test_the_same_lines_again_are_no_new_revision_and_what_is_left_out_stays() -> None:
    plan = revised(made(trial_days=14, reference="pro"), PlanTerms(lines=(SEAT,), active=False, net_days=30), MOMENT)
    assert (len(plan.revisions), plan.active, plan.net_days) == (1, False, 30)
    assert (plan.name, plan.reference, plan.trial_days) == ("Pro", "pro", 14)


@pytest.mark.parametrize(
    ("terms", "param", "message"),
    [
        ({"lines": ()}, "lines", "A plan needs at least one line."),
        ({"lines": None}, "lines", "A new plan needs lines."),
        ({"name": None}, "name", "A new plan needs name."),
        ({"interval": None}, "interval", "A new plan needs interval."),
        ({"lines": (replace(SEAT, once=True),)}, "lines", "A plan needs a line that is paid in every period."),
        ({"lines": (SEAT,) * 51}, "lines", "A plan of 51 lines is too long."),
        ({"lines": (replace(SEAT, unit_price=-1),)}, "lines", "A line's price cannot be -1."),
        ({"trial_days": -1}, "trialDays", "A trial of -1 days is not possible."),
        ({"trial_days": 731}, "trialDays", "A trial of 731 days is not possible."),
        ({"net_days": 366}, "netDays", "The time to pay an invoice of 366 days is not possible."),
        ({"interval": Interval("month", 0)}, "interval", "A plan cannot be billed every 0 months."),
    ],
)
def test_a_plan_that_cannot_be_is_refused(terms: dict[str, Any], param: str, message: str) -> None:
    with pytest.raises(Refused) as refused:
        made(**terms)
    assert (refused.value.code, refused.value.param, refused.value.message) == ("invalid_argument", param, message)


def test_interval_and_currency_never_change() -> None:
    for terms, message in (
        (PlanTerms(interval=YEARLY), "is billed every month, which never changes."),
        (PlanTerms(currency="EUR"), "is in USD, which never changes."),
    ):
        with pytest.raises(Refused, match=message):
            revised(made(), terms, MOMENT)
    assert revised(made(), PlanTerms(interval=MONTHLY, currency="USD"), MOMENT).interval == MONTHLY


def test_a_free_plan_is_possible() -> None:
    assert made(lines=(replace(SEAT, unit_price=0),)).newest.lines[0].unit_price == 0
