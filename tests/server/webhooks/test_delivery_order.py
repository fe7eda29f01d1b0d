"""In the order of the versions, by one courier at a time, whatever dies in between; and again when asked for."""

import sqlite3
from contextlib import closing
from datetime import timedelta

import anyio

from flint_domain.commands.webhooks import DeleteWebhookEndpoint, RedeliverWebhook, SaveWebhookEndpoint
from flint_domain.reactions.webhooks.deliveries import LEASE, Parcel, pack, take
from flint_domain.webhooks.model import Attempt
from flint_domain.webhooks.rules import SCHEDULE
from flint_server.db import DEFAULT_MERCHANT_ID as MERCHANT
from flint_server.db.constructs import SQLITE
from flint_server.db.records import webhook_deliveries as deliveries
from flint_server.db.records.webhook_addressing import HAS_LINE
from tests.server.webhooks.post_office import PostOffice, note
from tests.server.webhooks.receiver import Answer, Request


async def test_a_later_version_waits_for_the_earlier_one_and_other_orders_do_not(office: PostOffice) -> None:
    await office.endpoint()
    order_id = await office.house.order_of()
    await note(office.house, order_id, "second")
    other = await office.house.order_of()

    def fails_once(request: Request) -> Answer:
        first = request.event["data"]["orderId"] == order_id and len(office.receiver.requests) < 3
        return Answer(500 if first else 200)

    office.receiver.answering = fails_once
    await office.courier.drain()
    told = {(request.event["data"]["orderId"], request.event["orderVersion"]) for request in office.receiver.requests}
    assert told == {(order_id, 1), (other, 1)}
    assert await office.statuses(order_id=order_id) == ["pending", "waiting"]
    await office.passes(seconds=5)
    assert await office.statuses(order_id=order_id) == ["delivered", "delivered"]
    versions = [r.event["orderVersion"] for r in office.receiver.requests if r.event["data"]["orderId"] == order_id]
    assert versions == [1, 1, 2]


async def test_a_version_that_failed_for_good_lets_the_next_one_go(office: PostOffice) -> None:
    await office.endpoint()
    order_id = await office.house.order_of()
    await note(office.house, order_id, "second")
    await note(office.house, order_id, "third")
    office.receiver.answering = lambda request: Answer(500 if request.event["orderVersion"] == 1 else 200)
    await office.courier.drain()
    for pause in SCHEDULE[1:]:
        await office.passes(seconds=pause.total_seconds())
    assert await office.statuses() == ["failed", "delivered", "delivered"]


async def test_a_dead_endpoint_delays_no_other_and_holds_one_connection(office: PostOffice) -> None:
    dead = anyio.Event()
    failing = await office.endpoint(path="/dead")
    office.receiver.answers(500)
    await office.house.order_of()
    await office.courier.drain()
    assert "failingSince" in await office.state_of(failing)
    await office.endpoint(path="/alive")
    office.receiver.answering = lambda request: Answer(hold=dead if request.path == "/dead" else None)
    office.house.clock.passes(timedelta(minutes=1))
    for _ in range(20):
        await office.house.order_of()
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(office.courier.run)
            await office.receiver.until(20, "/alive")
            await office.receiver.until(2, "/dead")
            assert sum(request.path == "/dead" for request in office.receiver.requests) == 2
            dead.set()
            group.cancel_scope.cancel()


async def test_a_slow_endpoint_holds_so_many_connections_and_no_more(office: PostOffice) -> None:
    slow = anyio.Event()
    await office.endpoint(path="/slow")
    await office.endpoint(path="/quick")
    office.receiver.answering = lambda request: Answer(hold=slow if request.path == "/slow" else None)
    for _ in range(30):
        await office.house.order_of()
    with anyio.fail_after(20):
        async with anyio.create_task_group() as group:
            group.start_soon(office.courier.run)
            await office.receiver.until(30, "/quick")
            await office.receiver.until(8, "/slow")
            assert sum(request.path == "/slow" for request in office.receiver.requests) == 8
            slow.set()
            await office.receiver.until(30, "/slow")
            group.cancel_scope.cancel()


# ── crashes and races ──


async def test_a_crash_between_sending_and_recording_sends_the_same_again_under_the_same_id(office: PostOffice) -> None:
    await office.endpoint()
    order_id = await office.house.order_of()

    async def dies(parcel: Parcel) -> Attempt:
        await office.sender.send(parcel)
        raise OSError("the machine is gone")

    await office.another_courier(dies).drain()
    await office.house.reopen()
    office.courier = office.another_courier()
    await note(office.house, order_id, "changed before the second try")
    assert await office.courier.drain() == 0, "the lease of the one that died still holds"
    await office.passes(seconds=LEASE.total_seconds())
    first, second, _later_version = office.receiver.requests
    assert (first.webhook_id, first.body) == (second.webhook_id, second.body)
    assert [delivery["attempts"] for delivery in await office.log()] == [2, 1]


async def test_of_several_couriers_on_one_file_each_delivery_is_made_by_one(office: PostOffice) -> None:
    await office.endpoint("*")
    for _ in range(15):
        await office.house.paid_order()
    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(office.another_courier().drain)
    await office.courier.drain()
    ids = [request.webhook_id for request in office.receiver.requests]
    assert len(ids) == len(set(ids)) == len(await office.log(limit=100))
    assert set(await office.statuses(limit=100)) == {"delivered"}
    by_order: dict[str, list[int]] = {}
    for request in office.receiver.requests:
        by_order.setdefault(request.event["data"]["orderId"], []).append(request.event["orderVersion"])
    assert all(versions == sorted(versions) for versions in by_order.values())


async def test_an_answer_that_comes_after_the_lease_changes_nothing(office: PostOffice) -> None:
    await office.endpoint()
    await office.house.order_of()

    async def late(parcel: Parcel) -> Attempt:
        office.house.clock.passes(LEASE)
        await office.courier.drain()  # the other one takes it on and delivers it
        return Attempt(at=office.house.clock.now(), http_status=500)

    await office.another_courier(late).drain()
    delivery = await office.only()
    assert (delivery["status"], delivery["attempts"]) == ("delivered", 2)


async def test_a_body_that_was_made_but_overtaken_is_not_sent_in_place_of_the_frozen_one(office: PostOffice) -> None:
    await office.endpoint()
    order_id = await office.house.order_of()
    ids = [delivery["deliveryId"] for delivery in await office.log()]
    packed = await office.house.sqlite.read(MERCHANT, lambda tx: pack(tx, ids, office.house.caller))
    made = packed[ids[0]]
    assert made is not None
    await note(office.house, order_id, "in the frozen body, and not in the one that was made before")
    office.receiver.answers(500)
    await office.courier.drain()
    office.house.clock.passes(timedelta(seconds=5))
    [parcel] = await office.house.sqlite.write(MERCHANT, lambda tx: take(tx, packed))
    assert parcel.payload.encode() == office.receiver.requests[0].body
    assert parcel.payload != made.text


async def test_a_shutdown_finishes_what_is_on_its_way(office: PostOffice) -> None:
    hold = anyio.Event()
    await office.endpoint()
    await office.house.order_of()
    office.receiver.answering = lambda _request: Answer(hold=hold)
    with anyio.fail_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(office.courier.run)
            await office.receiver.until(1)
            group.cancel_scope.cancel()
            hold.set()
    assert await office.statuses() == ["delivered"]


async def test_deleting_an_endpoint_ends_what_is_on_its_way_even_while_it_is_sent(office: PostOffice) -> None:
    endpoint_id = await office.endpoint()
    await office.house.order_of()

    async def deleted_meanwhile(parcel: Parcel) -> Attempt:
        await office.house.do(DeleteWebhookEndpoint(endpoint_id=endpoint_id))
        return await office.sender.send(parcel)

    await office.another_courier(deleted_meanwhile).drain()
    delivery = await office.only()
    assert (delivery["status"], delivery["reason"]) == ("failed", "the endpoint was deleted")
    with closing(sqlite3.connect(office.house.folder / "flint.db")) as driver:
        [(status, body)] = driver.execute("SELECT status, body FROM webhook_endpoints")
    assert status == "deleted"
    assert "whsec" not in body


# ── again ──


async def test_a_delivery_can_be_made_again_with_the_same_id_and_body(office: PostOffice) -> None:
    await office.endpoint()
    order_id = await office.house.order_of()
    await office.courier.drain()
    await note(office.house, order_id, "second")
    await office.courier.drain()
    first = (await office.log())[0]
    await office.house.do(RedeliverWebhook(delivery_id=first["deliveryId"]))
    assert await office.courier.drain() == 1
    assert office.receiver.requests[2].body == office.receiver.requests[0].body
    assert office.receiver.requests[2].webhook_id == office.receiver.requests[0].webhook_id
    again = (await office.log())[0]
    assert (again["status"], again["attempts"], len(again["log"])) == ("delivered", 2, 2)


async def test_a_redelivery_that_fails_holds_up_no_later_version_and_has_the_whole_schedule(office: PostOffice) -> None:
    await office.endpoint()
    order_id = await office.house.order_of()
    await office.courier.drain()
    [first] = await office.log()
    await office.house.do(RedeliverWebhook(delivery_id=first["deliveryId"]))
    office.receiver.answering = lambda request: Answer(500 if request.event["orderVersion"] == 1 else 200)
    await office.courier.drain()
    await note(office.house, order_id, "second")
    await office.courier.drain()
    assert await office.statuses() == ["pending", "delivered"]
    office.receiver.answers(200)
    await office.passes(seconds=5)
    assert await office.statuses() == ["delivered", "delivered"]


async def test_a_pending_delivery_is_brought_forward(office: PostOffice) -> None:
    await office.endpoint()
    await office.house.order_of()
    office.receiver.answers(500, 500, 200)
    await office.courier.drain()
    await office.passes(seconds=5)
    pending = await office.only()
    assert pending["nextAttemptAt"] == "2026-11-23T12:05:05Z"
    await office.house.do(RedeliverWebhook(delivery_id=pending["deliveryId"]))
    assert await office.courier.drain() == 1
    assert (await office.only())["status"] == "delivered"


async def test_what_waits_for_its_turn_cannot_jump_the_queue(office: PostOffice) -> None:
    await office.endpoint()
    order_id = await office.house.order_of()
    await note(office.house, order_id, "second")
    waiting = (await office.log())[1]
    answer = await office.house.do(RedeliverWebhook(delivery_id=waiting["deliveryId"]))
    assert answer["delivery"]["status"] == "waiting"
    assert answer["warnings"] == ["nothing changed: an earlier event has to arrive first"]


async def test_a_delivery_of_a_disabled_endpoint_cannot_be_made_again(office: PostOffice) -> None:
    endpoint_id = await office.endpoint()
    await office.house.order_of()
    await office.courier.drain()
    delivery = await office.only()
    await office.house.do(SaveWebhookEndpoint(endpoint_id=endpoint_id, enabled=False))
    await office.house.refused(RedeliverWebhook(delivery_id=delivery["deliveryId"]), "webhook_endpoint_disabled")


async def test_deliveries_are_forgotten_after_thirty_days_and_unfinished_ones_are_not(office: PostOffice) -> None:
    await office.endpoint()
    office.receiver.answers(200, 500)
    await office.house.order_of()
    await office.house.order_of()
    await office.courier.drain()
    office.house.clock.passes(timedelta(days=30))
    assert await office.house.sqlite.forget_deliveries() == 1
    assert await office.statuses() == ["pending"]


PARAMETERS = (
    "now",
    "limit",
    "endpoint_id",
    "subject_kind",
    "subject_id",
    "merchant_id",
    "whose",
)  # of the looks for work


async def test_no_look_for_work_reads_more_than_what_is_due(office: PostOffice) -> None:
    """With a hundred thousand deliveries in the log, a look once a second has to stay a small one."""
    plans: dict[str, str] = {}
    looks = {"ENDPOINTS_WITH_WORK": deliveries.ENDPOINTS_WITH_WORK, "DUE": deliveries.DUE, "HAS_LINE": HAS_LINE}
    with closing(sqlite3.connect(office.house.folder / "flint.db")) as driver:
        for name, statement in {**looks, "RELEASE": deliveries.RELEASE}.items():
            values: dict[str, int] = dict.fromkeys(PARAMETERS, 1)
            plan = driver.execute(f"EXPLAIN QUERY PLAN {statement.text(SQLITE)}", values)
            plans[name] = " ".join(row[3] for row in plan)
    assert "INDEX ix_webhook_deliveries_due" in plans["ENDPOINTS_WITH_WORK"]
    assert "INDEX ix_webhook_deliveries_due" in plans["DUE"]
    assert "TEMP B-TREE" not in plans["DUE"]
    assert "INDEX ix_webhook_deliveries_line" in plans["HAS_LINE"]
    assert "INDEX ix_webhook_deliveries_line" in plans["RELEASE"]
