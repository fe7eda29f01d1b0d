"""The taxes of imported orders are what the shop of then took, however it rounded them, and go back to the cent."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from random import Random
from typing import Any

from flint_domain.commands.after_payment import AmendOrder, ReturnItems
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.customers.model import Profile
from flint_domain.importing.commands import ImportCustomers, ImportOrders
from flint_domain.importing.exporting import record_of
from flint_domain.importing.model import (
    ChargeRecord,
    CustomerRecord,
    LineRecord,
    OrderRecord,
    PaymentRecord,
    TaxTerms,
)
from flint_domain.kernel.money import percent_of
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, LineChange, OrderUpdate
from flint_domain.order.payments.model import Tender
from flint_domain.queries.orders import GetOrder
from tests.journeys.house import House, amounts, total

THEN = datetime(2025, 3, 1, 10, tzinfo=UTC)
TAX = TaxTerms(name="T", percent=Decimal(8))
SOLD = {"A": 7_920, "B": 2_320}  # 8 % of them is 6.336 and 1.856, of both 8.192: 8.19, or 6.34 + 1.86


def bought(paid: int, *lines: LineRecord, **fields: Any) -> OrderRecord:
    return OrderRecord(
        reference="1",
        created_at=THEN,
        currency="USD",
        customer_id="c-1",
        lines=lines,
        payments=(PaymentRecord(money=Amount(amount=paid), tender=Tender(type="card")),),
        fulfilled_at=THEN,
        delivered_at=THEN,
        **fields,
    )


def lines(*taken: int | None) -> tuple[LineRecord, ...]:
    """A and B, with what was taken of each of them."""
    return tuple(
        LineRecord(
            name=name,
            unit_price=Amount(amount=price),
            taxes=(replace(TAX, money=None if tax is None else Amount(amount=tax)),),
        )
        for (name, price), tax in zip(SOLD.items(), taken, strict=True)
    )


async def took(house: House, record: OrderRecord) -> str:
    await house.do(ImportCustomers(records=(CustomerRecord(reference="c-1", profile=Profile(name="Ada")),)))
    [row] = (await house.do(ImportOrders(records=(record,))))["rows"]
    assert row["state"] == "made", row["faults"]
    return row["record_id"]


async def fault(house: House, record: OrderRecord) -> tuple[str, str, str]:
    [row] = (await house.do(ImportOrders(records=(record,))))["rows"]
    [found] = row["faults"]
    return found["code"], found["param"], found["message"]


async def test_an_order_whose_shop_rounded_by_line_comes_in_as_it_was(house: House) -> None:
    for record in (bought(11_060, *lines(None, None), total=Amount(amount=11_060)), bought(11_060, *lines(634, 186))):
        order_id = await took(house, replace(record, reference=f"{record.total}"))
        order = await house.read(order_id)
        assert (total(order), *amounts(order)) == (11_060, "PAID", 11_060, 0, 0, 0)
        assert [line["taxMoney"]["amount"] for line in order["lineItems"]] == [634, 186]
        [tax] = order["taxes"]
        assert (tax["ratePercent"], tax["taxableMoney"]["amount"], tax["taxMoney"]["amount"]) == ("8", 10_240, 820)


async def test_flints_own_rounding_is_tried_first(house: House) -> None:
    order = await house.read(await took(house, bought(11_059, *lines(None, None), total=Amount(amount=11_059))))
    assert (total(order), [line["taxMoney"]["amount"] for line in order["lineItems"]]) == (11_059, [633, 186])


async def test_a_stated_tax_wins_over_every_rounding_and_only_its_own_line_has_it(house: House) -> None:
    order = await house.read(await took(house, bought(11_058, *lines(632, None))))
    assert (total(order), [line["taxMoney"]["amount"] for line in order["lineItems"]]) == (11_058, [632, 186])
    assert order["taxes"][0]["taxMoney"]["amount"] == 818


async def test_a_stated_tax_inside_the_price_leaves_the_total_alone(house: House) -> None:
    inside = replace(TAX, inclusive=True, money=Amount(amount=500))
    shipped = ChargeRecord(name="Shipping", money=Amount(amount=600), taxes=(replace(inside, money=Amount(amount=40)),))
    line = LineRecord(name="A", unit_price=Amount(amount=7_920), taxes=(inside,))
    order = await house.read(await took(house, bought(8_520, line, charges=(shipped,))))
    assert (total(order), order["pricingAmounts"]["taxMoney"]["amount"]) == (8_520, 540)
    assert order["pricingAmounts"]["includedTaxMoney"]["amount"] == 540


async def test_a_stated_tax_that_cannot_be_is_refused(house: House) -> None:
    both = (replace(TAX, money=Amount(amount=634)), TaxTerms(name="City", percent=Decimal(1)))
    half = LineRecord(name="A", unit_price=Amount(amount=7_920), taxes=both)
    assert await fault(house, bought(8_554, half)) == (
        "invalid_argument",
        "lineItems.0.taxes.1.amountMoney",
        "One tax of line 1 says how much it was, and another does not.",
    )
    assert await fault(house, bought(11_060, *lines(634, 18_600))) == (
        "invalid_argument",
        "lineItems.1.taxes.0.amountMoney",
        "A tax of 186.00 USD on line 2, which cost 23.20 USD.",
    )
    assert (await fault(house, bought(11_060, *lines(634, 185), total=Amount(amount=11_060))))[2] == (
        "The order comes to 110.59 USD, not 110.60 USD."
    )


def taxed(inclusive: tuple[bool, bool], *taken: int) -> tuple[TaxTerms, ...]:
    """Two taxes, inside the price or on top of it, with what was taken of each."""
    return tuple(
        TaxTerms(name=name, percent=Decimal(8), inclusive=inside, money=Amount(amount=amount))
        for name, inside, amount in zip(("State", "City"), inclusive, taken, strict=True)
    )


async def test_the_stated_taxes_inside_a_price_are_no_more_than_the_price(house: House) -> None:
    inside = taxed((True, True), 60, 60)
    line = LineRecord(name="A", unit_price=Amount(amount=100), taxes=inside)
    assert await fault(house, bought(100, line)) == (
        "invalid_argument",
        "lineItems.0.taxes.1.amountMoney",
        "Taxes of 1.20 USD inside the price of line 1, which cost 1.00 USD.",
    )
    cheaper = replace(line, unit_price=Amount(amount=150), discount=Amount(amount=31))
    assert (await fault(house, bought(119, cheaper)))[2] == (
        "Taxes of 1.20 USD inside the price of line 1, which cost 1.19 USD."
    )
    shipped = ChargeRecord(name="Shipping", money=Amount(amount=100), taxes=inside)
    assert await fault(house, bought(200, replace(line, taxes=()), charges=(shipped,))) == (
        "invalid_argument",
        "charges.0.taxes.1.amountMoney",
        "Taxes of 1.20 USD inside the price of charge 1, which cost 1.00 USD.",
    )


async def test_taxes_that_fill_a_price_or_come_on_top_of_it_are_taken(house: House) -> None:
    for inclusive, taken, comes_to in (((True, True), (60, 40), 100), ((True, False), (60, 60), 160)):
        line = LineRecord(name="A", unit_price=Amount(amount=100), taxes=taxed(inclusive, *taken))
        record = replace(bought(comes_to, line), reference=f"{comes_to}")
        order = await house.read(await took(house, record))
        assert (total(order), order["pricingAmounts"]["taxMoney"]["amount"]) == (comes_to, sum(taken))


async def test_taxes_inside_a_price_are_no_more_than_what_is_left_of_the_line(house: House) -> None:
    """A half of a cent of each would be rounded up twice."""
    line = LineRecord(name="A", quantity=Decimal(2), unit_price=Amount(amount=1), taxes=taxed((True, True), 1, 1))
    record = replace(bought(2, line), fulfilled_at=None, delivered_at=None)
    order_id = await took(house, record)
    [item] = (await house.read(order_id))["lineItems"]
    fewer = OrderUpdate(change=(LineChange(line_id=item["lineItemId"], quantity=Decimal(1)),))
    order = (await house.do(AmendOrder(order_id=order_id, update=fewer, refund_to="store_credit")))["order"]
    assert (total(order), order["pricingAmounts"]["includedTaxMoney"]["amount"]) == (1, 1)
    written = await house.sqlite.read(
        house.flint.merchant_id, lambda tx: record_of(tx, tx.order(order_id) or tx.orders_from(None, 1)[0])
    )
    assert sorted(tax.money.amount for tax in written.lines[0].taxes if tax.money) == [0, 1]
    assert total(await house.read(await took(house, replace(written, reference="2")))) == 1


async def test_it_is_written_out_with_the_tax_of_each_line(house: House) -> None:
    record = bought(11_060, *lines(None, None), total=Amount(amount=11_060))
    order_id = await took(house, record)
    written = await house.sqlite.read(
        house.flint.merchant_id, lambda tx: record_of(tx, tx.order(order_id) or tx.orders_from(None, 1)[0])
    )
    assert [tax.money for line in written.lines for tax in line.taxes] == [
        Amount(amount=634, currency="USD"),
        Amount(amount=186, currency="USD"),
    ]
    for again in (record, written):
        [row] = (await house.do(ImportOrders(records=(again,))))["rows"]
        assert row["state"] == "unchanged"


async def test_a_line_taken_off_takes_its_own_tax_with_it(house: House) -> None:
    record = replace(bought(11_060, *lines(634, 186)), fulfilled_at=None, delivered_at=None)
    order_id = await took(house, record)
    second = (await house.read(order_id))["lineItems"][1]["lineItemId"]
    answer = await house.do(
        AmendOrder(order_id=order_id, update=OrderUpdate(remove=(second,)), refund_to="store_credit")
    )
    assert (total(answer["order"]), *amounts(answer["order"])) == (8_554, "PARTIALLY_REFUNDED", 11_060, 2_506, 0, 0)


async def test_every_unit_comes_back_and_every_cent_with_it(house: House) -> None:
    chance = Random(2026)
    for number in range(12):
        sold = [
            LineRecord(
                name=f"Thing {place}",
                quantity=Decimal(chance.randint(1, 3)),
                unit_price=Amount(amount=chance.randint(1, 9_999)),
                taxes=(TaxTerms(name="T", percent=Decimal(chance.choice(["8", "7.7", "19", "8.875"]))),),
            )
            for place in range(chance.randint(2, 5))
        ]
        net = [(line.unit_price.amount * int(line.quantity), line.taxes[0].percent) for line in sold]
        paid = sum(price + percent_of(price, percent) for price, percent in net)
        record = replace(bought(paid, *sold, total=Amount(amount=paid)), reference=f"o-{number}")
        order_id = await took(house, record)
        units = [
            (line["lineItemId"], 1)
            for line in (await house.ask(GetOrder(order_id=order_id, view="full")))["lineItems"]
            for _ in range(int(line["quantity"]))
        ]
        chance.shuffle(units)
        for place, (line_id, quantity) in enumerate(units):
            back = ReturnRequest(items=(ReturnItem(line_id=line_id, quantity=Decimal(quantity)),))
            returned = ReturnItems(order_id=order_id, request=back, refund_to="store_credit")
            await house.do(returned, key=f"{number}-{place}")  # equal ones are meant
        order = await house.read(order_id)
        assert (total(order), *amounts(order)) == (paid, "REFUNDED", paid, paid, 0, 0)


async def test_amounts_go_back_in_parts_and_leave_no_cent(house: House) -> None:
    chance = Random(811)
    order_id = await took(house, bought(11_060, *lines(None, None), total=Amount(amount=11_060)))
    left, taxes = 11_060, 0
    while left:
        amount = min(left, chance.randint(1, 4_000))
        target = RefundTarget(order_id=order_id, amount=Amount(amount=amount))
        answer = await house.do(CreateRefund(target=target, refund_to="store_credit"), key=f"{left}")
        taxes += answer["refund"]["taxMoney"]["amount"]
        left -= amount
    order = await house.read(order_id)
    assert (amounts(order), taxes) == (("REFUNDED", 11_060, 11_060, 0, 0), 820)
