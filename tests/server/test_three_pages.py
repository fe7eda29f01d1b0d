"""The loops of the worker over pages: three of them, the last one not full, and nothing left."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import anyio
import pytest

from flint_domain.commands.payments import PayOrder
from flint_domain.unit_of_work.work import LEASE
from flint_server import worker
from flint_server.stripe_events import inbox
from flint_server.webhooks import courier as delivery
from flint_server.worker import work
from tests.contracts.stripe_canned import CannedClient
from tests.journeys.house import House, opened
from tests.server.processors.test_stripe_errors import charge, found, payment, processor_of
from tests.server.running import PATIENCE, until
from tests.server.stripe_events.stripe_post import StripePost
from tests.server.webhooks.post_office import PostOffice

PAGE, MANY = 3, 7


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


async def test_the_worker_recovers_page_by_page_without_a_pause(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RECOVER_AT_ONCE", PAGE)
    orders = [await house.order_of() for _ in range(MANY)]
    await house.fault("answer_lost", times=MANY)
    for order_id in orders:
        await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    house.clock.passes(LEASE + timedelta(seconds=1))

    async def paid() -> int:
        return sum([(await house.read(order_id))["status"] == "PAID" for order_id in orders])

    async with anyio.create_task_group() as group:
        group.start_soon(work, house.flint)
        with anyio.fail_after(PATIENCE):
            await until(paid, lambda count: count == MANY)
        group.cancel_scope.cancel()


async def test_a_courier_with_few_hands_delivers_everything(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "AT_ONCE", PAGE)
    await office.endpoint()
    for _ in range(MANY):
        await office.house.order_of()
    assert await office.courier.drain() == MANY
    assert await office.statuses() == ["delivered"] * MANY


async def test_all_old_deliveries_and_events_are_forgotten(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "FORGET_AT_ONCE", PAGE)
    monkeypatch.setattr(inbox, "FORGET_AT_ONCE", PAGE)
    await office.endpoint()
    post = StripePost(office.house)
    for _ in range(MANY):
        await office.house.order_of()
        await post.tell("balance.available", {"object": "balance"})
    await office.courier.drain()
    await post.settle_all()
    office.house.clock.passes(timedelta(days=91))
    await post.inbox.settle()
    assert post.states() == {}
    async with anyio.create_task_group() as group:
        group.start_soon(office.courier.run)
        with anyio.fail_after(PATIENCE):
            await until(partial(office.statuses), lambda left: left == [])
        group.cancel_scope.cancel()


async def test_a_payment_on_stripes_third_page_is_found() -> None:
    transfer = charge()
    pages = [
        (
            200,
            {
                "object": "list",
                "data": [payment(id=f"pi_other_{page}")],
                "has_more": True,
                "url": "/v1/payment_intents",
            },
        )
        for page in range(2)
    ]
    client = CannedClient(*pages, found(transfer))
    outcome = await processor_of(client).find(replace(transfer, reference=None))
    assert outcome.reference == "pi_canned"
    assert [path.partition("starting_after=")[2].partition("&")[0] for _, path, _ in client.asked][1:] == [
        "pi_other_0",
        "pi_other_1",
    ]
