"""What the agents do: every road of the money, in short stories with a bit of chance."""

from tests.crash.afterwards import AFTERWARDS
from tests.crash.buying import BAD, GOOD, new_order, outstanding, pay, tenders, usd
from tests.crash.street import Agent, Story
from tests.crash.wallets import WALLETS


async def buy_and_refund_an_amount(agent: Agent) -> None:
    """The first one or two cards are declined, the next one pays; a part goes back, then all that is left."""
    order = await new_order(agent)
    if order is None:
        return
    bad = agent.random.sample(BAD, agent.random.randint(0, 2))
    paid = await pay(agent, order, *bad, agent.random.choice(GOOD))
    if paid is None:
        return
    part = agent.random.randint(1, max(1, outstanding(order) // 2))
    await agent.call("refund", "create_refund", orderId=order["orderId"], amountMoney=usd(part))
    if agent.random.random() < 0.4:
        await agent.call("refund", "create_refund", orderId=order["orderId"])


async def buy_and_refund_a_line(agent: Agent) -> None:
    """Refunds that the bank takes its time with, and some that fail after they had succeeded."""
    order = await new_order(agent)
    if order is None:
        return
    token = agent.random.choice([*GOOD, *GOOD, "tok_pendingRefund", "tok_refundFail"])
    if await pay(agent, order, token):
        lines = [{"lineItemId": agent.random.choice(order["lineItems"])["lineItemId"], "quantity": 1}]
        await agent.call("refund", "create_refund", orderId=order["orderId"], lines=lines)


async def pay_with_two_cards_and_cancel(agent: Agent) -> None:
    """Two tenders are authorized, then captured; a cancel gives both back."""
    order = await new_order(agent)
    if order is None:
        return
    cards = agent.random.sample(GOOD, 2) if agent.random.random() < 0.8 else ("tok_visa", agent.random.choice(BAD))
    parts = tenders(agent, outstanding(order), *cards)
    await agent.call("tenders", "pay_order", orderId=order["orderId"], tenders=parts)
    if agent.random.random() < 0.7:
        await agent.call("cancel", "cancel_order", orderId=order["orderId"])


async def hold_then_capture_or_void(agent: Agent) -> None:
    order = await new_order(agent)
    if order is None:
        return
    bad = agent.random.sample(BAD, agent.random.randint(0, 1))
    held = await pay(agent, order, *bad, agent.random.choice(GOOD), capture="later")
    if held is None:
        return
    payment = held["payments"][-1]["paymentIntentId"]
    match agent.random.randint(1, 3):
        case 1:
            await agent.call("capture", "capture_payment", paymentIntentId=payment)
        case 2:
            part = usd(max(1, outstanding(order) // 3))
            await agent.call("capture", "capture_payment", paymentIntentId=payment, amountMoney=part)
        case _:
            await agent.call("void", "void_payment", paymentIntentId=payment)


async def cancel_with_money_taken_and_held(agent: Agent) -> None:
    """One card has paid a part, another one's money is held: the cancel refunds and releases."""
    order = await new_order(agent)
    if order is None:
        return
    first, second = tenders(agent, outstanding(order), *agent.random.sample(GOOD, 2))
    await agent.call("part", "pay_order", orderId=order["orderId"], tenders=[first])
    await pay(agent, order, second["source"], capture="later")
    await agent.call("cancel", "cancel_order", orderId=order["orderId"])


async def cancel_unpaid(agent: Agent) -> None:
    """A coupon's use is given back; a declined card changes nothing about that."""
    order = await new_order(agent)
    if order is None:
        return
    if agent.random.random() < 0.5:
        await pay(agent, order, agent.random.choice(BAD))
    await agent.call("cancel", "cancel_order", orderId=order["orderId"])


async def meddle(agent: Agent) -> None:
    """Act on an order that another agent may be busy with. Much of it is refused."""
    recent = agent.street.orders[-8:]
    if not recent:
        await new_order(agent)
        return
    order_id = agent.random.choice(recent)
    match agent.random.randint(1, 3):
        case 1:
            await agent.call("refund", "create_refund", orderId=order_id, amountMoney=usd(agent.random.randint(1, 300)))
        case 2:
            await agent.call("pay", "pay_order", orderId=order_id, paymentSourceTokens=[agent.random.choice(GOOD)])
        case _:
            await agent.call("cancel", "cancel_order", orderId=order_id)


STORIES: list[Story] = [
    buy_and_refund_an_amount,
    buy_and_refund_a_line,
    pay_with_two_cards_and_cancel,
    hold_then_capture_or_void,
    cancel_with_money_taken_and_held,
    cancel_unpaid,
    meddle,
    *AFTERWARDS,
    *WALLETS,
]
