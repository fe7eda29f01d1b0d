"""Erasing a person: nothing of theirs is left in any table, and the books still add up."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from flint_domain.commands.after_payment import ReturnItems
from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.gift_cards import IssueStoreCredit
from flint_domain.commands.merging import MergeCustomers
from flint_domain.commands.orders import CancelOrder, CloseOrder, CreateOrder, UpdateOrder
from flint_domain.commands.payment_methods import AddPaymentMethod
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.privacy import EraseCustomer
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.customers.model import Profile
from flint_domain.kernel.addresses import Address
from flint_domain.order.amendments.kept_back import KeepMoney
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, LineInput, OrderUpdate
from flint_domain.queries.customers import GetCustomer, SearchCustomers
from flint_domain.queries.orders import SearchOrders
from flint_server.db.packing import unpacked
from tests.journeys.house import PRO_PLAN, SUPPORT, House, amounts

STREET = "17 Quincyhalden Row"
HOME = Address(
    country="US",
    name="Zoltan Fairweather",
    line1=STREET,
    city="Oldburgh",
    region="PA",
    postal_code="19122",
    phone="5550199",
)
ZOLTAN = Profile(
    name="Zoltan Fairweather",
    emails=("zoltan@fairweather.example",),
    phones=("+1 555-0199-777",),
    addresses=(HOME,),
    reference="zoltan-f",
    note="Zoltan rings twice",
    metadata={"nickname": "Zolti"},
    tax_id="US-ZOLTAN-1",
)
TELLING = ("zoltan", "zolti", "fairweather", "quincyhalden", "oldburgh", "5550199", "0199", "19122")


def left_behind(house: House) -> list[str]:
    """Where the data file still says something of the person: table.column and the value."""
    found: list[str] = []
    with closing(sqlite3.connect(house.folder / "flint.db")) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            rows = connection.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in rows.description]
            for row in rows:
                texts = {name: said(value) for name, value in zip(names, row, strict=True)}
                found += [
                    f"{table}.{name}: {value}"
                    for name, value in texts.items()
                    if any(word in value.lower() for word in TELLING)
                ]
    return found


def said(value: object) -> str:
    """The text of a column: that of one which is packed, too; what the text index holds is its own."""
    try:
        return value if isinstance(value, str) else unpacked(value) if isinstance(value, bytes) else ""
    except ValueError:
        return ""


async def zoltan(house: House) -> str:
    return (await house.do(SaveCustomer(profile=ZOLTAN), key="save"))["customer"]["customerId"]


async def erased(house: House, customer_id: str, key: str | None = None) -> dict[str, Any]:
    return (await house.do(EraseCustomer(customer_id=customer_id), key))["customer"]


async def a_life(house: House) -> tuple[str, list[str]]:
    """A customer whose words are everywhere, and the orders: one early under the reference, one sent, one canceled."""
    early = await house.do(
        CreateOrder(lines=(PRO_PLAN,), customer_id="zoltan-f", note="for Zoltan", metadata={"for": "Zolti"}), "early"
    )
    customer_id = await zoltan(house)
    twin = await house.do(SaveCustomer(profile=Profile(name="Z. Fairweather", emails=("zolti@fairweather.example",))))
    await house.do(AddPaymentMethod(customer_id=twin["customer"]["customerId"], source="tok_visa"), "attach")
    await house.do(IssueStoreCredit(customer_id=customer_id, money=Amount(amount=500), note="sorry, Zoltan"), "credit")

    engraved = LineInput(name="Mug", unit_price=Amount(amount=2900), note="engrave: Fairweather")
    sent = await house.do(
        CreateOrder(lines=(PRO_PLAN, engraved), customer_id=customer_id, shipping_address=HOME, note="ring, Zoltan!"),
        "create",
    )
    order_id = sent["orderId"]
    moved = replace(HOME, line1="18 Quincyhalden Row")
    await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(shipping_address=moved)), "move")
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",), buyer_email=ZOLTAN.emails[0]), "pay")  # type: ignore[index]
    refund = CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=900)), note="Zoltan asked")
    await house.do(refund, "refund")
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"), "send")
    back = ReturnRequest(items=(ReturnItem(line_id=sent["lineItems"][1]["lineItemId"]),), note="Zoltan sent it back")
    fee = KeepMoney(name="return shipping from Oldburgh", money=Amount(amount=2696))
    await house.do(ReturnItems(order_id=order_id, request=back, keep=fee), "return")
    canceled = await house.order_of(customer_id=twin["customer"]["customerId"], metadata={"who": "Fairweather"})
    await house.do(CancelOrder(order_id=canceled, cancel_reason="Zoltan changed his mind"), "cancel")
    await house.do(MergeCustomers(customer_id=twin["customer"]["customerId"], into_customer_id=customer_id), "merge")
    return customer_id, [early["orderId"], order_id, canceled]


async def test_nothing_of_the_person_is_left_in_any_table(house: House) -> None:
    customer_id, _ = await a_life(house)
    assert {"customers", "orders", "facts", "idempotency_records", "transfers", "gift_card_entries"} <= {
        line.split(".")[0] for line in left_behind(house)
    }
    customer = await erased(house, customer_id, key="erase")
    assert left_behind(house) == []
    assert customer["summary"] == "Erased customer: 2 orders, 119.00 USD spent."
    assert customer["erasedAt"] == "2026-11-23T12:00:00Z"
    assert not {"name", "emails", "phones", "addresses", "note", "metadata", "reference", "taxId"} & customer.keys()


async def test_the_erasing_itself_does_not_keep_by_what_name_it_was_asked_for(house: House) -> None:
    await zoltan(house)
    await erased(house, ZOLTAN.reference or "", key="erase")
    assert left_behind(house) == []


async def test_the_books_stay_as_they_were(house: House) -> None:
    customer_id, orders = await a_life(house)
    before = [await house.read(order_id) for order_id in orders]
    await erased(house, customer_id)
    after = [await house.read(order_id) for order_id in orders]
    for was, now in zip(before, after, strict=True):
        for kept in ("pricingAmounts", "settlementAmounts", "status", "paymentIntentIds", "refundIds", "payments"):
            assert now[kept] == was[kept]
        assert now["version"] == was["version"] + 1
        assert now["activities"][-1]["type"] == "ORDER_REDACTED"
        assert now["activities"][-1]["summary"] == "Personal data erased."
        assert now.get("note") is now.get("buyerEmail") is None
        assert [line["name"] for line in now["lineItems"]] == [line["name"] for line in was["lineItems"]]
    assert amounts(after[1]) == ("PARTIALLY_REFUNDED", 12800, 900, 0, 11900)
    assert {key: value for key, value in after[1]["shippingAddress"].items() if value} == {
        "country": "US",
        "region": "PA",
    }
    assert (await house.balance(orders[1])).refunded == 900
    bought = (await house.ask(GetCustomer(customer_id=customer_id)))["purchases"]
    assert [entry["spentMoney"]["amount"] for entry in bought] == [11900]
    assert [row["customerId"] for row in (await house.ask(SearchOrders(customer_id=customer_id)))["orders"]][1:] == [
        customer_id,
        customer_id,
    ]


async def test_no_search_finds_the_person_again(house: House) -> None:
    customer_id, _ = await a_life(house)
    await erased(house, customer_id)
    for word in ("zoltan", "fairweather", "quincyhalden", "19122", "zolti"):
        assert (await house.ask(SearchCustomers(text=word)))["customers"] == []
        assert (await house.ask(SearchOrders(text=word)))["orders"] == []
    assert (await house.ask(SearchCustomers(email="zoltan@fairweather.example")))["customers"] == []
    assert (await house.ask(SearchCustomers(postal_code="19122")))["customers"] == []
    assert (await house.ask(SearchCustomers()))["customers"] == []


async def test_saved_methods_are_forgotten_by_the_processor_too(house: House) -> None:
    customer_id, _ = await a_life(house)
    [method] = (await house.ask(GetCustomer(customer_id=customer_id)))["paymentMethods"]
    assert (method["status"], method["last4"]) == ("active", "4242")
    customer = await erased(house, customer_id, key="erase")
    assert "paymentMethods" not in customer
    order_id = await house.order_of(PRO_PLAN)
    pay = PayOrder(order_id=order_id, sources=(method["paymentMethodId"],))
    await house.refused(pay, "not_found")


async def test_keys_of_before_replay_the_records_as_they_are_now(house: House) -> None:
    customer_id, orders = await a_life(house)
    await erased(house, customer_id)
    again = await house.do(SaveCustomer(profile=ZOLTAN), key="save")
    assert (again["replayed"], again["customer"]["customerId"]) == (True, customer_id)
    assert "name" not in again["customer"]
    pay = PayOrder(order_id=orders[1], sources=("tok_visa",), buyer_email="zoltan@fairweather.example")
    paid = await house.do(pay, key="pay")
    assert (paid["replayed"], paid["order"]["orderId"]) == (True, orders[1])
    assert [payment["status"] for payment in paid["payments"]] == ["CAPTURED"]
    assert (await house.balance(orders[1])).charged == 12800
    other = await house.refused(CancelOrder(order_id=orders[0]), "idempotency_key_reused", key="pay")
    assert other.details["first"] == {"command": "pay_order", "fields": {}}
    assert left_behind(house) == []


async def test_erasing_again_changes_nothing(house: House) -> None:
    customer_id, _ = await a_life(house)
    first = await house.do(EraseCustomer(customer_id=customer_id), key="erase")
    before = house.contents()
    assert await house.do(EraseCustomer(customer_id=customer_id), key="erase") == {**first, "replayed": True}
    assert (await erased(house, customer_id))["erasedAt"] == first["customer"]["erasedAt"]
    assert house.contents() == before


async def test_a_rehearsed_erasure_leaves_everything(house: House) -> None:
    customer_id, _ = await a_life(house)
    before = house.contents()
    shown = await house.do(EraseCustomer(customer_id=customer_id), dry_run=True)
    assert "erasedAt" in shown["customer"]
    assert (shown["dryRun"], shown["wouldTransfer"]) == (True, [])
    assert house.contents() == before


async def test_an_erased_customer_takes_part_in_nothing_new(house: House) -> None:
    customer_id = await zoltan(house)
    other = (await house.do(SaveCustomer(profile=Profile(name="Ann"))))["customer"]["customerId"]
    order_id = await house.order_of(PRO_PLAN)
    await erased(house, customer_id)
    for command in (
        SaveCustomer(customer_id=customer_id, profile=Profile(name="Zoltan")),
        CreateOrder(lines=(PRO_PLAN,), customer_id=customer_id),
        UpdateOrder(order_id=order_id, update=OrderUpdate(customer_id=customer_id)),
        MergeCustomers(customer_id=customer_id, into_customer_id=other),
        MergeCustomers(customer_id=other, into_customer_id=customer_id),
        AddPaymentMethod(customer_id=customer_id, source="tok_visa"),
    ):
        refused = await house.refused(command, "customer_erased")
        assert refused.message == f"The personal data of {customer_id} was erased."
    fresh = await house.do(SaveCustomer(profile=ZOLTAN))
    assert fresh["customer"]["reference"] == "zoltan-f"


# ── what still needs its buyer ──


async def test_a_paid_order_that_was_not_sent_needs_its_buyer(house: House) -> None:
    customer_id = await zoltan(house)
    order_id = await house.paid_order(PRO_PLAN, customer_id=customer_id)
    refused = await house.refused(EraseCustomer(customer_id=customer_id), "order_unfulfilled")
    assert refused.message == f"{order_id} is paid and not handed over yet, and needs its buyer's data until then."
    assert refused.hint == f"call fulfill_order, close_order or cancel_order for {order_id}, then erase the customer"
    assert refused.order_id == order_id
    await house.do(FulfillOrder(order_id=order_id))
    await erased(house, customer_id)


@pytest.mark.parametrize("end", [CloseOrder, CancelOrder])
async def test_an_order_that_ended_needs_nobody(house: House, end: Any) -> None:
    customer_id = await zoltan(house)
    order_id = await house.paid_order(PRO_PLAN, customer_id=customer_id)
    await house.do(end(order_id=order_id))
    assert "erasedAt" in await erased(house, customer_id)


async def test_money_that_is_held_or_on_its_way_needs_its_buyer(house: House) -> None:
    customer_id = await zoltan(house)
    held = await house.order_of(PRO_PLAN, customer_id=customer_id)
    paid = await house.do(PayOrder(order_id=held, sources=("tok_visa",), capture_later=True))
    refused = await house.refused(EraseCustomer(customer_id=customer_id), "money_held")
    assert refused.message == f"{held} has money held for it, and needs its buyer's data until then."
    await house.do(CancelOrder(order_id=held))
    assert paid["payments"][0]["status"] == "AUTHORIZED"

    waiting = await house.order_of(SUPPORT, customer_id=customer_id)
    pay = await house.do(PayOrder(order_id=waiting, sources=("tok_threeDSecure2Required",)))
    payment_id = pay["payments"][0]["paymentIntentId"]
    refused = await house.refused(EraseCustomer(customer_id=customer_id), "payment_in_progress")
    assert refused.message == f"{waiting} waits for {payment_id}, and needs its buyer's data until then."
    await house.buyer(payment_id, approves=False)
    assert "erasedAt" in await erased(house, customer_id)


async def test_one_order_that_needs_its_buyer_keeps_all_of_them(house: House) -> None:
    customer_id, _ = await a_life(house)
    await house.paid_order(PRO_PLAN, customer_id=customer_id)
    before = house.contents()
    await house.refused(EraseCustomer(customer_id=customer_id), "order_unfulfilled")
    assert house.contents() == before


async def test_more_orders_than_a_page_are_all_redacted(house: House) -> None:
    customer_id = await zoltan(house)
    for number in range(103):
        await house.order_of(PRO_PLAN, customer_id=customer_id, note=f"for Zoltan, number {number}")
    await erased(house, customer_id)
    assert left_behind(house) == []
