"""What happens around the orders: stock, gift cards, saved methods, and everything that nobody asked for."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from flint_domain.commands.catalog import AdjustInventory
from flint_domain.commands.gift_cards import AdjustGiftCard, IssueStoreCredit
from flint_domain.commands.orders import CreateOrder
from flint_domain.commands.payment_methods import AddPaymentMethod, RemovePaymentMethod
from flint_domain.engine.flint import Call
from flint_domain.kernel.errors import Refused
from flint_domain.order.inputs import Amount, LineInput
from flint_domain.order.payments.model import TransferKind
from flint_domain.reactions.catalog.stock import RESERVED_FOR
from flint_domain.unit_of_work.command import Command
from flint_domain.unit_of_work.work import LEASE
from flint_server.processors.simulated.processor import LATER_AFTER
from tests.machine import draws
from tests.machine.draws import COUNTED, GIFT, SAVED, SMALL_GIFT, TOKENS
from tests.machine.shop import Shop

MOST_PAUSES = 12  # half an hour each: long before a key is so old that nobody asks again


def _first_answer(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what is computed anew for a replay."""
    now = {"availableActions", "blockedActions", "currentVersion", "replayed"}
    told = {name: value for name, value in answer.items() if name not in now}
    return {**told, "order": _first_answer(told["order"])} if "order" in told else told


class Surroundings(Shop):
    pauses = 0

    # ── stock, money kept for buyers, methods ──

    @rule(sku=st.sampled_from(sorted(COUNTED)), by=st.sampled_from([Decimal(1), Decimal(-1), Decimal("2.5")]))
    def adjust_stock(self, sku: str, by: Decimal) -> None:
        self.do(AdjustInventory(sku=sku, change_by=by, reason="correction"), None)

    @rule(amount=st.integers(1, 3_000), what=st.sampled_from(["add", "take", "off", "on", "credit"]), key=draws.key)
    def adjust_credit(self, amount: int, what: str, key: str | None) -> None:
        money = Amount(amount=amount)
        commands: dict[str, Command] = {
            "add": AdjustGiftCard(account=GIFT, add=money, note="more"),
            "take": AdjustGiftCard(account=GIFT, take=money, note="less"),
            "off": AdjustGiftCard(account=SMALL_GIFT, active=False),
            "on": AdjustGiftCard(account=SMALL_GIFT, active=True),
            "credit": IssueStoreCredit(customer_id="ann", money=money),
        }
        self.do(commands[what], key)

    @rule(token=st.sampled_from(TOKENS), key=draws.key, default=st.booleans())
    def save_a_method(self, token: str, key: str | None, default: bool) -> None:
        answer = self.do(AddPaymentMethod(customer_id="ann", source=token, default=default), key)
        if isinstance(answer, dict):
            self.names[SAVED] = answer["paymentMethod"]["paymentMethodId"]

    @rule(key=draws.key, sure=st.booleans())
    def remove_a_method(self, key: str | None, *, sure: bool) -> None:
        if sure:
            self.do(RemovePaymentMethod(method_id=SAVED), key)

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
        stored, moved = self.books.receipts.get(key), (len(self.books.entries), len(self.books.ledger))
        answer = self.step(self.house.flint.execute(command, Call(key=key)))
        self.look()
        if stored is None or answer is None:
            return
        assert (len(self.books.entries), len(self.books.ledger)) == moved
        assert isinstance(answer, dict)
        assert answer["replayed"] is True
        assert _first_answer(answer) == _first_answer(stored)

    def _reuse(self, key: str, command: Command) -> None:
        assert self.books is not None
        if key not in self.books.receipts:
            return
        other = CreateOrder(lines=(LineInput(name="something else", unit_price=Amount(amount=4_711)),))
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

    @precondition(lambda self: self.payments(lambda payment: payment.step is not None))
    @rule(approves=st.booleans(), which=st.integers(0, 5))
    def buyer_decides(self, approves: bool, which: int) -> None:
        waiting = self.runner.run(self.house.simulator.waiting())
        if not waiting:
            return
        chosen = waiting[which % len(waiting)].transfer_id
        simulator = self.house.simulator
        self.runner.run(simulator.complete(chosen) if approves else simulator.fail(chosen))
        self.look()

    @rule()
    def hear(self) -> None:
        self.house.clock.passes(LATER_AFTER)
        self.step(self.house.flint.hear())
        self.look()

    @rule()
    def recover(self) -> None:
        self.house.clock.passes(LEASE + timedelta(seconds=1))
        self.step(self.house.flint.recover())
        self.look()

    @precondition(lambda self: self.pauses < MOST_PAUSES and self.orders(lambda order: order.stock))
    @rule(release=st.booleans())
    def nobody_pays_in_time(self, release: bool) -> None:
        self.pauses += 1
        self.house.clock.passes(RESERVED_FOR)
        if release:
            self.step(self.house.flint.release_expired())
        self.look()

    @precondition(Shop.has_orders)
    @rule(number=st.integers(0, 2))
    def hints_are_exact(self, number: int) -> None:
        self.hints_hold(number)
