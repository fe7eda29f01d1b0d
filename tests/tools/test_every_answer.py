"""Every tool in both protocol eras: each answer, replay and dry run is what the tool's output schema says."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from mcp.types import TextContent

from flint_tools.selection import ALL_TOOLS
from tests.tools.agent import PRO_PLAN, SUPPORT, Agent, at_work, usd

VIEWS = ("summary", "full", "timeline", "money")
ERAS = {"auto": "2026-07-28", "legacy": "2025-11-25"}


@pytest.fixture(scope="module", params=ERAS)
async def agent(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> AsyncIterator[Agent]:
    """A client of either era, at one prepared shop for all that is asked in it."""
    async with at_work(tmp_path_factory.mktemp("shop"), mode=request.param) as agent:
        assert agent.client.protocol_version == ERAS[request.param]
        await agent.prepare()
        yield agent


async def read_in_every_view(agent: Agent, order_id: str) -> dict[str, Any]:
    read = {view: await agent.call("get_order", orderId=order_id, view=view) for view in VIEWS}
    assert len({read[view]["summary"] for view in VIEWS}) == 1
    return read["full"]


async def test_the_five_calls(agent: Agent) -> None:
    order = await agent.order(customerId="cus_8w2k")
    order_id = order["orderId"]
    assert order["status"] == "OPEN"
    assert order["pricingAmounts"]["totalMoney"] == order["settlementAmounts"]["outstandingMoney"] == usd(13824)

    order = await agent.call("apply_coupon", orderId=order_id, couponCode="LAUNCH20")
    pricing = order["pricingAmounts"]
    assert [pricing[name]["amount"] for name in ("discountMoney", "taxMoney", "totalMoney")] == [2560, 819, 11059]

    paid = await agent.call(
        "pay_order", orderId=order_id, paymentSourceTokens=["tok_visa"], buyerEmail="buyer@example.com"
    )
    assert paid["order"]["status"] == "PAID"

    refunded = await agent.call(
        "create_refund",
        paymentIntentId=paid["payments"][0]["paymentIntentId"],
        amountMoney=usd(2900),
        reason="requested_by_customer",
        idempotencyKey="refund-1",
    )
    assert refunded["order"]["status"] == "PARTIALLY_REFUNDED"

    order = await read_in_every_view(agent, order_id)
    assert order["status"] == "PARTIALLY_REFUNDED"
    assert order["settlementAmounts"]["refundedMoney"] == usd(2900)
    assert order["settlementAmounts"]["outstandingMoney"] == usd(0)


async def test_an_order_with_everything_on_it(agent: Agent) -> None:
    seats = {"name": "Seats", "unitPriceMoney": usd(1000), "quantity": "2.5", "note": "from March"}
    seats |= {"modifiers": [{"name": "Gold", "amountMoney": usd(250)}], "discountPercent": "12.5"}
    order = await agent.order(
        lineItems=[PRO_PLAN, seats, {**SUPPORT, "discountMoney": usd(900), "taxRateIds": []}],
        charges=[{"name": "Shipping", "amountMoney": usd(700), "taxable": True}],
        tipMoney=usd(500),
        note="Call before noon",
        metadata={"channel": "phone"},
    )
    read = await read_in_every_view(agent, order["orderId"])
    assert read["lineItems"][1]["quantity"] == "2.5"
    assert read["pricingAmounts"]["chargeMoney"] == usd(700)
    changed = await agent.call(
        "update_order",
        orderId=order["orderId"],
        lineItems=[{"lineItemId": read["lineItems"][0]["lineItemId"], "quantity": 2}, {**SUPPORT, "name": "Extra"}],
        removeLineItemIds=[read["lineItems"][1]["lineItemId"]],
        charges=[],
        note="",
        expectedVersion=1,
    )
    assert [item["name"] for item in changed["lineItems"]] == [PRO_PLAN["name"], SUPPORT["name"], "Extra"]
    assert changed["version"] == 2


async def test_payments_in_every_state(agent: Agent) -> None:
    states: dict[str, str] = {}
    for token in ("tok_visa", "tok_chargeDeclined", "tok_threeDSecure2Required", "tok_no_such_card"):
        paid = await agent.paid(token)
        states[token] = paid["payments"][0]["status"]
        read = await agent.call("get_payment", paymentIntentId=paid["payments"][0]["paymentIntentId"])
        assert read == paid["payments"][0]
        await read_in_every_view(agent, paid["order"]["orderId"])
    assert list(states.values()) == ["CAPTURED", "DECLINED", "REQUIRES_ACTION", "DECLINED"]

    order = await agent.order()
    held = await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"], capture="later")
    payment_id = held["payments"][0]["paymentIntentId"]
    assert held["payments"][0]["status"] == "AUTHORIZED"
    await read_in_every_view(agent, order["orderId"])
    captured = await agent.call("capture_payment", paymentIntentId=payment_id, amountMoney=usd(5000))
    assert captured["payments"][0]["capturedMoney"] == usd(5000)

    order = await agent.order()
    held = await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"], capture="later")
    voided = await agent.call("void_payment", paymentIntentId=held["payments"][0]["paymentIntentId"])
    assert voided["payments"][0]["status"] == "VOIDED"


async def test_tenders(agent: Agent) -> None:
    order = await agent.order()
    tenders = [
        {"source": "tok_visa", "amountMoney": usd(10000)},
        {"source": "tok_mastercard", "amountMoney": usd(3824)},
    ]
    paid = await agent.call("pay_order", orderId=order["orderId"], tenders=tenders)
    assert [payment["status"] for payment in paid["payments"]] == ["CAPTURED", "CAPTURED"]
    refunded = await agent.call("create_refund", orderId=order["orderId"], amountMoney=usd(5000))
    assert [refund["amountMoney"]["amount"] for refund in refunded["refund"]["parts"]] == [3824, 1176]


async def test_refunds_in_every_state(agent: Agent) -> None:
    for token, status in (("tok_visa", "SUCCEEDED"), ("tok_pendingRefund", "PENDING")):
        order = (await agent.paid(token))["order"]
        line = order["lineItems"][1]["lineItemId"]
        quoted = await agent.call("quote_refund", orderId=order["orderId"], lines=[{"lineItemId": line}])
        made = await agent.call("create_refund", orderId=order["orderId"], lines=[{"lineItemId": line, "quantity": 1}])
        assert made["refund"]["status"] == status
        assert made["refund"]["amountMoney"] == quoted["quote"]["amountMoney"] == usd(3132)
        assert await agent.call("get_refund", refundId=made["refund"]["refundId"]) == made["refund"]
        await read_in_every_view(agent, order["orderId"])


async def test_the_ways_an_order_ends(agent: Agent) -> None:
    open_order = await agent.order()
    canceled = await agent.call("cancel_order", orderId=open_order["orderId"])
    paid = (await agent.paid())["order"]
    closed = await agent.call("close_order", orderId=paid["orderId"])
    returned = await agent.call("cancel_order", orderId=(await agent.paid())["order"]["orderId"])
    assert [order["status"] for order in (canceled, closed, returned)] == ["CANCELED", "CLOSED", "CANCELED"]
    for order in (canceled, closed, returned):
        await read_in_every_view(agent, order["orderId"])


async def test_lists(agent: Agent) -> None:
    for number in range(3):
        await agent.order(customerId=f"cus_{number}", note="Gift wrap")
    first = await agent.call("search_orders", query="gift wrap", limit=2)
    second = await agent.call("search_orders", query="gift wrap", limit=2, cursor=first["nextCursor"])
    assert [row["customerId"] for row in first["orders"] + second["orders"]] == ["cus_2", "cus_1", "cus_0"]
    assert "nextCursor" not in second
    nobody = await agent.call("search_orders", status="PAID", paymentStatus="PAID", needsAttention=True)
    assert nobody["orders"] == []
    coupons = await agent.call("search_coupons", query="unch", active=True)
    assert [coupon["couponCode"] for coupon in coupons["coupons"]] == ["LAUNCH20"]
    assert (await agent.call("list_tax_rates"))["taxRates"][0]["ratePercent"] == "8"


async def test_coupons_and_rates(agent: Agent) -> None:
    made = await agent.call(
        "create_coupon",
        couponCode="SUPPORT10",
        discountMoney=usd(1000),
        minimumSubtotalMoney=usd(5000),
        itemIds=["support"],
        exclusive=True,
        startsAt="2026-01-01T00:00:00+02:00",
        endsAt="2999-01-01T00:00:00Z",
        maxUses=5,
        maxUsesPerCustomer=1,
    )
    assert made["coupon"]["startsAt"] == "2025-12-31T22:00:00Z"
    off = await agent.call("update_coupon", couponCode="support10", active=False, maxUses=0)
    assert off["coupon"]["status"] == "INACTIVE"
    order = await agent.order()
    await agent.call("apply_coupon", orderId=order["orderId"], couponCode="launch20")
    removed = await agent.call("remove_coupon", orderId=order["orderId"], couponCode="LAUNCH20")
    assert removed["pricingAmounts"]["discountMoney"] == usd(0)
    rate = await agent.call("save_tax_rate", name="VAT", ratePercent="19.5", inclusive=True)
    await agent.call("save_tax_rate", taxRateId=rate["taxRate"]["taxRateId"], active=False)


WRITES: dict[str, tuple[str, dict[str, Any]]] = {
    # tool: the state that its order has to be in, and the arguments beside the order's or the payment's id
    "create_order": ("none", {"lineItems": [PRO_PLAN, SUPPORT]}),
    "update_order": ("open", {"note": "Call back"}),
    "cancel_order": ("paid", {}),
    "close_order": ("paid", {}),
    "apply_coupon": ("open", {"couponCode": "LAUNCH20"}),
    "remove_coupon": ("discounted", {"couponCode": "LAUNCH20"}),
    "create_coupon": ("none", {"couponCode": "TENOFF", "percent": 10}),
    "update_coupon": ("none", {"couponCode": "LAUNCH20", "maxUses": 100}),
    "pay_order": ("open", {"paymentSourceTokens": ["tok_visa"]}),
    "capture_payment": ("held", {}),
    "void_payment": ("held", {}),
    "create_refund": ("paid", {"amountMoney": usd(2900)}),
    "save_tax_rate": ("none", {"name": "VAT", "ratePercent": 19}),
}


def test_no_writing_tool_of_these_toolsets_is_left_out() -> None:
    toolsets = {"orders", "coupons", "payments", "refunds", "tax"}
    assert WRITES.keys() == {tool.tool for tool in ALL_TOOLS if tool.toolset in toolsets and not tool.read_only}


async def target(agent: Agent, state: str) -> dict[str, Any]:
    """The id that a call about an order in this state gives."""
    if state == "none":
        return {}
    order = await agent.order()
    order_id = {"orderId": order["orderId"]}
    match state:
        case "paid":
            await agent.call("pay_order", **order_id, paymentSourceTokens=["tok_visa"])
        case "held":
            paid = await agent.call("pay_order", **order_id, paymentSourceTokens=["tok_visa"], capture="later")
            return {"paymentIntentId": paid["payments"][0]["paymentIntentId"]}
        case "discounted":
            await agent.call("apply_coupon", **order_id, couponCode="LAUNCH20")
        case _:
            pass
    return order_id


@pytest.mark.promise("P8")
@pytest.mark.parametrize("tool", WRITES)
async def test_a_dry_run_changes_nothing_and_a_key_is_done_once(agent: Agent, tool: str) -> None:
    state, arguments = WRITES[tool]
    arguments = {**await target(agent, state), **arguments}
    before = agent.contents()
    rehearsed = await agent.call(tool, **arguments, dryRun=True)
    assert rehearsed["dryRun"] is True
    assert agent.contents() == before

    first = await agent.call(tool, **arguments, idempotencyKey=f"once-{tool}")
    after = agent.contents()
    again = await agent.call(tool, **arguments, idempotencyKey=f"once-{tool}")
    assert again["replayed"] is True
    assert agent.contents() == after
    assert "replayed" not in first
    assert "dryRun" not in first


async def test_a_dry_run_shows_ids_of_what_does_not_exist_as_null(agent: Agent) -> None:
    rehearsed = await agent.call("create_order", lineItems=[PRO_PLAN], dryRun=True)
    assert rehearsed["orderId"] is None
    assert rehearsed["lineItems"][0]["lineItemId"] is None
    assert rehearsed["pricingAmounts"]["totalMoney"] == usd(10692)
    order = await agent.order()
    rehearsed = await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"], dryRun=True)
    assert rehearsed["payments"][0]["paymentIntentId"] is None
    assert rehearsed["wouldTransfer"] == [
        {"kind": "charge", "amountMoney": usd(13824), "paymentIntentId": None},
    ]


async def test_a_fee_kept_of_a_return_refunds_to_a_gift_card_and_a_cancel_with_its_reason(agent: Agent) -> None:
    card = (await agent.call("issue_gift_card", amountMoney=usd(1)))["credit"]["accountId"]
    order_id = (await agent.paid())["order"]["orderId"]
    await agent.call("fulfill_order", orderId=order_id, status="DELIVERED")
    lines = [line["lineItemId"] for line in (await agent.call("get_order", orderId=order_id))["lineItems"]]
    fee = {"amount": 500, "name": "Return shipping"}
    back = {"orderId": order_id, "lines": [{"lineItemId": lines[1]}], "keepMoney": fee, "refundTo": card}
    returned = await agent.call("return_items", **back)
    assert (returned["return"]["keptMoney"]["amount"], returned["return"]["keptFor"]) == (500, "Return shipping")
    quote = await agent.call("quote_refund", orderId=order_id, amountMoney=usd(1000), refundTo=card)
    refunded = await agent.call("create_refund", orderId=order_id, amountMoney=usd(1000), refundTo=card)
    assert quote["quote"]["accountId"] == refunded["refund"]["accountId"] == card
    await agent.call("get_order", orderId=order_id, view="full")
    unpaid = (await agent.order())["orderId"]
    canceled = await agent.call("cancel_order", orderId=unpaid, reason="ordered twice")
    assert canceled["cancelReason"] == "ordered twice"


async def test_an_update_and_an_amendment_tell_what_they_changed(agent: Agent) -> None:
    order = await agent.order()
    plan = order["lineItems"][0]["lineItemId"]
    door = {"country": "US", "line1": "2 Pine St"}
    change = [{"lineItemId": plan, "quantity": 2}]
    updated = await agent.call("update_order", orderId=order["orderId"], shippingAddress=door, lineItems=change)
    assert updated["changes"] == [
        {"what": f"{plan} quantity", "before": "1", "after": "2"},
        {"what": "shippingAddress", "after": '"2 Pine St", "US"'},
        {"what": "totalMoney", "before": "138.24 USD", "after": "245.16 USD"},
    ]
    await agent.call("pay_order", orderId=order["orderId"], paymentSourceToken="tok_visa")
    amended = {"orderId": order["orderId"], "removeLineItemIds": [order["lineItems"][1]["lineItemId"]]}
    result = await agent.client.call_tool("amend_order", amended)
    [block] = result.content
    assert isinstance(block, TextContent)
    support = f'{amended["removeLineItemIds"][0]}: 1 x "Priority Support Add-on" at 29.00 USD'
    assert f"Changed:\n lineItems: - {support}\n totalMoney: 245.16 USD → 213.84 USD\n" in block.text
