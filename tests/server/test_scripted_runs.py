"""`flint serve --clock --seed`: the same script gives the same bytes, and a restart goes on from there."""

import json
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from mcp import Client

from flint_server.composition import open_application
from flint_server.settings import Settings
from tests.journeys.marked_lives import NEEDLES
from tests.journeys.test_erasing_every_life import left_behind
from tests.server.running import call, served

START = "2026-01-31T09:00:00Z"
OPTIONS = ("--clock", START, "--seed", 7, "--toolsets", "all")
LINES = [
    {"name": "Pro Plan", "unitPriceMoney": {"amount": 9900}},
    {"name": "Support", "unitPriceMoney": {"amount": 2900}},
]


@asynccontextmanager
async def scripted(folder: Path) -> AsyncIterator[Client]:
    """A client of a server with these options, in this process."""
    settings = Settings(folder=folder, toolsets=("all",), clock=datetime.fromisoformat(START), seed=7)
    async with open_application(settings) as application, Client(application.server) as client:
        yield client


async def script(connected: AbstractAsyncContextManager[Client]) -> list[dict[str, Any]]:
    """An order's life with a refund that the bank confirms later; every answer of it."""
    async with connected as client:
        answers = [await call(client, "save_tax_rate", name="Sales tax", ratePercent=8, default=True)]
        answers.append(await call(client, "create_order", lineItems=LINES))
        order_id = {"orderId": answers[-1]["orderId"]}
        answers.append(await call(client, "pay_order", **order_id, paymentSourceTokens=["tok_pendingRefund"]))
        answers.append(await call(client, "create_refund", **order_id, amountMoney={"amount": 2900}))
        for _ in range(3):
            answers.append(await call(client, "get_order", **order_id, view="full"))
    return answers


async def test_the_same_script_gives_the_same_bytes(tmp_path: Path) -> None:
    first = json.dumps(await script(scripted(tmp_path / "one")))
    second = json.dumps(await script(served(tmp_path / "two", *OPTIONS)))
    assert first == second
    assert '"createdAt": "2026-01-31T09:00:0' in first


async def test_another_seed_makes_other_ids(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path / "two", clock=datetime.fromisoformat(START), seed=8)
    async with (
        scripted(tmp_path / "one") as one,
        open_application(settings) as other,
        Client(other.server) as two,
    ):
        made = [await call(client, "create_order", lineItems=LINES) for client in (one, two)]
    assert made[0]["orderId"] != made[1]["orderId"]


async def test_a_restart_goes_on_in_time_and_makes_no_id_twice(tmp_path: Path) -> None:
    before = await script(scripted(tmp_path))
    after = await script(scripted(tmp_path))
    made = [next(answer["orderId"] for answer in answers if "orderId" in answer) for answers in (before, after)]
    assert made[0] < made[1]
    assert before[-1]["updatedAt"] < after[1]["activities"][0]["at"]
    async with scripted(tmp_path) as client:
        found = await call(client, "search_orders")
        assert [row["orderId"] for row in found["orders"]] == made[::-1]


async def test_time_goes_a_second_with_every_call(tmp_path: Path) -> None:
    async with scripted(tmp_path) as client:
        made = [await call(client, "create_order", lineItems=LINES) for _ in range(3)]
    assert [order["activities"][0]["at"] for order in made] == [
        "2026-01-31T09:00:01Z",
        "2026-01-31T09:00:02Z",
        "2026-01-31T09:00:03Z",
    ]


async def test_the_call_after_an_erasing_leaves_no_word_of_the_person_in_any_table(tmp_path: Path) -> None:
    """No worker takes them out of the text indexes here."""
    name, data = f"Rum{NEEDLES[0]}", tmp_path / "flint.db"
    async with scripted(tmp_path) as client:
        saved = await call(client, "save_customer", name=name, emails=[f"{name}@example.com"])
        customer_id = saved["customer"]["customerId"]
        order = await call(client, "create_order", customerId=customer_id, lineItems=LINES, note=f"for {name}")
        await call(client, "cancel_order", orderId=order["orderId"])
        assert {"customers", "customers_text", "orders_text"} <= tables(left_behind(data))
        await call(client, "erase_customer", customerId=customer_id)
        assert tables(left_behind(data)) == {"customers_text_data", "orders_text_data"}
        await call(client, "search_orders")
        assert left_behind(data) == []


def tables(lines: list[str]) -> set[str]:
    return {line.split(".")[0] for line in lines}
