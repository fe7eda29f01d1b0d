"""Ordering what the catalog sells: by variant, SKU, item or the merchant's own product id."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from flint_domain.catalog.rules import VariantInput
from flint_domain.commands.coupons import ApplyCoupon, CreateCoupon
from flint_domain.commands.orders import CreateOrder, UpdateOrder
from flint_domain.order.inputs import Amount, LineChange, LineInput, OrderUpdate
from flint_domain.queries.orders import SearchOrders
from tests.journeys.catalog import NOBODY, a_mug, a_shirt, save, search, variant
from tests.journeys.house import House, total


def of(reference: str, **fields: Any) -> LineInput:
    return LineInput(item_id=reference, **fields)


async def lines_of(house: House, order_id: str) -> list[dict[str, Any]]:
    return (await house.read(order_id))["lineItems"]


async def changed(house: House, order_id: str, **change: Any) -> dict[str, Any]:
    """The order's first line after a change."""
    [line, *_] = await lines_of(house, order_id)
    update = OrderUpdate(change=(LineChange(line_id=line["lineItemId"], **change),))
    await house.do(UpdateOrder(order_id=order_id, update=update))
    return (await lines_of(house, order_id))[0]


@pytest.mark.promise("P11")
async def test_name_and_price_come_from_the_catalog_by_any_of_its_names(house: House) -> None:
    shirt = await a_shirt(house)
    mug = await a_mug(house)
    [item] = (await search(house, item_id=mug))["items"]
    red_m = next(each["variantId"] for each in shirt["variants"] if each["sku"] == "TEE-RM")
    order_id = await house.order_of(of(red_m, quantity=Decimal(2)), of("TEE-BS"), of("MUG"), of(item["itemId"]))
    lines = await lines_of(house, order_id)
    assert [(line["name"], line["unitPriceMoney"]["amount"], line["quantity"]) for line in lines] == [
        ("T-Shirt (red, M)", 2000, 2),
        ("T-Shirt (blue, S)", 1800, 1),
        ("Coffee mug", 900, 1),
        ("Coffee mug", 900, 1),
    ]
    assert [line["itemId"] for line in lines] == [shirt["itemId"], shirt["itemId"], item["itemId"], item["itemId"]]
    stored = await house.sqlite.read(house.flint.merchant_id, lambda tx: tx.order(order_id))
    assert stored is not None
    first = stored.lines[0]
    assert (first.variant_id, first.sku, first.item_reference, first.tax_category) == (
        red_m,
        "TEE-RM",
        "tee",
        "clothing",
    )
    assert total(await house.read(order_id)) == 2 * 2000 + 1800 + 900 + 900


async def test_a_name_and_a_price_agreed_by_hand_win(house: House) -> None:
    await a_shirt(house)
    order_id = await house.order_of(of("TEE-RM", name="Team shirt", unit_price=Amount(amount=1500)), of("TEE-RM"))
    assert [(line["name"], line["unitPriceMoney"]["amount"]) for line in await lines_of(house, order_id)] == [
        ("Team shirt", 1500),
        ("T-Shirt (red, M)", 2000),
    ]


async def test_a_new_price_touches_no_order_that_exists(house: House) -> None:
    await a_shirt(house)
    order_id = await house.order_of(of("TEE-RM"))
    await save(house, item_id="tee", item_name="Tee", variants=(variant("TEE-RM", 9900),))
    [line] = await lines_of(house, order_id)
    assert (line["name"], line["unitPriceMoney"]["amount"]) == ("T-Shirt (red, M)", 2000)
    line = await changed(house, order_id, item_id="TEE-RM", quantity=Decimal(3))
    assert (line["name"], line["totalMoney"]["amount"]) == ("T-Shirt (red, M)", 6000), "the same item, still"
    again = await house.order_of(of("TEE-RM"))
    assert total(await house.read(again)) == 9900


async def test_a_line_that_changes_to_another_variant_takes_its_name_and_price(house: House) -> None:
    await a_shirt(house)
    await a_mug(house)
    order_id = await house.order_of(of("TEE-RS", quantity=Decimal(2)))
    line = await changed(house, order_id, item_id="TEE-RM")
    assert (line["name"], line["unitPriceMoney"]["amount"], line["quantity"]) == ("T-Shirt (red, M)", 2000, 2)
    line = await changed(house, order_id, item_id="MUG", unit_price=Amount(amount=700))
    assert (line["name"], line["unitPriceMoney"]["amount"]) == ("Coffee mug", 700)
    line = await changed(house, order_id, item_id="own-thing", name="Thing", unit_price=Amount(amount=1))
    assert (line["name"], line["itemId"], line["totalMoney"]["amount"]) == ("Thing", "own-thing", 2)
    stored = await house.sqlite.read(house.flint.merchant_id, lambda tx: tx.order(order_id))
    assert stored is not None
    assert (stored.lines[0].variant_id, stored.lines[0].sku, stored.lines[0].tax_category) == (None, None, None)
    line = await changed(house, order_id, item_id="renamed-thing")
    assert (line["name"], line["itemId"], line["totalMoney"]["amount"]) == ("Thing", "renamed-thing", 2)


async def test_coupons_and_search_know_a_line_by_each_of_its_names(house: House) -> None:
    shirt = await a_shirt(house)
    references = (
        "tee",
        "TEE-RM",
        shirt["itemId"],
        next(v["variantId"] for v in shirt["variants"] if v["sku"] == "TEE-RM"),
    )
    for number, reference in enumerate(references):
        await house.do(CreateCoupon(code=f"TEN{number}", percent=Decimal(10), item_ids=(reference,)))
        order_id = await house.order_of(of("TEE-RM"), note=f"order {number}")
        await house.do(ApplyCoupon(order_id=order_id, coupon_code=f"TEN{number}"))
        assert total(await house.read(order_id)) == 1800
    for word in ("tee", "TEE-RM"):
        listed = await house.ask(SearchOrders(text=word))
        assert len(listed["orders"]) == 4


async def test_an_item_with_one_variant_that_is_sold_is_enough(house: House) -> None:
    await a_shirt(house)
    off = tuple(variant(sku, active=False) for sku in ("TEE-RS", "TEE-RM", "TEE-BS", "TEE-BM"))
    await save(house, item_id="tee", variants=off)
    order_id = await house.order_of(of("tee"))
    [line] = await lines_of(house, order_id)
    assert line["name"] == "T-Shirt (green, M)"


async def test_an_item_with_several_variants_needs_one_named(house: House) -> None:
    shirt = await a_shirt(house)
    refused = await house.refused(CreateOrder(lines=(of("tee"),)), "variant_needed")
    assert refused.message == f"{shirt['itemId']} has 5 variants, and the line names none of them."
    assert refused.param == "itemId"
    listed = refused.details["variants"]
    assert len(listed) == 5
    assert listed[0] == {
        "variantId": next(v["variantId"] for v in shirt["variants"] if v["sku"] == "TEE-RS"),
        "sku": "TEE-RS",
        "options": {"color": "red", "size": "S"},
        "priceMoney": {"amount": 1900, "currency": "USD"},
    }
    many = tuple(variant(f"N-{n}", 100, options={"n": str(n)}) for n in range(12))
    await save(house, item_name="Nail", reference="nail", variants=many)
    refused = await house.refused(CreateOrder(lines=(of("nail"),)), "variant_needed")
    assert len(refused.details["variants"]) == 10


async def test_what_is_not_sold_any_more_cannot_be_ordered(house: House) -> None:
    shirt = await a_shirt(house)
    await save(house, item_id="tee", variants=(variant("TEE-RM", active=False),))
    red_m = next(each["variantId"] for each in shirt["variants"] if each["sku"] == "TEE-RM")
    refused = await house.refused(CreateOrder(lines=(of("TEE-RM"),)), "item_inactive")
    assert (refused.message, refused.param) == (f"{red_m} is not sold any more.", "itemId")
    await save(house, item_id="tee", active=False)
    for reference in ("tee", "TEE-RS"):
        refused = await house.refused(CreateOrder(lines=(of(reference),)), "item_inactive")
        assert refused.message == f"{shirt['itemId']} is not sold any more."


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (LineInput(), "A line without itemId needs name and unitPriceMoney."),
        (LineInput(name="Thing"), "A line without itemId needs name and unitPriceMoney."),
        (of("own"), '"own" is not in the catalog.'),
        (of("own", name="Thing"), '"own" is not in the catalog.'),
        (of("own", unit_price=Amount(amount=5)), '"own" is not in the catalog.'),
    ],
)
async def test_what_the_catalog_does_not_know_needs_a_name_and_a_price(
    house: House, line: LineInput, message: str
) -> None:
    refused = await house.refused(CreateOrder(lines=(line,)), "invalid_argument")
    assert (refused.message, refused.param) == (message, "lineItems")
    order_id = await house.order_of(replace(line, name="Thing", unit_price=Amount(amount=5)))
    assert total(await house.read(order_id)) == 5


async def test_a_catalog_line_needs_both_to_become_something_outside_the_catalog(house: House) -> None:
    await a_shirt(house)
    order_id = await house.order_of(of("TEE-RM"))
    [line] = await lines_of(house, order_id)
    update = OrderUpdate(change=(LineChange(line_id=line["lineItemId"], item_id="own", name="Thing"),))
    refused = await house.refused(UpdateOrder(order_id=order_id, update=update), "invalid_argument")
    assert refused.message == '"own" is not in the catalog.'


@pytest.mark.parametrize("prefix", ["item", "var"])
async def test_an_id_that_nothing_has_is_not_found(house: House, prefix: str) -> None:
    line = of(f"{prefix}_{NOBODY}", name="Thing", unit_price=Amount(amount=5))
    refused = await house.refused(CreateOrder(lines=(line,)), "not_found")
    assert refused.message == f"There is no {'item' if prefix == 'item' else 'variant'} {prefix}_{NOBODY}."


async def test_another_currency_needs_a_price_in_the_orders(house: House) -> None:
    await a_mug(house)
    await save(house, item_name="Hat", variants=(VariantInput(sku="HAT", price=Amount(amount=1500, currency="EUR")),))
    only_hat = await house.read(await house.order_of(of("HAT")))
    assert (only_hat["currency"], total(only_hat)) == ("EUR", 1500), "no line says otherwise, so the item's"
    command = CreateOrder(lines=(of("MUG"), of("HAT")))
    refused = await house.refused(command, "currency_mismatch")
    assert refused.message.endswith("is priced in EUR, and the order is in USD.")
    assert refused.param == "unitPriceMoney"
    assert refused.hint == "order it in EUR; what it costs in USD only the merchant can say, in unitPriceMoney"
    order_id = await house.order_of(of("MUG"), of("HAT", unit_price=Amount(amount=1700, currency="USD")))
    order = await house.read(order_id)
    assert (order["currency"], total(order)) == ("USD", 2600)
    # A price without a currency is in the merchant's: it must not turn into euros because of another line.
    command = CreateOrder(lines=(LineInput(name="Bag", unit_price=Amount(amount=100)), of("HAT")))
    await house.refused(command, "currency_mismatch")
