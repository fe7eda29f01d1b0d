"""What the journeys with gift cards and store credit start from, and how they read a ledger."""

from typing import Any

from flint_domain.commands.gift_cards import IssueGiftCard
from flint_domain.commands.payments import TenderInput
from flint_domain.order.inputs import Amount, LineInput
from flint_domain.queries.gift_cards import GetGiftCard
from tests.journeys.house import House

SHIRT = LineInput(name="Shirt", unit_price=Amount(amount=5000))
MUG = LineInput(name="Mug", unit_price=Amount(amount=2900))
DECLINED = "tok_chargeDeclined"


async def card_with(house: House, amount: int, **fields: Any) -> tuple[str, str]:
    """A new gift card's id and code."""
    issued = await house.do(IssueGiftCard(money=Amount(amount=amount), **fields))
    return issued["credit"]["accountId"], issued["code"]


async def left_on(house: House, account: str) -> int:
    return (await house.ask(GetGiftCard(account=account)))["balanceMoney"]["amount"]


async def ledger(house: House, account: str) -> list[tuple[str, int, int]]:
    """Type, amount and balance of every entry, oldest first; they add up."""
    read = await house.ask(GetGiftCard(account=account, limit=100))
    entries = [(e["type"], e["amountMoney"]["amount"], e["balanceMoney"]["amount"]) for e in reversed(read["entries"])]
    assert sum(amount for _, amount, _ in entries) == read["balanceMoney"]["amount"]
    return entries


def gift_and_card(gift: str, on_gift: int, card: str, on_card: int) -> tuple[TenderInput, ...]:
    return (
        TenderInput(source=gift, money=Amount(amount=on_gift)),
        TenderInput(source=card, money=Amount(amount=on_card)),
    )


def tenders(payments: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(p["tender"]["type"], p["status"], p["amountMoney"]["amount"]) for p in payments]
