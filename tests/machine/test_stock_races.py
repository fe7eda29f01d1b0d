"""Many buyers at once for the last units, on one server and on two that share the files: as many get one as
there are."""

from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest

from flint_domain.commands.catalog import AdjustInventory
from flint_domain.commands.orders import CancelOrder, CreateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.order.inputs import LineInput
from flint_domain.reactions.catalog.stock import RESERVED_FOR
from tests.journeys.catalog import a_mug, counts
from tests.journeys.house import House
from tests.machine.test_races import MANY, houses, in_turn, together
from tests.machine.warehouse import check_warehouse

__all__ = ["houses"]  # the fixture

Call = Coroutine[Any, Any, dict[str, Any]]

ONE = CreateOrder(lines=(LineInput(item_id="MUG"),))
PAIR = CreateOrder(lines=(LineInput(item_id="MUG", quantity=Decimal(2)),))


@pytest.mark.promise("P11")
async def test_the_last_units_go_to_as_many_orders_as_there_are(houses: list[House]) -> None:
    mug = await a_mug(houses[0], 5)
    answers, refusals = await together([in_turn(houses, n).do(ONE, key=f"order {n}") for n in range(MANY)])
    assert len(answers) == 5
    assert {refused.code for refused in refusals} == {"out_of_stock"}
    assert await counts(houses[0], mug) == (0, 5, 0)
    check_warehouse(houses[0])


async def test_orders_of_several_units_take_all_or_nothing(houses: list[House]) -> None:
    mug, cup = await a_mug(houses[0], 7), await a_mug(houses[0], 2, sku="CUP")
    both = CreateOrder(lines=(LineInput(item_id="MUG"), LineInput(item_id="CUP")))
    calls: list[Call] = [in_turn(houses, n).do(both if n % 2 else PAIR, key=f"order {n}") for n in range(MANY)]
    answers, refusals = await together(calls)
    with_a_cup = sum(len(answer["lineItems"]) == 2 for answer in answers)
    assert with_a_cup <= 2
    assert {refused.code for refused in refusals} == {"out_of_stock"}
    taken = with_a_cup + 2 * (len(answers) - with_a_cup)
    assert await counts(houses[0], mug) == (7 - taken, taken, 0)
    assert await counts(houses[0], cup) == (2 - with_a_cup, with_a_cup, 0)
    assert 7 - taken < 2, "nobody went without a unit that was there"
    check_warehouse(houses[0])


async def test_of_many_who_come_too_late_to_pay_as_many_get_theirs_as_there_are(houses: list[House]) -> None:
    mug = await a_mug(houses[0], MANY)
    orders = [(await houses[0].do(ONE, key=f"order {n}"))["orderId"] for n in range(MANY)]
    houses[0].clock.passes(RESERVED_FOR)
    assert await houses[0].flint.release_expired() == MANY
    await houses[0].do(AdjustInventory(sku="MUG", count=Decimal(4), reason="counted"))
    pays = [PayOrder(order_id=order_id, sources=("tok_visa",)) for order_id in orders]
    answers, refusals = await together([in_turn(houses, n).do(pay, key=f"pay {n}") for n, pay in enumerate(pays)])
    assert [answer["order"]["status"] for answer in answers] == ["PAID"] * 4
    assert {refused.code for refused in refusals} == {"out_of_stock"}
    assert await counts(houses[0], mug) == (0, 0, 4)
    charged = [(await houses[0].balance(order_id)).charged for order_id in orders]
    assert sorted(charged) == [0] * (MANY - 4) + [972] * 4
    check_warehouse(houses[0])


async def test_releasing_canceling_and_paying_at_once_lose_no_unit(houses: list[House]) -> None:
    mug = await a_mug(houses[0], 6)
    for number in range(4):
        order_id = (await houses[0].do(PAIR, key=f"order {number}"))["orderId"]
        houses[0].clock.passes(RESERVED_FOR)
        calls: list[Call] = [
            in_turn(houses, number).do(PayOrder(order_id=order_id, sources=("tok_visa",))),
            in_turn(houses, number + 1).do(CancelOrder(order_id=order_id)),
            released(in_turn(houses, number)),
            released(in_turn(houses, number + 1)),
        ]
        await together(calls[number:] + calls[:number])
        check_warehouse(houses[0])
        if (await houses[0].read(order_id))["status"] != "CANCELED":
            await houses[0].do(CancelOrder(order_id=order_id))
    assert await counts(houses[0], mug) == (6, 0, 0)


async def released(house: House) -> dict[str, int]:
    return {"released": await house.flint.release_expired()}


async def test_restocking_and_taking_away_at_once_add_up(houses: list[House]) -> None:
    mug = await a_mug(houses[0], 10)
    order_id = await houses[0].paid_order(LineInput(item_id="MUG", quantity=Decimal(6)))
    line_id = (await houses[0].read(order_id))["lineItems"][0]["lineItemId"]
    target = RefundTarget(order_id=order_id, lines=(RefundLine(line_id=line_id, quantity=Decimal(1)),))
    calls: list[Call] = [
        in_turn(houses, n).do(CreateRefund(target=target, restock=True), key=f"back {n}") for n in range(8)
    ]
    calls += [
        in_turn(houses, n).do(AdjustInventory(sku="MUG", change_by=Decimal(-2), reason="damaged"), key=f"gone {n}")
        for n in range(8)
    ]
    answers, refusals = await together(calls)
    damaged = sum("stock" in answer for answer in answers)
    assert len(answers) - damaged == 6
    assert {refused.code for refused in refusals} <= {"out_of_stock", "nothing_to_refund", "amount_too_high"}
    assert await counts(houses[0], mug) == (4 + 6 - 2 * damaged, 0, 0)
    check_warehouse(houses[0])


async def test_one_key_orders_one(houses: list[House]) -> None:
    mug = await a_mug(houses[0], 1)
    answers, refusals = await together([in_turn(houses, n).do(ONE, key="same") for n in range(MANY)])
    assert (len(answers), refusals) == (MANY, [])
    assert await counts(houses[0], mug) == (0, 1, 0)
