"""Orders of the past: their money counts, and Flint never pretends that it could give it back the way it came."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from flint_domain.commands.after_payment import AmendOrder, MovePayment, ReturnItems
from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.orders import CancelOrder
from flint_domain.commands.payments import GetPayment, PayOrder
from flint_domain.commands.refunds import CreateRefund, GetRefund, QuoteRefund, RefundTarget
from flint_domain.commands.webhooks import SaveWebhookEndpoint
from flint_domain.customers.model import Profile
from flint_domain.importing.commands import ImportCustomers, ImportItems, ImportOrders
from flint_domain.importing.model import (
    CustomerRecord,
    ItemRecord,
    LineRecord,
    OrderRecord,
    PaymentRecord,
    RefundRecord,
    TaxTerms,
    VariantRecord,
)
from flint_domain.kernel.errors import Refused
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, OrderUpdate
from flint_domain.order.payments.model import Tender
from flint_domain.queries.customers import GetCustomer
from flint_domain.queries.orders import SearchOrders
from flint_domain.queries.webhooks import ListWebhookDeliveries
from flint_domain.webhooks.events import EventFilter
from tests.journeys.catalog import counts, variant
from tests.journeys.house import START, House, amounts, total

THEN = datetime(2025, 3, 1, 10, tzinfo=UTC)
CARD = Tender(type="card", brand="visa", last4="4242")
VAT = (TaxTerms(name="VAT", percent=Decimal(8)),)
SHIRTS = LineRecord(name="Shirt", quantity=Decimal(2), unit_price=Amount(amount=5000), taxes=VAT)
MUG = LineRecord(name="Mug", unit_price=Amount(amount=900), taxes=VAT)


def past(reference: str = "1001", paid: int = 11_772, **fields: Any) -> OrderRecord:
    """Two shirts and a mug, 117.72 with tax, paid elsewhere and long delivered."""
    payments = (PaymentRecord(money=Amount(amount=paid), tender=CARD, reference=f"ch_{reference}"),) if paid else ()
    told: dict[str, Any] = {
        "created_at": THEN,
        "lines": (SHIRTS, MUG),
        "currency": "USD",
        "payments": payments,
        "fulfilled_at": THEN + timedelta(days=1),
        "delivered_at": THEN + timedelta(days=3),
    }
    return OrderRecord(reference=reference, **{**told, **fields})


async def took(house: House, *records: OrderRecord) -> list[str]:
    """The ids of the orders that these records became."""
    answer = await house.do(ImportOrders(records=records), actor="operator")
    assert [row["state"] for row in answer["rows"]] == ["made"] * len(records), answer["rows"]
    return [row["record_id"] for row in answer["rows"]]


async def faults(house: House, record: OrderRecord) -> list[tuple[str, str]]:
    """Fields and messages of a record that is not taken, and changes nothing."""
    before = house.contents()
    [row] = (await house.do(ImportOrders(records=(record,))))["rows"]
    assert (row["state"], house.contents()) == ("rejected", before)
    return [(fault["param"], fault["message"]) for fault in row["faults"]]


async def rejected(house: House, record: OrderRecord) -> tuple[str, str]:
    """Code and message of a record that is not taken for one reason, and changes nothing."""
    before = house.contents()
    [row] = (await house.do(ImportOrders(records=(record,))))["rows"]
    assert (row["state"], house.contents()) == ("rejected", before)
    [fault] = row["faults"]
    return fault["code"], fault["message"]


async def line_ids(house: House, order_id: str) -> list[str]:
    return [line["lineItemId"] for line in (await house.read(order_id))["lineItems"]]


async def test_an_order_of_the_past_stands_as_it_did_and_no_money_moved(house: House) -> None:
    [order_id] = await took(house, past(refunds=(RefundRecord(money=Amount(amount=972)),)))
    order = await house.read(order_id)
    assert (total(order), *amounts(order)) == (11_772, "PARTIALLY_REFUNDED", 11_772, 972, 0, 0)
    assert (order["fulfillmentStatus"], order["createdAt"], order["reference"]) == (
        "DELIVERED",
        "2025-03-01T10:00:00Z",
        "1001",
    )
    [payment] = order["payments"]
    assert (payment["status"], payment["elsewhere"], payment["tender"]["last4"]) == ("CAPTURED", True, "4242")
    assert (await house.balance(order_id)).charged == 0
    assert await house.trail(order_id) == ["ORDER_IMPORTED"]


async def test_it_is_found_by_its_payment_its_refund_and_the_processors_reference(house: House) -> None:
    first, second = await took(
        house, past("1", refunds=(RefundRecord(money=Amount(amount=500)),)), past("2", paid=11_772)
    )
    order = await house.read(first)
    payment = await house.ask(GetPayment(payment_id=order["paymentIntentIds"][0]))
    assert payment["orderId"] == first
    assert (await house.ask(GetRefund(refund_id=order["refundIds"][0])))["amountMoney"]["amount"] == 500
    [found] = (await house.ask(SearchOrders(text="ch_2")))["orders"]
    assert found["orderId"] == second
    listed = await house.ask(SearchOrders(status="PAID", fulfillment_status="DELIVERED"))
    assert [row["orderId"] for row in listed["orders"]] == [second]


async def test_its_customers_history_counts_it(house: House) -> None:
    await house.do(ImportCustomers(records=(CustomerRecord(reference="c-1", profile=Profile(name="Ada")),)))
    await took(house, past("1", customer_id="c-1"), past("2", paid=0, customer_id="c-1", delivered_at=None))
    [bought] = (await house.ask(GetCustomer(customer_id="c-1")))["purchases"]
    assert (bought["orders"], bought["paidMoney"]["amount"]) == (2, 11_772)


async def test_a_refund_and_a_cancel_are_refused_and_say_what_is_possible_instead(house: House) -> None:
    [order_id] = await took(house, past())
    [payment_id] = (await house.read(order_id))["paymentIntentIds"]
    refused = await house.refused(CreateRefund(target=RefundTarget(order_id=order_id)), "paid_elsewhere")
    assert refused.message == "117.72 USD was paid outside Flint, which cannot give it back."
    assert refused.hint == 'send refundTo "store_credit" or a gift card'
    named = await house.refused(CreateRefund(target=RefundTarget(payment_id=payment_id)), "paid_elsewhere")
    assert named.hint == 'send refundTo "store_credit" or a gift card to give credit for it'
    await house.refused(MovePayment(payment_id=payment_id, source="tok_visa"), "nothing_to_refund")
    await house.refused(CancelOrder(order_id=order_id), "order_fulfilled")
    offers = {each["action"]: each for each in (await house.read(order_id))["availableActions"]}
    needs = {need["name"]: need for need in offers["refund"]["needs"]}
    assert (needs["refundTo"]["optional"], needs["amountMoney"]["max"]["amount"]) == (None, 11_772)
    with pytest.raises(Refused, match="paid outside Flint"):
        await house.ask(QuoteRefund(target=RefundTarget(order_id=order_id)))


async def test_what_was_not_sent_yet_cannot_be_canceled_but_amended_into_store_credit(house: House) -> None:
    ada = (await house.do(SaveCustomer(profile=Profile(name="Ada"))))["customer"]["customerId"]
    [order_id] = await took(house, past(fulfilled_at=None, delivered_at=None, customer_id=ada))
    refused = await house.refused(CancelOrder(order_id=order_id), "paid_elsewhere")
    assert refused.hint == "create_refund would make it possible: call it only if that is wanted, too"
    [_, mug] = await line_ids(house, order_id)
    fewer = OrderUpdate(remove=(mug,))
    unsaid = await house.refused(AmendOrder(order_id=order_id, update=fewer), "paid_elsewhere")
    assert unsaid.hint == 'send refundTo "store_credit" or a gift card'
    answer = await house.do(AmendOrder(order_id=order_id, update=fewer, refund_to="store_credit"))
    assert answer["amendment"]["status"] == "MADE"
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 11_772, 972, 0, 0)


async def test_what_was_paid_elsewhere_goes_to_store_credit_by_a_refund_and_then_the_order_is_canceled(
    house: House,
) -> None:
    ada = (await house.do(SaveCustomer(profile=Profile(name="Ada"))))["customer"]["customerId"]
    [order_id] = await took(house, past(fulfilled_at=None, delivered_at=None, customer_id=ada))
    answer = await house.do(CreateRefund(target=RefundTarget(order_id=order_id), refund_to="store_credit"))
    assert answer["refund"]["amountMoney"]["amount"] == 11_772
    assert amounts(answer["order"]) == ("REFUNDED", 11_772, 11_772, 0, 0)
    canceled = await house.do(CancelOrder(order_id=order_id))
    assert amounts(canceled) == ("CANCELED", 11_772, 11_772, 0, 0)


async def test_a_return_becomes_store_credit_and_the_hint_asks_for_it(house: House) -> None:
    ada = (await house.do(SaveCustomer(profile=Profile(name="Ada"))))["customer"]["customerId"]
    [order_id] = await took(house, past(customer_id=ada))
    [shirts, _] = await line_ids(house, order_id)
    offers = {each["action"]: each for each in (await house.read(order_id))["availableActions"]}
    assert {"name": "refundTo"} in [
        {name: value for name, value in need.items() if value is not None} for need in offers["return"]["needs"]
    ]
    back = ReturnRequest(items=(ReturnItem(line_id=shirts, quantity=Decimal(1)),))
    await house.refused(ReturnItems(order_id=order_id, request=back), "paid_elsewhere")
    answer = await house.do(ReturnItems(order_id=order_id, request=back, refund_to="store_credit"))
    assert amounts(answer["order"]) == ("PARTIALLY_REFUNDED", 11_772, 5_400, 0, 0)
    [refund] = answer["refunds"]
    assert (refund["status"], refund["amountMoney"]["amount"]) == ("SUCCEEDED", 5_400)
    customer = await house.ask(GetCustomer(customer_id=ada))
    assert [credit["balanceMoney"]["amount"] for credit in customer["credits"]] == [5_400]
    assert (await house.balance(order_id)).refunded == 0


async def test_what_is_still_owed_can_be_paid_here_and_only_that_goes_back_through_the_processor(house: House) -> None:
    [order_id] = await took(house, past(paid=10_000, fulfilled_at=None, delivered_at=None))
    assert amounts(await house.read(order_id)) == ("OPEN", 10_000, 0, 1_772, 0)
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert amounts(await house.read(order_id)) == ("PAID", 11_772, 0, 0, 1_772)
    too_much = CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=1_773)))
    refused = await house.refused(too_much, "amount_too_high")
    assert refused.details["maxMoney"]["amount"] == 1_772
    assert refused.hint == ('refund at most 17.72 USD, or up to 117.72 USD with refundTo "store_credit" or a gift card')
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    assert amounts(await house.read(order_id)) == ("PARTIALLY_REFUNDED", 11_772, 1_772, 0, 0)
    assert (await house.balance(order_id)).refunded == 1_772
    await house.refused(CreateRefund(target=RefundTarget(order_id=order_id)), "paid_elsewhere")


async def test_an_order_on_its_way_is_handed_over_here(house: House) -> None:
    half = replace(SHIRTS, fulfilled=Decimal(1))
    [order_id] = await took(house, past(lines=(half, MUG), delivered_at=None))
    assert (await house.read(order_id))["fulfillmentStatus"] == "PARTIALLY_FULFILLED"
    await house.do(FulfillOrder(order_id=order_id))
    assert (await house.read(order_id))["fulfillmentStatus"] == "FULFILLED"


async def test_money_that_was_paid_too_much_and_given_back_leaves_nothing_open(house: House) -> None:
    [order_id] = await took(house, past(paid=12_000, refunds=(RefundRecord(money=Amount(amount=228)),)))
    order = await house.read(order_id)
    assert (amounts(order), order.get("needsAttention")) == (("PARTIALLY_REFUNDED", 12_000, 228, 0, 0), None)


async def test_an_ended_order_has_ended(house: House) -> None:
    first, second, free = await took(
        house,
        past("1", paid=0, fulfilled_at=None, delivered_at=None, canceled_at=THEN + timedelta(days=2)),
        past("2", closed_at=THEN + timedelta(days=9)),
        past("3", paid=0, lines=(replace(MUG, discount=Amount(amount=900)),)),
    )
    states = [(await house.read(order_id))["status"] for order_id in (first, second, free)]
    assert states == ["CANCELED", "CLOSED", "PAID"]


async def test_a_record_that_does_not_add_up_is_not_taken(house: House) -> None:
    assert await rejected(house, past(total=Amount(amount=11_771))) == (
        "amount_changed",
        "The order comes to 117.72 USD, not 117.71 USD.",
    )
    assert await rejected(house, past(paid=11_773)) == (
        "amount_too_high",
        "117.73 USD was paid for 117.72 USD, and 0.01 USD of it never went back.",
    )
    assert await rejected(house, past(refunds=(RefundRecord(money=Amount(amount=11_773)),))) == (
        "amount_too_high",
        "Refund 1 gives 117.73 USD back, and 117.72 USD is the most.",
    )
    assert (await rejected(house, past(refunds=(RefundRecord(money=Amount(amount=5), payment=2),))))[1] == (
        "Refund 1 is of payment 2, and the order has 1."
    )
    assert (await rejected(house, past(lines=(replace(MUG, fulfilled=Decimal(2)),))))[1] == (
        "2 of line 1 was handed over, and 1 was bought."
    )
    assert (await rejected(house, past(lines=(replace(MUG, name=None),))))[1] == (
        "Line 1 has no name, and the catalog does not know what it sold."
    )
    assert ("createdAt", "2026-11-23 12:00:01 has not come yet.") in await faults(
        house, past(created_at=START + timedelta(seconds=1))
    )
    assert (await rejected(house, past(fulfilled_at=None)))[1] == "Delivered, and never handed over."
    assert (
        await rejected(house, past(lines=(replace(MUG, returned=Decimal(1)),), fulfilled_at=None, delivered_at=None))
    )[1] == "1 of line 1 was returned, and 0 was handed over."
    assert (
        await rejected(house, past(lines=(replace(MUG, fulfilled=Decimal(1)),), fulfilled_at=None, delivered_at=None))
    )[1] == "1 of line 1 was handed over, and nothing says when."
    assert (await rejected(house, past(currency="EUR", total=Amount(amount=1, currency="USD"))))[0] == (
        "currency_mismatch"
    )
    assert (await rejected(house, past(customer_id="cus_01M83F4S48VPYRKAQ44XH2QJGQ")))[0] == "not_found"


@pytest.mark.parametrize(
    ("fields", "param", "message"),
    [
        ({"paid_at": -1}, "payments.0.createdAt", "2025-02-28 10:00 is before the order was made, 2025-03-01 10:00."),
        ({"back_at": -1}, "refunds.0.createdAt", "2025-02-28 10:00 is before the order was made, 2025-03-01 10:00."),
        (
            {"paid_at": 5, "back_at": 4},
            "refunds.0.createdAt",
            "Refund 1 went back at 2025-03-05 10:00, before it was paid, 2025-03-06 10:00.",
        ),
        ({"fulfilled_at": -1}, "fulfilledAt", "2025-02-28 10:00 is before the order was made, 2025-03-01 10:00."),
        (
            {"fulfilled_at": 3, "delivered_at": 2},
            "deliveredAt",
            "2025-03-03 10:00 is before it was handed over, 2025-03-04 10:00.",
        ),
        ({"delivered_at": -1}, "deliveredAt", "2025-02-28 10:00 is before the order was made, 2025-03-01 10:00."),
        ({"canceled_at": -1}, "canceledAt", "2025-02-28 10:00 is before the order was made, 2025-03-01 10:00."),
        (
            {"canceled_at": 1, "fulfilled_at": 2},
            "fulfilledAt",
            "2025-03-03 10:00 is after the order was canceled, 2025-03-02 10:00.",
        ),
        ({"closed_at": -1}, "closedAt", "2025-02-28 10:00 is before the order was made, 2025-03-01 10:00."),
        ({"closed_at": 999}, "closedAt", "2027-11-25 10:00 has not come yet."),
    ],
)
async def test_nothing_happened_before_what_it_needs(
    house: House, fields: dict[str, int], param: str, message: str
) -> None:
    """Times are in days after the order."""
    at = {name: THEN + timedelta(days=days) for name, days in fields.items()}
    payment = PaymentRecord(money=Amount(amount=11_772), tender=CARD, at=at.pop("paid_at", None))
    back_at = at.pop("back_at", None)
    refunds = (RefundRecord(money=Amount(amount=100), at=back_at),) if back_at else ()
    record = past(**{"fulfilled_at": None, "delivered_at": None, "payments": (payment,), "refunds": refunds, **at})
    assert (param, message) in await faults(house, record)


async def test_everything_that_speaks_against_a_record_is_said_at_once(house: House) -> None:
    early = THEN - timedelta(hours=1)
    record = past(
        lines=(replace(MUG, name=None), replace(MUG, fulfilled=Decimal(2))),
        fulfilled_at=early,
        closed_at=early,
        canceled_at=THEN,
    )
    assert await faults(house, record) == [
        ("fulfilledAt", "2025-03-01 09:00 is before the order was made, 2025-03-01 10:00."),
        ("closedAt", "2025-03-01 09:00 is before the order was made, 2025-03-01 10:00."),
        ("closedAt", "An order ends once."),
        ("lineItems.0.name", "Line 1 has no name, and the catalog does not know what it sold."),
        ("lineItems.1.fulfilledQuantity", "2 of line 2 was handed over, and 1 was bought."),
    ]


async def test_a_refund_without_a_time_is_of_the_time_of_its_payment_and_never_of_a_later_payment(
    house: House,
) -> None:
    first, second = (
        PaymentRecord(money=Amount(amount=amount), tender=CARD, at=THEN + timedelta(days=days))
        for amount, days in ((6_000, 1), (5_772, 9))
    )
    early = RefundRecord(money=Amount(amount=500), at=THEN + timedelta(days=4))
    [order_id] = await took(
        house, past(payments=(first, second), refunds=(early, RefundRecord(money=Amount(amount=700))))
    )
    order = await house.read(order_id)
    paid = {payment["paymentIntentId"]: payment["amountMoney"]["amount"] for payment in order["payments"]}
    assert [(paid[back["paymentIntentId"]], back["createdAt"]) for back in order["refunds"]] == [
        (6_000, "2025-03-05T10:00:00Z"),
        (5_772, "2025-03-10T10:00:00Z"),
    ]


async def test_one_bad_record_costs_the_others_of_its_transaction_nothing(house: House) -> None:
    answer = await house.do(ImportOrders(records=(past("1"), past("2", paid=99_999), past("3"))))
    assert [row["state"] for row in answer["rows"]] == ["made", "rejected", "made"]
    answer = await house.do(ImportOrders(records=(past("1"), past("2"), past("3"))))
    assert [row["state"] for row in answer["rows"]] == ["unchanged", "made", "unchanged"]


async def test_an_order_that_went_on_since_is_still_the_one_that_was_imported(house: House) -> None:
    [order_id] = await took(house, past(fulfilled_at=None, delivered_at=None))
    await house.do(FulfillOrder(order_id=order_id))
    [row] = (await house.do(ImportOrders(records=(past(fulfilled_at=None, delivered_at=None),))))["rows"]
    assert (row["state"], row["record_id"]) == ("unchanged", order_id)


async def test_no_stock_moves_for_the_past(house: House) -> None:
    cup = VariantRecord(given=variant("cup", 900), available=Decimal(7))
    await house.do(ImportItems(records=(ItemRecord(reference="cups", name="Cup", variants=(cup,)),)))
    [order_id] = await took(house, past(lines=(replace(MUG, item_id="cup", name=None),), paid=972))
    [line] = (await house.read(order_id))["lineItems"]
    assert (line["name"], line["sku"]) == ("Cup", "cup")
    assert await counts(house, line["variantId"]) == (7, 0, 0)


async def test_no_endpoint_hears_of_history_unless_it_asks_for_it(house: House) -> None:
    filters: tuple[tuple[EventFilter, ...], ...] = (("*",), ("order.imported",))
    for events in filters:
        await house.do(SaveWebhookEndpoint(url="https://example.com/hook", events=events))
    [order_id] = await took(house, past(fulfilled_at=None, delivered_at=None))
    told = await house.ask(ListWebhookDeliveries())
    assert [each["eventType"] for each in told["deliveries"]] == ["order.imported"]
    await house.do(FulfillOrder(order_id=order_id))
    told = await house.ask(ListWebhookDeliveries())
    assert {each["eventType"] for each in told["deliveries"]} == {"order.imported", "order.fulfilled", "order.updated"}


async def test_why_an_order_was_canceled_needs_to_say_when(house: House) -> None:
    fields = {"paid": 0, "fulfilled_at": None, "delivered_at": None, "cancel_reason": "ordered twice"}
    assert (await rejected(house, past("1", **fields)))[1] == "Why it was canceled is given, and not when."
    [order_id] = await took(house, past("2", **fields, canceled_at=THEN + timedelta(days=2)))
    order = await house.read(order_id)
    assert (order["status"], order["cancelReason"]) == ("CANCELED", "ordered twice")
