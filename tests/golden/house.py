"""An order system whose clock, ids and processor repeat themselves, reached as agents reach it: through its tools."""

import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, MCPError

from flint_domain.engine.flint import Flint
from flint_domain.kernel.callers import Caller
from flint_domain.order.payments.model import Outcome, TransferState
from flint_domain.unit_of_work.ports import TaxService
from flint_server.composition import try_out_cards
from flint_server.db import DEFAULT_MERCHANT_ID, SqliteStore, Ulids, open_store
from flint_server.processors.simulated.processor import SimulatedProcessor
from flint_tools.selection import select
from flint_tools.server import build_server
from tests.journeys.house import SetClock
from tests.journeys.tax_office import TaxOffice

BEGAN = datetime(2026, 10, 1, 9, tzinfo=UTC)
TOOLS = select(("all",))
EXPOSED = Caller(tools=frozenset(TOOLS))
PATIENCE = 60.0  # seconds that a call may need to get to the gate on a busy machine


class Gate:
    """Where calls of some kinds stop, as those of a process that is killed there."""

    def __init__(self) -> None:
        self.before: set[str] = set()
        self.after: set[str] = set()
        self.stopped = 0
        self._came = anyio.Event()
        self._opened = anyio.Event()

    async def reached(self, stopped: int) -> None:
        """Wait until so many calls stand there."""
        with anyio.fail_after(PATIENCE):
            while self.stopped < stopped:
                await self._came.wait()

    async def stop(self, kinds: set[str], kind: str) -> None:
        if kind in kinds:
            self.stopped += 1
            self._came.set()
            self._came = anyio.Event()
            await self._opened.wait()
            raise OSError("the process was gone by now")

    def open(self) -> None:
        self._opened.set()


class GatedProcessor(SimulatedProcessor):
    """The simulated processor, with a gate in front of it and one behind it."""

    def __init__(self, path: Path, clock: SetClock, gate: Gate) -> None:
        super().__init__(path, clock=clock, seed=1)
        self._gate = gate

    async def perform(self, transfer: Any) -> Any:
        return await self._through(super().perform, transfer)

    async def attach(self, errand: Any) -> Any:
        return await self._through(super().attach, errand)

    async def detach(self, errand: Any) -> Any:
        return await self._through(super().detach, errand)

    async def _through(self, perform: Callable[[Any], Awaitable[Any]], asked: Any) -> Any:
        await self._gate.stop(self._gate.before, asked.kind)
        answer = await perform(asked)
        await self._gate.stop(self._gate.after, asked.kind)
        return answer


class GatedOffice(TaxOffice):
    """A tax office with a gate in front of it, whose reference for a report is the same whoever asks, and whenever."""

    gate: Gate

    async def perform(self, report: Any) -> Any:
        await self.gate.stop(self.gate.before, report.kind)
        if self.refuse:
            return await super().perform(report)
        if self.lose_answers:
            return Outcome(state=TransferState.UNKNOWN)
        reference = f"tax_{sha256(report.key.encode()).hexdigest()[:12]}"
        return Outcome(state=TransferState.SUCCEEDED, reference=reference)


class Agent:
    """A client of one merchant's server; what it is answered is the structured part."""

    def __init__(self, client: Client, flint: Flint) -> None:
        self.client = client
        self.flint = flint

    async def answer(self, tool: str, arguments: dict[str, Any]) -> Any:
        result = await self.client.call_tool(tool, arguments)
        if result.is_error:
            return {"refused": [getattr(block, "text", "") for block in result.content]}
        return result.structured_content

    async def resource(self, address: str) -> Any:
        try:
            result = await self.client.read_resource(address)
        except MCPError as refused:
            return {"refused": refused.error.message}
        return [getattr(content, "text", "") for content in result.contents]


class House:
    """Every merchant of one data folder. taxed is the first one's server as it is with the tax office."""

    sqlite: SqliteStore
    simulator: SimulatedProcessor
    taxed: Agent

    def __init__(self, folder: Path, at: datetime, number: int) -> None:
        self.folder = folder
        self.ids = Ulids(random.Random(number))
        self.clock = SetClock()
        self.clock.at = at
        self.gate = Gate()
        self.office = GatedOffice()
        self.office.gate = self.gate
        self.agents: dict[str, Agent] = {}
        self.stack = AsyncExitStack()

    @property
    def agent(self) -> Agent:
        return self.agents[DEFAULT_MERCHANT_ID]

    def passes(self, **span: float) -> None:
        self.clock.passes(timedelta(**span))

    async def connected(self, merchant_id: str, taxes: TaxService | None = None) -> Agent:
        flint = Flint(self.sqlite, self.simulator, merchant_id, taxes=taxes)
        server = build_server(flint, TOOLS, cards=try_out_cards(self.simulator.name))
        return Agent(await self.stack.enter_async_context(Client(server)), flint)

    async def another_merchant(self, name: str, currency: str) -> Agent:
        merchant = await self.sqlite.add_merchant(name, currency)
        self.agents[merchant.merchant_id] = await self.connected(merchant.merchant_id)
        return self.agents[merchant.merchant_id]

    async def recover(self) -> int:
        """What a server that starts now takes on, with the tax office."""
        return await self.taxed.flint.recover()


@asynccontextmanager
async def opened(folder: Path, at: datetime = BEGAN, *, number: int = 1) -> AsyncIterator[House]:
    """The order system on this folder at a moment; number tells the ids of two openings apart."""
    house = House(folder, at, number)
    async with house.stack as stack:
        house.sqlite = await stack.enter_async_context(open_store(folder / "flint.db", house.clock, house.ids))
        processor = GatedProcessor(folder / "processor.db", house.clock, house.gate)
        house.simulator = await stack.enter_async_context(processor)
        for merchant in await house.sqlite.merchants():
            house.agents[merchant.merchant_id] = await house.connected(merchant.merchant_id)
        house.taxed = await house.connected(DEFAULT_MERCHANT_ID, house.office)
        yield house
