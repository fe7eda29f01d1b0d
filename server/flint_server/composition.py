"""The only wiring: a store, a processor and a clock become a Flint, and a Flint becomes an MCP server."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from mcp.server import Server
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler

from flint_domain.engine.engine import Engine
from flint_domain.engine.flint import Flint
from flint_domain.kernel.callers import NOBODY, Caller
from flint_domain.unit_of_work.ports import TaxService
from flint_server.announcing import Announcer
from flint_server.clock import STEP, SteppingClock, SystemClock
from flint_server.db import DEFAULT_MERCHANT_ID, SqliteStore, StorageFault, Ulids, open_store
from flint_server.db.ids import made_at
from flint_server.processors.choice import open_processor, tax_service_of
from flint_server.processors.names import LIVE, SIMULATED
from flint_server.processors.simulated.documented_tokens import TEST_VALUES
from flint_server.processors.simulated.processor import SimulatedProcessor
from flint_server.scripted import Scripted
from flint_server.settings import Settings
from flint_server.stripe_events.inbox import Inbox, inbox_for
from flint_server.telemetry.spans import traced_flint
from flint_server.webhooks.courier import Courier
from flint_server.webhooks.sending import Sender
from flint_server.webhooks.targets import Targets
from flint_tools.reference import TestCard
from flint_tools.selection import select
from flint_tools.server import build_server

if TYPE_CHECKING:
    from flint_server.processors.stripe.processor import StripeProcessor


@dataclass(frozen=True, slots=True)
class Application:
    """A running Flint. has_worker is False for a scripted run, where calls do the worker's part, and where the settings
    leave the worker out; inbox is None where the processor sends no events, and taxes where
    the merchant's own rates are used."""

    flint: Engine
    store: SqliteStore
    processor: "SimulatedProcessor | StripeProcessor"
    taxes: TaxService | None
    server: Server[Any]
    announcer: Announcer
    listen: ListenHandler
    courier: Courier
    inbox: Inbox | None
    has_worker: bool


@asynccontextmanager
async def open_application(settings: Settings) -> AsyncGenerator[Application]:
    """Open the data folder and put everything together; closes it at the end.

    Raises StorageFault when the data cannot be used, UnknownSelection for toolsets or tools that do not exist, and
    StripeKeyRefused for a key of no use and UnknownTaxService for a tax service that cannot be had.
    """
    tools = select(settings.toolsets, settings.tools, read_only=settings.read_only)
    ids = Ulids(None if settings.seed is None else Random(settings.seed))
    stepping = None if settings.clock is None else SteppingClock(settings.clock)
    clock = stepping or SystemClock()
    taxes = tax_service_of(settings, clock)
    async with (
        open_store(settings.database, clock, ids) as store,
        open_processor(settings, clock) as processor,
    ):
        await _require_same_books(store, settings.database, processor.name)
        targets = Targets(private_allowed=settings.allow_private_webhooks)
        if stepping is None:
            flint = traced_flint(store, processor, DEFAULT_MERCHANT_ID, vet=targets.vet, taxes=taxes)
        else:
            await _catch_up(stepping, store)
            engine = Flint(store, processor, DEFAULT_MERCHANT_ID, vet=targets.vet, taxes=taxes)
            flint = Scripted(engine, stepping, store.take_out_erased_words)
        acts = Caller(principal=NOBODY.principal, tools=frozenset(tools))  # who acts on a webhook has these tools
        courier = Courier(store, Sender(targets, clock).send, clock, acts)
        bus = InMemorySubscriptionBus()
        listen = ListenHandler(bus)
        cards = try_out_cards(processor.name)
        server = build_server(
            flint, tools, cards=cards, read_only=settings.read_only, listen=listen, answers=settings.answers
        )
        announcer = Announcer(store, flint.merchant_id, clock, bus)
        inbox = inbox_for(processor, store, flint, clock)
        has_worker = settings.worker and stepping is None
        yield Application(flint, store, processor, taxes, server, announcer, listen, courier, inbox, has_worker)


async def _catch_up(clock: SteppingClock, store: SqliteStore) -> None:
    """A scripted clock never stands behind what the data has seen: it would make the same ids again."""
    newest = await store.newest_id()
    if newest is not None:
        clock.set(max(clock.now(), made_at(newest) + STEP))


async def _require_same_books(store: SqliteStore, path: Path, processor: str) -> None:
    """One data folder belongs to one processor: what one has charged, the other cannot give back."""
    known = await store.processor_of_newest_transfer()
    if known not in (None, processor):
        raise StorageFault(
            f"The orders in {path} were paid through {known}, and this server is started with {processor}.",
            hint="Choose another data folder with --data or FLINT_DATA, or start the server as before.",
        )


def try_out_cards(processor: str) -> tuple[TestCard, ...]:
    """The tokens for the reference page; none where real money moves, and at Stripe only those that it knows."""
    values = [] if processor == LIVE else [v for v in TEST_VALUES if processor == SIMULATED or v.type == "card"]
    return tuple(TestCard(value.tokens[0], value.meaning) for value in values)
