"""The shop that random histories happen in: how it opens and ends, and what one step of its callers is."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from flint_domain.catalog.rules import VariantInput
from flint_domain.commands.catalog import AdjustInventory, SaveItem
from flint_domain.commands.customers import SaveCustomer
from flint_domain.commands.gift_cards import IssueGiftCard, IssueStoreCredit
from flint_domain.commands.orders import CreateOrder
from flint_domain.commands.payment_methods import AddPaymentMethod
from flint_domain.commands.tax import SaveTaxRate
from flint_domain.customers.model import Profile
from flint_domain.engine.flint import Call
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount, LineInput
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Payment
from flint_domain.unit_of_work.command import Command
from flint_domain.unit_of_work.work import LEASE
from flint_server.db import DEFAULT_MERCHANT_ID
from tests.journeys.house import House
from tests.machine.audit import check, check_at_rest
from tests.machine.books import Books, read_books
from tests.machine.conftest import MEMORY
from tests.machine.draws import BEFORE_PAYMENT, COUNTED, COUPONS, GIFT, SAVED, SMALL_GIFT, Situation
from tests.machine.hints import check_hints, offer_probe
from tests.machine.mortal import Death, MortalProcessor, MortalStore, is_killed

T = TypeVar("T")

ROUNDS_TO_REST = 8  # a late answer may plan another charge, whose answer may be late again


class Shop(RuleBasedStateMachine):
    """One shop with at most three orders, whatever its callers, its processor and its power supply do."""

    situations: ClassVar[dict[str, Situation]] = BEFORE_PAYMENT

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="flint-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
        self.house = House(self.folder)
        self.death = Death()
        self.books: Books | None = None
        self.sent: list[tuple[str, Command]] = []
        self.taxes: list[str] = []
        self.names: dict[str, str] = {}
        self.keys = 0

    # ── the shop and its end ──

    @initialize(data=st.data(), default=st.sampled_from([None, "8", "8.25"]))
    def opens(self, data: st.DataObject, default: str | None) -> None:
        """A shop whose first order is already in a situation that a random walk would be long in coming to."""
        self.runner.run(self._open(default))
        scene = data.draw(st.sampled_from(sorted(self.situations)))
        things = (
            LineInput(
                name="thing", unit_price=Amount(amount=9_900), item_id=data.draw(st.sampled_from([None, "SCARF"]))
            ),
            LineInput(name="thing", unit_price=Amount(amount=2_900)),
        )
        self.do(CreateOrder(lines=things, customer_id="ann", tip=Amount(amount=100)), None)
        fault, commands = self.situations[scene]
        for command in commands:
            if fault and command is commands[-1]:
                self.runner.run(self.house.fault(fault))
            self.do(command(self.order(0)), "new")
        self.hints_hold(0)

    async def _open(self, default: str | None) -> None:
        await self.house.open()
        self._take_the_road()
        if default:
            await self.house.do(SaveTaxRate(rate_name="Sales tax", percent=Decimal(default), default=True))
        for name, percent, inclusive in (("City", "2.125", False), ("VAT", "19", True), ("VAT low", "7", True)):
            made = await self.house.do(SaveTaxRate(rate_name=name, percent=Decimal(percent), inclusive=inclusive))
            self.taxes.append(made["taxRate"]["taxRateId"])
        await self.house.do(SaveTaxRate(rate_name="MwSt", percent=Decimal(19), country="DE"))
        for coupon in COUPONS:
            await self.house.do(coupon)
        await offer_probe(self.house)
        await self._know_customers()
        for sku, count in COUNTED.items():
            variant = VariantInput(sku=sku, price=Amount(amount=1_900))
            await self.house.do(SaveItem(item_name=sku, variants=(variant,)))
            await self.house.do(AdjustInventory(sku=sku, count=count, reason="received"))
        self.books = await read_books(self.house)

    async def _know_customers(self) -> None:
        for reference, exempt in (("ann", False), ("bob", True)):
            await self.house.do(SaveCustomer(profile=Profile(reference=reference, tax_exempt=exempt)))
        await self.house.do(IssueStoreCredit(customer_id="ann", money=Amount(amount=4_000)))
        for name, amount in ((GIFT, 15_000), (SMALL_GIFT, 700)):
            issued = await self.house.do(IssueGiftCard(money=Amount(amount=amount)))
            self.names[name] = issued["credit"]["accountId"]
        saved = await self.house.do(AddPaymentMethod(customer_id="ann", source="tok_visa"))
        self.names[SAVED] = saved["paymentMethod"]["paymentMethodId"]

    def _take_the_road(self) -> None:
        """Flint with a store and a processor beside which the process may die."""
        self.house.flint = self.house.flint_for(
            DEFAULT_MERCHANT_ID,
            store=MortalStore(self.house.sqlite, self.death),
            processor=MortalProcessor(self.house.simulator, self.death),
        )

    def teardown(self) -> None:
        try:
            if self.books is not None:
                self.runner.run(self._come_to_rest())
        finally:
            if self.books is not None:
                self.runner.run(self.house.close())
            self.runner.close()
            shutil.rmtree(self.folder)

    async def _come_to_rest(self) -> None:
        """No more faults, every buyer makes up their mind: then all books must agree."""
        self.death.await_at(None)
        await self.house.simulator.clear_faults()
        for _ in range(ROUNDS_TO_REST):
            await self.house.recover()
            for index, waiting in enumerate(await self.house.simulator.waiting()):
                if waiting.waits_for == "buyer":
                    await self.house.buyer(waiting.transfer_id, approves=index % 2 == 0)
            await self.house.later()
        books = await read_books(self.house)
        check(books, self.books)
        check_at_rest(books)
        for order_id in books.orders:
            await check_hints(self.house, order_id)

    # ── one step ──

    def do(self, command: Command, key: str | None, *, dry_run: bool = False) -> dict[str, Any] | Refused | None:
        """Execute a command and check everything; None when the process died of it."""
        command = self._named(command)
        key = None if dry_run else key
        if key == "new":
            self.keys += 1
            key = f"key-{self.keys}"
            self.sent.append((key, command))
        answer = self.step(self.house.flint.execute(command, Call(key=key, dry_run=dry_run)))
        before = self.look()
        if isinstance(answer, Refused) or dry_run:
            assert self.books is not None
            assert before.ours == self.books.ours, f"{command} was refused or rehearsed, and something changed"
        return answer

    def _named(self, command: Command) -> Any:
        """The command with the shop's own ids of gift cards and saved methods."""
        return _renamed(command, self.names)

    def step(self, work: Coroutine[Any, Any, T]) -> T | Refused | None:
        """What comes of it; None when the process died, after which it was started again."""
        try:
            return self.runner.run(work)
        except Refused as refused:
            return refused
        except BaseException as error:
            if not is_killed(error):
                raise
            self.runner.run(self._start_again())
            return None

    async def _start_again(self) -> None:
        self.death.rise()
        await self.house.reopen()
        self._take_the_road()
        self.house.clock.passes(LEASE + timedelta(seconds=1))

    def look(self) -> Books:
        """Read and check both sides' books; returns those of before."""
        before, self.books = self.books, self.runner.run(read_books(self.house))
        assert before is not None
        check(self.books, before)
        return before

    def hints_hold(self, number: int) -> None:
        self.runner.run(check_hints(self.house, self.order(number).order_id))
        before = self.look()
        assert self.books is not None
        assert before.ours == self.books.ours, "a dry run left something behind"

    # ── what there is ──

    def order(self, number: int) -> Order:
        assert self.books is not None
        orders = sorted(self.books.orders)
        return self.books.orders[orders[number % len(orders)]]

    def has_orders(self) -> bool:
        return self.books is not None and len(self.books.orders) > 0

    def orders(self, which: Callable[[Order], object]) -> list[Order]:
        """The orders that are in this state."""
        known = {} if self.books is None else self.books.orders
        return [known[order_id] for order_id in sorted(known) if which(known[order_id])]

    def payments(self, which: Callable[[Payment], bool]) -> list[Payment]:
        """The payments of all orders that are in this state."""
        return [payment for order in self.orders(bool) for payment in order.payments if which(payment)]

    def order_of(self, payment: Payment) -> Order:
        return next(order for order in self.orders(bool) if payment in order.payments)

    def has_paid(self) -> bool:
        return bool(self.payments(lambda payment: payment.captured > 0))


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """The value with these texts in place of others, wherever they are in it."""
    if isinstance(value, str):
        return names.get(value, value)
    if isinstance(value, tuple):
        return tuple(_renamed(item, names) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _renamed(getattr(value, each.name), names) for each in fields(value)})
    return value
