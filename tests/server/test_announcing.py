"""Clients that listen hear of every change of an order, whoever made it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from mcp import Client
from mcp.server.subscriptions import ResourceUpdated

from flint_domain.commands.orders import CreateOrder, UpdateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.order.inputs import Amount, LineInput, OrderUpdate
from flint_server.composition import Application, open_application
from flint_server.processors.simulated.processor import SimulatedProcessor
from flint_server.settings import Settings

LAMP = LineInput(name="Lamp", unit_price=Amount(amount=5000))


@asynccontextmanager
async def listening(application: Application, order_id: str) -> AsyncGenerator[list[str]]:
    """A client of this server that listens to an order; the addresses it heard of so far."""
    heard: list[str] = []
    async with (
        Client(application.server) as client,
        anyio.create_task_group() as group,
        client.listen(resource_subscriptions=[f"flint://orders/{order_id}"]) as events,
    ):

        async def listen() -> None:
            async for event in events:
                if isinstance(event, ResourceUpdated):
                    heard.append(event.uri)

        group.start_soon(listen)
        yield heard
        group.cancel_scope.cancel()


async def heard_after_announcing(application: Application, heard: list[str]) -> list[str]:
    await application.announcer.announce()
    await anyio.wait_all_tasks_blocked()
    told, heard[:] = list(heard), []
    return told


async def test_a_client_hears_of_an_order_that_another_process_changed(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path)
    async with open_application(settings) as here, open_application(settings) as elsewhere:
        created = await here.flint.execute(CreateOrder(lines=(LAMP,)))
        await here.announcer.announce()
        order_id = created["orderId"]
        async with listening(here, order_id) as heard:
            assert await heard_after_announcing(here, heard) == []
            await elsewhere.flint.execute(UpdateOrder(order_id=order_id, update=OrderUpdate(note="for Ann")))
            assert await heard_after_announcing(here, heard) == [f"flint://orders/{order_id}"]
            assert await heard_after_announcing(here, heard) == []


async def test_a_client_hears_of_what_the_processor_says_later(tmp_path: Path) -> None:
    async with open_application(Settings(folder=tmp_path)) as here:
        created = await here.flint.execute(CreateOrder(lines=(LAMP,)))
        order_id = created["orderId"]
        paid = await here.flint.execute(PayOrder(order_id=order_id, sources=("tok_authenticationRequired",)))
        await here.announcer.announce()
        async with listening(here, order_id) as heard:
            assert isinstance(here.processor, SimulatedProcessor)
            await here.processor.complete(paid["payments"][0]["paymentIntentId"])
            assert await here.flint.hear() == 1
            assert await heard_after_announcing(here, heard) == [f"flint://orders/{order_id}"]


async def test_a_client_hears_nothing_of_orders_it_did_not_ask_for(tmp_path: Path) -> None:
    async with open_application(Settings(folder=tmp_path)) as here:
        created = await here.flint.execute(CreateOrder(lines=(LAMP,)))
        async with listening(here, created["orderId"]) as heard:
            await here.announcer.announce()
            heard.clear()
            await here.flint.execute(CreateOrder(lines=(LAMP,)))
            assert await heard_after_announcing(here, heard) == []
