"""Orders, customers and items are found by any of their words in any spelling, and by nobody else's."""

from typing import Any

import pytest

from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.merging import MergeCustomers
from flint_domain.commands.orders import CreateOrder, UpdateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.privacy import EraseCustomer
from flint_domain.customers.model import Profile
from flint_domain.kernel.addresses import Address
from flint_domain.order.fulfillment.rules import Tracking
from flint_domain.order.inputs import Amount, LineInput, OrderUpdate
from flint_domain.queries.catalog import SearchItems
from flint_domain.queries.customers import SearchCustomers
from flint_domain.queries.orders import SearchOrders
from tests.journeys.catalog import save, variant
from tests.journeys.house import House

NEVER_KNOWN = "crm-9"


def line(name: str, **fields: Any) -> LineInput:
    return LineInput(name=name, unit_price=Amount(amount=100), **fields)


async def customer(house: House, **profile: Any) -> str:
    return (await house.do(SaveCustomer(profile=Profile(**profile))))["customer"]["customerId"]


async def change(house: House, customer_id: str, **profile: Any) -> None:
    await house.do(SaveCustomer(customer_id=customer_id, profile=Profile(**profile)))


async def orders(house: House, text: str, **query: Any) -> list[str]:
    listed = await house.ask(SearchOrders(text=text, **query))
    assert "None has every word" not in listed["summary"]
    return [row["orderId"] for row in listed["orders"]]


async def every_page(house: House, text: str) -> list[list[str]]:
    pages: list[list[str]] = []
    cursor: str | None = None
    while not pages or cursor is not None:
        listed = await house.ask(SearchOrders(text=text, limit=2, cursor=cursor))
        pages.append([row["orderId"] for row in listed["orders"]])
        cursor = listed.get("nextCursor")
    return pages


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("山田太郎", "太郎"),
        ("Søren Ørsted", "soren orsted"),
        ("Łukasz Żółć", "lukasz"),
        ("Γιώργος Παπαδόπουλος", "παπαδοπουλος"),
        ("Anna Müller", "mueller"),
        ("Anna Müller", "muller"),
        ("Sinéad O’Brien", "obrien"),
        ("김철수", "철수"),
    ],
)
async def test_a_name_finds_the_customer_and_the_orders(house: House, name: str, query: str) -> None:
    customer_id = await customer(house, name=name)
    await customer(house, name="Somebody Else")
    order_id = await house.order_of(customer_id=customer_id)
    await house.order_of()
    [row] = (await house.ask(SearchCustomers(text=query)))["customers"]
    assert row["customerId"] == customer_id
    assert await orders(house, query) == [order_id]


@pytest.mark.parametrize(
    "query", ["strasse", "obrien", "tshirt", "t-shirt", "t shirt", "aa100mm", "aa 100 mm", "o'brien straße"]
)
async def test_what_was_bought_finds_the_order_and_the_item(house: House, query: str) -> None:
    name = "Straße O'Brien T-Shirt AA-100MM"
    order_id = await house.order_of(line(name))
    await house.order_of()
    item = await save(house, item_name=name, variants=(variant("SHIRT", 100),))
    await save(house, item_name="Mug", variants=(variant("MUG", 100),))
    assert await orders(house, query) == [order_id]
    assert [row["itemId"] for row in (await house.ask(SearchItems(text=query)))["items"]] == [item["itemId"]]


async def test_an_order_is_found_by_everything_that_people_know_of_it(house: House) -> None:
    customer_id = await customer(
        house, name="Anna Müller", emails=("Anna.Mueller@example.com",), phones=("+49 89 1234567",), reference="crm-7"
    )
    created = await house.do(
        CreateOrder(
            lines=(line("Rain jacket"),),
            customer_id=customer_id,
            shipping_address=Address(country="GB", postal_code="SW1A 1AA", phone="020 7946 0958"),
        )
    )
    order_id = created["orderId"]
    paid = await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    await house.do(FulfillOrder(order_id=order_id, tracking=Tracking(number="1Z999AA10123456784")))
    await house.paid_order(token="tok_mastercard")
    for query in (
        "müller",
        "Mueller, Anna",
        "anna.mueller@example.com",
        "ANNA.MUELLER",
        "+49 89 123 45 67",
        "0049891234567",
        "089 1234567",
        "crm-7",
        customer_id,
        order_id,
        paid["payments"][0]["paymentIntentId"],
        "4242",
        "visa 4242",
        "1Z 999 AA1 0123 4567 84",
        "1z999aa10123456784",
        "sw1a1aa",
        "SW1A 1AA",
        "+44 20 7946 0958",
        "müller jacket",
        "jacket 4242 anna",
    ):
        assert await orders(house, query) == [order_id], query
    assert (await house.ask(SearchOrders(text="müller lamp")))["summary"].endswith("these have at least one.")


async def test_the_merchants_own_number_is_found_with_and_without_its_signs(house: House) -> None:
    order_id = await house.order_of(reference="#1001 / 26-B")
    await house.order_of(reference="#2001 / 26-B")
    for query in ("1001", "#1001", "1001/26-b", "100126b", "1001 26 B"):
        assert await orders(house, query) == [order_id], query


async def test_a_customer_who_is_called_something_else_since_is_found_by_that(house: House) -> None:
    early = await house.order_of(customer_id="crm-7")
    customer_id = await customer(house, name="Ada Lee", emails=("ada@example.com",), reference="crm-7")
    later = await house.order_of(customer_id=customer_id)
    assert await orders(house, "ada lee") == [later, early]
    await change(house, customer_id, name="Ada Byron", emails=("byron@example.com",))
    assert await orders(house, "lee") == await orders(house, "ada@example.com") == []
    assert await orders(house, "byron@example.com ada") == [later, early]
    await change(house, customer_id, reference="crm-8")
    assert await orders(house, "byron") == [later, early]
    latest = await house.order_of(customer_id="crm-8")
    await house.do(PayOrder(order_id=early, sources=("tok_visa",)))
    assert await orders(house, "byron") == [latest, later, early]


async def test_an_order_that_goes_to_another_customer_is_found_by_that_one(house: House) -> None:
    ann, bob = await customer(house, name="Ada"), await customer(house, name="Bob")
    order_id = await house.order_of(customer_id=ann)
    await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(customer_id=bob)))
    assert (await orders(house, "ada"), await orders(house, "bob")) == ([], [order_id])
    await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(customer_id=NEVER_KNOWN)))
    assert (await orders(house, "bob"), await orders(house, NEVER_KNOWN)) == ([], [order_id])


async def test_the_orders_of_who_was_merged_are_found_by_the_one_who_stays(house: House) -> None:
    twin = await customer(house, name="A. Lee", phones=("5550123",), reference="crm-1")
    ann = await customer(house, name="Ada Lee", reference="crm-2")
    theirs = [await house.order_of(customer_id=who) for who in (twin, ann, "crm-1")][::-1]
    await house.do(MergeCustomers(customer_id=twin, into_customer_id=ann))
    assert await orders(house, "ada 555 0123") == theirs
    await house.do(PayOrder(order_id=theirs[0], sources=("tok_visa",)))
    since = [await house.order_of(customer_id=who) for who in (twin, "crm-1", "crm-2")][::-1]
    assert await orders(house, "ada lee") == since + theirs
    await change(house, ann, name="Anna Byron")
    assert await orders(house, "byron") == since + theirs


async def test_who_was_erased_is_found_by_nothing(house: House) -> None:
    ann = await customer(house, name="Ada Lee", emails=("ada@example.com",), reference="crm-7")
    theirs = [await house.paid_order(customer_id=who) for who in (ann, "crm-7")]
    for order_id in theirs:
        await house.do(FulfillOrder(order_id=order_id))
    await house.do(EraseCustomer(customer_id=ann))
    for query in ("ada", "lee", "ada@example.com", "crm-7"):
        assert await orders(house, query) == []
    assert await orders(house, ann) == theirs[::-1], "the books stay"


async def test_a_change_that_is_only_rehearsed_leaves_the_words_alone(house: House) -> None:
    ann = await customer(house, name="Ada")
    order_id = await house.order_of(customer_id=ann)
    await house.do(SaveCustomer(customer_id=ann, profile=Profile(name="Bob")), dry_run=True)
    assert (await orders(house, "ada"), await orders(house, "bob")) == ([order_id], [])


async def test_pages_of_what_is_found_by_a_customers_name_and_a_line_join_without_gap(house: House) -> None:
    ann, other = await customer(house, name="Ann Müller"), await customer(house, name="Bob")
    added: list[str] = []
    for number in range(5):
        added.append(await house.order_of(line(f"Jacket {number}"), customer_id=ann))
        await house.order_of(line("Jacket"), customer_id=other)
        await house.order_of(line("Mug"), customer_id=ann)
    newest = added[::-1]
    assert await every_page(house, "mueller jacket") == [newest[:2], newest[2:4], newest[4:]]
    await change(house, ann, name="Ada Byron")
    assert await every_page(house, "byron jacket") == [newest[:2], newest[2:4], newest[4:]]
