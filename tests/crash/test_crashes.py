"""Servers are killed with SIGKILL under a mixed load: what was acknowledged is kept, and no money moves twice.

`python -m tests.crash --kills 200` does the same for longer.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.crash.harness import run, schedule
from tests.crash.points import POINTS, Point
from tests.crash.report import table

MEMORY = Path("/dev/shm")
AFTER_THE_ANSWER: Point = "after its answer, before the settle"


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where the system has that: what a power cut leaves is not asked here."""
    made = Path(tempfile.mkdtemp(prefix="flint-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    yield made
    shutil.rmtree(made)


async def test_ten_killed_servers_lose_nothing_and_move_no_money_twice(folder: Path) -> None:
    report = await run(10, seed=20, folder=folder)
    assert not report.counts, table(report)
    assert report.killed == 10
    assert report.calls["acknowledged"] > 50, table(report)
    assert len(report.kills) > 5, "most of the named points were reached"


@pytest.mark.parametrize(
    ("wrong", "caught_as", "at"),
    [
        ("charges before writing", "charged twice", AFTER_THE_ANSWER),
        ("asks without the key", "charged twice", AFTER_THE_ANSWER),
        ("answers before the commit", "acknowledged and lost", "a random moment"),
    ],
)
async def test_the_harness_catches_a_road_that_is_wrong(folder: Path, wrong: str, caught_as: str, at: Point) -> None:
    report = await run(10, seed=20, only=at, wrong=wrong, seek=caught_as, folder=folder)
    assert report.counts[caught_as], table(report)


def test_ten_kills_meet_every_point() -> None:
    for seed in range(20):
        points = [kill.point for kill in schedule(10, Random(seed))]
        assert set(points) == set(POINTS)
        assert points[points.index("during recovery") - 1] == AFTER_THE_ANSWER
