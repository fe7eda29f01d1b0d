"""What a model reads of a dry run: a thing that does not exist yet has no id, and the line says so."""

import re

from mcp.types import TextContent

from tests.tools.agent import PRO_PLAN, SUPPORT, Agent, usd

BLANK = re.compile(r"(^|: |\n) *:|  |(^|\n) (?=version)")  # where an id is missing in front of what is said of it


async def read(agent: Agent, tool: str, /, **arguments: object) -> list[str]:
    """The lines of a dry run, none of which leaves out what it is about."""
    result = await agent.client.call_tool(tool, {**arguments, "dryRun": True})
    assert not result.is_error, result.content
    [content] = result.content
    assert isinstance(content, TextContent)
    assert not BLANK.search(content.text), content.text
    return [line.strip() for line in content.text.splitlines()]


async def test_what_a_dry_run_would_make_is_called_new(agent: Agent) -> None:
    order = await read(agent, "create_order", lineItems=[PRO_PLAN, SUPPORT])
    assert [line.split(",")[0] for line in order if line.startswith("(new)")] == [
        "(new) version 1",
        '(new) "Pro Plan - Annual" x1: 99.00',
        '(new) "Priority Support Add-on" x1: 29.00',
    ]
    unpaid = (await agent.order(lineItems=[PRO_PLAN, SUPPORT]))["orderId"]
    pay = await read(agent, "pay_order", orderId=unpaid, paymentSourceTokens=["tok_visa"])
    [told] = [line for line in pay if "CAPTURED" in line and "(new)" in line]
    assert told.startswith("Payments: (new): CAPTURED payment of 128.00 USD"), "told once"
    assert (await read(agent, "save_customer", name="Ann"))[2].startswith('(new) version 1, "Ann"')
    item = await read(agent, "save_item", name="Mug", variants=[{"sku": "mug", "priceMoney": usd(750)}])
    assert item[2].startswith('(new) "Mug"')
    assert item[3] == "Variants: (new) sku mug: 7.50"
    assert (await read(agent, "save_tax_rate", name="VAT", ratePercent=8))[1] == 'Tax rate: (new) "VAT": 8 %'
    assert (await read(agent, "issue_gift_card", amountMoney=usd(750)))[1].startswith("Credit: (new) ACTIVE gift_card")
    assert (await read(agent, "create_coupon", couponCode="TEN", percent=10))[1].startswith(
        "Coupon: TEN ACTIVE (new): 10 % off"
    )


async def test_what_is_done_to_a_paid_order_in_a_dry_run_is_called_new(agent: Agent) -> None:
    paid = await agent.paid(lineItems=[{**PRO_PLAN, "quantity": 2}, SUPPORT])
    order_id, [payment_id] = paid["order"]["orderId"], paid["order"]["paymentIntentIds"]
    plan = paid["order"]["lineItems"][0]["lineItemId"]
    back = await read(agent, "create_refund", orderId=order_id, amountMoney=usd(100))
    assert any(line.startswith("Refund: (new): SUCCEEDED refund of 1.00 USD") for line in back)
    amend = await read(agent, "amend_order", orderId=order_id, removeLineItemIds=[plan])
    assert any(line.startswith("Change: (new): MADE amend") for line in amend)
    assert any(", for 198.00, " in line for line in amend)
    moved = await read(agent, "move_payment", paymentIntentId=payment_id, paymentSourceToken="tok_amex")
    assert any(line.startswith("Payments: (new): CAPTURED") for line in moved)
    sent = await read(agent, "fulfill_order", orderId=order_id)
    assert any(line.startswith("Parcels: (new) FULFILLED") for line in sent)
    await agent.call("fulfill_order", orderId=order_id, status="DELIVERED")
    returned = await read(agent, "return_items", orderId=order_id, lines=[{"lineItemId": plan, "quantity": 1}])
    assert any(line.startswith(f"Return: (new): 1 of {plan}") for line in returned)


async def test_a_dry_run_of_saving_a_method_says_that_nobody_was_asked(agent: Agent) -> None:
    customer_id = (await agent.call("save_customer", name="Ann"))["customer"]["customerId"]
    saved = await read(agent, "add_payment_method", customerId=customer_id, paymentSourceToken="tok_chargeDeclined")
    assert saved[1].startswith("Payment method: (new) active")
    assert "Warning: the processor was not asked: it may still refuse what this dry run shows as done." in saved
