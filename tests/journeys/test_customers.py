"""Customers: saved, changed, found, read with what they bought, and two records of one person made one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon, RemoveCoupon
from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.gift_cards import IssueStoreCredit
from flint_domain.commands.merging import MergeCustomers
from flint_domain.commands.orders import CancelOrder, CreateOrder, UpdateOrder
from flint_domain.commands.payment_methods import AddPaymentMethod, RemovePaymentMethod
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.customers.model import Profile
from flint_domain.engine.flint import Call
from flint_domain.kernel.addresses import Address
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount, LineInput, OrderUpdate
from flint_domain.queries.customers import GetCustomer, SearchCustomers
from flint_domain.queries.orders import SearchOrders
from tests.domain.test_finding_customers import wide
from tests.journeys.house import PRO_PLAN, SUPPORT, House

PHILADELPHIA = Address(country="US", line1="1 Pine St", city="Philadelphia", region="PA", postal_code="19122")
BERLIN = Address(country="DE", line1="Torstr. 1", city="Berlin", postal_code="10119")
YUSUF = Profile(
    name="Yusuf Rossi",
    emails=("Yusuf.Rossi@example.com",),
    phones=("+1 (555) 123-4567",),
    addresses=(PHILADELPHIA,),
    metadata={"loyalty": "gold"},
)


async def saved(house: House, customer_id: str | None = None, **profile: Any) -> dict[str, Any]:
    answer = await house.do(SaveCustomer(customer_id=customer_id, profile=Profile(**profile)))
    return answer["customer"]


async def new_id(house: House, **profile: Any) -> str:
    return (await saved(house, **profile))["customerId"]


async def found(house: House, text: str | None = None, **filters: Any) -> list[str]:
    """The names of the customers that a search gives."""
    listed = await house.ask(SearchCustomers(text=text, **filters))
    return [row.get("name", "-") for row in listed["customers"]]


async def read(house: House, customer_id: str) -> dict[str, Any]:
    return await house.ask(GetCustomer(customer_id=customer_id))


# ── saving ──


async def test_a_customer_is_saved_and_reads_as_it_was_given(house: House) -> None:
    customer = (await house.do(SaveCustomer(profile=YUSUF)))["customer"]
    assert customer["summary"] == "Customer since 2026-11-23: no orders."
    assert (customer["version"], customer["name"]) == (1, "Yusuf Rossi")
    assert customer["emails"] == ["Yusuf.Rossi@example.com"]
    assert customer["phones"] == ["+1 (555) 123-4567"]
    assert [address["postalCode"] for address in customer["addresses"]] == ["19122"]
    assert customer["metadata"] == {"loyalty": "gold"}
    assert await read(house, customer["customerId"]) == customer


async def test_only_what_is_given_changes(house: House) -> None:
    customer_id = (await house.do(SaveCustomer(profile=YUSUF)))["customer"]["customerId"]
    changed = await saved(
        house, customer_id, name="", note="rings twice", metadata={"loyalty": None, "size": "M", "gone": ""}
    )
    assert changed["version"] == 2
    assert "name" not in changed
    assert (changed["note"], changed["metadata"]) == ("rings twice", {"size": "M"})
    assert changed["emails"] == ["Yusuf.Rossi@example.com"]
    emptied = await saved(house, customer_id, emails=(), phones=(), note="", metadata={"size": ""})
    assert not {"emails", "phones", "note", "metadata"} & emptied.keys()
    assert await found(house, "rossi") == []


async def test_a_list_keeps_each_value_once(house: House) -> None:
    customer = await saved(
        house,
        emails=("ann@example.com", "ANN@example.com", "b@example.com"),
        phones=("555 123", "555-123"),
        addresses=(BERLIN, BERLIN),
    )
    assert customer["emails"] == ["ann@example.com", "b@example.com"]
    assert customer["phones"] == ["555 123"]
    assert len(customer["addresses"]) == 1


async def test_saving_what_is_there_already_changes_nothing(house: House) -> None:
    customer_id = (await house.do(SaveCustomer(profile=YUSUF)))["customer"]["customerId"]
    before = house.contents()
    again = await saved(house, customer_id, name="Yusuf Rossi")
    assert again["version"] == 1
    assert house.contents() == before


async def test_another_customer_with_the_same_email_is_named(house: House) -> None:
    first = await new_id(house, name="Ann", emails=("ann@example.com",))
    told = await house.do(SaveCustomer(profile=Profile(name="Anna", emails=("x@example.com", "ANN@EXAMPLE.COM"))))
    assert told["warnings"] == [f"{first} has the same e-mail address: maybe the same person"]
    second = told["customer"]["customerId"]
    assert "warnings" not in await house.do(SaveCustomer(customer_id=second, profile=Profile(note="hello")))


async def test_a_customer_is_saved_once_however_often_it_is_sent(house: House) -> None:
    first = await house.do(SaveCustomer(profile=YUSUF), key="save")
    again = await house.do(SaveCustomer(profile=YUSUF), key="save")
    assert again == {**first, "replayed": True}
    assert await found(house, "yusuf") == ["Yusuf Rossi"]


async def test_a_dry_run_shows_the_customer_and_keeps_nothing(house: House) -> None:
    before = house.contents()
    shown = await house.do(SaveCustomer(profile=YUSUF), dry_run=True)
    assert shown["dryRun"] is True
    assert (shown["customer"]["customerId"], shown["customer"]["name"]) == (None, "Yusuf Rossi")
    assert house.contents() == before


# ── the merchant's own reference ──


async def test_a_reference_names_one_customer(house: House) -> None:
    ann = await new_id(house, name="Ann", reference="crm-7")
    assert (await read(house, "crm-7"))["customerId"] == ann
    assert (await saved(house, "crm-7", note="by reference"))["customerId"] == ann
    refused = await house.refused(SaveCustomer(profile=Profile(name="Bob", reference="crm-7")), "reference_taken")
    assert (refused.message, refused.param) == ("Another customer has the reference crm-7.", "reference")
    bob = await new_id(house, name="Bob")
    await house.refused(SaveCustomer(customer_id=bob, profile=Profile(reference="crm-7")), "reference_taken")
    await saved(house, ann, reference="")
    assert (await saved(house, bob, reference="crm-7"))["reference"] == "crm-7"


async def test_a_reference_that_orders_were_made_under_stays_its_customers(house: House) -> None:
    order_id = await house.order_of(customer_id="crm-7")
    ann = await new_id(house, name="Ann", reference="crm-7")
    await saved(house, ann, reference="crm-8")
    assert [order["orderId"] for order in (await read(house, ann))["recentOrders"]] == [order_id]
    await house.refused(SaveCustomer(profile=Profile(name="Bob", reference="crm-7")), "reference_taken")
    assert (await saved(house, ann, reference="crm-7"))["reference"] == "crm-7"


async def test_an_order_takes_a_known_reference_for_the_customer_and_leaves_others_as_they_are(house: House) -> None:
    ann = await new_id(house, reference="crm-7", addresses=(BERLIN,))
    known = await house.do(CreateOrder(lines=(PRO_PLAN,), customer_id="crm-7"))
    assert known["customerId"] == ann
    assert (await house.do(CreateOrder(lines=(PRO_PLAN,), customer_id="crm-8")))["customerId"] == "crm-8"
    other = await house.order_of(customer_id="crm-8")
    moved = await house.do(UpdateOrder(order_id=other, update=OrderUpdate(customer_id="crm-7")))
    assert moved["customerId"] == ann
    unknown = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    await house.refused(CreateOrder(lines=(PRO_PLAN,), customer_id=unknown), "not_found")
    await house.refused(UpdateOrder(order_id=other, update=OrderUpdate(customer_id=unknown)), "not_found")


async def test_orders_that_named_the_reference_before_are_the_customers_too(house: House) -> None:
    early = await house.paid_order(PRO_PLAN, customer_id="crm-7")
    ann = await new_id(house, name="Ann", reference="crm-7")
    late = await house.paid_order(SUPPORT, customer_id=ann)
    for name in (ann, "crm-7"):
        listed = await house.ask(SearchOrders(customer_id=name))
        assert [row["orderId"] for row in listed["orders"]] == [late, early]
    [bought] = (await read(house, ann))["purchases"]
    assert (bought["orders"], bought["spentMoney"]["amount"]) == (2, 12800)


# ── what they bought ──


@pytest.mark.promise("P12")
async def test_history_adds_up_in_each_currency(house: House) -> None:
    ann = await new_id(house, name="Ann")
    first = await house.paid_order(PRO_PLAN, customer_id=ann)
    house.clock.passes(timedelta(days=3))
    await house.paid_order(SUPPORT, customer_id=ann)
    in_euros = LineInput(name="Mug", unit_price=Amount(amount=500, currency="EUR"))
    await house.order_of(in_euros, customer_id=ann)
    await house.do(CancelOrder(order_id=await house.order_of(customer_id=ann)))
    await house.paid_order(SUPPORT, customer_id="somebody-else")
    target = RefundTarget(order_id=first, amount=Amount(amount=1900))
    await house.do(CreateRefund(target=target))

    customer = await read(house, ann)
    assert customer["summary"] == "Customer since 2026-11-23: 3 orders, 0.00 EUR and 109.00 USD spent."
    euros, dollars = customer["purchases"]
    assert (euros["currency"], euros["orders"], euros["paidMoney"]["amount"]) == ("EUR", 1, 0)
    assert dollars == {
        "currency": "USD",
        "orders": 2,
        "paidMoney": {"amount": 12800, "currency": "USD"},
        "refundedMoney": {"amount": 1900, "currency": "USD"},
        "spentMoney": {"amount": 10900, "currency": "USD"},
        "firstOrderAt": "2026-11-23T12:00:00Z",
        "lastOrderAt": "2026-11-26T12:00:00Z",
    }
    assert [row["status"] for row in customer["recentOrders"]] == ["CANCELED", "OPEN", "PAID", "PARTIALLY_REFUNDED"]


async def test_a_customer_shows_the_newest_five_orders(house: House) -> None:
    ann = await new_id(house, name="Ann")
    made = [await house.order_of(PRO_PLAN, customer_id=ann) for _ in range(7)]
    shown = [row["orderId"] for row in (await read(house, ann))["recentOrders"]]
    assert shown == made[:1:-1]


# ── finding ──


@pytest.mark.parametrize(
    "text",
    [
        *("Yusuf Rossi", "yus ros", "rossi 19122", "yusuf.rossi@example.com", "gold", "crm-1"),
        *("555-123", "5551234567", "+1 555 123 4567", "15551234567", "4567", "(555) 123", "555123"),
        *("Björn", "bjorn"),
    ],
)
async def test_words_find_a_customer_by_their_beginnings(house: House, text: str) -> None:
    await house.do(SaveCustomer(profile=YUSUF))
    await new_id(house, name="Björn Rossi-Gold", reference="crm-1", phones=("555123",))
    await new_id(house, name="Somebody Else", addresses=(BERLIN,), phones=("040 999",))
    listed = await found(house, text)
    assert listed
    assert "Somebody Else" not in listed


async def test_an_email_and_a_postcode_match_whole(house: House) -> None:
    await house.do(SaveCustomer(profile=YUSUF))
    await new_id(house, name="Yusuf Rossi", emails=("rossi@example.com",), addresses=(BERLIN,))
    assert await found(house, email="YUSUF.rossi@EXAMPLE.com") == ["Yusuf Rossi"]
    assert await found(house, email="rossi@example.co") == []
    assert await found(house, postal_code="101 19") == ["Yusuf Rossi"]
    assert await found(house, email=wide("yusuf.rossi@example.com")) == ["Yusuf Rossi"]
    assert await found(house, postal_code=wide("10119")) == ["Yusuf Rossi"]
    assert await found(house, postal_code="1912") == []
    listed = await house.ask(SearchCustomers(text="Yusuf Rossi", postal_code="19122"))
    [row] = listed["customers"]
    assert {**row, "customerId": None} == {
        "customerId": None,
        "name": "Yusuf Rossi",
        "email": "Yusuf.Rossi@example.com",
        "postalCode": "19122",
        "orders": 0,
    }
    assert listed["summary"] == "1 customer."


async def test_when_no_customer_has_every_word_those_with_one_are_shown(house: House) -> None:
    await house.do(SaveCustomer(profile=YUSUF))
    listed = await house.ask(SearchCustomers(text="Yusuf Bianchi"))
    assert listed["summary"] == "1 customer. None has every word; these have at least one."


async def test_a_search_is_read_in_pages_newest_first(house: House) -> None:
    for number in range(5):
        await new_id(house, name=f"Ann {number}", emails=("ann@example.com",))
    for filters in ({}, {"text": "ann"}, {"email": "ann@example.com"}):
        names: list[str] = []
        cursor = None
        while True:
            listed = await house.ask(SearchCustomers(**filters, limit=2, cursor=cursor))
            names += [row["name"] for row in listed["customers"]]
            cursor = listed.get("nextCursor")
            if cursor is None:
                break
        assert names == [f"Ann {number}" for number in (4, 3, 2, 1, 0)]


async def test_what_was_changed_is_found_by_its_new_words_only(house: House) -> None:
    ann = await new_id(house, name="Ann", emails=("ann@example.com",), addresses=(BERLIN,))
    await saved(house, ann, name="Zoe", emails=("zoe@example.com",), addresses=(PHILADELPHIA,))
    assert await found(house, "ann") == await found(house, email="ann@example.com") == []
    assert await found(house, postal_code="10119") == []
    assert await found(house, "zoe") == await found(house, postal_code="19122") == ["Zoe"]


async def test_another_merchant_sees_no_customer_of_this_one(house: House) -> None:
    await new_id(house, name="Ann", reference="crm-7", emails=("ann@example.com",))
    other = house.flint_for((await house.sqlite.add_merchant("Other", "EUR")).merchant_id)
    theirs = await other.execute(SaveCustomer(profile=Profile(name="Ann", reference="crm-7")), Call())
    assert (await other.ask(SearchCustomers(text="ann")))["summary"] == "1 customer."
    assert (await other.ask(SearchCustomers(email="ann@example.com")))["summary"] == "0 customers."
    with pytest.raises(Refused, match="There is no customer"):
        await read(house, theirs["customer"]["customerId"])


# ── merging ──


async def test_the_survivor_keeps_its_own_and_gets_what_it_lacks(house: House) -> None:
    loser = await new_id(
        house,
        name="Y. Rossi",
        emails=("y@example.com", "YUSUF@example.com"),
        addresses=(BERLIN,),
        note="old account",
        metadata={"a": "1", "b": "1"},
        tax_id="DE1",
        reference="crm-1",
    )
    survivor = await new_id(
        house, name="Yusuf Rossi", emails=("yusuf@example.com",), phones=("555123",), metadata={"b": "2"}
    )
    merged = (await house.do(MergeCustomers(customer_id=loser, into_customer_id=survivor)))["customer"]
    assert (merged["customerId"], merged["name"], merged["note"]) == (survivor, "Yusuf Rossi", "old account")
    assert merged["emails"] == ["yusuf@example.com", "y@example.com"]
    assert (merged["phones"], merged["taxId"]) == (["555123"], "DE1")
    assert [address["city"] for address in merged["addresses"]] == ["Berlin"]
    assert merged["metadata"] == {"a": "1", "b": "2"}
    assert (merged["reference"], merged["mergedIds"]) == ("crm-1", [loser])
    assert await read(house, loser) == await read(house, "crm-1") == merged
    assert await found(house, "rossi") == ["Yusuf Rossi"]


async def test_both_references_go_on_to_name_the_survivor(house: House) -> None:
    loser, survivor = await new_id(house, reference="old"), await new_id(house, reference="new")
    early = await house.order_of(customer_id=loser)
    await house.do(MergeCustomers(customer_id=loser, into_customer_id=survivor))
    assert (await read(house, "old"))["customerId"] == (await read(house, "new"))["customerId"] == survivor
    await house.refused(SaveCustomer(profile=Profile(reference="old")), "reference_taken")
    late = (await house.do(CreateOrder(lines=(PRO_PLAN,), customer_id="old")))["orderId"]
    assert (await house.read(late))["customerId"] == survivor
    for name in ("old", "new", loser, survivor):
        listed = await house.ask(SearchOrders(customer_id=name))
        assert [row["orderId"] for row in listed["orders"]] == [late, early]


async def test_history_of_both_is_the_survivors(house: House) -> None:
    ids = [await new_id(house, name=name) for name in "abc"]
    for customer_id in ids:
        await house.paid_order(PRO_PLAN, customer_id=customer_id)
    await house.do(MergeCustomers(customer_id=ids[0], into_customer_id=ids[1]))
    merged = (await house.do(MergeCustomers(customer_id=ids[1], into_customer_id=ids[2])))["customer"]
    assert merged["mergedIds"] == [ids[1], ids[0]]
    assert merged["purchases"][0]["spentMoney"]["amount"] == 29700
    assert len(merged["recentOrders"]) == 3
    assert await read(house, ids[0]) == merged


async def test_uses_of_coupons_are_added_up_and_can_still_be_given_back(house: House) -> None:
    await house.do(CreateCoupon(code="TWICE", percent=Decimal(10), max_uses_per_customer=2))
    loser, survivor = await new_id(house, name="a"), await new_id(house, name="b")
    orders = [await house.order_of(customer_id=customer_id) for customer_id in (loser, survivor, survivor, loser)]
    for order_id in orders[:2]:
        await house.do(ApplyCoupon(order_id=order_id, coupon_code="TWICE"))
    await house.do(MergeCustomers(customer_id=loser, into_customer_id=survivor))
    for order_id in orders[2:]:
        await house.refused(ApplyCoupon(order_id=order_id, coupon_code="TWICE"), "coupon_customer_limit")
    await house.do(RemoveCoupon(order_id=orders[0], coupon_code="TWICE"))
    await house.do(ApplyCoupon(order_id=orders[3], coupon_code="TWICE"))
    await house.refused(ApplyCoupon(order_id=orders[2], coupon_code="TWICE"), "coupon_customer_limit")


async def test_a_use_under_a_reference_counts_for_the_customer_who_gets_it(house: House) -> None:
    await house.do(CreateCoupon(code="ONCE", percent=Decimal(10), max_uses_per_customer=1))
    early = await house.order_of(customer_id="crm-7")
    await house.do(ApplyCoupon(order_id=early, coupon_code="ONCE"))
    ann = await new_id(house, reference="crm-7")
    late = await house.order_of(customer_id=ann)
    await house.refused(ApplyCoupon(order_id=late, coupon_code="ONCE"), "coupon_customer_limit")
    named = await house.do(UpdateOrder(order_id=early, update=OrderUpdate(customer_id=ann)))
    assert (named["customerId"], named["discounts"][0]["couponCode"]) == (ann, "ONCE")
    await house.do(CancelOrder(order_id=early))
    await house.do(ApplyCoupon(order_id=late, coupon_code="ONCE"))


async def test_merging_again_changes_nothing(house: House) -> None:
    loser, survivor = await new_id(house, name="a"), await new_id(house, name="b")
    merge = MergeCustomers(customer_id=loser, into_customer_id=survivor)
    first = await house.do(merge, key="merge")
    before = house.contents()
    assert await house.do(merge, key="merge") == {**first, "replayed": True}
    assert await house.do(merge) == first
    assert house.contents() == before


async def test_a_customer_is_not_merged_into_itself_nor_twice(house: House) -> None:
    a, b, c = [await new_id(house, name=name) for name in "abc"]
    itself = await house.refused(MergeCustomers(customer_id=a, into_customer_id=a), "invalid_argument")
    assert itself.message == f"{a} cannot be merged into itself."
    await house.do(MergeCustomers(customer_id=a, into_customer_id=b))
    for customer_id, into in ((a, c), (b, a), (c, a)):
        twice = await house.refused(MergeCustomers(customer_id=customer_id, into_customer_id=into), "customer_merged")
        assert (twice.message, twice.hint) == (f"{a} was merged into {b}.", f"use {b} instead")
    unknown = "cus_01ARZ3NDEKTSV4RRFFQ69G5FAV"
    await house.refused(MergeCustomers(customer_id=unknown, into_customer_id=c), "not_found")
    nobody = await house.refused(MergeCustomers(customer_id=c, into_customer_id=unknown), "not_found")
    assert nobody.param == "intoCustomerId"


async def test_a_rehearsed_merge_shows_the_survivor_and_leaves_both(house: House) -> None:
    a, b = await new_id(house, name="a", phones=("555123",)), await new_id(house, name="b")
    before = house.contents()
    shown = await house.do(MergeCustomers(customer_id=a, into_customer_id=b), dry_run=True)
    assert shown["customer"]["phones"] == ["555123"]
    assert house.contents() == before


# ── the default method ──


async def test_the_default_is_one_of_the_customers_own_methods_that_can_pay(house: House) -> None:
    ann, bob = await new_id(house, name="Ann"), await new_id(house, name="Bob")
    visa, mastercard = [
        (await house.do(AddPaymentMethod(customer_id=ann, source=token)))["paymentMethod"]["paymentMethodId"]
        for token in ("tok_visa", "tok_mastercard")
    ]
    changed = await saved(house, ann, default_method=mastercard)
    listed = changed["paymentMethods"]
    assert [(method["brand"], method["default"]) for method in listed] == [("visa", False), ("mastercard", True)]
    assert changed["summary"] == "Customer since 2026-11-23: no orders, 2 payment methods."
    await house.do(AddPaymentMethod(customer_id=ann, source="tok_chargeDeclined"))
    assert (await read(house, ann))["summary"] == changed["summary"], "one that was refused pays nothing"
    assert not {"source", "reference", "customerReference"} & listed[0].keys()

    others = SaveCustomer(customer_id=bob, profile=Profile(default_method=visa))
    assert (await house.refused(others, "not_found")).message == f"{bob} has no payment method {visa}."
    await house.do(RemovePaymentMethod(method_id=visa))
    removed = SaveCustomer(customer_id=ann, profile=Profile(default_method=visa))
    assert (await house.refused(removed, "payment_method_unusable")).message == f"{visa} is removed, not active."
    house.clock.passes(timedelta(days=40 * 365))
    expired = SaveCustomer(customer_id=ann, profile=Profile(default_method=mastercard))
    assert (await house.refused(expired, "payment_method_unusable")).message == f"{mastercard} has expired."


async def test_methods_move_to_the_survivor_who_keeps_the_own_default(house: House) -> None:
    loser, survivor = await new_id(house, name="a"), await new_id(house, name="b")
    for customer_id, token in ((loser, "tok_visa"), (survivor, "tok_mastercard")):
        await house.do(AddPaymentMethod(customer_id=customer_id, source=token))
    merged = (await house.do(MergeCustomers(customer_id=loser, into_customer_id=survivor)))["customer"]
    methods = merged["paymentMethods"]
    assert [(method["brand"], method["default"]) for method in methods] == [("mastercard", True), ("visa", False)]
    order_id = await house.order_of(PRO_PLAN, customer_id=survivor)
    paid = await house.do(PayOrder(order_id=order_id, sources=(methods[1]["paymentMethodId"],)))
    assert paid["payments"][0]["status"] == "CAPTURED"
    assert (await house.balance(order_id)).charged == 9900


async def test_store_credit_moves_to_the_survivor(house: House) -> None:
    loser, survivor = await new_id(house, name="a"), await new_id(house, name="b")
    for customer_id, amount in ((loser, 700), (survivor, 300)):
        await house.do(IssueStoreCredit(customer_id=customer_id, money=Amount(amount=amount)))
    await house.do(MergeCustomers(customer_id=loser, into_customer_id=survivor))
    order_id = await house.order_of(LineInput(name="Mug", unit_price=Amount(amount=1000)), customer_id=survivor)
    paid = await house.do(PayOrder(order_id=order_id, sources=("store_credit",)))
    assert (paid["order"]["status"], paid["payments"][0]["status"]) == ("PAID", "CAPTURED")
