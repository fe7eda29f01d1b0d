"""What a receiver is told: every change once, with the whole order, signed with secrets that nobody else sees."""

import logging
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from flint_domain.commands.after_payment import ReturnItems
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.orders import CancelOrder, CreateOrder
from flint_domain.commands.payments import PayOrder, TenderInput
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.commands.webhooks import SaveWebhookEndpoint
from flint_domain.order.amendments.kept_back import KeepMoney
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, LineInput
from flint_domain.reactions.webhooks.bodies import MAX_BYTES
from flint_domain.webhooks.rules import MOST_ENDPOINTS
from tests.journeys.house import PRO_PLAN
from tests.server.webhooks.post_office import PostOffice, note, signatures, signed_with


@pytest.mark.promise("P15")
async def test_every_change_of_an_order_is_told_once_in_the_order_of_its_versions(office: PostOffice) -> None:
    await office.endpoint()
    order_id = await office.house.order_of()
    await office.house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    await note(office.house, order_id, "gift")
    await office.courier.drain()
    [asked] = office.receiver.requests[1].event["activities"]
    assert (asked["type"], asked["actor"]) == ("PAYMENT_STARTED", "agent")
    last = (await office.house.read(order_id))["version"]
    assert office.receiver.events() == [("order.updated", version) for version in range(1, last + 1)]
    assert len({request.webhook_id for request in office.receiver.requests}) == last
    assert await office.courier.drain() == 0


@pytest.mark.promise("P15")
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


async def test_why_an_order_was_canceled_and_what_was_kept_of_a_return_are_told_as_data(office: PostOffice) -> None:
    await office.endpoint("order.canceled", "order.returned", "refund.succeeded")
    canceled, house = await office.house.order_of(), office.house
    await house.do(CancelOrder(order_id=canceled, cancel_reason="ordered twice"))
    order_id = await house.paid_order()
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    line = (await house.read(order_id))["lineItems"][0]["lineItemId"]
    back = ReturnRequest(items=(ReturnItem(line_id=line),))
    fee = KeepMoney(name="Return shipping", money=Amount(amount=900))
    await house.do(ReturnItems(order_id=order_id, request=back, keep=fee))
    await office.courier.drain()
    told = {request.event["type"]: request.event for request in office.receiver.requests}
    assert told["order.canceled"]["activities"][0]["data"]["reason"] == "ordered twice"
    assert told["order.canceled"]["data"]["cancelReason"] == "ordered twice"
    assert told["order.returned"]["activities"][0]["data"]["kept"] == {"amount": 900, "name": "Return shipping"}
    [returned] = told["order.returned"]["data"]["returns"]
    assert (returned["keptMoney"], returned["keptFor"]) == ({"amount": 900, "currency": "USD"}, "Return shipping")
    assert told["refund.succeeded"]["activities"][0]["data"]["amount"] == 9000


async def test_each_part_of_a_refund_through_two_payments_is_told_by_itself(office: PostOffice) -> None:
    await office.endpoint("refund.succeeded")
    order_id = await office.house.order_of()
    tenders = (TenderInput(source="tok_visa", money=Amount(amount=2000)), TenderInput(source="tok_mastercard"))
    await office.house.do(PayOrder(order_id=order_id, tenders=tenders))
    made = await office.house.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    await office.courier.drain()
    told = [request.event["activities"][0]["data"] for request in office.receiver.requests]
    parts = {part["refundId"]: part["amountMoney"]["amount"] for part in made["refund"]["parts"]}
    assert {data["refundId"]: data["amount"] for data in told} == parts
    assert sorted(parts.values()) == [2000, 10800]


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
        PayOrder(order_id=order_id, sources=("tok_visa",), expected_outstanding=Amount(amount=1)), "amount_changed"
    )
    await office.courier.drain()
    assert office.receiver.events() == [("order.updated", 1)]


@pytest.mark.promise("P15")
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
    line = LineInput(name="Ä" * 200, unit_price=Amount(amount=100), note="n" * 1500)
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


async def test_a_secret_is_in_no_idempotency_record_and_no_log(
    office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
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
        for table in ("idempotency_records", "facts", "webhook_deliveries"):
            assert secret not in str(driver.execute(f"SELECT * FROM {table}").fetchall())
    text = "\n".join(record.getMessage() + str(record.args) for record in caplog.records)
    assert office.receiver.requests[0].webhook_id in text
    assert secret not in text
    assert secret.removeprefix("whsec_") not in text


async def test_a_merchant_has_so_many_endpoints_and_no_more(office: PostOffice) -> None:
    for _ in range(MOST_ENDPOINTS):
        await office.endpoint()
    await office.house.refused(SaveWebhookEndpoint(url=office.receiver.url()), "too_many_endpoints")
