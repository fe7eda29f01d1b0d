"""The product page's five calls, to the cent: create, coupon, pay, refund, read."""

import pytest

from flint_domain.commands.coupons import ApplyCoupon
from flint_domain.commands.orders import CreateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.order.inputs import Amount
from flint_domain.queries.orders import GetOrder, SearchOrders
from tests.journeys.house import PRO_PLAN, SUPPORT, House, amounts, total


@pytest.mark.promise("P1")
async def test_the_five_calls_of_the_product_page_come_out_to_the_cent(shop: House) -> None:
    created = await shop.do(CreateOrder(customer_id="cus_1", lines=(PRO_PLAN, SUPPORT)))
    order_id = created["orderId"]
    assert created["summary"] == ("OPEN order: 2 items, total 138.24 USD, nothing paid, 138.24 USD outstanding.")
    assert (created["version"], created["paymentStatus"], created["refundStatus"]) == (1, "UNPAID", "NONE")
    assert amounts(created) == ("OPEN", 0, 0, 13824, 0)

    discounted = await shop.do(ApplyCoupon(order_id=order_id, coupon_code="launch20"))
    priced = {name: money["amount"] for name, money in discounted["pricingAmounts"].items()}
    assert priced == {
        "subtotalMoney": 12800,
        "discountMoney": 2560,
        "chargeMoney": 0,
        "taxMoney": 819,
        "tipMoney": 0,
        "totalMoney": 11059,
    }
    assert discounted["discounts"] == [{"couponCode": "LAUNCH20", "discountMoney": {"amount": 2560, "currency": "USD"}}]

    paid = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)), key="pay")
    assert amounts(paid["order"]) == ("PAID", 11059, 0, 0, 11059)
    [payment] = paid["payments"]
    assert (payment["status"], payment["capturedMoney"]["amount"]) == ("CAPTURED", 11059)
    assert payment["tender"] == {"type": "card", "brand": "visa", "last4": "4242"}
    assert paid["order"]["paymentIntentIds"] == [payment["paymentIntentId"]]

    target = RefundTarget(payment_id=payment["paymentIntentId"], amount=Amount(amount=2900))
    refunded = await shop.do(CreateRefund(target=target), key="refund")
    support = created["lineItems"][1]["lineItemId"]
    assert refunded["order"]["warnings"] == [
        f"29.00 USD is the price of {support} before its discount; it cost 25.06 USD"
    ]
    assert refunded["refund"]["status"] == "SUCCEEDED"
    assert refunded["refund"]["amountMoney"] == {"amount": 2900, "currency": "USD"}
    assert amounts(refunded["order"]) == ("PARTIALLY_REFUNDED", 11059, 2900, 0, 8159)

    read = await shop.ask(GetOrder(order_id=order_id, view="full"))
    assert [line["totalMoney"]["amount"] for line in read["lineItems"]] == [8553, 2506]
    assert [line["refundableMoney"]["amount"] for line in read["lineItems"]] == [6310, 1849]
    assert read["refundIds"] == [refunded["refund"]["refundId"]]
    assert [activity["type"] for activity in read["activities"]] == [
        "ORDER_CREATED",
        "COUPON_APPLIED",
        "PAYMENT_STARTED",
        "PAYMENT_CAPTURED",
        "REFUND_CREATED",
        "REFUND_SUCCEEDED",
    ]
    balance = await shop.balance(order_id)
    assert (balance.charged, balance.refunded, balance.held) == (11059, 2900, 0)


@pytest.mark.promise("P2")
async def test_every_cent_of_the_total_is_traced(shop: House) -> None:
    order_id = await shop.order_of()
    await shop.do(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"))
    trace = (await shop.ask(GetOrder(order_id=order_id, view="money")))["moneyTrace"]
    for entry in trace:
        assert sum(step["amountMoney"]["amount"] for step in entry["steps"]) == entry["sumMoney"]["amount"]
    assert [entry["sumMoney"]["amount"] for entry in trace] == [8553, 2506, 11059]


async def test_nine_ninety_at_seven_percent_is_105_93(house: House) -> None:
    from decimal import Decimal

    from flint_domain.commands.tax import SaveTaxRate

    await house.do(SaveTaxRate(rate_name="Sales tax", percent=Decimal(7), default=True))
    assert total(await house.read(await house.order_of(PRO_PLAN))) == 10593


async def test_an_order_is_found_by_its_words_and_by_where_it_stands(shop: House) -> None:
    paid, _open = await shop.paid_order(SUPPORT), await shop.order_of(PRO_PLAN)
    for query in (SearchOrders(text="priority supp"), SearchOrders(status="PAID")):
        found = await shop.ask(query)
        assert [row["orderId"] for row in found["orders"]] == [paid]


async def test_an_order_keeps_the_tax_it_was_made_with(shop: House) -> None:
    from decimal import Decimal

    from flint_domain.commands.tax import SaveTaxRate

    order_id = await shop.order_of()
    changed = await shop.do(SaveTaxRate(rate_name="New tax", percent=Decimal(20), default=True))
    assert len(changed["warnings"]) == 1
    assert total(await shop.read(order_id)) == 13824
    assert total(await shop.read(await shop.order_of())) == 15360
