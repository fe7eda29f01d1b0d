"""What the agents do: every road of the money, in short stories with a bit of chance."""

from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from flint_domain.coupons.commands import CreateCoupon
from flint_domain.orders.inputs import Price
from flint_domain.tax.commands import SaveTaxRate
from flint_server.composition import open_application
from flint_server.settings import Settings
from tests.crash.street import Agent, Answer

GOOD = ("tok_visa", "tok_mastercard", "tok_amex")
BAD = ("tok_chargeDeclined", "tok_chargeDeclinedInsufficientFunds", "tok_chargeDeclinedExpiredCard")
COUPONS = ("LAUNCH20", "LAST40", "ONCE")


def usd(amount: int) -> Answer:
    return {"amount": amount, "currency": "USD"}


async def prepare(folder: Path) -> None:
    """Open a shop before its first server: a tax rate and three coupons, two of them limited."""
    async with open_application(Settings(folder=folder)) as application:
        for command in (
            SaveTaxRate(rate_name="Sales tax", percent=Decimal("8.25"), default=True),
            CreateCoupon(code="LAUNCH20", percent=Decimal(20)),
            CreateCoupon(code="LAST40", discount=Price(amount=500), max_uses=40),
            CreateCoupon(code="ONCE", percent=Decimal(10), max_uses_per_customer=1),
        ):
            await application.flint.execute(command)


async def _order(agent: Agent) -> Answer | None:
    chance = agent.random
    lines = [
        {"name": "Plan", "unitPriceMoney": usd(chance.randint(1_000, 20_000))},
        {"name": "Mug", "quantity": chance.randint(1, 3), "unitPriceMoney": usd(chance.randint(100, 2_000))},
    ]
    customer = f"cus_{chance.randint(1, 6)}"
    order = await agent.call("create", "create_order", customerId=customer, lineItems=lines)
    if order is None:
        return None
    agent.street.orders.append(order["orderId"])
    if chance.random() < 0.4:
        code = chance.choice(COUPONS)
        order = await agent.call("coupon", "apply_coupon", orderId=order["orderId"], couponCode=code) or order
    return order


def _outstanding(order: Answer) -> int:
    return order["settlementAmounts"]["outstandingMoney"]["amount"]


def _tenders(agent: Agent, amount: int, *cards: str) -> list[Answer]:
    first = amount * agent.random.randint(20, 80) // 100
    return [
        {"source": card, "amountMoney": usd(part)} for card, part in zip(cards, (first, amount - first), strict=True)
    ]


async def _pay(agent: Agent, order: Answer, *tokens: str, **more: Any) -> Answer | None:
    return await agent.call("pay", "pay_order", orderId=order["orderId"], paymentSourceTokens=list(tokens), **more)


async def buy_and_refund_an_amount(agent: Agent) -> None:
    """The first one or two cards are declined, the next one pays; a part goes back, then all that is left."""
    order = await _order(agent)
    if order is None:
        return
    bad = agent.random.sample(BAD, agent.random.randint(0, 2))
    paid = await _pay(agent, order, *bad, agent.random.choice(GOOD))
    if paid is None:
        return
    part = agent.random.randint(1, max(1, _outstanding(order) // 2))
    await agent.call("refund", "create_refund", orderId=order["orderId"], amountMoney=usd(part))
    if agent.random.random() < 0.4:
        await agent.call("refund", "create_refund", orderId=order["orderId"])


async def buy_and_refund_a_line(agent: Agent) -> None:
    """Refunds that the bank takes its time with, and some that fail after they had succeeded."""
    order = await _order(agent)
    if order is None:
        return
    token = agent.random.choice([*GOOD, *GOOD, "tok_pendingRefund", "tok_refundFail"])
    if await _pay(agent, order, token):
        lines = [{"lineItemId": agent.random.choice(order["lineItems"])["lineItemId"], "quantity": 1}]
        await agent.call("refund", "create_refund", orderId=order["orderId"], lines=lines)


async def pay_with_two_cards_and_cancel(agent: Agent) -> None:
    """Two tenders are authorized, then captured; a cancel gives both back."""
    order = await _order(agent)
    if order is None:
        return
    cards = agent.random.sample(GOOD, 2) if agent.random.random() < 0.8 else ("tok_visa", agent.random.choice(BAD))
    tenders = _tenders(agent, _outstanding(order), *cards)
    await agent.call("tenders", "pay_order", orderId=order["orderId"], tenders=tenders)
    if agent.random.random() < 0.7:
        await agent.call("cancel", "cancel_order", orderId=order["orderId"])


async def hold_then_capture_or_void(agent: Agent) -> None:
    order = await _order(agent)
    if order is None:
        return
    bad = agent.random.sample(BAD, agent.random.randint(0, 1))
    held = await _pay(agent, order, *bad, agent.random.choice(GOOD), capture="later")
    if held is None:
        return
    payment = held["payments"][-1]["paymentIntentId"]
    match agent.random.randint(1, 3):
        case 1:
            await agent.call("capture", "capture_payment", paymentIntentId=payment)
        case 2:
            part = usd(max(1, _outstanding(order) // 3))
            await agent.call("capture", "capture_payment", paymentIntentId=payment, amountMoney=part)
        case _:
            await agent.call("void", "void_payment", paymentIntentId=payment)


async def cancel_with_money_taken_and_held(agent: Agent) -> None:
    """One card has paid a part, another one's money is held: the cancel refunds and releases."""
    order = await _order(agent)
    if order is None:
        return
    first, second = _tenders(agent, _outstanding(order), *agent.random.sample(GOOD, 2))
    await agent.call("part", "pay_order", orderId=order["orderId"], tenders=[first])
    await _pay(agent, order, second["source"], capture="later")
    await agent.call("cancel", "cancel_order", orderId=order["orderId"])


async def cancel_unpaid(agent: Agent) -> None:
    """A coupon's use is given back; a declined card changes nothing about that."""
    order = await _order(agent)
    if order is None:
        return
    if agent.random.random() < 0.5:
        await _pay(agent, order, agent.random.choice(BAD))
    await agent.call("cancel", "cancel_order", orderId=order["orderId"])


async def meddle(agent: Agent) -> None:
    """Act on an order that another agent may be busy with. Much of it is refused."""
    recent = agent.street.orders[-8:]
    if not recent:
        await _order(agent)
        return
    order_id = agent.random.choice(recent)
    match agent.random.randint(1, 3):
        case 1:
            await agent.call("refund", "create_refund", orderId=order_id, amountMoney=usd(agent.random.randint(1, 300)))
        case 2:
            await agent.call("pay", "pay_order", orderId=order_id, paymentSourceTokens=[agent.random.choice(GOOD)])
        case _:
            await agent.call("cancel", "cancel_order", orderId=order_id)


STORIES: list[Callable[[Agent], Awaitable[None]]] = [
    buy_and_refund_an_amount,
    buy_and_refund_a_line,
    pay_with_two_cards_and_cancel,
    pay_with_two_cards_and_cancel,
    hold_then_capture_or_void,
    cancel_with_money_taken_and_held,
    cancel_unpaid,
    meddle,
]
