"""What update_order and amend_order answer with: each field before and after, and people's words in quotes."""

from decimal import Decimal
from typing import Any

import pytest

from flint_domain.commands.after_payment import AmendOrder, ReturnItems
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.orders import CreateOrder, UpdateOrder
from flint_domain.kernel.addresses import Address
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, ChargeInput, LineChange, LineInput, ModifierInput, OrderUpdate
from flint_domain.queries.orders import GetOrder
from tests.journeys.house import House

MUG = LineInput(name="Mug", quantity=Decimal(2), unit_price=Amount(amount=1000))
CUP = LineInput(name='Cup "Ann"', unit_price=Amount(amount=700))
HOME = Address(country="US", name="Ann", line1="1 Pine St", city="Oldburgh", region="PA", postal_code="19122")
DOOR = Address(country="US", name="Ann", line1="2 Pine St", city="Oldburgh", region="PA", postal_code="19122")


def told(answer: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    return [(change["what"], change.get("before"), change.get("after")) for change in answer["changes"]]


async def lines_of(house: House, order_id: str) -> list[str]:
    return [line["lineItemId"] for line in (await house.read(order_id))["lineItems"]]


async def test_an_update_says_each_field_that_it_changed(house: House) -> None:
    await house.use_eight_percent()
    order_id = await house.order_of(MUG, CUP, shipping_address=HOME, metadata={"gift": "no"})
    mug, cup = await lines_of(house, order_id)
    update = OrderUpdate(
        change=(
            LineChange(
                line_id=mug,
                quantity=Decimal("1.5"),
                unit_price=Amount(amount=900),
                modifiers=(ModifierInput(name="blue", money=Amount(amount=50)),),
                discount_percent=Decimal(10),
                tax_rate_ids=(),
            ),
        ),
        remove=(cup,),
        add=(LineInput(name="Bowl", unit_price=Amount(amount=1200)),),
        charges=(ChargeInput(name="Express", money=Amount(amount=500)),),
        tip=Amount(amount=100),
        shipping_address=DOOR,
        note="ring\ntwice",
        metadata={"gift": None, "source": "phone"},
    )
    answer = await house.do(UpdateOrder(order_id=order_id, update=update), "update")
    order = await house.read(order_id)
    bowl, charge = order["lineItems"][1]["lineItemId"], order["charges"][0]["chargeId"]
    assert told(answer) == [
        (f"{mug} quantity", "2", "1.5"),
        (f"{mug} unitPriceMoney", "10.00 USD", "9.00 USD"),
        (f"{mug} modifiers", None, '"blue" 0.50 USD'),
        (f"{mug} discountPercent", None, "10"),
        (f"{mug} taxRateIds", None, "none"),
        ("lineItems", f"{cup}: 1 x \"Cup 'Ann'\" at 7.00 USD", None),
        ("lineItems", None, f'{bowl}: 1 x "Bowl" at 12.00 USD'),
        ("charges", None, f'{charge}: "Express" 5.00 USD'),
        ("tipMoney", "0.00 USD", "1.00 USD"),
        (
            "shippingAddress",
            '"Ann", "1 Pine St", "Oldburgh", "PA", "19122", "US"',
            '"Ann", "2 Pine St", "Oldburgh", "PA", "19122", "US"',
        ),
        ("note", None, '"ring twice"'),
        ('metadata "gift"', '"no"', None),
        ('metadata "source"', None, '"phone"'),
        ("totalMoney", "29.16 USD", "31.78 USD"),
    ]
    assert list(answer)[:2] == ["summary", "changes"]
    replayed = await house.do(UpdateOrder(order_id=order_id, update=update), "update")
    assert (replayed["replayed"], replayed["changes"]) == (True, answer["changes"])
    assert "changes" not in order


async def test_an_update_that_leaves_everything_as_it_is_says_so(house: House) -> None:
    order_id = await house.order_of(MUG, note="hello")
    answer = await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(note="hello")))
    assert answer["changes"] == []


async def test_an_amendment_says_what_it_changes_the_address_included(house: House) -> None:
    order_id = await house.paid_order(MUG, shipping_address=HOME)
    [mug] = await lines_of(house, order_id)
    update = OrderUpdate(change=(LineChange(line_id=mug, quantity=Decimal(3)),), shipping_address=DOOR)
    dry = await house.do(AmendOrder(order_id=order_id, update=update, source="tok_visa"), dry_run=True)
    answer = await house.do(AmendOrder(order_id=order_id, update=update, source="tok_visa"))
    assert told(dry) == told(answer)
    assert [(what, after) for what, _, after in told(answer)] == [
        (f"{mug} quantity", "3"),
        ("shippingAddress", '"Ann", "2 Pine St", "Oldburgh", "PA", "19122", "US"'),
        ("totalMoney", "30.00 USD"),
    ]


async def test_an_amendment_that_was_dropped_changed_nothing_and_one_that_waits_says_what_it_will(house: House) -> None:
    order_id = await house.paid_order(MUG)
    [mug] = await lines_of(house, order_id)
    more = OrderUpdate(change=(LineChange(line_id=mug, quantity=Decimal(3)),))
    dropped = await house.do(AmendOrder(order_id=order_id, update=more, source="tok_chargeDeclined"))
    assert (dropped["amendment"]["status"], dropped["changes"]) == ("DROPPED", [])
    waiting = await house.do(AmendOrder(order_id=order_id, update=more, source="tok_threeDSecure2Required"))
    assert waiting["amendment"]["status"] == "WAITING"
    assert told(waiting) == [(f"{mug} quantity", "2", "3"), ("totalMoney", "20.00 USD", "30.00 USD")]


async def test_a_new_line_of_a_dry_run_has_no_id_yet(house: House) -> None:
    order_id = await house.order_of(MUG)
    dry = await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(add=(CUP,))), dry_run=True)
    assert told(dry)[0] == ("lineItems", None, "(new): 1 x \"Cup 'Ann'\" at 7.00 USD")


async def test_an_exchange_says_that_the_replacement_is_still_to_be_sent_until_it_is(house: House) -> None:
    order_id = await house.paid_order(CUP)
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    [cup] = await lines_of(house, order_id)
    swap = ReturnRequest(items=(ReturnItem(line_id=cup, replacement=CUP),))
    answer = await house.do(ReturnItems(order_id=order_id, request=swap))
    said = "MADE exchange: no difference; the replacement is still to be sent."
    assert answer["amendment"]["summary"] == said
    order = await house.read(order_id)
    assert order["fulfillmentStatus"] == "PARTIALLY_FULFILLED"
    assert order["activities"][-1]["summary"] == (
        "Items exchanged: no difference; the replacement is still to be sent."
    )
    await house.do(FulfillOrder(order_id=order_id))
    assert (await house.read(order_id))["amendments"][0]["summary"] == "MADE exchange: no difference."


@pytest.mark.parametrize("paid", [True, False])
async def test_a_swap_of_one_of_two_says_that_the_other_went(house: House, paid: bool) -> None:
    order_id = await (house.paid_order(MUG) if paid else house.order_of(MUG))
    [mug] = await lines_of(house, order_id)
    command = AmendOrder if paid else UpdateOrder

    def swapped(**fields: Any) -> AmendOrder | UpdateOrder:
        change = LineChange(line_id=mug, name="Bowl", unit_price=Amount(amount=1000), **fields)
        return command(order_id=order_id, update=OrderUpdate(change=(change,)))

    told = (
        f'{mug} was 2 x "Mug" and is 1 x "Bowl": 1 of it went without anything in its place. To keep them, lower the '
        "line's quantity and add what is new as another line"
    )
    for answer in [await house.do(swapped(quantity=Decimal(1)), dry_run=dry_run) for dry_run in (True, False)]:
        assert told in answer.get("order", answer)["warnings"]


async def test_a_swap_of_all_units_and_fewer_of_the_same_are_no_surprise(house: House) -> None:
    order_id = await house.order_of(MUG)
    [mug] = await lines_of(house, order_id)
    for change in (LineChange(line_id=mug, name="Bowl"), LineChange(line_id=mug, quantity=Decimal(1))):
        assert not (await house.do(UpdateOrder(order_id=order_id, update=OrderUpdate(change=(change,))))).get(
            "warnings"
        )


async def test_a_summary_counts_units_and_what_is_sold_by_weight_once(house: House) -> None:
    tea = LineInput(name="Tea by weight", quantity=Decimal("2.5"), unit_price=Amount(amount=1000))
    order = await house.do(CreateOrder(lines=(MUG, CUP, tea)))
    assert order["summary"] == "OPEN order: 4 items, total 52.00 USD, nothing paid, 52.00 USD outstanding."
    assert (await house.ask(GetOrder(order_id=order["orderId"], view="timeline")))["activities"][0]["summary"] == (
        "Order created: 4 items, 52.00 USD."
    )
