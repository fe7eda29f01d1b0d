"""Whatever is done with gift cards and store credit, every ledger adds up and agrees with what orders say was paid."""

import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from random import Random

import pytest

from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.gift_cards import AdjustGiftCard, IssueGiftCard, IssueStoreCredit
from flint_domain.commands.merging import MergeCustomers
from flint_domain.commands.orders import CancelOrder
from flint_domain.commands.payments import CapturePayment, PayOrder, TenderInput, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundTarget
from flint_domain.customers.model import Profile
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount, LineInput
from flint_domain.order.model import Order
from flint_domain.order.payments.model import TransferState
from flint_server.db import codecs
from tests.journeys.house import House

STEPS = 100
CARDS = ("tok_visa", "tok_visa", "tok_chargeDeclined")


class Shop:
    """Orders, accounts and customers, and one random thing to do with them after the other."""

    def __init__(self, house: House, random: Random) -> None:
        self.house = house
        self.random = random
        self.customers: list[str] = []
        self.accounts: list[str] = []
        self.orders: list[str] = []
        self.payments: list[str] = []

    async def open(self) -> None:
        for name in ("Ann", "Bob", "Cyd"):
            saved = await self.house.do(SaveCustomer(profile=Profile(name=name)))
            self.customers.append(saved["customer"]["customerId"])
            await self.issue_gift_card()
            await self.issue_store_credit(self.customers[-1])
            await self.order()

    def some(self, most: int = 6000) -> Amount:
        return Amount(amount=self.random.randint(1, most))

    def source(self) -> str:
        return self.random.choice([*self.accounts, "store_credit", "store_credit", *CARDS])

    def recent(self) -> str:
        """A payment that something can still be done with, more often than not."""
        return self.random.choice(self.payments[-5:])

    async def order(self) -> None:
        line = LineInput(name="Shirt", unit_price=self.some())
        self.orders.append(await self.house.order_of(line, customer_id=self.random.choice(self.customers)))

    async def issue_gift_card(self) -> None:
        issued = await self.house.do(IssueGiftCard(money=self.some(12_000)))
        self.accounts.append(issued["credit"]["accountId"])

    async def issue_store_credit(self, owner: str | None = None) -> None:
        owner = owner or self.random.choice(self.customers)
        issued = await self.house.do(IssueStoreCredit(customer_id=owner, money=self.some()))
        self.accounts.append(issued["credit"]["accountId"])

    async def pay(self) -> None:
        sources = tuple(self.source() for _ in range(self.random.randint(1, 3)))
        later = self.random.random() < 0.4
        await self._paid(PayOrder(order_id=self.random.choice(self.orders), sources=sources, capture_later=later))

    async def pay_together(self) -> None:
        tenders = tuple(
            TenderInput(source=self.source(), money=self.some(2000)) for _ in range(self.random.randint(1, 3))
        )
        keep, later = self.random.random() < 0.3, self.random.random() < 0.3
        await self._paid(
            PayOrder(order_id=self.random.choice(self.orders), tenders=tenders, keep_partial=keep, capture_later=later)
        )

    async def _paid(self, pay: PayOrder) -> None:
        paid = await self.house.do(pay)
        self.payments += [payment["paymentIntentId"] for payment in paid["payments"]]

    async def capture(self) -> None:
        await self.house.do(CapturePayment(payment_id=self.recent(), amount=self.some(1500)))

    async def void(self) -> None:
        await self.house.do(VoidPayment(payment_id=self.recent()))

    async def refund(self) -> None:
        target = RefundTarget(payment_id=self.recent(), amount=self.some(1000))
        await self.house.do(CreateRefund(target=target))

    async def cancel(self) -> None:
        await self.house.do(CancelOrder(order_id=self.random.choice(self.orders)))

    async def adjust(self) -> None:
        account, amount = self.random.choice(self.accounts), self.some(1500)
        if self.random.random() < 0.5:
            await self.house.do(AdjustGiftCard(account=account, add=amount, note="more"))
        else:
            await self.house.do(AdjustGiftCard(account=account, take=amount, note="less"))

    async def switch(self) -> None:
        account = self.random.choice(self.accounts)
        await self.house.do(AdjustGiftCard(account=account, active=self.random.random() < 0.7))

    async def merge(self) -> None:
        if len(self.customers) > 1 and self.random.random() < 0.3:
            loser = self.random.choice(self.customers)
            self.customers.remove(loser)
            into = self.random.choice(self.customers)
            await self.house.do(MergeCustomers(customer_id=loser, into_customer_id=into))

    async def something(self) -> None:
        """One step; what is refused has changed nothing, and is as good a step as any."""
        steps: list[Callable[[], Awaitable[None]]] = [
            *[self.order, self.pay, self.pay_together] * 3,
            *[self.capture, self.void, self.refund] * 2,
            *[self.issue_gift_card, self.issue_store_credit, self.cancel, self.adjust, self.switch, self.merge],
        ]
        step = self.random.choice(steps)
        if self.payments or step not in (self.capture, self.void, self.refund):
            try:
                await step()
            except Refused as refused:
                assert refused.code not in ("internal_error", "storage_unavailable")


def check_ledgers(house: House) -> set[str]:
    """Read the file past Flint's own code; the kinds of entries that it holds."""
    with closing(sqlite3.connect(house.folder / "flint.db")) as connection:
        balances = dict(connection.execute("SELECT id, balance FROM gift_card_accounts").fetchall())
        entries = connection.execute(
            "SELECT account_id, kind, amount, balance, payment_id FROM gift_card_entries ORDER BY seq"
        ).fetchall()
        rows = connection.execute("SELECT body, schema FROM orders").fetchall()
        open_ = connection.execute(
            "SELECT count(*) FROM transfers WHERE body ->> '$.account' IS NOT NULL "
            "AND state NOT IN ('succeeded', 'declined')"
        ).fetchone()[0]
    running = dict.fromkeys(balances, 0)
    by_kind: dict[str, int] = {}
    by_payment: dict[tuple[str, str], int] = {}
    for account_id, kind, amount, balance, payment_id in entries:
        running[account_id] += amount
        assert running[account_id] == balance >= 0
        by_kind[kind] = by_kind.get(kind, 0) + amount
        if payment_id is not None:
            by_payment[payment_id, kind] = by_payment.get((payment_id, kind), 0) + amount
    assert running == balances
    assert by_kind.get("merged", 0) == 0
    assert open_ == 0
    for body, schema in rows:
        _check_payments(codecs.ORDER.load(body, schema), by_payment)
    return set(by_kind)


def _check_payments(order: Order, by_payment: dict[tuple[str, str], int]) -> None:
    """What the order says each account paid, holds and got back is what the ledgers say."""
    for payment in order.payments:
        refunds = [r for r in order.refunds if r.payment_id == payment.payment_id]
        back = sum(refund.amount for refund in refunds if refund.state is TransferState.SUCCEEDED)
        at_home = payment.source.startswith(("gift_", "crd_"))
        said = (payment.captured, payment.authorized, back) if at_home else (0, 0, 0)
        spent, held, released, refunded = (
            by_payment.get((payment.payment_id, kind), 0) for kind in ("spent", "held", "released", "refunded")
        )
        assert (-spent, -(held + released), refunded) == said, payment


@pytest.mark.parametrize("seed", range(6))
async def test_every_ledger_adds_up_after_every_step(house: House, seed: int) -> None:
    shop = Shop(house, Random(seed))
    await shop.open()
    kinds: set[str] = set()
    for _ in range(STEPS):
        await shop.something()
        kinds |= check_ledgers(house)
    assert {"issued", "held", "released", "spent", "refunded", "adjusted"} <= kinds
