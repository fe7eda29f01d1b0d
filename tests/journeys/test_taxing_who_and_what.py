"""Some buyers are not taxed, and some things are taxed otherwise."""

from decimal import Decimal

import pytest

from flint_domain.catalog.rules import VariantInput
from flint_domain.commands.catalog import SaveItem
from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.orders import UpdateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.customers.model import Profile
from flint_domain.kernel.addresses import Address
from flint_domain.order.inputs import Amount, ChargeInput, LineInput, OrderUpdate
from tests.journeys.house import PRO_PLAN, House, total
from tests.journeys.test_taxing import BERLIN, NEW_YORK, VIENNA, open_the_world, save, send_to, taxes

BOOK = LineInput(item_id="book")
SHIPPING = ChargeInput(name="Shipping", money=Amount(amount=1_000), taxable=True)


async def customer(house: House, *, exempt: bool, addresses: tuple[Address, ...] = ()) -> str:
    """The id of a new customer."""
    saved = await house.do(SaveCustomer(profile=Profile(name="Ann", tax_exempt=exempt, addresses=addresses)))
    return saved["customer"]["customerId"]


@pytest.fixture
async def books(house: House) -> None:
    """A book for 20.00 in the catalog, and Germany's 7 % beside its 19 %."""
    await open_the_world(house)
    await save(house, "MwSt reduced", "7", country="DE", category="books", inclusive=True)
    variant = VariantInput(sku="book", price=Amount(amount=2_000))
    await house.do(SaveItem(item_name="Book", tax_category="books", variants=(variant,)))


# ── who buys ──


async def test_nothing_is_taxed_for_an_exempt_customer(house: House) -> None:
    await open_the_world(house)
    exempt = await customer(house, exempt=True)
    service = await save(house, "Service", "10")
    named = LineInput(name="Setup", unit_price=Amount(amount=1_000), tax_rate_ids=(service,))
    order_id = await house.order_of(PRO_PLAN, named, charges=(SHIPPING,), customer_id=exempt, shipping_address=NEW_YORK)
    order = await house.read(order_id)
    assert (taxes(order), total(order)) == ([], 11_900)


async def test_a_customers_own_address_taxes_the_order(house: House) -> None:
    await open_the_world(house)
    order_id = await house.order_of(PRO_PLAN, customer_id=await customer(house, exempt=False, addresses=(NEW_YORK,)))
    assert taxes(await house.read(order_id)) == [("New York", 396)]


async def test_an_order_loses_its_taxes_with_an_exempt_customer_and_gets_them_back_without(house: House) -> None:
    await open_the_world(house)
    exempt = await customer(house, exempt=True)
    order_id = await house.order_of(PRO_PLAN, shipping_address=NEW_YORK)
    await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(customer_id=exempt)))
    assert total(await house.read(order_id)) == 9_900
    assert total(await send_to(house, order_id, BERLIN)) == 9_900
    await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(customer_id="")))
    assert taxes(await house.read(order_id)) == [("MwSt", 1_581)]


async def test_a_paid_order_keeps_its_taxes_and_refuses_a_customer_who_would_have_none(house: House) -> None:
    await open_the_world(house)
    exempt, taxed = await customer(house, exempt=True), await customer(house, exempt=False)
    order_id = await house.paid_order(PRO_PLAN, shipping_address=NEW_YORK)
    refused = await house.refused(
        UpdateOrder(order_id=order_id, update=OrderUpdate(customer_id=exempt)), "price_locked"
    )
    assert refused.message == "Not possible: the order's taxes would change, and money has been captured."
    await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(customer_id=taxed)))
    order = await house.read(order_id)
    assert (order["customerId"], total(order), order["status"]) == (taxed, 10_296, "PAID")


async def test_a_free_order_stays_settled_wherever_it_goes(house: House) -> None:
    await open_the_world(house)
    order_id = await house.order_of(LineInput(name="Gift", unit_price=Amount(amount=0)), shipping_address=NEW_YORK)
    await house.do(PayOrder(order_id=order_id, sources=()))
    assert (await send_to(house, order_id, BERLIN))["status"] == "PAID"


# ── what is bought ──


@pytest.mark.usefixtures("books")
async def test_a_line_is_taxed_by_its_items_category_where_there_is_a_rate_for_it(house: House) -> None:
    order_id = await house.order_of(BOOK, PRO_PLAN, charges=(SHIPPING,), shipping_address=BERLIN)
    order = await house.read(order_id)
    # 20.00 × 7/107, and (99.00 + 10.00) × 19/119
    assert (sorted(taxes(order)), total(order)) == ([("MwSt", 1_740), ("MwSt reduced", 131)], 12_900)
    assert taxes(await send_to(house, order_id, VIENNA)) == [("Sales tax", 1_032)]
    assert sorted(taxes(await send_to(house, order_id, BERLIN))) == [("MwSt", 1_740), ("MwSt reduced", 131)]


@pytest.mark.usefixtures("books")
async def test_a_category_of_the_state_leaves_the_districts_tax_as_it_is(house: House) -> None:
    await save(house, "CA books", "1", country="US", region="CA", category="books")
    beverly_hills = Address(country="US", region="CA", postal_code="90210")
    order_id = await house.order_of(BOOK, shipping_address=beverly_hills)
    assert taxes(await house.read(order_id)) == [("CA books", 20), ("District", 45)]


async def test_a_category_without_a_general_rate_leaves_other_lines_to_the_default(house: House) -> None:
    await house.use_eight_percent()
    await save(house, "Books", "5", country="FR", category="books")
    variant = VariantInput(sku="book", price=Amount(amount=2_000))
    await house.do(SaveItem(item_name="Book", tax_category="books", variants=(variant,)))
    order_id = await house.order_of(BOOK, PRO_PLAN, shipping_address=Address(country="FR"))
    assert sorted(taxes(await house.read(order_id))) == [("Books", 100), ("Sales tax", 792)]


@pytest.mark.usefixtures("books")
async def test_a_book_gives_back_what_tax_it_held(house: House) -> None:
    order_id = await house.paid_order(BOOK, PRO_PLAN, shipping_address=BERLIN)
    book = (await house.read(order_id))["lineItems"][0]["lineItemId"]
    target = RefundTarget(order_id=order_id, lines=(RefundLine(line_id=book, quantity=Decimal(1)),))
    refunded = await house.do(CreateRefund(target=target))
    assert refunded["refund"]["amountMoney"]["amount"] == 2_000
    assert refunded["refund"]["taxMoney"]["amount"] == 131
