"""The only wiring: a store, a processor and a clock become a Flint, and a Flint becomes an MCP server."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

from mcp.server import Server
from mcp.server.subscriptions import InMemorySubscriptionBus

from flint_domain.flint import Flint
from flint_server.announcing import Announcer
from flint_server.clock import STEP, SteppingClock, SystemClock
from flint_server.db import DEFAULT_MERCHANT_ID, SqliteStore, Ulids, open_store
from flint_server.db.ids import made_at
from flint_server.processors.simulated import SimulatedProcessor
from flint_server.processors.test_values import TEST_VALUES
from flint_server.scripted import ScriptedFlint
from flint_server.settings import Settings
from flint_tools.reference import TestCard
from flint_tools.selection import select
from flint_tools.server import build_server


@dataclass(frozen=True, slots=True)
class Application:
    """A running Flint. has_worker is False for a scripted run, where calls do the worker's part."""

    flint: Flint
    store: SqliteStore
    processor: SimulatedProcessor
    server: Server[Any]
    announcer: Announcer
    has_worker: bool


@asynccontextmanager
async def open_application(settings: Settings) -> AsyncGenerator[Application]:
    """Open the data folder and put everything together; closes it at the end.

    Raises StorageFault when the data cannot be used, UnknownSelection for toolsets or tools that do not exist.
    """
    tools = select(settings.toolsets, settings.tools, read_only=settings.read_only)
    ids = Ulids(None if settings.seed is None else Random(settings.seed))
    stepping = None if settings.clock is None else SteppingClock(settings.clock)
    clock = stepping or SystemClock()
    async with (
        open_store(settings.database, clock, ids) as store,
        SimulatedProcessor(settings.ledger, clock=clock, seed=settings.seed) as processor,
    ):
        exposed = frozenset(tools)
        if stepping is None:
            flint = Flint(store, processor, DEFAULT_MERCHANT_ID, exposed)
        else:
            await _catch_up(stepping, store)
            flint = ScriptedFlint(store, processor, stepping, DEFAULT_MERCHANT_ID, exposed)
        bus = InMemorySubscriptionBus()
        server = build_server(flint, tools, cards=simulated_cards(), read_only=settings.read_only, bus=bus)
        announcer = Announcer(store, flint.merchant_id, clock, bus)
        yield Application(flint, store, processor, server, announcer, has_worker=stepping is None)


async def _catch_up(clock: SteppingClock, store: SqliteStore) -> None:
    """A scripted clock never stands behind what the data has seen: it would make the same ids again."""
    newest = await store.newest_id()
    if newest is not None:
        clock.set(max(clock.now(), made_at(newest) + STEP))


def simulated_cards() -> tuple[TestCard, ...]:
    """The simulated processor's tokens, for the reference page."""
    return tuple(TestCard(value.tokens[0], value.meaning) for value in TEST_VALUES)
