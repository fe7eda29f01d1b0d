"""A process is killed with SIGKILL at the worst moments; the next one finds the files, and one charge comes of it."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.gift_cards import IssueGiftCard
from flint_domain.engine.flint import Call
from flint_domain.order.inputs import Amount
from flint_domain.unit_of_work.work import LEASE
from tests.journeys.house import House, opened
from tests.machine.audit import check, check_at_rest
from tests.machine.books import read_books
from tests.machine.driver import KEY, action_in, road
from tests.machine.mortal import Death

ROOT = Path(__file__).parents[2]

TO_PAY = ("pay", "tenders", "gift card and card")
EXPECTED = {  # what the processor has charged and given back in the end, each once
    "pay": (13_824, 0),
    "tenders": (13_824, 0),
    "gift card and card": (8_824, 0),
    "refund": (13_824, 2_900),
    "cancel": (13_824, 13_824),
    "amend dearer": (14_904, 0),
    "amend cheaper": (13_824, 1_080),
    "return": (13_824, 10_692),
    "move": (27_648, 13_824),
}


async def prepare(folder: Path, name: str) -> str:
    """An order that the action can be done with: open to be paid, paid, or delivered; and a gift card of 50.00."""
    async with opened(folder) as house:
        await house.use_eight_percent()
        await house.do(IssueGiftCard(money=Amount(amount=5_000)))
        if name in TO_PAY:
            return await house.order_of()
        order_id = await house.paid_order()
        if name == "return":
            await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
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
        await flint.execute(await action_in(house, name), Call(key=KEY))
        books = await read_books(house)
        check(books, None)
        check_at_rest(books)
        balance = await house.balance(order_id)
        assert (balance.charged, balance.refunded) == EXPECTED[name]
        assert sum(books.balances.values()) == (0 if name == "gift card and card" else 5_000)
        paid, kept = books.columns[order_id]["paid"], EXPECTED[name][0] - EXPECTED[name][1]
        assert paid - books.columns[order_id]["refunded"] == kept + 5_000 - sum(books.balances.values())
        assert {made.state for made in books.orders[order_id].amendments} <= {"made"}
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
        ("gift card and card", "after the commit", 1),
        ("gift card and card", "after the answer", 1),
        ("gift card and card", "after the commit", 2),
        ("gift card and card", "after the answer", 2),
        ("amend dearer", "after the commit", 1),
        ("amend dearer", "after the answer", 1),
        ("amend dearer", "after the commit", 2),
        ("amend cheaper", "after the answer", 1),
        ("return", "after the answer", 1),
        ("move", "after the commit", 1),
        ("move", "after the answer", 1),
        ("move", "after the commit", 2),
        ("move", "after the answer", 2),
        ("move", "after the commit", 3),
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
