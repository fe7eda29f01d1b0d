"""What a receiver gets: every change once or more, in order, signed, and the same at every try."""

import logging
import sqlite3
from contextlib import closing
from datetime import timedelta

import anyio
import pytest

from flint_domain.orders.commands import CreateOrder, UpdateOrder
from flint_domain.orders.rules import LineInput, OrderUpdate, Price
from flint_domain.payments.commands import PayOrder
from flint_domain.webhooks.commands import DeleteWebhookEndpoint, RedeliverWebhook, SaveWebhookEndpoint
from flint_domain.webhooks.delivering import LEASE, Parcel
from flint_domain.webhooks.model import Attempt
from flint_domain.webhooks.payload import MAX_BYTES
from flint_domain.webhooks.rules import MOST_ENDPOINTS, SCHEDULE
from flint_server.delivery_sending import Sender
from flint_server.targets import Targets
from tests.journeys.house import PRO_PLAN, House
from tests.server.post_office import PostOffice, signatures, signed_with
from tests.server.receiver import Answer, Request


async def note(house: House, order_id: str, text: str) -> None:
    """A change of the order, one version up."""
    await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(note=text)))


# ── what is told ──


async def test_every_change_of_an_order_is_told_once_in_the_order_of_its_versions(office: PostOffice) -> None:
    await office.endpoint()
    order_id = await office.house.order_of()
    await office.house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    await note(office.house, order_id, "gift")
    await office.courier.drain()
    assert office.receiver.requests[1].event["activities"] == [], "a payment was asked for: nothing has happened yet"
    last = (await office.house.read(order_id))["version"]
    assert office.receiver.events() == [("order.updated", version) for version in range(1, last + 1)]
    assert len({request.webhook_id for request in office.receiver.requests}) == last
    assert await office.courier.drain() == 0


async def test_the_data_is_the_order_as_get_order_gives_it_in_full(office: PostOffice) -> None:
    await office.endpoint("payment.captured")
    order_id = await office.house.paid_order(customer_id="ann")
    await office.courier.drain()
    [request] = office.receiver.requests
    event = request.event
    assert event["data"] == await office.house.read(order_id)
    assert (event["type"], event["id"]) == ("payment.captured", request.webhook_id)
    assert event["data"]["status"] == "PAID"
    assert event["merchantId"] == "mer_00000000000000000000000000"
    assert event["timestamp"] == "2026-11-23T12:00:00Z"
    [activity] = event["activities"]
    assert activity["type"] == "PAYMENT_CAPTURED"
    assert activity["activityId"] == event["id"]
    assert activity["data"]["amount"] == 12800
    assert request.headers["content-type"] == "application/json"


async def test_order_updated_tells_all_that_the_change_did_and_named_events_come_before_it(office: PostOffice) -> None:
    await office.endpoint("*")
    await office.house.order_of()
    await office.courier.drain()
    created, updated = (request.event for request in office.receiver.requests)
    assert (created["type"], updated["type"]) == ("order.created", "order.updated")
    assert [activity["type"] for activity in updated["activities"]] == ["ORDER_CREATED"]
    assert created["id"] != updated["id"]


async def test_an_endpoint_hears_of_nothing_that_happened_before_it_or_that_it_did_not_ask_for(
    office: PostOffice,
) -> None:
    before = await office.house.order_of()
    await office.endpoint("order.closed", "refund.failed")
    await note(office.house, before, "after")
    assert await office.courier.drain() == 0


async def test_what_was_rolled_back_or_only_rehearsed_is_told_to_nobody(office: PostOffice) -> None:
    await office.endpoint()
    await office.house.do(CreateOrder(lines=(PRO_PLAN,)), dry_run=True)
    order_id = await office.house.order_of()
    await office.house.refused(
        PayOrder(order_id=order_id, sources=("tok_visa",), expected_outstanding=Price(amount=1)), "amount_changed"
    )
    await office.courier.drain()
    assert office.receiver.events() == [("order.updated", 1)]


async def test_two_endpoints_get_the_same_event_id_each_under_its_own_secret(office: PostOffice) -> None:
    ours, theirs = await office.endpoint(path="/ours"), await office.endpoint(path="/theirs")
    await office.house.order_of()
    await office.courier.drain()
    by_path = {request.path: request for request in office.receiver.requests}
    assert by_path["/ours"].webhook_id == by_path["/theirs"].webhook_id
    assert signatures(by_path["/ours"]) == [signed_with(office.secrets[ours], by_path["/ours"])]
    assert signatures(by_path["/theirs"]) == [signed_with(office.secrets[theirs], by_path["/theirs"])]


async def test_an_order_too_large_for_a_body_is_sent_without_its_lengthy_parts_and_says_so(office: PostOffice) -> None:
    await office.endpoint()
    line = LineInput(name="Ä" * 200, unit_price=Price(amount=100), note="n" * 1500)
    order_id = await office.house.order_of(*[line] * 12)
    await office.courier.drain()
    [request] = office.receiver.requests
    assert len(request.body) < MAX_BYTES
    event = request.event
    assert event["truncated"] is True
    assert event["resource"] == f"flint://orders/{order_id}"
    full = await office.house.read(order_id)
    assert event["data"] == {name: full[name] for name in event["data"]}
    assert {"orderId", "version", "status", "settlementAmounts"} <= event["data"].keys()


# ── answers and the schedule ──


async def test_a_failure_is_tried_again_by_the_schedule_with_the_same_id_and_body_and_then_given_up(
    office: PostOffice,
) -> None:
    await office.endpoint()
    order_id = await office.house.order_of()
    office.receiver.answers(500)
    assert await office.courier.drain() == 1
    await note(office.house, order_id, "the body stays as it was")
    for pause in SCHEDULE[1:]:
        assert await office.passes(seconds=pause.total_seconds() - 1) == 0
        assert await office.passes(seconds=1) == (1 if pause != SCHEDULE[-1] else 2)
    first, *others, _second_version = office.receiver.requests
    assert len(others) == 9
    assert {(request.webhook_id, request.body) for request in others} == {(first.webhook_id, first.body)}
    given_up = (await office.log())[0]
    assert (given_up["status"], given_up["attempts"]) == ("failed", 10)
    assert given_up["reason"] == "all 10 tries failed"
    assert [attempt["httpStatus"] for attempt in given_up["log"]] == [500] * 10


async def test_each_try_is_stamped_and_signed_anew(office: PostOffice) -> None:
    endpoint_id = await office.endpoint()
    await office.house.order_of()
    office.receiver.answers(503, 200)
    await office.courier.drain()
    await office.passes(seconds=5)
    first, second = office.receiver.requests
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 5
    assert signatures(second) == [signed_with(office.secrets[endpoint_id], second)]
    assert signatures(second) != signatures(first)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_any_2xx_is_success(office: PostOffice, status: int) -> None:
    await office.endpoint()
    await office.house.order_of()
    office.receiver.answers(status)
    await office.courier.drain()
    assert await office.statuses() == ["delivered"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_a_failure_and_is_not_followed(office: PostOffice, status: int) -> None:
    await office.endpoint()
    await office.house.order_of()
    office.receiver.answers(status, location=office.receiver.url("/elsewhere"))
    await office.courier.drain()
    assert [request.path for request in office.receiver.requests] == ["/hook"]
    assert (await office.only())["log"][0]["httpStatus"] == status
    assert (await office.only())["status"] == "pending"


async def test_410_disables_the_endpoint_and_ends_what_was_on_its_way(office: PostOffice) -> None:
    endpoint_id = await office.endpoint()
    order_id = await office.house.order_of()
    await note(office.house, order_id, "second")
    office.receiver.answers(410)
    await office.courier.drain()
    state = await office.state_of(endpoint_id)
    assert (state["status"], state["reason"]) == ("disabled", "the endpoint answered 410 Gone")
    assert state["lastDelivery"]["httpStatus"] == 410
    assert await office.statuses() == ["failed", "failed"]
    await note(office.house, order_id, "nobody hears of this")
    assert await office.passes(days=1) == 0


@pytest.mark.parametrize(
    ("header", "waits"), [("120", 120), ("Mon, 23 Nov 2026 12:10:00 GMT", 600), ("2", 5), ("soon", 5), ("-1", 5)]
)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_honoured_where_it_is_longer_than_the_schedule(
    office: PostOffice, status: int, header: str, waits: int
) -> None:
    await office.endpoint()
    await office.house.order_of()
    office.receiver.answers(status, **{"retry-after": header})
    await office.courier.drain()
    assert await office.passes(seconds=waits - 1) == 0
    assert await office.passes(seconds=1) == 1


async def test_a_receiver_that_asked_to_be_left_alone_is_told_of_no_other_order_meanwhile(office: PostOffice) -> None:
    endpoint_id = await office.endpoint()
    await office.house.order_of()
    office.receiver.answers(429, **{"retry-after": "60"})
    await office.courier.drain()
    await office.house.order_of()
    assert (await office.state_of(endpoint_id))["heldUntil"] == "2026-11-23T12:01:00Z"
    assert await office.passes(seconds=59) == 0
    office.receiver.answers(200)
    assert await office.passes(seconds=1) == 2


async def test_a_receiver_may_not_put_itself_off_for_ever(office: PostOffice) -> None:
    await office.endpoint()
    await office.house.order_of()
    office.receiver.answers(429, **{"retry-after": "99999999999"})
    await office.courier.drain()
    assert (await office.only())["nextAttemptAt"] == "2026-11-24T12:00:00Z"


async def test_an_endpoint_that_fails_for_five_days_is_disabled_with_the_reason(office: PostOffice) -> None:
    endpoint_id = await office.endpoint()
    office.receiver.answers(500)
    await office.house.order_of()
    await office.courier.drain()
    office.house.clock.passes(timedelta(days=5))
    await office.house.order_of()
    await office.courier.drain()
    state = await office.state_of(endpoint_id)
    assert state["status"] == "disabled"
    assert state["reason"] == "every delivery has failed since 2026-11-23 12:00 UTC"
    assert set(await office.statuses()) == {"failed"}


async def test_a_success_in_between_keeps_an_endpoint_alive(office: PostOffice) -> None:
    endpoint_id = await office.endpoint()
    office.receiver.answers(500, 200, 500)
    await office.house.order_of()
    await office.courier.drain()
    await office.passes(days=4)
    assert "failingSince" not in await office.state_of(endpoint_id)
    office.house.clock.passes(timedelta(days=4))
    await office.house.order_of()
    await office.courier.drain()
    state = await office.state_of(endpoint_id)
    assert (state["status"], state["failingSince"]) == ("enabled", "2026-12-01T12:00:00Z")


async def test_a_disabled_endpoint_can_be_switched_on_and_starts_with_a_clean_slate(office: PostOffice) -> None:
    endpoint_id = await office.endpoint()
    office.receiver.answers(410, 200)
    await office.house.order_of()
    await office.courier.drain()
    await office.house.order_of()  # not told: the endpoint is disabled
    await office.house.do(SaveWebhookEndpoint(endpoint_id=endpoint_id, status="enabled"))
    await office.house.order_of()
    await office.courier.drain()
    assert len(office.receiver.requests) == 2
    assert (await office.state_of(endpoint_id))["status"] == "enabled"


async def test_a_receiver_that_does_not_answer_is_cut_off_and_tried_again(office: PostOffice) -> None:
    await office.endpoint()
    await office.house.order_of()
    office.receiver.answering = lambda _request: Answer(hold=anyio.Event())
    impatient = Sender(Targets(private_allowed=True), office.house.clock, deadline=0.05)
    await office.another_courier(impatient.send).drain()
    delivery = await office.only()
    assert delivery["status"] == "pending"
    assert delivery["log"][0]["error"] == "no answer within 0.05 s"
    assert "httpStatus" not in delivery["log"][0]


@pytest.mark.parametrize(
    ("answer", "error"),
    [(Answer(hang_up=True), "the answer was not HTTP"), (Answer(headers={"\0": "\0"}), "the answer was not HTTP")],
)
async def test_a_broken_answer_is_a_failure(office: PostOffice, answer: Answer, error: str) -> None:
    await office.endpoint()
    await office.house.order_of()
    office.receiver.answering = lambda _request: answer
    await office.courier.drain()
    assert (await office.only())["log"][0]["error"] == error


async def test_a_port_where_nobody_listens_is_a_failure(office: PostOffice) -> None:
    await office.endpoint(url=f"http://127.0.0.1:{await free_port()}/")
    await office.house.order_of()
    await office.courier.drain()
    assert (await office.only())["log"][0]["error"] == "no connection could be made"


async def free_port() -> int:
    from anyio.abc import SocketAttribute

    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        return listener.extra(SocketAttribute.local_port)


# ── order, and nobody waits for another ──


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
    await office.house.do(SaveWebhookEndpoint(endpoint_id=endpoint_id, status="disabled"))
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


async def test_no_look_for_work_reads_more_than_what_is_due(office: PostOffice) -> None:
    """With a hundred thousand deliveries in the log, a look once a second has to stay a small one."""
    from flint_server.db import webhook_statements as statements

    plans: dict[str, str] = {}
    with closing(sqlite3.connect(office.house.folder / "flint.db")) as driver:
        for name in ("ENDPOINTS_WITH_WORK", "DUE_DELIVERIES", "HAS_LINE", "RELEASE_DELIVERY"):
            statement = getattr(statements, name)
            values: dict[str, int] = dict.fromkeys(("now", "limit", "endpoint_id", "order_id", "merchant_id"), 1)
            plans[name] = " ".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {statement}", values))
    assert "INDEX ix_webhook_deliveries_due" in plans["ENDPOINTS_WITH_WORK"]
    assert "INDEX ix_webhook_deliveries_due" in plans["DUE_DELIVERIES"]
    assert "TEMP B-TREE" not in plans["DUE_DELIVERIES"]
    assert "INDEX ix_webhook_deliveries_line" in plans["HAS_LINE"]
    assert "INDEX ix_webhook_deliveries_line" in plans["RELEASE_DELIVERY"]


# ── secrets ──


async def test_after_a_rotation_both_secrets_sign_for_a_day(office: PostOffice) -> None:
    endpoint_id = await office.endpoint()
    old = office.secrets[endpoint_id]
    rotated = await office.house.do(SaveWebhookEndpoint(endpoint_id=endpoint_id, rotate=True))
    new = rotated["secret"]
    assert new != old
    assert rotated["endpoint"]["oldSecretUntil"] == "2026-11-24T12:00:00Z"
    await office.house.order_of()
    await office.passes(hours=23.99)
    await office.house.order_of()
    await office.passes(hours=0.01)
    during, after = office.receiver.requests
    assert signatures(during) == [signed_with(new, during), signed_with(old, during)]
    assert signatures(after) == [signed_with(new, after)]


async def test_a_secret_cannot_be_rotated_without_end(office: PostOffice) -> None:
    endpoint_id = await office.endpoint()
    rotate = SaveWebhookEndpoint(endpoint_id=endpoint_id, rotate=True)
    for _ in range(4):
        await office.house.do(rotate)
    await office.house.refused(rotate, "invalid_argument")
    office.house.clock.passes(timedelta(hours=24))
    await office.house.do(rotate)


async def test_a_secret_is_in_no_receipt_and_no_log(office: PostOffice, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    made = await office.house.do(SaveWebhookEndpoint(url=office.receiver.url()), "once")
    secret = made["secret"]
    replayed = await office.house.do(SaveWebhookEndpoint(url=office.receiver.url()), "once")
    assert replayed["endpoint"] == made["endpoint"]
    assert replayed["replayed"] is True
    assert "secret" not in replayed
    office.receiver.answers(500, 200)
    await office.house.order_of()
    await office.courier.drain()
    await office.passes(seconds=5)
    with closing(sqlite3.connect(office.house.folder / "flint.db")) as driver:
        for table in ("receipts", "facts", "webhook_deliveries"):
            assert secret not in str(driver.execute(f"SELECT * FROM {table}").fetchall())
    text = "\n".join(record.getMessage() + str(record.args) for record in caplog.records)
    assert office.receiver.requests[0].webhook_id in text
    assert secret not in text
    assert secret.removeprefix("whsec_") not in text


async def test_a_merchant_has_so_many_endpoints_and_no_more(office: PostOffice) -> None:
    for _ in range(MOST_ENDPOINTS):
        await office.endpoint()
    await office.house.refused(SaveWebhookEndpoint(url=office.receiver.url()), "too_many_endpoints")
