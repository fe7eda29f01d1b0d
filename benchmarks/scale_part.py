"""The same calls with few and with many orders stored: what grows with the data."""

import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from benchmarks import scale_around
from benchmarks.bulk import fill
from benchmarks.bulk_around import fill_customers, fill_items
from benchmarks.goods import COLORS, Shelf, Shop, create_order, dearer, from_stock, pay_order
from benchmarks.measuring import Measured, in_turns, milliseconds, table, times
from flint_domain.engine.engine import Engine
from flint_domain.kernel.callers import LOCAL
from flint_server.composition import open_application
from flint_server.settings import Settings
from flint_tools.selection import select
from flint_tools.server import call

FEW, MANY, MANY_QUICKLY = 1_000, 300_000, 10_000
MANY_CUSTOMERS, MANY_ITEMS = {MANY: 100_000, MANY_QUICKLY: 10_000}, {MANY: 20_000, MANY_QUICKLY: 2_000}
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
    "search: before the first day": lambda _: {"createdBefore": "2020-01-01T00:00:00Z"},
    "search: paid, before the first day": lambda _: {"createdBefore": "2020-01-01T00:00:00Z", "status": "PAID"},
    "search: after the last day": lambda _: {"createdAfter": "2999-01-01T00:00:00Z"},
}
FROM_STOCK = "create_order, from stock"
CALLED = ("get_order", "create_order", FROM_STOCK, "pay_order", "amend_order", *SEARCHES)


async def measure(folder: Path, *, quick: bool) -> str:
    """Tables of wall time and processor time with many records, as multiples of the same with few."""
    many = MANY_QUICKLY if quick else MANY
    sizes = {
        FEW: Size(FEW, scale_around.FEW_CUSTOMERS, scale_around.FEW_ITEMS),
        many: Size(many, MANY_CUSTOMERS[many], MANY_ITEMS[many]),
    }
    calls, rounds = (20, 3) if quick else (CALLS, ROUNDS)
    async with AsyncExitStack() as opened:
        variants: dict[str, Callable[[], Awaitable[float]]] = {}
        processor: dict[str, list[float]] = {}
        filling = 0.0
        for orders, size in sizes.items():
            settings = Settings(folder=folder / str(orders), toolsets=("all",))
            application = await opened.enter_async_context(open_application(settings))
            began = time.perf_counter()
            stored = await fill(application.store, size.orders)
            await fill_customers(application.store, size.customers)
            await fill_items(application.store, size.items)
            filling = time.perf_counter() - began
            for name, one in (await _calls(application.flint, stored, size, calls)).items():
                spent = processor[f"{name} {orders}"] = []
                variants[f"{name} {orders}"] = partial(_round, one, calls, spent)
        megabytes = sum(file.stat().st_size for file in (folder / str(many)).iterdir()) / 1e6
        on_the_clock = await in_turns(variants, rounds)
    for spent in processor.values():
        del spent[0]  # the warm-up, which the clock's measurement leaves out as well
    cpu, size = Measured(processor), sizes[many]
    return "\n".join(
        [
            table(
                f"Scale: {many:,} orders against {FEW:,} (filled in {filling:.0f} s, {megabytes:.0f} MB), per call "
                "without a transport (lower is better)",
                ["call", f"ms at {FEW:,}", f"ms at {many:,}", "growth", "CPU growth"],
                [_row(name, many, on_the_clock, cpu) for name in CALLED],
            ),
            f"In processor time, {FROM_STOCK} costs {times(cpu.ratio(f'{FROM_STOCK} {many}', f'create_order {many}'))} "
            f"times create_order, and amend_order {times(cpu.ratio(f'amend_order {many}', f'pay_order {many}'))} times "
            "pay_order.",
            table(
                f"Scale: {size.customers:,} customers against {scale_around.FEW_CUSTOMERS:,}, {size.items:,} items "
                f"against {scale_around.FEW_ITEMS:,}",
                ["call", "ms with few", "ms with many", "growth", "CPU growth"],
                [_row(name, many, on_the_clock, cpu) for name in scale_around.NAMES],
            ),
        ]
    )


@dataclass(frozen=True, slots=True)
class Size:
    orders: int
    customers: int
    items: int


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


async def _calls(
    flint: Engine, stored: list[str], size: Size, calls: int
) -> dict[str, Callable[[], Awaitable[object]]]:
    """Each call by its name. Orders to read are picked anywhere; those to pay and to amend are the newest, of which
    there is a round ahead."""
    shop, random, keys = Shop(f"N{len(stored)}x", seed=2), Random(3), count()
    made, paid = list[str](), list[dict[str, Any]]()
    ask = partial(_call, flint)

    async def create() -> None:
        made.append((await ask("create_order", create_order(shop.basket(), f"new-{next(keys)}")))["orderId"])

    async def create_from_stock() -> None:
        skus = [Shelf.sku(random.randrange(size.items), color) for color in COLORS]
        await ask("create_order", from_stock(create_order(shop.basket(), f"new-{next(keys)}"), skus))

    async def pay() -> None:
        order_id = made.pop()
        paid.append((await ask("pay_order", pay_order(order_id, f"pay-{order_id}")))["order"])

    async def amend() -> None:
        await ask("amend_order", dearer(paid.pop(), f"amend-{next(keys)}"))

    async def get() -> None:
        await ask("get_order", {"orderId": random.choice(stored)})

    async def search(asked: Callable[[int], dict[str, Any]]) -> None:
        await ask("search_orders", asked(random.randrange(len(stored)) + 1))

    for ahead in (create, create, pay):
        for _ in range(calls):
            await ahead()
    return {
        "create_order": create,
        FROM_STOCK: create_from_stock,
        "pay_order": pay,
        "amend_order": amend,
        "get_order": get,
        **{name: partial(search, asked) for name, asked in SEARCHES.items()},
        **scale_around.calls(ask, size.customers, size.items),
    }


async def _call(flint: Engine, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
    result = await call(flint, TOOLS, tool, arguments, LOCAL)
    assert not result.is_error, result.content
    assert result.structured_content is not None
    return result.structured_content
