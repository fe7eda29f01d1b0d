"""An order is taxed by where it goes and who buys it, and again when either changes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from flint_domain.commands.orders import CreateOrder, UpdateOrder
from flint_domain.commands.payments import PayOrder, VoidPayment
from flint_domain.commands.tax import SaveTaxRate
from flint_domain.kernel.addresses import Address
from flint_domain.order.inputs import Amount, ChargeInput, LineInput, OrderUpdate
from flint_domain.queries.orders import GetOrder
from flint_domain.queries.tax import ListTaxRates
from tests.journeys.house import PRO_PLAN, START, SUPPORT, House, total

BEVERLY_HILLS = Address(country="US", region="CA", postal_code="90210")
SAN_FRANCISCO = Address(country="US", region="CA", postal_code="94103")
NEW_YORK = Address(country="US", region="NY", postal_code="10001")
BERLIN = Address(country="DE", city="Berlin", postal_code="10115")
VIENNA = Address(country="AT", city="Wien", postal_code="1010")


async def save(house: House, name: str, percent: str, **fields: Any) -> str:
    """The id of a new rate."""
    saved = await house.do(SaveTaxRate(rate_name=name, percent=Decimal(percent), **fields))
    return saved["taxRate"]["taxRateId"]


async def open_the_world(house: House) -> None:
    """8 % by default; California and a district of it; Germany with the tax inside its prices."""
    await house.use_eight_percent()
    await save(house, "California", "7.25", country="US", region="CA")
    await save(house, "District", "2.25", country="US", region="CA", postal_prefixes=("902",))
    await save(house, "New York", "4", country="US", region="NY")
    await save(house, "MwSt", "19", country="DE", inclusive=True)


def taxes(order: dict[str, Any]) -> list[tuple[str, int]]:
    """Each tax of an order by name, in minor units."""
    return [(tax["name"], tax["taxMoney"]["amount"]) for tax in order["taxes"] or ()]


async def read(house: House, order_id: str) -> dict[str, Any]:
    return await house.ask(GetOrder(order_id=order_id, view="full"))


async def send_to(house: House, order_id: str, address: Address, **update: Any) -> dict[str, Any]:
    """The order when it goes somewhere else."""
    await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(shipping_address=address, **update)))
    return await read(house, order_id)


@pytest.mark.promise("P3")
@pytest.mark.parametrize(
    ("address", "expected", "comes_to"),
    [
        (BEVERLY_HILLS, [("California", 928), ("District", 288)], 14_016),
        (SAN_FRANCISCO, [("California", 928)], 13_728),
        (NEW_YORK, [("New York", 512)], 13_312),
        (BERLIN, [("MwSt", 2_044)], 12_800),
        (VIENNA, [("Sales tax", 1_024)], 13_824),
        (None, [("Sales tax", 1_024)], 13_824),
    ],
)
async def test_an_order_is_taxed_where_it_goes(
    house: House, address: Address | None, expected: list[tuple[str, int]], comes_to: int
) -> None:
    await open_the_world(house)
    order = await read(house, await house.order_of(shipping_address=address))
    assert (taxes(order), total(order)) == (expected, comes_to)


async def test_another_address_taxes_an_unpaid_order_anew(house: House) -> None:
    await open_the_world(house)
    order_id = await house.order_of(shipping_address=BEVERLY_HILLS)
    moved = await send_to(house, order_id, BERLIN)
    assert (taxes(moved), total(moved)) == ([("MwSt", 2_044)], 12_800)
    assert moved["activities"][-1]["summary"] == "Order updated: total 140.16 USD → 128.00 USD."
    back = await send_to(house, order_id, BEVERLY_HILLS)
    assert (taxes(back), total(back)) == ([("California", 928), ("District", 288)], 14_016)


async def test_an_order_without_address_is_taxed_anew_by_its_first_one(house: House) -> None:
    await open_the_world(house)
    order_id = await house.order_of()
    assert total(await send_to(house, order_id, NEW_YORK)) == 13_312


async def test_taxable_shipping_follows_the_address_and_what_was_named_stays(house: House) -> None:
    await open_the_world(house)
    service = await save(house, "Service", "10")
    named = LineInput(name="Setup", unit_price=Amount(amount=1_000), tax_rate_ids=(service,))
    free = LineInput(name="Gift", unit_price=Amount(amount=1_000), tax_rate_ids=())
    shipping = ChargeInput(name="Shipping", money=Amount(amount=1_000), taxable=True)
    handling = ChargeInput(name="Handling", money=Amount(amount=500))
    order_id = await house.order_of(PRO_PLAN, named, free, charges=(shipping, handling), shipping_address=SAN_FRANCISCO)
    assert taxes(await read(house, order_id)) == [("California", 790), ("Service", 100)]  # 7.25 % of 109.00
    assert taxes(await send_to(house, order_id, NEW_YORK)) == [("New York", 436), ("Service", 100)]  # 4 % of 109.00


async def test_an_added_line_is_taxed_where_the_order_goes(house: House) -> None:
    await open_the_world(house)
    order_id = await house.order_of(PRO_PLAN, shipping_address=SAN_FRANCISCO)
    moved = await send_to(house, order_id, NEW_YORK, add=(SUPPORT,))
    assert (taxes(moved), total(moved)) == ([("New York", 512)], 13_312)


async def test_an_order_keeps_its_rates_while_it_goes_to_the_same_place(house: House) -> None:
    await open_the_world(house)
    order_id = await house.order_of(shipping_address=NEW_YORK, customer_id="ann")
    [state] = [rate for rate in (await house.ask(ListTaxRates(country="US")))["taxRates"] if rate["region"] == "NY"]
    await house.do(SaveTaxRate(tax_rate_id=state["taxRateId"], percent=Decimal(5)))
    same_house = Address(country="US", region="ny", postal_code="10 001", line2="3rd floor")
    assert total(await send_to(house, order_id, same_house, customer_id="bob")) == 13_312
    assert total(await send_to(house, order_id, SAN_FRANCISCO)) == 13_728
    assert total(await send_to(house, order_id, NEW_YORK)) == 13_440


async def test_a_rate_begins_and_ends_on_its_moment(house: House) -> None:
    change = START + timedelta(days=1)
    await save(house, "MwSt", "19", country="DE", valid_until=change)
    await save(house, "MwSt", "21", country="DE", valid_from=change)
    first = await house.order_of(PRO_PLAN, shipping_address=BERLIN)
    house.clock.passes(timedelta(days=1))
    second = await house.order_of(PRO_PLAN, shipping_address=BERLIN)
    assert taxes(await read(house, first)) == [("MwSt", 1_881)]
    assert taxes(await read(house, second)) == [("MwSt", 2_079)]


async def test_a_zero_rate_says_that_a_country_is_not_taxed(house: House) -> None:
    await open_the_world(house)
    await save(house, "Export", "0", country="AT")
    assert total(await read(house, await house.order_of(shipping_address=VIENNA))) == 12_800


# ── once money is there, the price stays ──


async def test_a_paid_order_refuses_an_address_that_would_change_its_price(house: House) -> None:
    await open_the_world(house)
    order_id = await house.paid_order(shipping_address=SAN_FRANCISCO)
    refused = await house.refused(
        UpdateOrder(order_id=order_id, update=OrderUpdate(shipping_address=NEW_YORK)), "price_locked"
    )
    assert refused.message == "Not possible: the order's taxes would change, and money has been captured."


async def test_a_paid_order_takes_an_address_that_leaves_its_price_as_it_is(house: House) -> None:
    await open_the_world(house)
    order_id = await house.paid_order(shipping_address=SAN_FRANCISCO)
    oakland = Address(country="US", region="CA", city="Oakland", postal_code="94601")
    moved = await send_to(house, order_id, oakland)
    assert (taxes(moved), total(moved), moved["status"]) == ([("California", 928)], 13_728, "PAID")
    assert moved["activities"][-1]["summary"] == "Order details updated."


async def test_an_order_whose_money_is_held_is_taxed_anew_once_it_is_voided(house: House) -> None:
    await open_the_world(house)
    order_id = await house.order_of(shipping_address=SAN_FRANCISCO)
    await house.do(PayOrder(order_id=order_id, sources=("tok_visa",), capture_later=True))
    move = UpdateOrder(order_id=order_id, update=OrderUpdate(shipping_address=BERLIN))
    await house.refused(move, "price_locked")
    [payment] = (await read(house, order_id))["payments"]
    await house.do(VoidPayment(payment_id=payment["paymentIntentId"]))
    await house.do(move)
    assert total(await read(house, order_id)) == 12_800


async def test_a_dry_run_shows_the_new_taxes_and_changes_nothing(house: House) -> None:
    await open_the_world(house)
    order_id = await house.order_of(shipping_address=SAN_FRANCISCO)
    move = UpdateOrder(order_id=order_id, update=OrderUpdate(shipping_address=BERLIN))
    assert total(await house.do(move, dry_run=True)) == 12_800
    assert total(await read(house, order_id)) == 13_728


# ── saving rates ──


async def test_a_second_rate_of_the_same_place_is_warned_of(house: House) -> None:
    first = await save(house, "VAT", "19", country="DE")
    doubled = await house.do(SaveTaxRate(rate_name="VAT", percent=Decimal(20), country="DE"))
    assert doubled["warnings"] == [f"{first} covers the same place, category and time: the rates add up"]
    books = await house.do(SaveTaxRate(rate_name="Books", percent=Decimal(7), country="DE", category="books"))
    assert "warnings" not in books
    order_id = await house.order_of(PRO_PLAN, shipping_address=BERLIN)
    assert total(await read(house, order_id)) == 9_900 + 1_881 + 1_980


async def test_a_rate_is_changed_field_by_field(house: House) -> None:
    rate_id = await save(
        house, "State", "7", country="US", region="CA", postal_prefixes=("90", "9 0", "91-0"), category="food"
    )

    async def change(**fields: Any) -> dict[str, Any]:
        return (await house.do(SaveTaxRate(tax_rate_id=rate_id, **fields)))["taxRate"]

    whole = {"country": "US", "region": "CA", "postalPrefixes": ["90", "910"], "taxCategory": "food"}
    assert whole.items() <= (await change(percent=Decimal(8))).items()
    ends = START + timedelta(days=1)
    assert (await change(category="", postal_prefixes=(), valid_until=ends)) == {
        "taxRateId": rate_id,
        "name": "State",
        "ratePercent": "8",
        "inclusive": False,
        "default": False,
        "active": True,
        "country": "US",
        "region": "CA",
        "validUntil": "2026-11-24T12:00:00Z",
    }
    assert "validUntil" not in await change(valid_until="")
    moved = await change(country="DE")
    assert (moved["country"], "region" in moved) == ("DE", False)
    assert "country" not in await change(country="", default=True)
    assert taxes(await read(house, await house.order_of(PRO_PLAN))) == [("State", 792)]


async def test_rates_are_listed_by_country_and_in_pages(house: House) -> None:
    await open_the_world(house)
    american = await house.ask(ListTaxRates(country="US"))
    assert american["summary"] == "3 tax rates."
    assert [rate["name"] for rate in american["taxRates"]] == ["California", "District", "New York"]
    first = await house.ask(ListTaxRates(limit=3))
    assert first["summary"] == "3 tax rates and more."
    rest = await house.ask(ListTaxRates(limit=3, cursor=first["nextCursor"]))
    names = [rate["name"] for rate in (*first["taxRates"], *rest["taxRates"])]
    assert names == ["Sales tax", "California", "District", "New York", "MwSt"]
    assert "nextCursor" not in rest


async def test_an_order_made_with_a_key_is_taxed_once(house: House) -> None:
    await open_the_world(house)
    command = CreateOrder(lines=(PRO_PLAN,), shipping_address=BERLIN)
    made = await house.do(command, "key-1")
    await house.do(SaveTaxRate(rate_name="Extra", percent=Decimal(1), country="DE"))
    again = await house.do(command, "key-1")
    assert (again["orderId"], total(again), again["replayed"]) == (made["orderId"], 9_900, True)
