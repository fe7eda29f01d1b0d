"""The same calls with few and with many orders stored: what grows with the data."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.bulk import fill
from benchmarks.goods import Shop, create_order, pay_order
from benchmarks.measuring import Measured, in_turns, milliseconds, table, times
from flint_domain.flint import Flint
from flint_server.composition import Application, open_application
from flint_server.settings import Settings
from flint_tools.selection import select
from flint_tools.server import call

FEW, MANY, MANY_QUICKLY = 1_000, 300_000, 10_000
CALLS = 60  # in a round
ROUNDS = 11

TOOLS = select(("all",), (), read_only=False)

# Words that give the same number of orders however many are stored: a full page, or the one order that has them.
SEARCHES: dict[str, Callable[[int], dict[str, Any]]] = {
    "search: a common word": lambda _: {"query": "walnut"},
    "search: two common words": lambda _: {"query": "walnut agent"},
    "search: the beginning of a word": lambda _: {"query": "por"},
    "search: a word and a status": lambda _: {"query": "lamp", "status": "PAID"},
    "search: one order's reference": lambda number: {"query": f"L{number:07d}"},
    "search: a reference and a word of every order": lambda number: {"query": f"L{number:07d} cus"},
    "search: newest, no words": lambda _: {},
}
CALLED = ("get_order", "create_order", "pay_order", *SEARCHES)


async def measure(folder: Path, *, quick: bool) -> str:
    """A table of wall time and processor time with many orders, as multiples of the same with few."""
    many = MANY_QUICKLY if quick else MANY
    calls, rounds = (20, 3) if quick else (CALLS, ROUNDS)
    async with AsyncExitStack() as opened:
        applications: dict[int, Application] = {}
        stored: dict[int, list[str]] = {}
        for orders in (FEW, many):
            settings = Settings(folder=folder / str(orders), toolsets=("all",))
            applications[orders] = await opened.enter_async_context(open_application(settings))
            began = time.perf_counter()
            stored[orders] = await fill(applications[orders].store, orders)
            filling = time.perf_counter() - began
        megabytes = sum(file.stat().st_size for file in (folder / str(many)).iterdir()) / 1e6
        variants: dict[str, Callable[[], Awaitable[float]]] = {}
        processor: dict[str, list[float]] = {}
        for orders, application in applications.items():
            for name, one in _calls(application.flint, stored[orders]).items():
                spent = processor[f"{name} {orders}"] = []
                variants[f"{name} {orders}"] = partial(_round, one, calls, spent)
        on_the_clock = await in_turns(variants, rounds)
    for spent in processor.values():
        del spent[0]  # the warm-up, which the clock's measurement leaves out as well
    return table(
        f"Scale: {many:,} orders against {FEW:,} (filled in {filling:.0f} s, {megabytes:.0f} MB), per call "
        "without a transport (lower is better)",
        ["call", f"ms at {FEW:,}", f"ms at {many:,}", "growth", "CPU growth"],
        [_row(name, many, on_the_clock, Measured(processor)) for name in CALLED],
    )


def _row(name: str, many: int, on_the_clock: Measured, processor: Measured) -> list[str]:
    few, grown = f"{name} {FEW}", f"{name} {many}"
    return [
        name,
        milliseconds(on_the_clock.cost(few)),
        milliseconds(on_the_clock.cost(grown)),
        times(on_the_clock.ratio(grown, few)),
        times(processor.ratio(grown, few)),
    ]


async def _round(one: Callable[[], Awaitable[object]], calls: int, spent: list[float]) -> float:
    began, used = time.perf_counter(), time.process_time()
    for _ in range(calls):
        await one()
    spent.append((time.process_time() - used) / calls)
    return (time.perf_counter() - began) / calls


def _calls(flint: Flint, stored: list[str]) -> dict[str, Callable[[], Awaitable[object]]]:
    """Each call by its name. Orders to read are picked anywhere; those to pay are the ones that were created last."""
    shop, random, keys, made = Shop(f"N{len(stored)}x", seed=2), Random(3), count(), list[str]()

    async def create() -> None:
        made.append((await _call(flint, "create_order", create_order(shop.basket(), f"new-{next(keys)}")))["orderId"])

    async def pay() -> None:
        if not made:
            await create()
        order_id = made.pop()
        await _call(flint, "pay_order", pay_order(order_id, f"pay-{order_id}"))

    async def get() -> None:
        await _call(flint, "get_order", {"orderId": random.choice(stored)})

    async def search(asked: Callable[[int], dict[str, Any]]) -> None:
        await _call(flint, "search_orders", asked(random.randrange(len(stored)) + 1))

    return {
        "create_order": create,
        "pay_order": pay,
        "get_order": get,
        **{name: partial(search, asked) for name, asked in SEARCHES.items()},
    }


async def _call(flint: Flint, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await call(flint, TOOLS, tool, arguments)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content
