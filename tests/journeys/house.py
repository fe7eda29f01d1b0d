"""A whole order system on a folder of its own: a real store, the simulated processor, and a clock that tests set."""

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flint_domain.commands.coupons import CreateCoupon
from flint_domain.commands.orders import CreateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.tax import SaveTaxRate
from flint_domain.engine.engine import Engine
from flint_domain.engine.flint import Call, Flint
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import ErrorCode, Refused
from flint_domain.order.inputs import Amount, LineInput
from flint_domain.queries.orders import GetOrder
from flint_domain.unit_of_work.command import Command, Query
from flint_domain.unit_of_work.ports import Processor, Store
from flint_domain.unit_of_work.work import LEASE
from flint_server.db import DEFAULT_MERCHANT_ID, Ulids, open_store
from flint_server.db.sqlite.store import SqliteStore
from flint_server.processors.simulated.faults import Fault
from flint_server.processors.simulated.processor import LATER_AFTER, Balance, SimulatedProcessor

START = datetime(2026, 11, 23, 12, tzinfo=UTC)

TOOLS = frozenset(
    {
        *("create_order", "get_order", "search_orders", "update_order", "cancel_order", "close_order"),
        *("apply_coupon", "remove_coupon", "create_coupon", "update_coupon", "search_coupons"),
        *("pay_order", "capture_payment", "void_payment", "get_payment"),
        *("fulfill_order", "amend_order", "return_items", "move_payment"),
        *("quote_refund", "create_refund", "get_refund", "save_tax_rate", "list_tax_rates"),
    }
)

PRO_PLAN = LineInput(name="Pro Plan - Annual", unit_price=Amount(amount=9900), item_id="pro-annual")
SUPPORT = LineInput(name="Priority Support Add-on", unit_price=Amount(amount=2900), item_id="support")


class SetClock:
    """Stands still until a test lets time pass."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> datetime:
        return self.at

    def passes(self, span: timedelta) -> None:
        self.at += span


class House:
    """The order system as its callers find it, and the processor's side as an operator would see it."""

    def __init__(self, folder: Path, clock: SetClock | None = None, *, number: int = 1) -> None:
        self.folder = folder
        self.clock = clock or SetClock()
        self.caller = Caller(tools=TOOLS)
        self._opened = number * 1000  # two houses on one folder must not make the same ids

    @property
    def flint(self) -> Flint:
        return self._flint

    @flint.setter
    def flint(self, flint: Flint) -> None:
        self._flint = flint
        self.engine: Engine = flint  # what is asked: Flint, or what a test puts around it

    async def open(self) -> None:
        self._opened += 1
        ids = Ulids(random.Random(self._opened))
        self.sqlite: SqliteStore = open_store(self.folder / "flint.db", self.clock, ids)
        self.simulator = SimulatedProcessor(self.folder / "processor.db", clock=self.clock, seed=1)
        await self.simulator.open()
        self.flint = self.flint_for(DEFAULT_MERCHANT_ID)

    async def close(self) -> None:
        await self.simulator.close()
        await self.sqlite.close()

    async def reopen(self) -> None:
        """What a restart finds: nothing but the files."""
        await self.close()
        await self.open()

    def flint_for(self, merchant_id: str, *, store: Store | None = None, processor: Processor | None = None) -> Flint:
        return Flint(store or self.sqlite, processor or self.simulator, merchant_id)

    # ── what callers do ──

    async def do(
        self, command: Command, key: str | None = None, *, dry_run: bool = False, actor: str = "agent"
    ) -> dict[str, Any]:
        return await self.engine.execute(command, Call(key=key, dry_run=dry_run, actor=actor, caller=self.caller))

    async def ask(self, query: Query) -> dict[str, Any]:
        return await self.engine.ask(query, self.caller)

    async def read(self, order_id: str) -> dict[str, Any]:
        return await self.ask(GetOrder(order_id=order_id, view="full"))

    async def order_of(self, *lines: LineInput, **fields: Any) -> str:
        """The id of a new order."""
        created = await self.do(CreateOrder(lines=lines or (PRO_PLAN, SUPPORT), **fields))
        return created["orderId"]

    async def paid_order(self, *lines: LineInput, token: str = "tok_visa", **fields: Any) -> str:
        order_id = await self.order_of(*lines, **fields)
        await self.do(PayOrder(order_id=order_id, sources=(token,)))
        return order_id

    async def use_eight_percent(self) -> None:
        await self.do(SaveTaxRate(rate_name="Sales tax", percent=Decimal(8), default=True))

    async def offer_launch20(self) -> None:
        await self.do(CreateCoupon(code="LAUNCH20", percent=Decimal(20)))

    # ── what happens to them ──

    async def fault(self, kind: Any, **what: Any) -> None:
        """Switch a fault on. What it leaves pending ends by itself when later() has passed."""
        if kind == "pending":
            what.setdefault("delay_seconds", LATER_AFTER.total_seconds())
        await self.simulator.set_fault(Fault(kind=kind, **what))

    async def later(self, span: timedelta = LATER_AFTER) -> None:
        """Let time pass and hear what the processor has to say by then."""
        self.clock.passes(span)
        await self.engine.hear()

    async def recover(self) -> int:
        """What the next minute's recovery does, once every lease has run out."""
        self.clock.passes(LEASE + timedelta(seconds=1))
        return await self.engine.recover()

    async def buyer(self, payment_id: str, *, approves: bool) -> None:
        await (self.simulator.complete(payment_id) if approves else self.simulator.fail(payment_id))
        await self.engine.hear()

    # ── what came of it ──

    async def trail(self, order_id: str) -> list[str]:
        """The types of everything that happened to the order, oldest first."""
        shown = await self.ask(GetOrder(order_id=order_id, view="timeline"))
        return [activity["type"] for activity in shown["activities"]]

    async def balance(self, order_id: str) -> Balance:
        return await self.simulator.balance_of(order_id)

    async def actions(self, order_id: str) -> set[str]:
        """What can be done with the order now."""
        return {action["action"] for action in (await self.read(order_id))["availableActions"]}

    async def refused(self, command: Command, code: ErrorCode, key: str | None = None, **call: Any) -> Refused:
        """The refusal of a command, whose code must be this one and which must have changed nothing."""
        before = self.contents()
        with pytest.raises(Refused) as caught:
            await self.do(command, key, **call)
        assert caught.value.code == code, caught.value.message
        assert self.contents() == before, "a refused call changed something"
        return caught.value

    def contents(self) -> list[str]:
        """Every row of the data file, to be compared with another moment's."""
        import sqlite3
        from contextlib import closing

        with closing(sqlite3.connect(self.folder / "flint.db")) as connection:
            return list(connection.iterdump())


def facts_of(house: House, order_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Everything that happened to the order, oldest first: its type and its data."""
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(house.folder / "flint.db")) as connection:
        rows = connection.execute(
            "SELECT type, data FROM facts WHERE order_id = ? ORDER BY version, position", (order_id,)
        ).fetchall()
    return [(kind, json.loads(data)) for kind, data in rows]


def amounts(order: dict[str, Any]) -> tuple[str | int, ...]:
    """status, paid, refunded, outstanding, refundable: where an order's money stands."""
    settled = order["settlementAmounts"]
    names = ("paidMoney", "refundedMoney", "outstandingMoney", "refundableMoney")
    return (order["status"], *(settled[name]["amount"] for name in names))


def total(order: dict[str, Any]) -> int:
    return order["pricingAmounts"]["totalMoney"]["amount"]


@asynccontextmanager
async def opened(folder: Path, **options: Any) -> AsyncIterator[House]:
    house = House(folder, **options)
    await house.open()
    try:
        yield house
    finally:
        await house.close()
