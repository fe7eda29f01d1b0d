"""The gift cards toolset as an agent uses it: a code is seen once, it pays like any source, the ledger tells all."""

import json
import sqlite3
from contextlib import closing
from typing import Any

from flint_tools.selection import DEFAULT_TOOLSETS, select
from tests.tools.agent import Agent, usd

SHIRT = {"name": "Shirt", "unitPriceMoney": usd(5000)}


async def customer(agent: Agent) -> str:
    saved = await agent.call("save_customer", name="Ann Lee")
    return saved["customer"]["customerId"]


async def test_the_toolset_has_its_four_tools_and_is_not_among_the_default_ones() -> None:
    assert [*select(["gift_cards"])] == [
        "issue_gift_card",
        "issue_store_credit",
        "get_gift_card",
        "adjust_gift_card",
    ]
    assert "gift_cards" not in DEFAULT_TOOLSETS
    assert [*select(["gift_cards"], read_only=True)] == ["get_gift_card"]


async def test_a_new_card_shows_its_code_once_and_says_so(agent: Agent) -> None:
    answer = await agent.call(
        "issue_gift_card", amountMoney=usd(5000), expiresAt="2999-12-31T00:00:00Z", note="for the delay"
    )
    code = answer["code"]
    assert answer["credit"] == {
        "summary": f"ACTIVE gift card ending {code[-4:]}: 50.00 USD.",
        "accountId": answer["credit"]["accountId"],
        "type": "gift_card",
        "status": "ACTIVE",
        "balanceMoney": usd(5000),
        "last4": code[-4:],
        "expiresAt": "2999-12-31T00:00:00Z",
        "note": "for the delay",
        "createdAt": answer["credit"]["createdAt"],
    }
    assert "only in the first answer" in answer["warnings"][0]
    read = await agent.call("get_gift_card", accountId=code)
    assert read["accountId"] == answer["credit"]["accountId"]
    assert code not in json.dumps(read)


async def test_a_replay_gives_the_first_answer_without_the_code(agent: Agent) -> None:
    first = await agent.call("issue_gift_card", amountMoney=usd(5000), idempotencyKey="once")
    again = await agent.call("issue_gift_card", amountMoney=usd(5000), idempotencyKey="once")
    assert again == {"credit": first["credit"], "warnings": first["warnings"], "replayed": True}
    with closing(sqlite3.connect(agent.folder / "flint.db")) as driver:
        assert driver.execute("SELECT count(*), sum(balance) FROM gift_card_accounts").fetchone() == (1, 5000)


async def test_a_card_and_a_gift_card_pay_together_and_are_told_apart(agent: Agent) -> None:
    issued = await agent.call("issue_gift_card", amountMoney=usd(2000))
    code, account_id = issued["code"], issued["credit"]["accountId"]
    order = await agent.order(lineItems=[SHIRT])
    tenders = [{"source": code, "amountMoney": usd(2000)}, {"source": "tok_visa", "amountMoney": usd(3000)}]
    paid = await agent.call("pay_order", orderId=order["orderId"], tenders=tenders, idempotencyKey="pay")
    assert [payment["tender"] for payment in paid["payments"]] == [
        {"type": "gift_card", "last4": code[-4:], "accountId": account_id},
        {"type": "card", "brand": "visa", "last4": "4242"},
    ]
    assert paid["payments"][0]["summary"] == f"CAPTURED payment of 20.00 USD (gift_card {code[-4:]})."
    read = await agent.call("get_gift_card", accountId=code, limit=2)
    assert read["balanceMoney"] == usd(0)
    assert read["entries"][0] | {"entryId": "ent_", "at": "now"} == {
        "entryId": "ent_",
        "type": "spent",
        "amountMoney": usd(-2000),
        "balanceMoney": usd(0),
        "orderId": order["orderId"],
        "paymentIntentId": paid["payments"][0]["paymentIntentId"],
        "actor": read["entries"][0]["actor"],
        "at": "now",
    }
    older = await agent.call("get_gift_card", accountId=code, cursor=read["nextCursor"])
    assert [entry["type"] for entry in older["entries"]] == ["held", "issued"]


async def test_store_credit_is_on_the_customer_and_pays_by_its_name(agent: Agent) -> None:
    ann = await customer(agent)
    await agent.call("issue_store_credit", customerId=ann, amountMoney=usd(4000), note="late parcel")
    issued = await agent.call("issue_store_credit", customerId=ann, amountMoney=usd(2500))
    assert issued["credit"]["summary"] == "ACTIVE store credit: 65.00 USD."
    order = await agent.order(lineItems=[SHIRT], customerId=ann)
    paid = await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=["store_credit"])
    assert paid["order"]["status"] == "PAID"
    assert paid["payments"][0]["tender"] == {"type": "store_credit", "accountId": issued["credit"]["accountId"]}
    shown = await agent.call("get_customer", customerId=ann)
    assert [(credit["type"], credit["balanceMoney"]) for credit in shown["credits"]] == [("store_credit", usd(1500))]


async def test_a_correction_can_be_rehearsed(agent: Agent) -> None:
    account_id = (await agent.call("issue_gift_card", amountMoney=usd(2000)))["credit"]["accountId"]
    change: dict[str, Any] = {"accountId": account_id, "takeMoney": usd(500), "note": "issued too much"}
    rehearsed = await agent.call("adjust_gift_card", **change, dryRun=True)
    assert (rehearsed["dryRun"], rehearsed["credit"]["balanceMoney"]) == (True, usd(1500))
    assert (await agent.call("get_gift_card", accountId=account_id))["balanceMoney"] == usd(2000)
    done = await agent.call("adjust_gift_card", **change)
    assert done["credit"]["balanceMoney"] == usd(1500)


async def test_what_an_agent_reads_of_a_failed_payment_says_what_the_card_could_pay(agent: Agent) -> None:
    code = (await agent.call("issue_gift_card", amountMoney=usd(2000)))["code"]
    order = await agent.order(lineItems=[SHIRT])
    answer = await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=[code])
    assert answer["order"]["status"] == "OPEN"
    assert answer["payments"][0]["declineMessage"] == (
        f"gift card ending {code[-4:]} holds 20.00 USD, less than 50.00 USD; "
        "tenders can pay 20.00 USD with it and the rest otherwise"
    )
