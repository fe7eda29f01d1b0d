"""A server that hangs is told from one that a busy machine does not let run."""

import os
from pathlib import Path

import pytest

from tests.crash.life import BUSY, ENOUGH, MachineTooBusy, Patience, work_of

SECONDS = 20.0


class Watched:
    """A process that gets this share of the machine."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.now = 0.0
        self.patience = Patience(SECONDS, lambda: self.now * self.share, lambda: self.now)

    def waits_until(self) -> float:
        """When the patience with it ends, asked once a second."""
        while self.patience.left:
            self.now += 1.0
        return self.now


def test_a_process_that_sleeps_has_its_seconds_and_no_more() -> None:
    assert Watched(share=0.0).waits_until() == SECONDS


def test_a_process_that_works_for_ever_has_what_no_start_needs() -> None:
    assert Watched(share=1.0).waits_until() == SECONDS
    assert Watched(share=0.1).waits_until() == ENOUGH / 0.1 + SECONDS


def test_a_process_that_is_starved_to_the_end_is_not_blamed() -> None:
    watched = Watched(share=0.001)
    with pytest.raises(MachineTooBusy, match=r"had 0\.3 s of the machine in 300 s"):
        watched.waits_until()
    assert watched.now == BUSY * SECONDS


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="no /proc: the clock alone decides")
def test_the_processor_time_of_a_process_is_what_it_says_itself() -> None:
    times = os.times()
    assert work_of(os.getpid()) == pytest.approx(times.user + times.system, abs=0.1)
    assert work_of(2**22 + 1) == 0.0
