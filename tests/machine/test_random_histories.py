"""Random histories over the public road, crashes included: after every step the books are read and checked.

FLINT_MACHINE_EXAMPLES=2000 runs longer, with fresh randomness instead of the fixed histories.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from flint_domain.engine import flint as road
from tests.machine.changing import Changing
from tests.machine.draws import BEFORE_PAYMENT, PAID_AND_CHANGED, SENT_AND_RETURNED
from tests.machine.surroundings import Surroundings

EXAMPLES = os.environ.get("FLINT_MACHINE_EXAMPLES")


class FromTheFirstCall(Changing, Surroundings):
    """An order that is being paid, or about to be."""

    situations = BEFORE_PAYMENT


class PaidAndChanged(Changing, Surroundings):
    """An order that was paid, and may have been refunded, changed or paid otherwise."""

    situations = PAID_AND_CHANGED


class SentAndReturned(Changing, Surroundings):
    """An order that has arrived, and may have come back."""

    situations = SENT_AND_RETURNED


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call whose first one died is not waited for: the clock stands still while it would."""
    monkeypatch.setattr(road, "IN_PROGRESS_WAIT", 0.0)


SETTINGS = settings(
    max_examples=int(EXAMPLES or 30),
    stateful_step_count=40,
    deadline=None,
    derandomize=EXAMPLES is None,
    database=None,
    print_blob=True,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    phases=[Phase.generate, Phase.shrink],
)
TestFromTheFirstCall = FromTheFirstCall.TestCase
TestPaidAndChanged = PaidAndChanged.TestCase
TestSentAndReturned = SentAndReturned.TestCase
TestFromTheFirstCall.settings = TestPaidAndChanged.settings = TestSentAndReturned.settings = SETTINGS
