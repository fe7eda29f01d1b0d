"""Random histories of a small warehouse: after every step stock equals its trail, and what orders hold equals both.

FLINT_MACHINE_EXAMPLES=2000 runs longer, with fresh randomness instead of the fixed histories.
"""

import asyncio
import os
import shutil
import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from flint_domain.catalog.rules import VariantInput
from flint_domain.commands.after_payment import AmendOrder, ReturnItems
from flint_domain.commands.catalog import AdjustInventory, SaveItem
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.orders import CancelOrder, CloseOrder, CreateOrder, UpdateOrder
from flint_domain.commands.payments import CapturePayment, PayOrder, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.engine.flint import Call
from flint_domain.kernel.errors import Refused
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.inputs import Amount, LineChange, LineInput, OrderUpdate
from flint_domain.order.model import Order
from flint_domain.reactions.catalog.stock import RESERVED_FOR
from flint_domain.unit_of_work.command import Command
from tests.journeys.house import House
from tests.machine.conftest import MEMORY
from tests.machine.warehouse import UNIT, Warehouse, check_warehouse

EXAMPLES = os.environ.get("FLINT_MACHINE_EXAMPLES")
MOST_ORDERS = 5
SKUS = ("MUG", "CUP", "PEN")  # nobody counts pens at first

# Refusals that a history may run into; anything else is a fault.
EXPECTED = frozenset(
    {
        *("out_of_stock", "price_locked", "payment_in_progress", "nothing_to_pay", "nothing_to_refund"),
        *("nothing_to_capture", "nothing_to_void", "nothing_to_amend", "nothing_to_fulfill", "nothing_to_return"),
        *("order_ended", "order_canceling", "order_amending", "order_fulfilled", "outstanding_remains", "money_held"),
        *("amount_too_high", "look_alike_refund", "invalid_argument", "payment_source_needed", "amount_too_large"),
    }
)

sku = st.sampled_from(SKUS)
quantity = st.sampled_from([Decimal(n) for n in ("1", "1", "2", "3", "0.5", "1.2345")])
lines = st.lists(st.builds(LineInput, item_id=sku, quantity=quantity), min_size=1, max_size=3).map(tuple)
which = st.integers(0, MOST_ORDERS - 1)
token = st.sampled_from(["tok_visa", "tok_visa", "tok_chargeDeclined", "tok_threeDSecure2Required", "tok_refundFail"])


class StockHistories(RuleBasedStateMachine):
    """Up to five orders at a time that fight over a handful of mugs and cups."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="flint-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
        self.house = House(self.folder)
        self.seen = Warehouse()
        self.calls = 0
        self.is_open = False

    @initialize(mugs=st.integers(9, 12), cups=st.integers(4, 6))
    def opens(self, mugs: int, cups: int) -> None:
        """A shop with an order that is delivered, one that is paid and one that is not, and little left."""
        self.runner.run(self.house.open())
        self.is_open = True
        for name, price in zip(SKUS, (900, 0, 250), strict=True):
            variant = VariantInput(sku=name, price=Amount(amount=price))
            self.do(SaveItem(item_name=name.lower(), reference=f"own-{name}", variants=(variant,)))
        self.do(AdjustInventory(sku="MUG", count=Decimal(mugs), reason="counted"))
        self.do(AdjustInventory(sku="CUP", count=Decimal(cups), reason="counted"))
        wanted = (LineInput(item_id="MUG", quantity=Decimal(2)), LineInput(item_id="CUP"), LineInput(item_id="PEN"))
        for _ in range(3):
            self.do(CreateOrder(lines=wanted))
        delivered, paid, _ = check_warehouse(self.house).orders
        for order_id in (delivered, paid):
            self.do(PayOrder(order_id=order_id, sources=("tok_visa",)))
        self.do(FulfillOrder(order_id=delivered, state="DELIVERED"))

    def teardown(self) -> None:
        if self.is_open:
            self.runner.run(self.house.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    @invariant()
    def stock_is_its_trail_and_what_orders_hold(self) -> None:
        if self.is_open:
            self.seen = check_warehouse(self.house)

    def do(self, command: Command) -> dict[str, Any] | None:
        self.calls += 1
        try:
            return self.runner.run(self.house.flint.execute(command, Call(key=f"key-{self.calls}")))
        except Refused as refused:
            assert refused.code in EXPECTED, refused
            if refused.code == "out_of_stock" and not isinstance(command, AdjustInventory):
                self._was_short(refused)
            return None

    def _was_short(self, refused: Refused) -> None:
        """The refusal is true: there was less than was asked for."""
        for short in refused.details["outOfStock"]:
            available = Decimal(self.seen.stock[short["variantId"]][0]) / UNIT
            assert Decimal(short["wanted"]) > Decimal(short["available"]) >= available

    def order(self, number: int) -> Order | None:
        """One of the orders that have not ended, if there are any."""
        found = [order for order in check_warehouse(self.house).orders.values() if order.ended is None]
        return found[number % len(found)] if found else None

    # ── orders ──

    @rule(wanted=lines)
    def creates(self, wanted: tuple[LineInput, ...]) -> None:
        if sum(order.ended is None for order in self.seen.orders.values()) < MOST_ORDERS:
            self.do(CreateOrder(lines=wanted))

    @rule(
        number=which,
        wanted=st.one_of(st.none(), quantity),
        instead=st.one_of(st.none(), sku),
        add=lines,
        amend=st.booleans(),
    )
    def changes(
        self, number: int, wanted: Decimal | None, instead: str | None, add: tuple[LineInput, ...], amend: bool
    ) -> None:
        order = self.order(number)
        if order is None:
            return
        change = LineChange(line_id=order.lines[0].line_id, quantity=wanted, item_id=instead)
        update = OrderUpdate(change=(change,), add=add[:1] if wanted is None else ())
        if amend:
            self.do(AmendOrder(order_id=order.order_id, update=update, source="tok_visa"))
        else:
            self.do(UpdateOrder(order_id=order.order_id, update=update))

    @rule(number=which)
    def takes_a_line_off(self, number: int) -> None:
        order = self.order(number)
        if order is not None and len(order.lines) > 1:
            self.do(UpdateOrder(order_id=order.order_id, update=OrderUpdate(remove=(order.lines[-1].line_id,))))

    @rule(number=which)
    def notes(self, number: int) -> None:
        if order := self.order(number):
            self.do(UpdateOrder(order_id=order.order_id, update=OrderUpdate(note="noted")))

    @rule(number=which, source=token, later=st.booleans(), lost=st.booleans())
    def pays(self, number: int, source: str, later: bool, lost: bool) -> None:
        order = self.order(number)
        if order is None:
            return
        if lost:
            self.runner.run(self.house.fault("answer_lost", times=1))
        self.do(PayOrder(order_id=order.order_id, sources=(source,), capture_later=later))
        self.runner.run(self.house.simulator.clear_faults())

    @rule(number=which, capture=st.booleans())
    def ends_a_hold(self, number: int, capture: bool) -> None:
        order = self.order(number)
        if order is not None and order.payments:
            payment_id = order.payments[-1].payment_id
            self.do(CapturePayment(payment_id=payment_id) if capture else VoidPayment(payment_id=payment_id))

    @rule(number=which, approves=st.booleans())
    def makes_up_its_mind(self, number: int, approves: bool) -> None:
        order = self.order(number)
        for waiting in self.runner.run(self.house.simulator.waiting()):
            if order is not None and waiting.waits_for == "buyer":
                self.runner.run(self.house.buyer(waiting.transfer_id, approves=approves))

    @rule(number=which, close=st.booleans())
    def ends(self, number: int, close: bool) -> None:
        if order := self.order(number):
            order_id = order.order_id
            self.do(CloseOrder(order_id=order_id) if close else CancelOrder(order_id=order_id))

    @rule(number=which, back=quantity, restock=st.booleans())
    def refunds(self, number: int, back: Decimal, restock: bool) -> None:
        if order := self.order(number):
            line = RefundLine(line_id=order.lines[0].line_id, quantity=back)
            target = RefundTarget(order_id=order.order_id, lines=(line,))
            self.do(CreateRefund(target=target, restock=restock))

    @rule(number=which)
    def is_delivered(self, number: int) -> None:
        if order := self.order(number):
            self.do(FulfillOrder(order_id=order.order_id, state="DELIVERED"))

    @rule(number=which, restock=st.booleans(), instead=st.one_of(st.none(), sku))
    def returns(self, number: int, restock: bool, instead: str | None) -> None:
        if order := self.order(number):
            replacement = None if instead is None else LineInput(item_id=instead)
            item = ReturnItem(line_id=order.lines[0].line_id, replacement=replacement)
            request = ReturnRequest(items=(item,), restock=restock)
            self.do(ReturnItems(order_id=order.order_id, request=request, source="tok_visa"))

    # ── the warehouse and time ──

    @rule(name=sku, units=st.integers(-3, 4).filter(bool))
    def adjusts(self, name: str, units: int) -> None:
        self.do(AdjustInventory(sku=name, change_by=Decimal(units), reason="correction"))

    @rule(name=sku, tracked=st.booleans())
    def counts_or_not(self, name: str, tracked: bool) -> None:
        self.do(SaveItem(item_id=f"own-{name}", variants=(VariantInput(sku=name, tracked=tracked),)))

    @rule(span=st.sampled_from([timedelta(minutes=1), RESERVED_FOR / 2, RESERVED_FOR]))
    def time_passes(self, span: timedelta) -> None:
        self.runner.run(self.house.later(span))

    @rule()
    def the_worker_comes_by(self) -> None:
        self.runner.run(self.house.recover())
        self.runner.run(self.house.flint.release_expired())
        now = self.house.clock.now()
        for order in check_warehouse(self.house).orders.values():
            until = order.reserved_until
            assert until is None or until > now or not any(held.reserved for held in order.stock)


TestStockHistories = StockHistories.TestCase
TestStockHistories.settings = settings(
    max_examples=int(EXAMPLES or 30),
    stateful_step_count=30,
    derandomize=EXAMPLES is None,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
