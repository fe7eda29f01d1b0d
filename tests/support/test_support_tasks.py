"""Other people's support tasks: their reference solutions, said in Flint's tools, come to the end state to the cent."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.support.adapter import Adapter
from tests.support.calling import quick
from tests.support.cases import Task, tasks
from tests.support.checking import end_state, look, untold
from tests.support.seeding import open_shop, stock_catalog
from tests.tools.agent import at_work

TASKS = tasks()
REFUSED = "tau2-retail-99"  # it gives money to a card that never paid: Flint offers store credit instead
NOT_HERE = pytest.param(
    None, marks=pytest.mark.skip("FLINT_CASES is not set: the third-party cases are not on this machine")
)


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with everything that the tasks sell, made once and copied for each of them."""
    folder = tmp_path_factory.mktemp("stocked")

    async def stock() -> None:
        async with at_work(folder, worker=False) as agent:
            await stock_catalog(agent, TASKS)

    anyio.run(stock)
    return folder


@asynccontextmanager
async def shop_of(stocked: Path, folder: Path, task: Task, **options: bool) -> AsyncIterator[Adapter]:
    shutil.copytree(stocked, folder, dirs_exist_ok=True)
    async with at_work(folder, worker=False) as agent:
        yield Adapter(agent, await open_shop(agent, task, **options), task)


def name(task: Task | None) -> str:
    return task.task_id if task else "all"


@pytest.mark.parametrize("task", TASKS or [NOT_HERE], ids=name)
async def test_the_reference_solution_comes_to_the_expected_end_state(
    stocked: Path, tmp_path: Path, task: Task
) -> None:
    async with shop_of(stocked, tmp_path, task) as adapter:
        before = await look(adapter.agent, adapter.shop, task)
        await adapter.play()
        led, expected = await end_state(adapter, before)
    assert led == expected
    assert untold(adapter) == []
    assert bool(adapter.refusals) is (task.task_id == REFUSED)
    assert [as_settled(made) for _, made in adapter.settled] == [as_settled(quote) for quote, _ in adapter.settled]


def as_settled(answer: dict[str, Any]) -> list[Any]:
    """What a change after payment comes to: the same in its quote and when it is made."""
    amendment, order = answer["amendment"], answer["order"]
    return [amendment["status"], amendment["differenceMoney"], order["settlementAmounts"], order["pricingAmounts"]]


@pytest.mark.parametrize("task", [task for task in TASKS if task.overdrawn] or [NOT_HERE], ids=name)
async def test_a_gift_card_that_its_authors_overdraw_declines_and_nothing_is_exchanged(
    stocked: Path, tmp_path: Path, task: Task
) -> None:
    async with shop_of(stocked, tmp_path, task, more_on_cards=False) as adapter:
        before = await everything(adapter)
        await adapter.play()
        after = await everything(adapter)
    [(_, made)] = adapter.settled
    [payment] = made["payments"]
    assert (made["amendment"]["status"], payment["status"]) == ("DROPPED", "DECLINED")
    assert after == before


async def everything(adapter: Adapter) -> list[Any]:
    """What was bought, what was paid for it, and what is on the customer's gift cards."""
    customer = await quick(adapter.agent, "get_customer", customerId=adapter.shop.customer_id)
    orders = [await quick(adapter.agent, "get_order", orderId=order_id) for order_id in adapter.shop.orders.values()]
    return [customer["credits"], customer["purchases"]] + [
        [order[part] for part in ("status", "lineItems", "settlementAmounts", "refundIds")] for order in orders
    ]
