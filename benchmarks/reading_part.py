"""What a model reads of Flint's answers over other people's support tasks: characters and calls, then and now.

The reference calls of each task are replayed, with the reads that models made when they played the tasks. What an
answer was before models got text is made from the same records in the same run (see former_answers).
"""

import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import former_answers as former
from benchmarks.measuring import table, times
from flint_domain.kernel.callers import LOCAL
from flint_domain.kernel.errors import Refused
from flint_domain.order.hints import hints
from flint_domain.queries.orders import GetOrder
from flint_domain.unit_of_work.work import load
from flint_tools.arguments import parse
from flint_tools.binding import Reading
from flint_tools.rendering.answers import result_of
from flint_tools.rendering.text import as_json
from flint_tools.selection import select
from tests.support.adapter import NEVER_PAID, Adapter
from tests.support.cases import Task, tasks
from tests.support.seeding import Shop, open_shop, stock_catalog
from tests.tools.agent import Agent, at_work

TOOLS = select(["all"])
GET_ORDERS, OF_FULL = 2.6, 0.75  # a task; three in four asked for everything, and need only the summary now
SEARCH_ITEMS = 1.7
QUICK = 8  # tasks
AIMS = {"text": 0.45, "structured": 0.65, "get_order, text": 0.35}


@dataclass(slots=True)
class Read:
    """Calls of one tool, and the characters of their answers."""

    calls: int = 0
    text: int = 0
    structured: int = 0
    former: int = 0

    def __add__(self, other: "Read") -> "Read":
        return Read(
            self.calls + other.calls,
            self.text + other.text,
            self.structured + other.structured,
            self.former + other.former,
        )


@dataclass(slots=True)
class Tally:
    """By tool; the pace says how many of a read that no whole number gives are due in this task."""

    by_tool: dict[str, Read] = field(default_factory=lambda: defaultdict(Read))
    due: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def some(self, read: str, a_task: float) -> Iterator[int]:
        self.due[read] += a_task
        while self.due[read] >= 1:
            self.due[read] -= 1
            yield 0


class Player(Adapter):
    """Makes the reference solution's calls; each that a model made is measured."""

    def __init__(self, agent: Agent, shop: Shop, task: Task, tally: Tally) -> None:
        super().__init__(agent, shop, task)
        self.flint = agent.application.flint
        self.tally = tally

    async def play(self) -> None:
        for call in self.task.calls:
            await self._translations[call["name"]](**call["arguments"])
        if self.task.customer is not None:
            await self._as_models_read(self.task.customer)

    async def _as_models_read(self, person: dict[str, Any]) -> None:
        """Who it is, what they bought, and the goods that it is about."""
        await self._measured("search_customers", email=person["email"])
        await self._measured("get_customer", customerId=self.shop.customer_id)
        await self._measured("search_orders", customerId=self.shop.customer_id)
        orders, lines = [*self.shop.orders.values()], self.task.orders[0]["lines"]
        for number, _ in enumerate(self.tally.some("orders", GET_ORDERS)):
            was = "full" if [*self.tally.some("full", OF_FULL)] else "summary"
            await self._measured("get_order", orderId=orders[number % len(orders)], was=was)
        for number, _ in enumerate(self.tally.some("items", SEARCH_ITEMS)):
            await self._measured("search_items", query=lines[number % len(lines)]["name"])

    async def _read(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """What the adapter reads to find its way; models read as above."""
        return await self._asked(tool, arguments)

    async def _write(self, tool: str, **arguments: Any) -> dict[str, Any]:
        self._writes += 1
        return await self._measured(tool, **arguments, idempotencyKey=f"{self.task.task_id}-{self._writes}")

    async def _quote(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any] | None:
        try:
            return await self._measured(tool, **arguments, dryRun=True)
        except Refused as refused:
            assert refused.code == NEVER_PAID, refused
            return None

    async def _asked(self, tool: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """The domain's answer, as it is before anything is rendered."""
        called = parse(TOOLS[tool], arguments)
        if isinstance(called, Reading):
            return await self.flint.ask(called.query())
        return await self.flint.execute(called.command(), called.call("agent", LOCAL))

    async def _measured(self, tool: str, was: str = "summary", **arguments: Any) -> dict[str, Any]:
        answer = await self._asked(tool, arguments)
        result = result_of(TOOLS[tool].result, answer)
        assert result.structured_content is not None
        self.tally.by_tool[tool] += Read(
            calls=1,
            text=len(getattr(result.content[0], "text")),  # noqa: B009 - a picture would have none
            structured=len(as_json(result.structured_content)),
            former=len(as_json(await self._former(answer, was))),
        )
        return answer

    # ── then ──

    async def _former(self, answer: dict[str, Any], was: str) -> dict[str, Any]:
        """The answer of then, whose text was the same JSON."""
        if answer.get("dryRun"):
            return answer  # its order is nowhere to be read: counted as it is now, which is less than it was
        if "lineItems" in answer:
            return await self._former_order(answer["orderId"], was)
        if "orders" in answer:
            return {**answer, "orders": [former.row(await self._full(row["orderId"])) for row in answer["orders"]]}
        told = dict(answer)
        if "order" in told:
            told["order"] = await self._former_order(told["order"]["orderId"], was)
        for holder in (told, told.get("customer", {})):
            if "recentOrders" in holder:
                rows = [former.row(await self._full(row["orderId"])) for row in holder["recentOrders"]]
                holder["recentOrders"] = rows
        return told

    async def _full(self, order_id: str) -> dict[str, Any]:
        return await self.flint.ask(GetOrder(order_id=order_id, view="full"))

    async def _former_order(self, order_id: str, was: str) -> dict[str, Any]:
        order = await self._full(order_id)
        if was == "full":
            return former.full(order)
        merchant_id = self.flint.merchant_id
        idle = await self.agent.application.store.read(merchant_id, lambda tx: hints(load(tx, order_id, LOCAL)).idle)
        return former.summary(order, idle)


async def measure(folder: Path, *, quick: bool) -> str:
    """Play the tasks, each in a shop of its own. Needs FLINT_CASES, the folder of the third-party cases."""
    chosen = [task for task in tasks() if task.customer is not None]
    if not chosen:
        return "\nWhat a model reads: FLINT_CASES names no folder with the support tasks"
    if quick:
        chosen = chosen[:: len(chosen) // QUICK][:QUICK]
    stocked, tally = folder / "stocked", Tally()
    stocked.mkdir()
    async with at_work(stocked, worker=False) as agent:
        await stock_catalog(agent, tasks())
    for task in chosen:
        shop_folder = folder / task.task_id
        shutil.copytree(stocked, shop_folder)
        async with at_work(shop_folder, worker=False) as agent:
            await Player(agent, await open_shop(agent, task), task, tally).play()
    return _report(tally, len(chosen))


def _report(tally: Tally, played: int) -> str:
    everything = sum(tally.by_tool.values(), Read())
    rows = [_row(tool, read) for tool, read in sorted(tally.by_tool.items(), key=lambda each: -each[1].former)]
    head = ("", "calls", "then", "text", "of then", "structured", "of then")
    title = f"What a model reads over {played} support tasks: characters of one copy, then and now"
    reached = {
        "text": everything.text / everything.former,
        "structured": everything.structured / everything.former,
        "get_order, text": tally.by_tool["get_order"].text / tally.by_tool["get_order"].former,
    }
    aims = (f"{name}: {reached[name]:.3f} (aim: at most {aim})" for name, aim in AIMS.items())
    return table(title, head, [*rows, _row("everything", everything)]) + "\n" + "\n".join(aims)


def _row(name: str, read: Read) -> tuple[str, ...]:
    return (
        name,
        str(read.calls),
        str(read.former),
        str(read.text),
        times(read.text / read.former),
        str(read.structured),
        times(read.structured / read.former),
    )
