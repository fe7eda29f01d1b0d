"""What the product page says, asked of the tools themselves: who computes, who decides, what one read tells."""

import pytest

from flint_tools.schemas import input_schema
from flint_tools.selection import select
from tests.tools.agent import PRO_PLAN, SUPPORT, Agent, usd


@pytest.mark.promise("P1")
async def test_an_order_exists_before_any_payment_and_everything_else_is_done_to_it(agent: Agent) -> None:
    order = await agent.order()
    assert (order["status"], order["paymentStatus"], order["paymentIntentIds"]) == ("OPEN", "UNPAID", [])
    paid = await agent.call("pay_order", orderId=order["orderId"], paymentSourceTokens=["tok_visa"])
    refunded = await agent.call("create_refund", orderId=order["orderId"], amountMoney=usd(100))
    assert paid["payments"][0]["orderId"] == refunded["refund"]["orderId"] == order["orderId"]


@pytest.mark.promise("P2")
async def test_every_answer_about_an_order_carries_its_amounts(agent: Agent) -> None:
    order_id = (await agent.order())["orderId"]
    answers = [
        await agent.call("update_order", orderId=order_id, note="Call back"),
        (await agent.call("pay_order", orderId=order_id, paymentSourceTokens=["tok_visa"]))["order"],
        (await agent.call("create_refund", orderId=order_id, amountMoney=usd(2900)))["order"],
        *[await agent.call("get_order", orderId=order_id, view=view) for view in ("summary", "full", "money")],
    ]
    for order in answers:
        pricing, settled = order["pricingAmounts"], order["settlementAmounts"]
        assert pricing["subtotalMoney"] == pricing["totalMoney"] == usd(12800)
        assert settled["paidMoney"]["amount"] + settled["outstandingMoney"]["amount"] == 12800
        assert (
            settled["refundableMoney"]["amount"] == settled["paidMoney"]["amount"] - settled["refundedMoney"]["amount"]
        )


@pytest.mark.promise("P3")
async def test_tax_follows_lines_coupons_and_charges_and_leaves_the_tip_alone(agent: Agent) -> None:
    await agent.prepare()
    order = await agent.order(lineItems=[PRO_PLAN])
    order_id = order["orderId"]
    taxes = [order["pricingAmounts"]["taxMoney"]["amount"]]
    changes = [
        ("update_order", {"lineItems": [SUPPORT]}),
        ("apply_coupon", {"couponCode": "LAUNCH20"}),
        ("update_order", {"charges": [{"name": "Shipping", "amountMoney": usd(1000), "taxable": True}]}),
        ("update_order", {"tipMoney": usd(1000)}),
        ("remove_coupon", {"couponCode": "LAUNCH20"}),
        ("update_order", {"removeLineItemIds": [order["lineItems"][0]["lineItemId"]]}),
    ]
    for tool, change in changes:
        order = await agent.call(tool, orderId=order_id, **change)
        taxes.append(order["pricingAmounts"]["taxMoney"]["amount"])
    assert taxes == [792, 1024, 819, 899, 899, 1104, 312]


@pytest.mark.promise("P5")
def test_no_tool_that_pays_takes_an_amount_to_charge() -> None:
    arguments = set(input_schema(select()["pay_order"])["properties"])
    assert not {"amount", "amountMoney", "currency", "totalMoney"} & arguments


@pytest.mark.promise("P5")
async def test_what_is_charged_is_what_the_order_says_at_that_moment(agent: Agent) -> None:
    order_id = (await agent.order(lineItems=[PRO_PLAN]))["orderId"]
    await agent.call("update_order", orderId=order_id, lineItems=[SUPPORT], tipMoney=usd(200))
    paid = await agent.call("pay_order", orderId=order_id, paymentSourceTokens=["tok_visa"])
    assert paid["payments"][0]["capturedMoney"] == usd(13000)
    [entry] = await agent.simulator.ledger()  # what the processor itself has written down
    assert (entry.amount, entry.currency, entry.payment_id) == (13000, "USD", paid["payments"][0]["paymentIntentId"])


@pytest.mark.promise("P7")
async def test_a_status_is_derived_and_no_argument_sets_it(agent: Agent) -> None:
    for tool in select().values():
        if not tool.read_only:
            settable = {"paymentStatus", "refundStatus", "fulfillmentStatus"}
            if (
                tool.tool != "fulfill_order"
            ):  # its status is a parcel's: what people saw, from which the order's follows
                settable |= {"status"}
            assert not settable & input_schema(tool)["properties"].keys()
    statuses = [(await agent.order())["status"]]
    paid = (await agent.paid())["order"]
    statuses.append(paid["status"])
    refunded = await agent.call("create_refund", orderId=paid["orderId"], amountMoney=usd(100))
    statuses.append(refunded["order"]["status"])
    refunded = await agent.call("create_refund", orderId=paid["orderId"])
    statuses.append(refunded["order"]["status"])
    statuses.append((await agent.call("close_order", orderId=paid["orderId"]))["status"])
    assert statuses == ["OPEN", "PAID", "PARTIALLY_REFUNDED", "REFUNDED", "CLOSED"]


@pytest.mark.promise("P10")
async def test_an_agent_that_only_follows_hints_gets_from_open_to_refunded(agent: Agent) -> None:
    found = {"paymentSourceTokens": ["tok_visa"]}
    order = await agent.order()
    for wanted in ("pay", "refund"):
        [action] = [action for action in order["availableActions"] if action["action"] == wanted]
        needed = [need["name"] for need in action.get("needs", []) if not need.get("optional")]
        answer = await agent.call(action["tool"], **action["arguments"], **{name: found[name] for name in needed})
        order = answer["order"]
    assert order["status"] == "REFUNDED"
    assert "refund" not in {action["action"] for action in order["availableActions"]}
    blocked = {action["action"]: action["reason"] for action in order["blockedActions"]}
    assert blocked["refund"] == "all that was paid has been refunded"


@pytest.mark.promise("P16")
async def test_one_read_says_what_was_bought_paid_and_refunded_and_what_needs_attention(agent: Agent) -> None:
    order = (await agent.paid("tok_refundFail"))["order"]
    refund = (await agent.call("create_refund", orderId=order["orderId"], amountMoney=usd(2900)))["refund"]
    await agent.simulator.fail(refund["refundId"])
    await agent.application.flint.hear()
    read = await agent.call("get_order", orderId=order["orderId"], view="full")
    assert [line["name"] for line in read["lineItems"]] == [PRO_PLAN["name"], SUPPORT["name"]]
    assert read["payments"][0]["capturedMoney"] == usd(12800)
    assert read["refunds"][0]["status"] == "FAILED"
    assert [(activity["type"], activity["actor"]) for activity in read["activities"]] == [
        ("ORDER_CREATED", "agent"),
        ("PAYMENT_STARTED", "agent"),
        ("PAYMENT_CAPTURED", "processor"),
        ("REFUND_CREATED", "agent"),
        ("REFUND_SUCCEEDED", "processor"),
        ("REFUND_FAILED", "processor"),
    ]
    assert any(refund["refundId"] in warning and "29.00 USD" in warning for warning in read["warnings"])
