"""What the agents do with gift cards, store credit and saved cards, and with the stock."""

from tests.crash.buying import BAD, BUYERS, COUNTED, GOOD, gift_card, new_order, outstanding, pay, tenders, usd
from tests.crash.street import Agent, Story


async def pay_with_a_gift_card_and_a_card(agent: Agent) -> None:
    """Both are set aside, then both are taken, or neither; a cancel or a refund gives each its own back."""
    order = await new_order(agent)
    gift = None if order is None else await gift_card(agent, agent.random.randint(1_000, 30_000))
    if order is None or gift is None:
        return
    card = agent.random.choice([*GOOD, *GOOD, *BAD])
    parts = tenders(agent, outstanding(order), gift, card)
    if await agent.call("tenders", "pay_order", orderId=order["orderId"], tenders=parts) is None:
        return
    match agent.random.randint(1, 3):
        case 1:
            await agent.call("cancel", "cancel_order", orderId=order["orderId"])
        case 2:
            await agent.call("refund", "create_refund", orderId=order["orderId"])
        case _:
            pass


async def hold_a_gift_card(agent: Agent) -> None:
    """What is held on it is captured in part, or given back."""
    order = await new_order(agent)
    gift = None if order is None else await gift_card(agent, outstanding(order) + 100)
    held = None if order is None or gift is None else await pay(agent, order, gift, capture="later")
    if order is None or held is None:
        return
    payment = held["payments"][-1]["paymentIntentId"]
    if agent.random.random() < 0.5:
        part = usd(max(1, outstanding(order) // 3))
        await agent.call("capture", "capture_payment", paymentIntentId=payment, amountMoney=part)
    else:
        await agent.call("void", "void_payment", paymentIntentId=payment)


async def pay_with_store_credit(agent: Agent) -> None:
    """The card pays when the credit is too small. What goes back may become credit again."""
    buyer = agent.random.choice(BUYERS)
    await agent.call(
        "credit", "issue_store_credit", customerId=buyer, amountMoney=usd(agent.random.randint(100, 15_000))
    )
    order = await new_order(agent, buyer)
    paid = None if order is None else await pay(agent, order, "store_credit", agent.random.choice(GOOD))
    if order is not None and paid is not None and agent.random.random() < 0.5:
        gone = [order["lineItems"][1]["lineItemId"]]
        await agent.call(
            "amend", "amend_order", orderId=order["orderId"], removeLineItemIds=gone, refundTo="store_credit"
        )


async def save_a_card_and_pay_with_it(agent: Agent) -> None:
    """For a customer of its own; the card is used without the buyer, and forgotten in the end."""
    customer = await agent.call("customer", "save_customer", name="A buyer")
    if customer is None:
        return
    buyer = customer["customer"]["customerId"]
    token = agent.random.choice([*GOOD, *GOOD, *GOOD, *BAD])
    saved = await agent.call("attach", "add_payment_method", customerId=buyer, paymentSourceToken=token)
    if saved is None:
        return
    method = saved["paymentMethod"]["paymentMethodId"]
    order = await new_order(agent, buyer)
    if order is not None:
        await pay(agent, order, *agent.random.sample(BAD, agent.random.randint(0, 1)), method)
    if agent.random.random() < 0.6:
        await agent.call("detach", "remove_payment_method", paymentMethodId=method)
        if order is not None and agent.random.random() < 0.5:
            await pay(agent, order, method)


async def receive_goods(agent: Agent) -> None:
    sku = agent.random.choice(tuple(COUNTED))
    await agent.call("stock", "adjust_inventory", sku=sku, change=agent.random.randint(1, 6), reason="received")


WALLETS: list[Story] = [
    pay_with_a_gift_card_and_a_card,
    hold_a_gift_card,
    pay_with_store_credit,
    save_a_card_and_pay_with_it,
    save_a_card_and_pay_with_it,
    receive_goods,
]
