"""Gift cards again: repeated, rehearsed, wanted by many at once, after a crash; and codes, which nothing keeps."""

import sqlite3
from contextlib import closing
from typing import Any

import anyio
import pytest

from flint_domain.commands.gift_cards import AdjustGiftCard, IssueGiftCard
from flint_domain.commands.payments import PayOrder
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount
from flint_domain.queries.gift_cards import GetGiftCard
from tests.journeys.credit import SHIRT, card_with, gift_and_card, left_on
from tests.journeys.house import House, amounts

# ── again, rehearsed, at the same time, after a crash ──


async def test_the_same_call_again_spends_nothing_more(house: House) -> None:
    _, code = await card_with(house, 9000)
    order_id = await house.order_of(SHIRT)
    pay = PayOrder(order_id=order_id, tenders=gift_and_card(code, 2000, "tok_visa", 3000))
    first = await house.do(pay, key="pay")
    before = house.contents()
    again = await house.do(pay, key="pay")
    assert (again["replayed"], again["payments"]) == (True, first["payments"])
    assert house.contents() == before
    other = PayOrder(order_id=order_id, sources=((await card_with(house, 9000))[1],))
    refused = await house.refused(other, "idempotency_key_reused", key="pay")
    assert refused.details["this"]["fields"]["sources"] == "(not shown)"


async def test_a_dry_run_names_every_movement_and_leaves_the_card_as_it_is(house: House) -> None:
    _, code = await card_with(house, 2000)
    order_id = await house.order_of(SHIRT)
    before = house.contents()
    both = gift_and_card(code, 2000, "tok_visa", 3000)
    rehearsed = await house.do(PayOrder(order_id=order_id, tenders=both), dry_run=True)
    assert amounts(rehearsed["order"]) == ("PAID", 5000, 0, 0, 5000)
    assert sorted((move["kind"], move["amountMoney"]["amount"]) for move in rehearsed["wouldTransfer"]) == [
        ("capture", 2000),
        ("capture", 3000),
    ]
    too_much = await house.do(PayOrder(order_id=order_id, sources=(code,)), dry_run=True)
    assert too_much["payments"][0]["declineCode"] == "insufficient_balance"
    assert house.contents() == before


async def test_of_many_orders_that_want_the_last_of_a_card_one_gets_it(house: House) -> None:
    _, code = await card_with(house, 5000)
    order_ids = [await house.order_of(SHIRT) for _ in range(8)]
    answers: list[str] = []

    async def pay(order_id: str) -> None:
        paid = await house.do(PayOrder(order_id=order_id, sources=(code,)))
        answers.append(paid["payments"][0]["status"])

    async with anyio.create_task_group() as group:
        for order_id in order_ids:
            group.start_soon(pay, order_id)
    assert sorted(answers) == ["CAPTURED", *["DECLINED"] * 7]
    assert await left_on(house, code) == 0


async def test_a_gift_card_beside_a_card_whose_answer_is_lost_is_settled_by_recovery(house: House) -> None:
    account_id, code = await card_with(house, 2000)
    order_id = await house.order_of(SHIRT)
    await house.fault("answer_lost")
    both = gift_and_card(code, 2000, "tok_visa", 3000)
    open_ = await house.do(PayOrder(order_id=order_id, tenders=both), key="pay")
    assert [payment["status"] for payment in open_["payments"]] == ["AUTHORIZED", "UNKNOWN"]
    assert await left_on(house, code) == 0
    await house.reopen()
    await house.recover()
    assert amounts(await house.read(order_id)) == ("PAID", 5000, 0, 0, 5000)
    assert await left_on(house, account_id) == 0
    assert (await house.balance(order_id)).charged == 3000


async def test_no_transfer_of_a_gift_card_is_ever_left_open(house: House) -> None:
    _, code = await card_with(house, 2000)
    order_id = await house.order_of(SHIRT)
    await house.do(PayOrder(order_id=order_id, tenders=gift_and_card(code, 2000, "tok_visa", 3000)))
    await house.do(CreateRefund(target=RefundTarget(order_id=order_id)))
    with closing(sqlite3.connect(house.folder / "flint.db")) as connection:
        rows = connection.execute(
            "SELECT kind, state, body ->> '$.processor' FROM transfers WHERE body ->> '$.account' IS NOT NULL"
        ).fetchall()
    assert sorted(rows) == [
        ("authorize", "succeeded", "flint"),
        ("capture", "succeeded", "flint"),
        ("refund", "succeeded", "flint"),
    ]
    assert await house.recover() == 0


# ── the code ──


@pytest.mark.parametrize("spelled", [str.upper, str.lower, lambda code: code.replace("-", "")])
async def test_a_code_is_in_the_first_answer_and_nowhere_else(house: House, spelled: Any) -> None:
    issue = IssueGiftCard(money=Amount(amount=5000), note="for the delay")
    issued = await house.do(issue, key="issue")
    code = issued["code"]
    assert issued["credit"]["last4"] == code[-4:]
    again = await house.do(issue, key="issue")
    assert again["replayed"] is True
    assert "code" not in again
    order_id = await house.order_of(SHIRT)
    await house.do(PayOrder(order_id=order_id, sources=(spelled(code), "tok_visa")), key="pay")
    await house.do(AdjustGiftCard(account=spelled(code), active=False), key="off")
    with pytest.raises(Refused):
        await house.do(PayOrder(order_id=order_id, sources=(code,)), key="off")
    rows = "\n".join(house.contents()).upper()
    assert code.upper() not in rows
    assert code.replace("-", "") not in rows


async def test_a_dry_run_issues_no_code(house: House) -> None:
    rehearsed = await house.do(IssueGiftCard(money=Amount(amount=5000)), dry_run=True)
    assert "code" not in rehearsed
    assert rehearsed["credit"]["accountId"] is None


async def test_two_codes_under_one_key_are_two_commands(house: House) -> None:
    (_, one), (_, two) = await card_with(house, 100), await card_with(house, 100)
    await house.do(AdjustGiftCard(account=one, active=False), key="off")
    await house.do(AdjustGiftCard(account=one, active=False), key="off")
    refused = await house.refused(AdjustGiftCard(account=two, active=False), "idempotency_key_reused", key="off")
    for code in (one, two):
        assert code not in str(refused.details)


async def test_another_merchant_cannot_pay_with_our_card(house: House) -> None:
    account_id, code = await card_with(house, 5000)
    merchant = await house.sqlite.add_merchant("Other", "USD")
    other = house.flint_for(merchant.merchant_id)
    for named in (account_id, code):
        with pytest.raises(Refused) as caught:
            await other.ask(GetGiftCard(account=named))
        assert caught.value.code == "not_found"
