"""Many callers at once on one paid order, and on the last balance of a gift card: one wins, and all books balance."""

import pytest

from flint_domain.commands.after_payment import AmendOrder, MovePayment, ReturnItems
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.gift_cards import IssueGiftCard
from flint_domain.commands.orders import CancelOrder
from flint_domain.commands.payments import PayOrder, TenderInput
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, LineChange, LineInput, OrderUpdate
from flint_domain.queries.gift_cards import GetGiftCard
from flint_domain.unit_of_work.command import Command
from tests.journeys.house import SUPPORT, House, amounts, total
from tests.machine.test_races import MANY, houses, in_turn, together

__all__ = ["houses"]  # the fixture

BUSY = {"payment_in_progress", "order_amending"}


async def lines_of(house: House, order_id: str) -> list[str]:
    return [line["lineItemId"] for line in (await house.read(order_id))["lineItems"]]


async def delivered(house: House) -> tuple[str, list[str]]:
    """A paid order of 138.24 that has arrived, and its lines."""
    order_id = await house.paid_order()
    await house.do(FulfillOrder(order_id=order_id, state="DELIVERED"))
    return order_id, await lines_of(house, order_id)


def repriced(order_id: str, line_id: str, amount: int) -> AmendOrder:
    change = LineChange(line_id=line_id, unit_price=Amount(amount=amount))
    return AmendOrder(order_id=order_id, update=OrderUpdate(change=(change,)), source="tok_mastercard")


@pytest.mark.parametrize("keys", ["different keys", "one key"])
async def test_of_many_who_amend_at_once_each_change_is_paid_once(houses: list[House], keys: str) -> None:
    order_id = await houses[0].paid_order()
    [plan, _] = await lines_of(houses[0], order_id)
    amend = repriced(order_id, plan, 10_900)
    key = "amend" if keys == "one key" else "amend {}"
    answers, refusals = await together([in_turn(houses, n).do(amend, key.format(n)) for n in range(MANY)])
    assert amounts(await houses[0].read(order_id)) == ("PAID", 14_904, 0, 0, 14_904)
    assert (await houses[0].balance(order_id)).charged == 14_904
    if keys == "one key":
        assert (len(answers), refusals) == (MANY, [])
        assert {answer["amendment"]["amendmentId"] for answer in answers} == {answers[0]["amendment"]["amendmentId"]}
    else:
        assert [answer["amendment"]["status"] for answer in answers] == ["MADE"]
        assert {refused.code for refused in refusals} <= {*BUSY, "nothing_to_amend"}


async def test_two_changes_at_once_are_made_one_after_the_other_or_not_at_all(houses: list[House]) -> None:
    order_id = await houses[0].paid_order()
    [plan, support] = await lines_of(houses[0], order_id)
    changes = [repriced(order_id, plan, 10_900), repriced(order_id, support, 900)]
    answers, refusals = await together([in_turn(houses, n).do(change, f"{n}") for n, change in enumerate(changes)])
    assert len(answers) + len(refusals) == 2
    assert {refused.code for refused in refusals} <= BUSY
    moved = sum(answer["amendment"]["differenceMoney"]["amount"] for answer in answers)
    order, balance = await houses[0].read(order_id), await houses[0].balance(order_id)
    assert total(order) == 13_824 + moved == balance.charged - balance.refunded


async def test_an_amendment_and_a_refund_at_once_give_no_cent_back_twice(houses: list[House]) -> None:
    for number in range(4):
        order_id = await houses[0].paid_order(SUPPORT, note=str(number))
        [support] = await lines_of(houses[0], order_id)
        commands: list[Command] = [
            repriced(order_id, support, 1_900),
            CreateRefund(target=RefundTarget(order_id=order_id)),
        ]
        commands = commands if number % 2 else commands[::-1]
        _, refusals = await together([in_turn(houses, n + number).do(c, f"{c}") for n, c in enumerate(commands)])
        codes = {refused.code for refused in refusals}
        assert codes <= {"order_amending", "payment_in_progress", "nothing_to_amend"}
        balance = await houses[0].balance(order_id)
        assert balance.charged == 3_132
        assert balance.refunded == (1_080 if "order_amending" in codes else 3_132), "a refund takes what is left"


async def test_units_that_come_back_and_are_refunded_at_once_are_paid_back_once(houses: list[House]) -> None:
    for number in range(4):
        order_id, [_, support] = await delivered(houses[0])
        request = ReturnRequest(items=(ReturnItem(line_id=support),))
        target = RefundTarget(order_id=order_id, lines=(RefundLine(line_id=support),))
        commands: list[Command] = [ReturnItems(order_id=order_id, request=request), CreateRefund(target=target)]
        commands = commands if number % 2 else commands[::-1]
        _, refusals = await together([in_turn(houses, n).do(c, f"{order_id} {n}") for n, c in enumerate(commands)])
        assert {refused.code for refused in refusals} <= {*BUSY, "nothing_to_refund"}
        assert (await houses[0].balance(order_id)).refunded == 3_132
        assert amounts(await houses[0].read(order_id)) == ("PARTIALLY_REFUNDED", 13_824, 3_132, 0, 10_692)


async def test_a_unit_comes_back_once_however_many_say_so(houses: list[House]) -> None:
    order_id, [_, support] = await delivered(houses[0])
    item = ReturnItem(line_id=support, replacement=LineInput(name="Other support", unit_price=Amount(amount=2_900)))
    back = [
        ReturnItems(order_id=order_id, request=ReturnRequest(items=(item,))),
        ReturnItems(order_id=order_id, request=ReturnRequest(items=(ReturnItem(line_id=support),))),
    ]
    answers, refusals = await together([in_turn(houses, n // 2).do(back[n % 2], f"back {n}") for n in range(MANY)])
    assert len(answers) == 1
    assert {refused.code for refused in refusals} <= {*BUSY, "nothing_to_return"}
    assert (await houses[0].balance(order_id)).refunded in (0, 3_132)


async def test_a_payment_moves_once_and_an_order_that_moves_is_not_canceled(houses: list[House]) -> None:
    for number in range(4):
        order_id = await houses[0].paid_order(SUPPORT, note=str(number))
        [payment_id] = (await houses[0].read(order_id))["paymentIntentIds"]
        commands: list[Command] = [
            MovePayment(payment_id=payment_id, source="tok_mastercard"),
            CancelOrder(order_id=order_id),
            MovePayment(payment_id=payment_id, source="tok_amex"),
        ]
        commands = commands[number % 3 :] + commands[: number % 3]
        await together([in_turn(houses, n).do(command) for n, command in enumerate(commands)])
        order, balance = await houses[0].read(order_id), await houses[0].balance(order_id)
        kept = 0 if order["status"] == "CANCELED" else 3_132
        assert balance.charged - balance.refunded == kept
        assert balance.charged in (3_132, 2 * 3_132)
        assert order["settlementAmounts"]["outstandingMoney"]["amount"] == 0


async def test_the_last_balance_of_a_gift_card_is_spent_once(houses: list[House]) -> None:
    issued = await houses[0].do(IssueGiftCard(money=Amount(amount=5_000)))
    gift = issued["credit"]["accountId"]
    orders = [await houses[0].order_of(SUPPORT) for _ in range(MANY)]
    pays = [PayOrder(order_id=order_id, sources=(gift,)) for order_id in orders]
    answers, refusals = await together([in_turn(houses, n).do(pay, f"pay {n}") for n, pay in enumerate(pays)])
    statuses = [answer["payments"][0]["status"] for answer in answers]
    assert (sorted(statuses), refusals) == (["CAPTURED"] + ["DECLINED"] * (MANY - 1), [])
    left = (await houses[0].ask(GetGiftCard(account=gift)))["balanceMoney"]["amount"]
    assert left == 5_000 - 3_132


async def test_a_gift_card_held_beside_a_card_is_not_held_twice(houses: list[House]) -> None:
    issued = await houses[0].do(IssueGiftCard(money=Amount(amount=1_500)))
    gift = issued["credit"]["accountId"]
    orders = [await houses[0].order_of(SUPPORT) for _ in range(4)]
    tenders = (
        TenderInput(source=gift, money=Amount(amount=1_000)),
        TenderInput(source="tok_visa", money=Amount(amount=2_132)),
    )
    pays = [PayOrder(order_id=order_id, tenders=tenders) for order_id in orders]
    answers, refusals = await together([in_turn(houses, n).do(pay, f"pay {n}") for n, pay in enumerate(pays)])
    assert refusals == []
    assert sorted(answer["order"]["status"] for answer in answers) == ["OPEN", "OPEN", "OPEN", "PAID"]
    assert (await houses[0].ask(GetGiftCard(account=gift)))["balanceMoney"]["amount"] == 500
    balances = [await houses[0].balance(order_id) for order_id in orders]
    assert sorted((each.charged, each.held) for each in balances) == [(0, 0), (0, 0), (0, 0), (2_132, 0)]
