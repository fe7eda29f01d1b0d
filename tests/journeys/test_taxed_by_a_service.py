"""An order whose taxes a service works out: to the cent, outside any transaction, and only when they change."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest

from flint_domain.commands.coupons import ApplyCoupon, RemoveCoupon
from flint_domain.commands.orders import CreateOrder, UpdateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.engine.flint import Call
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount, ChargeInput, LineChange, LineInput, OrderUpdate
from flint_domain.queries.orders import GetOrder
from tests.journeys.house import PRO_PLAN, SUPPORT, amounts, total
from tests.journeys.tax_office import BERLIN, OAKLAND, PORTLAND, TaxedHouse, at

BOTH = (PRO_PLAN, SUPPORT)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[TaxedHouse]:
    """The product page's shop with a tax office; its own 8 % are for orders without an address."""
    house = TaxedHouse(tmp_path)
    await house.open()
    await house.use_eight_percent()
    await house.offer_launch20()
    yield house
    await house.close()


def tax(order: dict) -> int:
    return order["pricingAmounts"]["taxMoney"]["amount"]


async def test_the_order_costs_what_the_service_says_line_by_line(shop: TaxedHouse) -> None:
    order_id = await shop.order_of(*BOTH, shipping_address=OAKLAND)
    order = await shop.read(order_id)
    # The office rounds every line by itself: 7.18 + 2.97 on 99.00, and 2.10 + 0.87 on 29.00.
    assert [line["taxMoney"]["amount"] for line in order["lineItems"]] == [1015, 297]
    assert (tax(order), total(order)) == (1312, 14112)
    assert [(t["taxRateId"], t["ratePercent"], t["taxMoney"]["amount"]) for t in order["taxes"]] == [
        ("test:us:ca", "7.25", 928),
        ("test:us:ca:alameda", "3", 384),
    ]
    assert [t["taxableMoney"]["amount"] for t in order["taxes"]] == [12800, 12800]


async def test_every_cent_of_it_is_traced(shop: TaxedHouse) -> None:
    order_id = await shop.order_of(*BOTH, shipping_address=OAKLAND)
    traced = (await shop.ask(GetOrder(order_id=order_id, view="money")))["moneyTrace"]
    assert [entry["sumMoney"]["amount"] for entry in traced] == [10915, 3197, 14112]
    assert [step["amountMoney"]["amount"] for step in traced[0]["steps"]] == [9900, 718, 297]
    assert traced[0]["steps"][1]["what"] == "tax 7.25 % (test:us:ca)"


async def test_the_service_sees_amounts_after_discounts_and_no_name(shop: TaxedHouse) -> None:
    order_id = await shop.order_of(*BOTH, shipping_address=OAKLAND)
    order = await shop.do(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"))
    assert (tax(order), total(order)) == (1050, 11290)
    asked = shop.office.asked[-1]
    assert [(item.place, item.amount, item.quantity) for item in asked.items] == [
        ("line 1", 7920, Decimal(1)),
        ("line 2", 2320, Decimal(1)),
    ]
    assert (asked.address.name, asked.address.postal_code, asked.exempt) == (None, "94607", False)
    again = await shop.do(RemoveCoupon(order_id=order_id, coupon_code="LAUNCH20"))
    assert (tax(again), total(again)) == (1312, 14112)


async def test_an_order_without_address_is_taxed_by_the_merchants_rates_and_asks_nobody(shop: TaxedHouse) -> None:
    order_id = await shop.order_of(*BOTH)
    assert total(await shop.read(order_id)) == 13824
    assert shop.office.asked == []
    order = await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(shipping_address=OAKLAND)))
    assert (tax(order), len(shop.office.asked)) == (1312, 1)


async def test_an_update_is_priced_and_told_with_the_new_quote(shop: TaxedHouse) -> None:
    order_id = await shop.order_of(*BOTH, shipping_address=OAKLAND)
    line = (await shop.read(order_id))["lineItems"][1]["lineItemId"]
    change = OrderUpdate(change=(LineChange(line_id=line, quantity=Decimal(2)),))
    order = await shop.do(UpdateOrder(order_id=order_id, update=change, view="full"))
    # 58.00 at 7.25 % is 4.21 (rounded up from 4.205), at 3 % 1.74.
    assert (tax(order), total(order)) == (1610, 17310)
    assert order["activities"][-1]["summary"] == "Order updated: total 141.12 USD → 173.10 USD."
    moved = await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(shipping_address=PORTLAND)))
    assert (tax(moved), total(moved)) == (0, 15700)


async def test_nobody_is_asked_when_nothing_changes_that_is_taxed(shop: TaxedHouse) -> None:
    order_id = await shop.order_of(*BOTH, shipping_address=OAKLAND)
    await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(note="ring twice", tip=Amount(amount=500))))
    moved = at(OAKLAND, name="Kim Buyer", phone="+1 510 555 0100")
    order = await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(shipping_address=moved)))
    assert (total(order), len(shop.office.asked)) == (14612, 1)
    await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    await shop.read(order_id)
    assert len(shop.office.asked) == 1


async def test_prices_that_hold_their_tax_stay_as_they_are(shop: TaxedHouse) -> None:
    order = await shop.do(CreateOrder(lines=BOTH, shipping_address=BERLIN, view="full"))
    # 99.00 / 1.19 is 83.19, and 29.00 / 1.19 is 24.37.
    assert [line["taxMoney"]["amount"] for line in order["lineItems"]] == [1581, 463]
    assert (tax(order), total(order)) == (2044, 12800)
    assert order["pricingAmounts"]["includedTaxMoney"]["amount"] == 2044
    assert order["taxes"][0]["inclusive"] is True


async def test_a_taxable_charge_is_the_services_and_another_one_is_not(shop: TaxedHouse) -> None:
    charges = (
        ChargeInput(name="Shipping", money=Amount(amount=1000), taxable=True),
        ChargeInput(name="Deposit", money=Amount(amount=300)),
    )
    order = await shop.do(CreateOrder(lines=(PRO_PLAN,), charges=charges, shipping_address=OAKLAND, view="full"))
    assert [charge["taxMoney"]["amount"] for charge in order["charges"]] == [103, 0]
    assert [item.place for item in shop.office.asked[0].items] == ["line 1", "charge 1"]
    assert total(order) == 9900 + 1300 + 1015 + 103


async def test_rates_named_by_hand_stay_the_merchants(shop: TaxedHouse) -> None:
    exempt = LineInput(name="Donation", unit_price=Amount(amount=5000), tax_rate_ids=())
    order = await shop.do(CreateOrder(lines=(PRO_PLAN, exempt), shipping_address=OAKLAND))
    assert (tax(order), [item.place for item in shop.office.asked[0].items]) == (1015, ["line 1"])


async def test_an_order_of_nothing_taxable_asks_nobody(shop: TaxedHouse) -> None:
    free = LineInput(name="Sample", unit_price=Amount(amount=0))
    order = await shop.do(CreateOrder(lines=(free,), shipping_address=OAKLAND))
    assert (total(order), shop.office.asked) == (0, [])


async def test_without_an_answer_the_call_is_refused_and_nothing_changes(shop: TaxedHouse) -> None:
    order_id = await shop.order_of(*BOTH, shipping_address=OAKLAND)
    shop.office.down = True
    refused = await shop.refused(CreateOrder(lines=BOTH, shipping_address=PORTLAND), "tax_unavailable", key="k-1")
    assert refused.retryable
    await shop.refused(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"), "tax_unavailable")
    await shop.refused(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"), "tax_unavailable", dry_run=True)
    # What is known already needs no service: the order can be read and paid.
    paid = await shop.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
    assert amounts(paid["order"])[:2] == ("PAID", 14112)
    shop.office.down = False
    made = await shop.do(CreateOrder(lines=BOTH, shipping_address=PORTLAND), "k-1")
    assert total(made) == 12800


async def test_a_change_by_somebody_else_meanwhile_is_priced_as_well(shop: TaxedHouse) -> None:
    order_id = await shop.order_of(*BOTH, shipping_address=OAKLAND)
    third = LineInput(name="Setup", unit_price=Amount(amount=10000))

    async def add_a_line() -> None:
        await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(add=(third,))))

    shop.office.while_asked = add_a_line
    order = await shop.do(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"))
    # 80.00 more at 7.25 % and 3 %: the quote that was asked for first fits no order any more.
    assert (tax(order), total(order)) == (1050 + 580 + 240, 10240 + 8000 + 1870)
    assert [len(request.items) for request in shop.office.asked] == [2, 2, 3, 3]


async def test_a_price_that_never_stands_still_is_given_up(shop: TaxedHouse) -> None:
    order_id = await shop.order_of(*BOTH, shipping_address=OAKLAND)
    prices = iter(range(10000, 99000, 100))

    async def raise_the_price() -> None:
        line = (await shop.read(order_id))["lineItems"][0]["lineItemId"]
        dearer = LineChange(line_id=line, unit_price=Amount(amount=next(prices)))
        await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(change=(dearer,))))
        shop.office.while_asked = raise_the_price

    shop.office.while_asked = raise_the_price
    with pytest.raises(Refused) as caught:
        await shop.do(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"))
    assert caught.value.code == "tax_unavailable"
    shop.office.while_asked = None
    assert "discounts" not in {k for k, v in (await shop.read(order_id)).items() if v}


async def test_the_callers_version_is_judged_after_the_quote_too(shop: TaxedHouse) -> None:
    order_id = await shop.order_of(*BOTH, shipping_address=OAKLAND)

    async def note_it() -> None:
        await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(note="seen")))

    shop.office.while_asked = note_it
    with pytest.raises(Refused) as caught:
        await shop.do(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20", expected_version=1))
    assert caught.value.code == "version_conflict"
    assert total(await shop.read(order_id)) == 14112


async def test_a_dry_run_asks_and_keeps_nothing(shop: TaxedHouse) -> None:
    before = shop.contents()
    shown = await shop.do(CreateOrder(lines=BOTH, shipping_address=OAKLAND), dry_run=True)
    assert (total(shown), shown["dryRun"], shown["orderId"], len(shop.office.asked)) == (14112, True, None, 1)
    assert shop.contents() == before


async def test_a_repeated_call_asks_nobody_again(shop: TaxedHouse) -> None:
    command = CreateOrder(lines=BOTH, shipping_address=OAKLAND)
    first = await shop.do(command, "k-1")
    again = await shop.do(command, "k-1")
    assert (again["orderId"], again["replayed"], len(shop.office.asked)) == (first["orderId"], True, 1)


async def test_a_server_without_the_service_keeps_the_price_and_changes_none(shop: TaxedHouse) -> None:
    order_id = await shop.order_of(*BOTH, shipping_address=OAKLAND)
    alone = shop.without_office()
    with pytest.raises(Refused) as caught:
        await alone.execute(ApplyCoupon(order_id=order_id, coupon_code="LAUNCH20"), Call())
    assert caught.value.code == "tax_unavailable"
    assert "test office" in caught.value.message
    note = UpdateOrder(order_id=order_id, update=OrderUpdate(note="ring twice"))
    assert total(await alone.execute(note, Call())) == 14112


async def test_without_a_service_an_address_changes_no_price(shop: TaxedHouse) -> None:
    alone = shop.without_office()
    made = await alone.execute(CreateOrder(lines=BOTH, shipping_address=OAKLAND), Call())
    assert (total(made), shop.office.asked) == (13824, [])
    # How an order is taxed is decided when it is made: a service that comes later leaves it alone.
    order = await shop.do(ApplyCoupon(order_id=made["orderId"], coupon_code="LAUNCH20"))
    assert (tax(order), total(order), shop.office.asked) == (819, 11059, [])
