"""What is reserved too long is given back by itself: by the worker's round, and before each call of a scripted run."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import LineInput
from flint_domain.reactions.catalog.stock import RESERVED_FOR
from flint_server.composition import open_application
from flint_server.settings import Settings
from flint_server.worker import work
from tests.journeys.catalog import a_mug, counts
from tests.journeys.house import opened
from tests.server.running import call, until

MUG = LineInput(item_id="MUG")


async def test_the_worker_gives_back_what_was_not_paid_in_time(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        mug = await a_mug(house, 2)
        order_id = await house.order_of(MUG)
        house.clock.passes(RESERVED_FOR)
        async with anyio.create_task_group() as group:
            group.start_soon(work, house.flint)
            await until(lambda: counts(house, mug), lambda numbers: numbers == (2, 0, 0))
            group.cancel_scope.cancel()
        assert await house.trail(order_id) == ["ORDER_CREATED", "STOCK_RELEASED"]


async def test_a_scripted_run_gives_it_back_before_the_next_call(tmp_path: Path) -> None:
    began = datetime.fromisoformat("2026-01-31T09:00:00Z")
    settings = Settings(folder=tmp_path, toolsets=("all",), clock=began, seed=7)
    async with open_application(settings) as application, Client(application.server) as client:
        await call(client, "save_item", name="Mug", variants=[{"sku": "MUG", "priceMoney": {"amount": 900}}])
        await call(client, "adjust_inventory", sku="MUG", count=1, reason="counted")
        order = await call(client, "create_order", lineItems=[{"itemId": "MUG"}])
    later = replace(settings, clock=began + RESERVED_FOR + timedelta(minutes=1), seed=8)
    async with open_application(later) as application, Client(application.server) as client:
        [item] = (await call(client, "search_items", itemId="MUG"))["items"]
        read = await call(client, "get_order", orderId=order["orderId"])
    assert item["variants"][0]["available"] == 1
    assert read["activities"][-1]["type"] == "STOCK_RELEASED"


async def test_one_order_that_cannot_be_released_does_not_hold_up_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path) as house:
        mug = await a_mug(house, 2)
        for _ in range(2):
            await house.order_of(MUG)
        house.clock.passes(RESERVED_FOR)
        write = house.sqlite.write
        tried: list[str] = []

        async def refuse_once(merchant_id: str, change: Any) -> Any:
            tried.append(merchant_id)
            if len(tried) == 1:
                raise Refused("storage_unavailable", "The disk is full.", hint="free some space")
            return await write(merchant_id, change)

        monkeypatch.setattr(house.sqlite, "write", refuse_once)
        assert await house.flint.release_expired() == 1
        assert await counts(house, mug) == (1, 1, 0)
        assert await house.flint.release_expired() == 1
        assert await counts(house, mug) == (2, 0, 0)
