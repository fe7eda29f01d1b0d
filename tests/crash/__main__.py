"""Kill servers under load and check what is left: python -m tests.crash --kills 200."""

import argparse
import secrets
import sys
from functools import partial
from pathlib import Path

import anyio

from tests.crash.harness import run
from tests.crash.points import POINTS
from tests.crash.report import table
from tests.crash.wrong import WRONG


def main() -> int:
    """0 when every promise was kept, 1 when one was broken, 2 when the machine was too busy to say."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many servers to kill (default 200)")
    parser.add_argument("--seed", type=int, default=None, help="repeat a run's schedule and its agents' choices")
    parser.add_argument("--folder", type=Path, default=None, help="where the data is put; default: the system's")
    parser.add_argument("--only", choices=POINTS, default=None, help="always at this point")
    parser.add_argument("--wrong", choices=sorted(WRONG), default=None, help="on a road that is wrong on purpose")
    given = parser.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    report = anyio.run(partial(run, given.kills, seed, only=given.only, wrong=given.wrong, folder=given.folder))
    print(table(report))
    if report.counts:
        return 1
    return 2 if report.too_busy is not None else 0


if __name__ == "__main__":
    sys.exit(main())
