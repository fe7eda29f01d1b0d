"""Customers of an older file whose references differ in case only: the orders of the one are none of the other's."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon
from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.gift_cards import IssueStoreCredit
from flint_domain.commands.merging import MergeCustomers
from flint_domain.commands.orders import UpdateOrder
from flint_domain.commands.payment_methods import AddPaymentMethod
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.privacy import EraseCustomer
from flint_domain.customers.model import Customer, Profile
from flint_domain.importing.queries import ExportOrders
from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount, LineInput, OrderUpdate
from flint_domain.order.model import Order
from flint_domain.queries.customers import GetCustomer
from flint_domain.queries.orders import SearchOrders
from flint_server.db.codecs import CUSTOMER, ORDER, micros
from flint_server.db.migrations import upgrade as upgrading
from flint_server.db.sqlite.connections import migration_engine
from tests.journeys.house import House
from tests.server.db.given import MERCHANT, START

BEFORE = "0008"
ANN, BOB = (f"cus_{'0' * 25}{number}" for number in (1, 2))
CUSTOMERS = {ANN: ("CRM-1", "Ann"), BOB: ("crm-1", "Bob")}
HERS, HIS, NOBODYS, ALSO_HIS = ORDERS = [f"ord_{'0' * 25}{number}" for number in (1, 2, 3, 4)]
NAMED = dict(zip(ORDERS, ("CRM-1", "crm-1", "Crm-1", "crm-1"), strict=True))
PAID = dict(zip(ORDERS, (100, 20, 3, 4000), strict=True))


def fill(driver: sqlite3.Connection) -> None:
    """Orders that named references, and the customers saved with them, when references were compared exactly."""
    at = micros(START)
    driver.execute("INSERT INTO merchants VALUES (?, 'Shop', 'USD', ?)", (MERCHANT, at))
    for order_id, named in NAMED.items():
        order = Order(
            order_id=order_id,
            merchant_id=MERCHANT,
            version=1,
            currency="USD",
            customer_id=named,
            shipping_address=Address(country="US", line1="1 Main St"),
            created_at=START,
            updated_at=START,
        )
        driver.execute(
            "INSERT INTO orders (id, merchant_id, version, status, payment_status, customer_id, currency, total, paid, "
            "outstanding, needs_attention, fingerprint, created_at, updated_at, text, schema, body) "
            "VALUES (?, ?, 1, 'OPEN', 'UNPAID', ?, 'USD', 0, ?, 0, 0, '', ?, ?, '', 1, ?)",
            (order_id, MERCHANT, named, PAID[order_id], at, at, ORDER.dump(order)),
        )
    for seq, (customer_id, (reference, name)) in enumerate(CUSTOMERS.items(), start=1):
        customer = Customer(
            customer_id=customer_id,
            merchant_id=MERCHANT,
            version=1,
            reference=reference,
            name=name,
            created_at=START,
            updated_at=START,
        )
        driver.execute(
            "INSERT INTO customers (seq, id, merchant_id, version, gone, created_at, text, schema, body) "
            "VALUES (?, ?, ?, 1, 0, ?, '', 1, ?)",
            (seq, customer_id, MERCHANT, at, CUSTOMER.dump(customer)),
        )
        driver.execute("INSERT INTO customer_keys VALUES (?, 'reference', ?, ?)", (MERCHANT, reference, seq))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    engine = migration_engine(tmp_path / "flint.db", 50)
    with engine.begin() as connection:
        upgrading.migrate(connection, BEFORE)
    engine.dispose()
    with closing(sqlite3.connect(tmp_path / "flint.db")) as driver, driver:
        fill(driver)
    house = House(tmp_path)
    await house.open()
    yield house
    await house.close()


def listed(shown: dict[str, Any], field: str) -> list[str]:
    return [order["orderId"] for order in shown.get(field, ())]


async def found(house: House, text: str | None = None, *, customer_id: str | None = None) -> list[str]:
    return listed(await house.ask(SearchOrders(text=text, customer_id=customer_id)), "orders")


def stored(house: House) -> dict[str, tuple[str, str | None]]:
    """Whom each order names, and its street."""
    path = "'$.shipping_address.line1'"
    with closing(sqlite3.connect(house.folder / "flint.db")) as driver:
        query = f"SELECT id, json_extract(body, '$.customer_id'), json_extract(body, {path}) FROM orders"
        return {order_id: (named, street) for order_id, named, street in driver.execute(query)}


UNTOUCHED = {order_id: (named, "1 Main St") for order_id, named in NAMED.items()}


async def test_each_is_shown_with_the_orders_that_spell_its_reference(house: House) -> None:
    ann, bob = [await house.ask(GetCustomer(customer_id=who)) for who in (ANN, BOB)]
    assert (listed(ann, "recentOrders"), listed(bob, "recentOrders")) == ([HERS], [ALSO_HIS, HIS])
    totals = [[(each["orders"], each["paidMoney"]["amount"]) for each in shown["purchases"]] for shown in (ann, bob)]
    assert totals == [[(1, 100)], [(2, 4020)]]


async def test_orders_are_searched_by_the_one_that_is_meant(house: House) -> None:
    assert [await found(house, customer_id=who) for who in (ANN, "CRM-1")] == [[HERS], [HERS]]
    assert [await found(house, customer_id=who) for who in (BOB, "crm-1")] == [[ALSO_HIS, HIS]] * 2


async def test_orders_are_found_by_the_words_of_their_own_customer(house: House) -> None:
    assert (await found(house, text="ann"), await found(house, text="bob")) == ([HERS], [ALSO_HIS, HIS])
    await house.do(SaveCustomer(customer_id=BOB, profile=Profile(name="Robert")))
    assert (await found(house, text="ann"), await found(house, text="bob")) == ([HERS], [])
    await house.do(SaveCustomer(customer_id=ANN, profile=Profile(name="Anna")))
    assert (await found(house, text="anna"), await found(house, text="robert")) == ([HERS], [ALSO_HIS, HIS])


async def test_erasing_the_newer_leaves_the_orders_of_the_older_alone(house: House) -> None:
    await house.do(EraseCustomer(customer_id=BOB))
    assert stored(house) == {**UNTOUCHED, HIS: (BOB, None), ALSO_HIS: (BOB, None)}
    assert await found(house, text="ann") == [HERS], "the words of an erased twin are taken from its own orders alone"
    assert await found(house, text="bob") == []
    assert await found(house, customer_id=BOB) == [ALSO_HIS, HIS]


async def test_erasing_the_older_leaves_the_orders_of_the_newer_alone(house: House) -> None:
    await house.do(EraseCustomer(customer_id=ANN))
    assert stored(house) == {**UNTOUCHED, HERS: (ANN, None)}
    assert (await found(house, text="ann"), await found(house, text="bob")) == ([], [ALSO_HIS, HIS])


async def test_a_twin_that_is_called_something_else_keeps_its_orders(house: House) -> None:
    await house.do(SaveCustomer(customer_id=BOB, profile=Profile(reference="bob-7")))
    assert (await found(house, customer_id=ANN), await found(house, customer_id=BOB)) == ([HERS], [ALSO_HIS, HIS])
    await house.do(EraseCustomer(customer_id=BOB))
    assert stored(house) == {**UNTOUCHED, HIS: (BOB, None), ALSO_HIS: (BOB, None)}


async def test_a_twin_merged_into_somebody_else_brings_its_own_orders_alone(house: House) -> None:
    carl = (await house.do(SaveCustomer(profile=Profile(name="Carl", reference="crm-9"))))["customer"]["customerId"]
    await house.do(MergeCustomers(customer_id=BOB, into_customer_id=carl))
    assert (await found(house, text="ann"), await found(house, text="carl")) == ([HERS], [ALSO_HIS, HIS])
    await house.do(EraseCustomer(customer_id=carl))
    assert stored(house) == {**UNTOUCHED, HIS: (carl, None), ALSO_HIS: (carl, None)}


async def test_twins_that_are_made_one_have_the_orders_of_both(house: House) -> None:
    await house.do(MergeCustomers(customer_id=BOB, into_customer_id=ANN))
    assert {HERS, HIS, ALSO_HIS} <= {*await found(house, customer_id=ANN)}
    await house.do(EraseCustomer(customer_id=ANN))
    assert {street for _, street in stored(house).values()} == {None}


# ── an order that spells a reference as neither of the twins does ──


async def test_an_order_in_a_third_spelling_is_nobodys_and_is_exported_as_it_is(house: House) -> None:
    rows = (await house.ask(ExportOrders()))["rows"]
    assert {row["reference"].removeprefix("flint."): row["customerId"] for row in rows} == NAMED


async def test_an_order_in_a_third_spelling_is_changed_and_takes_coupons(house: House) -> None:
    await house.do(CreateCoupon(code="ONCE", percent=Decimal(10), max_uses_per_customer=1))
    line = LineInput(name="Mug", unit_price=Amount(amount=1000))
    added = await house.do(UpdateOrder(order_id=NOBODYS, update=OrderUpdate(add=(line,), note="Call back")))
    assert (added["customerId"], added["note"]) == ("Crm-1", "Call back")
    applied = await house.do(ApplyCoupon(order_id=NOBODYS, coupon_code="ONCE"))
    assert applied["discounts"][0]["couponCode"] == "ONCE"
    moved = await house.do(UpdateOrder(order_id=NOBODYS, update=OrderUpdate(customer_id=ANN)))
    assert moved["customerId"] == ANN


async def test_an_order_in_a_third_spelling_is_paid_with_a_token_and_by_nobodys_method_or_credit(house: House) -> None:
    line = LineInput(name="Mug", unit_price=Amount(amount=1000))
    await house.do(UpdateOrder(order_id=NOBODYS, update=OrderUpdate(add=(line,))))
    method = (await house.do(AddPaymentMethod(customer_id=ANN, source="tok_visa")))["paymentMethod"]["paymentMethodId"]
    refused = await house.refused(PayOrder(order_id=NOBODYS, sources=(method,)), "not_found")
    assert refused.hint == (
        "a saved method needs the order's customerId to be its customer's (update_order); a token does not"
    )
    await house.do(IssueStoreCredit(customer_id=ANN, money=Amount(amount=5000)))
    refused = await house.refused(PayOrder(order_id=NOBODYS, sources=("store_credit",)), "customer_needed")
    assert refused.message == "Store credit belongs to a customer, and the order's customerId is not one of Flint's."
    assert (await house.do(PayOrder(order_id=NOBODYS, sources=("tok_visa",))))["order"]["status"] == "PAID"


async def test_a_caller_who_names_a_third_spelling_is_still_asked_which_is_meant(house: House) -> None:
    with pytest.raises(Refused, match=r"Crm-1 may be CRM-1 or crm-1\."):
        await house.ask(GetCustomer(customer_id="Crm-1"))
