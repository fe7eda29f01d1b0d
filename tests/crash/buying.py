"""What the agents' stories are made of: a shop with customers and stock, orders, and ways to pay."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from flint_domain.catalog.rules import VariantInput
from flint_domain.commands.catalog import AdjustInventory, SaveItem
from flint_domain.commands.coupons import CreateCoupon
from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.tax import SaveTaxRate
from flint_domain.customers.model import Profile
from flint_domain.order.inputs import Amount
from flint_server.composition import open_application
from flint_server.settings import Settings
from tests.crash.street import Agent, Answer

GOOD = ("tok_visa", "tok_mastercard", "tok_amex")
BAD = ("tok_chargeDeclined", "tok_chargeDeclinedInsufficientFunds", "tok_chargeDeclinedExpiredCard")
COUPONS = ("LAUNCH20", "LAST40", "ONCE")
BUYERS = tuple(f"buyer_{number}" for number in range(1, 7))
COUNTED = {"SCARF": 60, "LAMP": 25}  # what the shop counts, by SKU; LAMP runs out
PRICE = 1_900  # of each of them


def usd(amount: int) -> Answer:
    return {"amount": amount, "currency": "USD"}


async def prepare(folder: Path) -> None:
    """Open a shop before its first server: a tax rate, three coupons, two of them limited, customers and stock."""
    async with open_application(Settings(folder=folder)) as application:
        for command in (
            SaveTaxRate(rate_name="Sales tax", percent=Decimal("8.25"), default=True),
            CreateCoupon(code="LAUNCH20", percent=Decimal(20)),
            CreateCoupon(code="LAST40", discount=Amount(amount=500), max_uses=40),
            CreateCoupon(code="ONCE", percent=Decimal(10), max_uses_per_customer=1),
            *(SaveCustomer(profile=Profile(reference=buyer)) for buyer in BUYERS),
            *(
                SaveItem(item_name=sku, variants=(VariantInput(sku=sku, price=Amount(amount=PRICE)),))
                for sku in COUNTED
            ),
            *(AdjustInventory(sku=sku, count=Decimal(count), reason="counted") for sku, count in COUNTED.items()),
        ):
            await application.flint.execute(command)


async def new_order(agent: Agent, buyer: str | None = None) -> Answer | None:
    """Two lines, often with something that is counted as well, and sometimes a coupon."""
    chance = agent.random
    lines: list[Answer] = [
        {"name": "Plan", "unitPriceMoney": usd(chance.randint(1_000, 20_000))},
        {"name": "Mug", "quantity": chance.randint(1, 3), "unitPriceMoney": usd(chance.randint(100, 2_000))},
    ]
    if chance.random() < 0.4:
        lines.append({"itemId": chance.choice(tuple(COUNTED)), "quantity": chance.randint(1, 2)})
    customer = buyer or chance.choice(BUYERS)
    order = await agent.call("create", "create_order", customerId=customer, lineItems=lines)
    if order is None:
        return None
    agent.street.orders.append(order["orderId"])
    if chance.random() < 0.3:
        code = chance.choice(COUPONS)
        order = await agent.call("coupon", "apply_coupon", orderId=order["orderId"], couponCode=code) or order
    return order


def outstanding(order: Answer) -> int:
    return order["settlementAmounts"]["outstandingMoney"]["amount"]


def tenders(agent: Agent, amount: int, *sources: str) -> list[Answer]:
    first = amount * agent.random.randint(20, 80) // 100
    return [
        {"source": source, "amountMoney": usd(part)}
        for source, part in zip(sources, (first, amount - first), strict=True)
    ]


async def pay(agent: Agent, order: Answer, *tokens: str, **more: Any) -> Answer | None:
    return await agent.call("pay", "pay_order", orderId=order["orderId"], paymentSourceTokens=list(tokens), **more)


async def paid_order(agent: Agent, buyer: str | None = None) -> tuple[Answer, str] | None:
    """An order that a good card has paid, as it was before, and its payment."""
    order = await new_order(agent, buyer)
    paid = None if order is None else await pay(agent, order, agent.random.choice(GOOD))
    if order is None or paid is None or paid["payments"][-1]["status"] != "CAPTURED":
        return None
    return order, paid["payments"][-1]["paymentIntentId"]


async def gift_card(agent: Agent, amount: int) -> str | None:
    """A new gift card's id, which pays as its code does: the code is in the first answer only, and that may be lost."""
    issued = await agent.call("issue", "issue_gift_card", amountMoney=usd(amount))
    return None if issued is None else issued["credit"]["accountId"]
