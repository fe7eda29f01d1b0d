"""What each answer makes of a delivery and of its endpoint, and when a try comes again."""

from datetime import timedelta

import anyio
import pytest

from flint_domain.commands.webhooks import SaveWebhookEndpoint
from flint_domain.webhooks.rules import SCHEDULE
from flint_server.webhooks.sending import Sender
from flint_server.webhooks.targets import Targets
from tests.server.webhooks.post_office import PostOffice, note, signatures, signed_with
from tests.server.webhooks.receiver import Answer


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
    await office.house.do(SaveWebhookEndpoint(endpoint_id=endpoint_id, enabled=True))
    await office.house.order_of()
    await office.courier.drain()
    assert len(office.receiver.requests) == 2
    assert (await office.state_of(endpoint_id))["status"] == "enabled"


async def test_a_receiver_that_does_not_answer_is_cut_off_and_tried_again(office: PostOffice) -> None:
    await office.endpoint()
    await office.house.order_of()
    office.receiver.answering = lambda _request: Answer(hold=anyio.Event())
    impatient = Sender(Targets(private_allowed=True), office.house.clock, deadline=0.05)
    with anyio.fail_after(10):
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
