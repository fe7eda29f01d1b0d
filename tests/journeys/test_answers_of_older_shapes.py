"""Records of keys that an older Flint wrote: what they keep is not sent, and the command shows itself as of now."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from flint_domain.commands.orders import CreateOrder, UpdateOrder
from flint_domain.commands.payments import PayOrder
from flint_domain.order.inputs import OrderUpdate
from flint_server.db.packing import packed
from tests.journeys.house import SUPPORT, House

# What Flint kept before answers had a number of their shape: the bare answer, in the summary of then.
OF_OCTOBER: dict[str, Any] = {
    "summary": "OPEN order: 1 item, total 31.32 USD, nothing paid, 31.32 USD outstanding.",
    "version": 1,
    "status": "OPEN",
    "lineItems": [{"name": "the old shape"}],
    "availableActions": [],
}


def rewrite(house: House, key: str, answer: dict[str, Any]) -> None:
    """Put an answer into the record of a key, as another Flint would have."""
    with closing(sqlite3.connect(house.folder / "flint.db")) as connection, connection:
        done = connection.execute(
            "UPDATE idempotency_records SET answer = ? WHERE key = ?", (packed(json.dumps(answer)), key)
        )
        assert done.rowcount == 1


@pytest.mark.parametrize("number", [None, 1, 999])
@pytest.mark.promise("P8")
async def test_an_answer_of_another_shape_is_shown_from_the_records_of_now(shop: House, number: int | None) -> None:
    create = CreateOrder(lines=(SUPPORT,))
    created = await shop.do(create, key="create")
    order_id = created["orderId"]
    await shop.do(UpdateOrder(order_id=order_id, update=OrderUpdate(note="changed since")))
    old = {**OF_OCTOBER, "orderId": order_id}
    rewrite(shop, "create", old if number is None else {"shape": number, "answer": old})

    again = await shop.do(create, key="create")
    assert again["replayed"] is True
    assert again["orderId"] == order_id
    assert again["lineItems"] == created["lineItems"]
    assert (again["version"], again["currentVersion"], again["note"]) == (2, 2, "changed since")
    assert {action["tool"] for action in again["availableActions"]} >= {"pay_order", "cancel_order"}


async def test_an_answer_of_this_shape_is_given_again_as_it_was(shop: House) -> None:
    create = CreateOrder(lines=(SUPPORT,))
    created = await shop.do(create, key="create")
    await shop.do(UpdateOrder(order_id=created["orderId"], update=OrderUpdate(note="changed since")))
    again = await shop.do(create, key="create")
    anew = ("availableActions", "blockedActions", "currentVersion", "replayed")
    assert {name: value for name, value in again.items() if name not in anew} == {
        name: value for name, value in created.items() if name not in anew
    }
    assert (again["version"], again["currentVersion"]) == (1, 2)


async def test_an_old_payment_is_shown_with_its_order(shop: House) -> None:
    order_id = await shop.order_of()
    pay = PayOrder(order_id=order_id, sources=("tok_visa",))
    paid = await shop.do(pay, key="pay")
    rewrite(shop, "pay", {"order": {**OF_OCTOBER, "orderId": order_id}, "payments": []})
    again = await shop.do(pay, key="pay")
    assert again["payments"] == paid["payments"]
    assert again["order"]["settlementAmounts"] == paid["order"]["settlementAmounts"]
    assert (await shop.balance(order_id)).charged == 13824, "shown again, and not charged again"


async def test_a_record_that_was_still_open_is_closed_in_the_shape_of_now(shop: House) -> None:
    """It has no answer yet, whoever began it: what it is closed with is of the Flint that closes it."""
    order_id = await shop.order_of()
    pay = PayOrder(order_id=order_id, sources=("tok_threeDSecure2Required",))
    waiting = await shop.do(pay, key="pay")
    payment_id = waiting["payments"][0]["paymentIntentId"]
    again = await shop.do(pay, key="pay")
    assert (again["replayed"], again["payments"][0]["status"]) == (True, "REQUIRES_ACTION")
    await shop.buyer(payment_id, approves=True)
    record = await shop.sqlite.read(shop.flint.merchant_id, lambda tx: tx.idempotency_record("local", "pay"))
    assert record is not None
    assert record.answer is not None
    assert record.answer.keys() == {"shape", "answer"}
    last = await shop.do(pay, key="pay")
    assert (last["replayed"], last["payments"][0]["status"]) == (True, "CAPTURED")
    assert last["payments"] == record.answer["answer"]["payments"]


async def test_what_can_be_done_is_not_stored_and_told_as_of_now(shop: House) -> None:
    """It is the half of an answer, and nobody would be given it again."""
    order_id = await shop.order_of()
    pay = PayOrder(order_id=order_id, sources=("tok_visa",))
    paid = await shop.do(pay, key="pay")
    record = await shop.sqlite.read(shop.flint.merchant_id, lambda tx: tx.idempotency_record("local", "pay"))
    assert record is not None
    assert record.answer is not None
    kept = record.answer["answer"]["order"]
    assert (kept["availableActions"], kept["blockedActions"]) == ([], [])
    again = await shop.do(pay, key="pay")
    assert again["order"]["availableActions"] == paid["order"]["availableActions"] != []
    assert [*again["order"]][:-1] == [*paid["order"]], "in the order of before, but for currentVersion"
