"""Webhook bodies of a person's orders: what was sent is forgotten, and what is sent again says nothing of them."""

from datetime import timedelta

from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.orders import CreateOrder
from flint_domain.commands.privacy import EraseCustomer
from flint_domain.commands.webhooks import RedeliverWebhook
from flint_domain.customers.model import Profile
from flint_domain.kernel.addresses import Address
from flint_domain.reactions.webhooks.deliveries import pack, take
from flint_server.db import DEFAULT_MERCHANT_ID as MERCHANT
from tests.journeys.house import PRO_PLAN
from tests.server.webhooks.post_office import PostOffice

HOME = Address(country="US", line1="17 Quincyhalden Row", region="PA")


async def ordered(office: PostOffice) -> tuple[str, str]:
    """The ids of a customer and of an order that says where they live."""
    saved = await office.house.do(SaveCustomer(profile=Profile(name="Zoltan", addresses=(HOME,))))
    customer_id = saved["customer"]["customerId"]
    made = await office.house.do(CreateOrder(lines=(PRO_PLAN,), customer_id=customer_id, note="for Zoltan"))
    return customer_id, made["orderId"]


def told(office: PostOffice) -> list[bool]:
    """Of each request that arrived, whether it says something of the person."""
    return [b"Quincyhalden" in request.body or b"Zoltan" in request.body for request in office.receiver.requests]


async def test_what_waits_and_what_is_sent_again_is_made_of_the_order_as_it_is_now(office: PostOffice) -> None:
    await office.endpoint("order.updated", "order.redacted")
    customer_id, _ = await ordered(office)
    office.receiver.answers(500, 200)
    await office.courier.drain()
    assert told(office) == [True]
    await office.house.do(EraseCustomer(customer_id=customer_id))
    await office.passes(seconds=5)
    assert [event for event, _ in office.receiver.events()] == [
        "order.updated",
        "order.updated",
        "order.redacted",
        "order.updated",
    ]
    assert told(office) == [True, False, False, False]
    assert [request.webhook_id for request in office.receiver.requests[:2]] == [
        office.receiver.requests[0].webhook_id
    ] * 2

    first = (await office.log())[0]
    await office.house.do(RedeliverWebhook(delivery_id=first["deliveryId"]))
    await office.courier.drain()
    assert told(office)[-1] is False


async def test_no_delivery_keeps_a_body_of_before(office: PostOffice) -> None:
    await office.endpoint()
    customer_id, _ = await ordered(office)
    await office.courier.drain()
    assert told(office) == [True]
    assert any("Quincyhalden" in row for row in office.house.contents())
    await office.house.do(EraseCustomer(customer_id=customer_id))
    assert not any("Quincyhalden" in row or "Zoltan" in row for row in office.house.contents())


async def test_a_body_that_was_made_before_is_not_frozen_after(office: PostOffice) -> None:
    """Between the making of a body and its lease the person may be erased, whether it was to be sent for the first time
    or once more."""
    await office.endpoint("order.updated")
    customer_id, _ = await ordered(office)
    ids = [delivery["deliveryId"] for delivery in await office.log()]
    house = office.house
    new = await house.sqlite.read(MERCHANT, lambda tx: pack(tx, ids, house.caller))
    office.receiver.answers(500, 200)
    await office.courier.drain()
    house.clock.passes(timedelta(seconds=5))
    frozen = await house.sqlite.read(MERCHANT, lambda tx: pack(tx, ids, house.caller))
    await house.do(EraseCustomer(customer_id=customer_id))
    for packed in (new, frozen):
        assert await house.sqlite.write(MERCHANT, lambda tx, packed=packed: take(tx, packed)) == []
    await office.courier.drain()
    assert told(office) == [True, False, False]
    assert not any("Quincyhalden" in row or "Zoltan" in row for row in house.contents())
