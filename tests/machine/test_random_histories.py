"""Random histories over the public road, crashes included: after every step the books are read and checked.

FLINT_MACHINE_EXAMPLES=2000 runs longer, with fresh randomness instead of the fixed histories.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from flint_domain import flint as road
from flint_domain.command import Command
from flint_domain.coupons.commands import ApplyCoupon, CreateCoupon, RemoveCoupon, UpdateCoupon
from flint_domain.flint import Call
from flint_domain.kernel.errors import Refused
from flint_domain.orders.commands import CancelOrder, CloseOrder, CreateOrder, UpdateOrder
from flint_domain.orders.guards import capturable, voidable
from flint_domain.orders.inputs import (
    ChargeInput,
    LineChange,
    LineInput,
    ModifierInput,
    OrderUpdate,
    Price,
)
from flint_domain.orders.model import Order
from flint_domain.payments.commands import CapturePayment, PayOrder, TenderInput, VoidPayment
from flint_domain.payments.model import Payment, TransferKind
from flint_domain.refunds.commands import CreateRefund, RefundLine, RefundTarget
from flint_domain.tax.commands import SaveTaxRate
from flint_domain.work import LEASE
from flint_server.db import DEFAULT_MERCHANT_ID
from flint_server.processors.simulated import LATER_AFTER
from tests.journeys.house import House
from tests.machine.books import Books, check, check_at_rest, read_books
from tests.machine.conftest import MEMORY
from tests.machine.hints import check_hints, offer_probe
from tests.machine.mortal import Death, MortalProcessor, MortalStore, is_killed

T = TypeVar("T")

EXAMPLES = os.environ.get("FLINT_MACHINE_EXAMPLES")
MOST_ORDERS = 3
ROUNDS_TO_REST = 8  # a late answer may plan another charge, whose answer may be late again

TOKENS = (
    "tok_visa",
    "tok_mastercard",
    "tok_chargeDeclined",
    "tok_visa_chargeDeclinedStolenCard",
    "tok_threeDSecure2Required",
    "tok_threeDSecureRequiredChargeDeclined",
    "tok_pendingRefund",
    "tok_refundFail",
    "tok_createDispute",
)
COUPONS = (
    CreateCoupon(code="TEN", percent=Decimal(10)),
    CreateCoupon(code="CAPPED", percent=Decimal("33.3"), max_discount=Price(amount=777)),
    CreateCoupon(code="FIVE", discount=Price(amount=500), minimum_subtotal=Price(amount=2000)),
    CreateCoupon(code="MUGS", percent=Decimal("12.5"), item_ids=("mug",)),
    CreateCoupon(code="LAST", percent=Decimal(50), max_uses=1),
    CreateCoupon(code="ONCE", discount=Price(amount=100), max_uses_per_customer=1),
    CreateCoupon(code="ALONE", percent=Decimal(20), exclusive=True),
    CreateCoupon(code="FREE", percent=Decimal(100)),
)

price = st.builds(Price, amount=st.integers(0, 20_000))
quantity = st.sampled_from([Decimal(n) for n in ("1", "1", "2", "3", "1.5", "0.3333", "12.25")])
customer = st.sampled_from(["cus_ann", "cus_bob"])
percent_off = st.sampled_from([None, None, Decimal("7.5"), Decimal(40)])
money_off = st.one_of(st.none(), st.builds(Price, amount=st.integers(1, 3_000)))
modifiers = st.lists(
    st.builds(ModifierInput, name=st.just("gift wrap"), money=st.builds(Price, amount=st.integers(0, 300))), max_size=2
).map(tuple)
units = st.sampled_from([None, Decimal(1), Decimal("0.5")])
tokens = st.lists(st.sampled_from(TOKENS), min_size=1, max_size=3).map(tuple)
part = st.one_of(st.none(), st.integers(1, 99))  # a percentage of what there is, or all of it
key = st.one_of(st.none(), st.just("new"))


def _tender(source: str, amount: int) -> TenderInput:
    return TenderInput(source=source, money=Price(amount=amount))


def _pay(*sources: str, later: bool = False) -> Callable[[str], list[Command]]:
    return lambda order_id: [PayOrder(order_id=order_id, sources=sources, capture_later=later)]


def _tenders(second: str, *, later: bool) -> Callable[[str], list[Command]]:
    tenders = (_tender("tok_visa", 5_000), _tender(second, 6_000))
    return lambda order_id: [PayOrder(order_id=order_id, tenders=tenders, capture_later=later)]


def _paid_and_partly_refunded(token: str) -> Callable[[str], list[Command]]:
    return lambda order_id: [
        PayOrder(order_id=order_id, sources=(token,)),
        CreateRefund(target=RefundTarget(order_id=order_id, amount=Price(amount=4_321))),
    ]


def _partly_paid_and_held(order_id: str) -> list[Command]:
    return [
        PayOrder(order_id=order_id, tenders=(_tender("tok_visa", 4_000),)),
        PayOrder(order_id=order_id, sources=("tok_mastercard",), capture_later=True),
    ]


# What happened to the first order: the fault that was switched on before, and the commands.
SCENES: dict[str, tuple[str | None, Callable[[str], list[Command]]]] = {
    "nothing yet": (None, lambda _: []),
    "paid": (None, _pay("tok_visa")),
    "held": (None, _pay("tok_visa", later=True)),
    "partly paid, the rest held": (None, _partly_paid_and_held),
    "waits for the buyer": (None, _pay("tok_threeDSecure2Required", "tok_visa")),
    "waits for the bank": ("pending", _pay("tok_visa", "tok_mastercard")),
    "answer lost": ("answer_lost", _pay("tok_visa", "tok_mastercard")),
    "two tenders held": (None, _tenders("tok_mastercard", later=True)),
    "one tender held, one waits": (None, _tenders("tok_threeDSecure2Required", later=True)),
    "tenders wait for the buyer": (None, _tenders("tok_threeDSecure2Required", later=False)),
    "a refund is pending": (None, _paid_and_partly_refunded("tok_pendingRefund")),
    "a refund will fail": (None, _paid_and_partly_refunded("tok_refundFail")),
    "a refund was declined": (None, _paid_and_partly_refunded("tok_createDispute")),
}


def percent_of(amount: int, percent: int | None) -> Price | None:
    return None if percent is None else Price(amount=max(1, amount * percent // 100))


def _first_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what is computed anew for a replay."""
    now = {"availableActions", "blockedActions", "currentVersion", "replayed"}
    told = {name: value for name, value in answer.items() if name not in now}
    return {**told, "order": _first_answer(told["order"])} if "order" in told else told


class Histories(RuleBasedStateMachine):
    """One shop with at most three orders, whatever its callers, its processor and its power supply do."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="flint-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
        self.house = House(self.folder)
        self.death = Death()
        self.books: Books | None = None
        self.sent: list[tuple[str, Command]] = []
        self.taxes: list[str] = []
        self.keys = 0

    # ── the shop and its end ──

    @initialize(default=st.sampled_from([None, "8", "8.25"]), scene=st.sampled_from(sorted(SCENES)))
    def opens(self, default: str | None, scene: str) -> None:
        """A shop whose first order is already in a situation that a random walk would be long in coming to."""
        self.runner.run(self._open(default))
        lines = tuple(LineInput(name="thing", unit_price=Price(amount=amount)) for amount in (9_900, 2_900))
        self.do(CreateOrder(lines=lines, customer_id="cus_ann", tip=Price(amount=100)), None)
        order = self._order(0)
        fault, commands = SCENES[scene]
        if fault:
            self.runner.run(self.house.fault(fault))
        for command in commands(order.order_id):
            self.do(command, "new")
        self.hints_are_exact(0)

    async def _open(self, default: str | None) -> None:
        await self.house.open()
        self._take_the_road()
        if default:
            await self.house.do(SaveTaxRate(rate_name="Sales tax", percent=Decimal(default), default=True))
        for name, percent, inclusive in (("City", "2.125", False), ("VAT", "19", True), ("VAT low", "7", True)):
            made = await self.house.do(SaveTaxRate(rate_name=name, percent=Decimal(percent), inclusive=inclusive))
            self.taxes.append(made["taxRate"]["taxRateId"])
        for coupon in COUPONS:
            await self.house.do(coupon)
        await offer_probe(self.house)
        self.books = await read_books(self.house)

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
        """No more faults, every buyer makes up their mind: then all three books must agree."""
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
        if key == "new":
            self.keys += 1
            key = f"key-{self.keys}"
            self.sent.append((key, command))
        answer = self._step(self.house.flint.execute(command, Call(key=key, dry_run=dry_run)))
        before = self._look()
        if isinstance(answer, Refused) or dry_run:
            assert self.books is not None
            assert before.ours == self.books.ours, f"{command} was refused or rehearsed, and something changed"
        return answer

    def _step(self, work: Coroutine[Any, Any, T]) -> T | Refused | None:
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

    def _look(self) -> Books:
        """Read and check both sides' books; returns those of before."""
        before, self.books = self.books, self.runner.run(read_books(self.house))
        assert before is not None
        check(self.books, before)
        return before

    def _order(self, number: int) -> Order:
        assert self.books is not None
        orders = sorted(self.books.orders)
        return self.books.orders[orders[number % len(orders)]]

    def _has_orders(self) -> bool:
        return self.books is not None and len(self.books.orders) > 0

    def _payments(self, which: Callable[[Payment], bool]) -> list[Payment]:
        """The payments of all orders that are in this state."""
        assert self.books is not None
        orders = (self.books.orders[order_id] for order_id in sorted(self.books.orders))
        return [payment for order in orders for payment in order.payments if which(payment)]

    def _order_of(self, payment: Payment) -> Order:
        assert self.books is not None
        return next(order for order in self.books.orders.values() if payment in order.payments)

    def _has_paid(self) -> bool:
        return self._has_orders() and bool(self._payments(lambda payment: payment.captured > 0))

    def _line(self, draw: st.DataObject) -> LineInput:
        tax = draw.draw(st.sampled_from(["default", "default", "exempt", "city", "vat", "vat", "both"]))
        rates = {"exempt": [], "city": self.taxes[:1], "vat": self.taxes[1:2], "both": self.taxes[1:]}.get(tax)
        return LineInput(
            name="thing",
            quantity=draw.draw(quantity),
            unit_price=draw.draw(price),
            modifiers=draw.draw(modifiers),
            discount_percent=draw.draw(percent_off),
            discount=draw.draw(money_off),
            tax_rate_ids=None if rates is None else tuple(rates),
            item_id=draw.draw(st.sampled_from([None, "mug"])),
        )

    # ── what callers do ──

    @precondition(lambda self: self.books is not None and len(self.books.orders) < MOST_ORDERS)
    @rule(data=st.data(), customer=st.one_of(st.none(), customer), tip=st.integers(0, 500), key=key)
    def create(self, data: st.DataObject, customer: str | None, tip: int, key: str | None) -> None:
        lines = tuple(self._line(data) for _ in range(data.draw(st.integers(1, 3))))
        charge = ChargeInput(name="shipping", money=data.draw(price), taxable=data.draw(st.booleans()))
        command = CreateOrder(
            lines=lines,
            customer_id=customer,
            charges=(charge,) if data.draw(st.booleans()) else (),
            tip=Price(amount=tip),
        )
        self.do(command, key)

    @precondition(_has_orders)
    @rule(data=st.data(), number=st.integers(0, 2), key=key, dry_run=st.booleans())
    def update(self, data: st.DataObject, number: int, key: str | None, dry_run: bool) -> None:
        order = self._order(number)
        line = data.draw(st.sampled_from(order.lines)).line_id
        what = data.draw(st.sampled_from(["add", "change", "remove", "tip", "customer", "off", "note"]))
        update = {
            "add": lambda: OrderUpdate(add=(self._line(data),)),
            "change": lambda: OrderUpdate(change=(LineChange(line_id=line, quantity=data.draw(quantity)),)),
            "remove": lambda: OrderUpdate(remove=(line,), note="gone"),
            "tip": lambda: OrderUpdate(tip=data.draw(price)),
            "customer": lambda: OrderUpdate(customer_id=data.draw(customer)),
            "off": lambda: OrderUpdate(change=(LineChange(line_id=line, discount=data.draw(price)),)),
            "note": lambda: OrderUpdate(note="please ring"),
        }[what]()
        self.do(UpdateOrder(order_id=order.order_id, update=update), None if dry_run else key, dry_run=dry_run)

    @precondition(_has_orders)
    @rule(
        number=st.integers(0, 2),
        code=st.sampled_from([coupon.code for coupon in COUPONS]),
        what=st.sampled_from(["apply", "apply", "apply", "remove", "switch"]),
        key=key,
    )
    def coupon(self, number: int, code: str, what: str, key: str | None) -> None:
        order = self._order(number)
        held = order.coupons[0].code if order.coupons else code
        if what == "apply":
            self.do(ApplyCoupon(order_id=order.order_id, coupon_code=code.lower()), key)
        elif what == "remove":
            self.do(RemoveCoupon(order_id=order.order_id, coupon_code=held), key)
        else:
            self.do(UpdateCoupon(code=code, active=number == 0), key)

    @precondition(_has_orders)
    @rule(number=st.integers(0, 2), tokens=tokens, later=st.booleans(), key=key, dry_run=st.booleans())
    def pay(self, number: int, tokens: tuple[str, ...], later: bool, key: str | None, dry_run: bool) -> None:
        command = PayOrder(order_id=self._order(number).order_id, sources=tokens, capture_later=later)
        self.do(command, None if dry_run else key, dry_run=dry_run)

    @precondition(_has_orders)
    @rule(
        number=st.integers(0, 2),
        tendered=st.lists(st.tuples(st.sampled_from(TOKENS), st.integers(1, 70)), min_size=1, max_size=3),
        how=st.sampled_from(["together", "together", "keep what works", "capture later"]),
        key=key,
    )
    def pay_with_tenders(self, number: int, tendered: list[tuple[str, int]], how: str, key: str | None) -> None:
        order = self._order(number)
        assert self.books is not None
        outstanding = self.books.columns[order.order_id]["outstanding"]
        tenders = tuple(
            TenderInput(source=source, money=percent_of(outstanding, part) or Price(amount=1))
            for source, part in tendered
        )
        command = PayOrder(
            order_id=order.order_id,
            tenders=tenders,
            keep_partial=how == "keep what works",
            capture_later=how == "capture later",
        )
        self.do(command, key)

    @precondition(lambda self: self._has_orders() and self._payments(capturable))
    @rule(which=st.integers(0, 3), part=part, key=key)
    def capture(self, which: int, part: int | None, key: str | None) -> None:
        held = self._payments(capturable)
        payment = held[which % len(held)]
        amount = percent_of(payment.authorized, part)
        self.do(CapturePayment(payment_id=payment.payment_id, amount=amount), key)

    @precondition(lambda self: self._has_orders() and self._payments(voidable))
    @rule(which=st.integers(0, 3), key=key)
    def void(self, which: int, key: str | None) -> None:
        held = self._payments(voidable)
        self.do(VoidPayment(payment_id=held[which % len(held)].payment_id), key)

    @precondition(_has_paid)
    @rule(data=st.data(), which=st.integers(0, 3), part=part, key=key, dry_run=st.booleans())
    def refund(self, data: st.DataObject, which: int, part: int | None, key: str | None, dry_run: bool) -> None:
        paid_for = self._payments(lambda payment: payment.captured > 0)
        order = self._order_of(paid_for[which % len(paid_for)])
        paid = sum(payment.captured for payment in order.payments)
        line = data.draw(st.sampled_from(order.lines)).line_id
        charges = tuple(charge.charge_id for charge in order.charges)
        through = data.draw(st.sampled_from([None, *(p.payment_id for p in order.payments if p.captured)]))
        quantity = data.draw(units)
        target = data.draw(
            st.sampled_from(
                [
                    RefundTarget(order_id=order.order_id, payment_id=through, amount=percent_of(paid, part)),
                    RefundTarget(
                        order_id=order.order_id,
                        payment_id=through,
                        lines=(RefundLine(line_id=line, quantity=quantity),),
                    ),
                    RefundTarget(order_id=order.order_id, payment_id=through, charge_ids=charges, tip=order.tip > 0),
                ]
            )
        )
        self.do(CreateRefund(target=target), None if dry_run else key, dry_run=dry_run)

    @precondition(_has_orders)
    @rule(number=st.integers(0, 2), end=st.sampled_from([CancelOrder, CloseOrder]), key=key, sure=st.booleans())
    def end(self, number: int, end: type[CancelOrder | CloseOrder], key: str | None, sure: bool) -> None:
        assume(sure)  # half as often: an ended order has little left to go wrong
        self.do(end(order_id=self._order(number).order_id), key)

    @precondition(_has_orders)
    @rule(number=st.integers(0, 2))
    def act_on_a_stale_version(self, number: int) -> None:
        order = self._order(number)
        stale = order.version - 1
        answer = self.do(
            UpdateOrder(order_id=order.order_id, update=OrderUpdate(note="late"), expected_version=stale), None
        )
        assert isinstance(answer, Refused)
        assert answer.code == "version_conflict"
        assert answer.details["currentVersion"] == order.version
        assert self.books is not None
        since = [kind for version, _, kind, _ in self.books.facts[order.order_id] if version > stale]
        assert [change["type"] for change in answer.details["changedSince"]] == since[:20]

    # ── keys ──

    @precondition(lambda self: self.sent)
    @rule(which=st.integers(0, 50), reuse=st.sampled_from([False, False, True]))
    def send_a_key_again(self, which: int, reuse: bool) -> None:
        key, command = self.sent[which % len(self.sent)]
        if reuse:
            self._reuse(key, command)
        else:
            self._repeat(key, command)

    def _repeat(self, key: str, command: Command) -> None:
        """The same call again: no money moves twice, and a finished answer is given again as it was."""
        assert self.books is not None
        stored, moved = self.books.receipts.get(key), len(self.books.entries)
        answer = self._step(self.house.flint.execute(command, Call(key=key)))
        self._look()
        if stored is None or answer is None:
            return
        assert len(self.books.entries) == moved
        assert isinstance(answer, dict)
        assert answer["replayed"] is True
        assert _first_answer(answer) == _first_answer(stored)

    def _reuse(self, key: str, command: Command) -> None:
        assert self.books is not None
        assume(key in self.books.receipts)
        other = CreateOrder(lines=(LineInput(name="something else", unit_price=Price(amount=4_711)),))
        answer = self.do(other, key)
        assert isinstance(answer, Refused)
        assert answer.code == "idempotency_key_reused"
        assert answer.details["first"]["command"] == command.name

    # ── what the world does ──

    @rule(
        kind=st.sampled_from(["answer_lost", "error_500", "decline", "pending"]),
        of=st.sampled_from([None, *TransferKind]),
        times=st.integers(1, 2),
    )
    def switch_a_fault_on(self, kind: str, of: TransferKind | None, times: int) -> None:
        self.runner.run(self.house.fault(kind, transfer_kind=of, times=times))

    @rule(moment=st.sampled_from(["before the call", "after the answer", "after the commit"]), nth=st.integers(1, 3))
    def be_mortal(self, moment: Any, nth: int) -> None:
        self.death.await_at(moment, nth)

    @precondition(lambda self: self._has_orders() and self._payments(lambda payment: payment.step is not None))
    @rule(approves=st.booleans(), which=st.integers(0, 5))
    def buyer_decides(self, approves: bool, which: int) -> None:
        waiting = self.runner.run(self.house.simulator.waiting())
        assume(waiting)
        chosen = waiting[which % len(waiting)].transfer_id
        simulator = self.house.simulator
        self.runner.run(simulator.complete(chosen) if approves else simulator.fail(chosen))
        self._look()

    @rule()
    def hear(self) -> None:
        self.house.clock.passes(LATER_AFTER)
        self._step(self.house.flint.hear())
        self._look()

    @rule()
    def recover(self) -> None:
        self.house.clock.passes(LEASE + timedelta(seconds=1))
        self._step(self.house.flint.recover())
        self._look()

    @precondition(_has_orders)
    @rule(number=st.integers(0, 2))
    def hints_are_exact(self, number: int) -> None:
        self.runner.run(check_hints(self.house, self._order(number).order_id))
        before = self._look()
        assert self.books is not None
        assert before.ours == self.books.ours, "a dry run left something behind"


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call whose first one died is not waited for: the clock stands still while it would."""
    monkeypatch.setattr(road, "IN_PROGRESS_WAIT", 0.0)


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=int(EXAMPLES or 70),
    stateful_step_count=40,
    deadline=None,
    derandomize=EXAMPLES is None,
    database=None,
    print_blob=True,
    report_multiple_bugs=False,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    phases=[Phase.generate, Phase.shrink],
)
