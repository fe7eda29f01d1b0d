"""A process is killed with SIGKILL at the worst moments; the next one finds the files, and one charge comes of it."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from flint_domain.flint import Call
from flint_domain.work import LEASE
from tests.journeys.house import House, opened
from tests.machine.books import check, check_at_rest, read_books
from tests.machine.driver import KEY, action, road
from tests.machine.mortal import Death

ROOT = Path(__file__).parents[2]


async def prepare(folder: Path, name: str) -> str:
    """An order that the action can be done with: open to be paid, paid to be refunded or canceled."""
    async with opened(folder) as house:
        await house.use_eight_percent()
        order_id = await (house.paid_order() if name in ("refund", "cancel") else house.order_of())
    (folder / "order").write_text(order_id)
    return order_id


def run_and_kill(folder: Path, name: str, moment: str, nth: int, road_name: str = "as it is") -> None:
    paths = os.pathsep.join([str(ROOT), *(path for path in sys.path if path)])
    process = subprocess.run(
        [sys.executable, "-m", "tests.machine.driver", str(folder), name, moment, str(nth), road_name],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr


async def one_of_everything(folder: Path, name: str, order_id: str, road_name: str = "as it is") -> House:
    """Start again, recover, let the agent repeat its call: then all books agree and the money moved once."""
    async with opened(folder, number=3) as house:
        flint = road(road_name, house, Death())
        house.clock.passes(LEASE + timedelta(seconds=1))
        await flint.recover()
        await flint.execute(action(name, order_id), Call(key=KEY))
        books = await read_books(house)
        check(books, None)
        check_at_rest(books)
        balance = await house.balance(order_id)
        expected = {"pay": (13_824, 0), "tenders": (13_824, 0), "refund": (13_824, 2_900), "cancel": (13_824, 13_824)}
        assert (balance.charged, balance.refunded) == expected[name]
        assert balance.held == 0
        return house


@pytest.mark.promise("P8")
@pytest.mark.parametrize(
    ("name", "moment", "nth"),
    [
        ("pay", "after the commit", 1),
        ("pay", "before the call", 2),
        ("pay", "after the answer", 1),
        ("pay", "after the answer", 2),
        ("pay", "after the commit", 3),
        ("tenders", "after the answer", 2),
        ("tenders", "after the answer", 3),
        ("refund", "after the answer", 1),
        ("cancel", "after the answer", 1),
    ],
)
async def test_a_killed_process_leaves_one_charge_and_one_refund(
    fast_path: Path, name: str, moment: str, nth: int
) -> None:
    order_id = await prepare(fast_path, name)
    run_and_kill(fast_path, name, moment, nth)
    await one_of_everything(fast_path, name, order_id)


async def test_a_process_killed_before_its_first_commit_has_done_nothing(fast_path: Path) -> None:
    """The key was never claimed: the repeated call is simply the first."""
    order_id = await prepare(fast_path, "pay")
    await one_of_everything(fast_path, "pay", order_id)


@pytest.mark.parametrize("wrong", ["without the key", "charges before writing"])
async def test_the_check_catches_a_road_that_is_wrong(fast_path: Path, wrong: str) -> None:
    order_id = await prepare(fast_path, "pay")
    run_and_kill(fast_path, "pay", "after the answer", 1 if wrong == "charges before writing" else 2, wrong)
    with pytest.raises(AssertionError):
        await one_of_everything(fast_path, "pay", order_id, wrong)
    async with opened(fast_path, number=4) as house:
        assert (await house.balance(order_id)).charged == 27_648, "the wrong road was to charge twice"
