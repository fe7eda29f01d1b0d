"""Servers are killed with SIGKILL under a mixed load: what was acknowledged is kept, and no money moves twice.

`python -m tests.crash --kills 200` does the same for longer.
"""

from pathlib import Path
from random import Random

import pytest

from tests.crash.harness import ROUND, run, schedule
from tests.crash.points import POINTS, Point
from tests.crash.report import table

AFTER_THE_ANSWER: Point = "after its answer, before the settle"


async def test_servers_killed_at_every_point_lose_nothing_and_move_no_money_twice(folder: Path) -> None:
    report = await run(ROUND, seed=20, folder=folder)
    assert not report.counts and report.too_busy is None, table(report)
    assert report.killed == ROUND
    assert report.calls["acknowledged"] > 50, table(report)
    assert len(report.kills) > ROUND // 2, "most of the named points were reached"


@pytest.mark.parametrize(
    ("wrong", "caught_as", "at"),
    [
        ("charges before writing", "charged twice", AFTER_THE_ANSWER),
        ("asks without the key", "charged twice", AFTER_THE_ANSWER),
        ("answers before the commit", "acknowledged and lost", "a random moment"),
        ("changes before the charge", "changes half made", "while an amendment waits for its money"),
        ("gives back first", "given back first", "between a move's charge and its give-back"),
    ],
)
async def test_the_harness_catches_a_road_that_is_wrong(folder: Path, wrong: str, caught_as: str, at: Point) -> None:
    report = await run(10, seed=20, only=at, wrong=wrong, seek=caught_as, folder=folder)
    assert report.counts[caught_as], table(report)


def test_a_round_of_kills_meets_every_point() -> None:
    for seed in range(20):
        points = [kill.point for kill in schedule(ROUND, Random(seed))]
        assert set(points) == set(POINTS)
        assert points[points.index("during recovery") - 1] == AFTER_THE_ANSWER
