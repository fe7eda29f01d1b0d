"""A process that does one thing and is killed on the way: python -m tests.machine.driver FOLDER ACTION MOMENT NTH ROAD.

The parent made the order and a gift card; the process exits with 0 only if nothing killed it.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from flint_domain.commands.after_payment import AmendOrder, MovePayment, ReturnItems
from flint_domain.commands.orders import CancelOrder
from flint_domain.commands.payments import PayOrder, TenderInput
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.engine.flint import PLAIN, Call, Flint
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, LineChange, OrderUpdate
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Outcome, Transfer, TransferKind
from flint_domain.unit_of_work.command import Command
from flint_server.db import DEFAULT_MERCHANT_ID
from tests.journeys.house import House
from tests.machine.books import read_books
from tests.machine.mortal import Death, MortalProcessor, MortalStore

KEY = "the agent's key"


def action(name: str, order: Order, gift_card: str) -> Command:
    """What the agent asks for; it sends the very same again after the crash."""
    order_id, first = order.order_id, order.lines[0].line_id
    tenders = (
        TenderInput(source="tok_visa", money=Amount(amount=10_000)),
        TenderInput(source="tok_mastercard", money=Amount(amount=3_824)),
    )
    gift_and_card = (
        TenderInput(source=gift_card, money=Amount(amount=5_000)),
        TenderInput(source="tok_visa", money=Amount(amount=8_824)),
    )
    return {
        "pay": lambda: PayOrder(order_id=order_id, sources=("tok_chargeDeclined", "tok_visa", "tok_mastercard")),
        "tenders": lambda: PayOrder(order_id=order_id, tenders=tenders),
        "gift card and card": lambda: PayOrder(order_id=order_id, tenders=gift_and_card),
        "refund": lambda: CreateRefund(target=RefundTarget(order_id=order_id, amount=Amount(amount=2_900))),
        "cancel": lambda: CancelOrder(order_id=order_id),
        "amend dearer": lambda: _repriced(order_id, first, 10_900),
        "amend cheaper": lambda: _repriced(order_id, first, 8_900),
        "return": lambda: ReturnItems(order_id=order_id, request=ReturnRequest(items=(ReturnItem(line_id=first),))),
        "move": lambda: MovePayment(payment_id=order.payments[0].payment_id, source="tok_mastercard"),
    }[name]()


def _repriced(order_id: str, line_id: str, amount: int) -> AmendOrder:
    change = LineChange(line_id=line_id, unit_price=Amount(amount=amount))
    return AmendOrder(order_id=order_id, update=OrderUpdate(change=(change,)), source="tok_mastercard")


class Suicide(Death):
    """The death of a real process: nothing is flushed, closed or rolled back."""

    def passes(self, moment: Any) -> None:
        if self.moment == moment:
            self.calls_left -= 1
            if self.calls_left <= 0:
                os.kill(os.getpid(), signal.SIGKILL)


# ── roads that are wrong on purpose: the check must catch them ──


class WithoutTheKey(MortalProcessor):
    """A processor adapter that makes up a key for every call."""

    made = 0

    async def perform(self, transfer: Transfer) -> Outcome:
        WithoutTheKey.made += 1
        return await super().perform(replace(transfer, attempt=os.getpid() * 1_000 + self.made))


class ChargesBeforeWriting(Flint):
    """A road that asks the processor first and writes down what came of it."""

    async def execute(self, command: Command, call: Call = PLAIN) -> dict[str, Any]:
        assert isinstance(command, PayOrder)
        seen = await self.store.read(
            self.merchant_id, lambda tx: call.key is not None and tx.idempotency_record("local", call.key)
        )
        order = await self.store.read(self.merchant_id, lambda tx: tx.order(command.order_id))
        assert order is not None
        if not seen:
            now = order.created_at
            first = Transfer(
                transfer_id=f"trf_of_{os.getpid()}",
                merchant_id=self.merchant_id,
                order_id=command.order_id,
                payment_id=f"pi_of_{os.getpid()}",
                kind=TransferKind.CHARGE,
                amount=13_824,
                currency=order.currency,
                source="tok_visa",
                leased_until=now,
                created_at=now,
                updated_at=now,
            )
            await self.processor.perform(first)
        return {}


Road = Callable[..., Flint]


def road(name: str, house: House, death: Death) -> Flint:
    """Flint as it is, or one of the wrong ones, on this house's files."""
    processor = (WithoutTheKey if name == "without the key" else MortalProcessor)(house.simulator, death)
    made = ChargesBeforeWriting if name == "charges before writing" else Flint
    return made(MortalStore(house.sqlite, death), processor, DEFAULT_MERCHANT_ID)


async def action_in(house: House, name: str) -> Command:
    """The action with the one order, and the one gift card, that the parent left in this house."""
    books = await read_books(house)
    [order], [gift_card] = books.orders.values(), books.balances
    return action(name, replace(order, payments=order.payments[:1]), gift_card)


async def main(folder: str, name: str, moment: Any, nth: str, road_name: str) -> None:
    house = House(Path(folder), number=2)
    await house.open()
    command = await action_in(house, name)
    death = Suicide()
    death.await_at(moment, int(nth))
    await road(road_name, house, death).execute(command, Call(key=KEY))
    await house.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
