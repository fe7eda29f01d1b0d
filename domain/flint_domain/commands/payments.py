"""Pay an order, capture or void a payment, read one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from flint_domain.commands.shown import OrderRef, buyer_of, order_shown
from flint_domain.gift_cards.rules import INSUFFICIENT
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.guards import require
from flint_domain.kernel.look_alikes import LOOK_ALIKE_WINDOW, look_alike
from flint_domain.kernel.money import format_money
from flint_domain.kernel.telling import Told
from flint_domain.order import guards
from flint_domain.order.inputs import Amount, amount_in
from flint_domain.order.lifecycle import Standing
from flint_domain.order.model import Change, Order
from flint_domain.order.payments import rules
from flint_domain.order.payments.model import Tendered
from flint_domain.order.payments.views import payment_view, shown_payments
from flint_domain.order.views import View
from flint_domain.reactions.payment_sources import kept_source
from flint_domain.reactions.payments import order_with
from flint_domain.settling import save
from flint_domain.unit_of_work.command import Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work, load


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderInput:
    """One of several sources, and how much of the order it pays: the last may be left to pay the rest (None)."""

    source: str
    money: Told[Amount | None] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRef(OrderRef):
    """One payment of an order, or those from first_payment on, which counts from its payments: one that was made by
    falling back to the next source is shown, too."""

    payment_id: str | None = None
    first_payment: int | None = None


class _ShowsPayments:
    """A command whose answer is an order with its payments."""

    __slots__ = ()
    ref: ClassVar[type[Ref]] = PaymentRef

    @staticmethod
    def show(tx: ReadTransaction, ref: PaymentRef, caller: Caller) -> dict[str, Any]:
        found = load(tx, ref.order_id, caller)
        return {
            "order": order_shown(tx, ref, caller, warned_of(found.order, ref.first_payment)),
            "payments": shown_payments(found.order, ref.payment_id, ref.first_payment),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PayOrder(_ShowsPayments):
    """Pay what is outstanding: with the first source that is not declined, or with several tenders together."""

    name: ClassVar[str] = "pay_order"
    order_id: Told[str]
    sources: tuple[str, ...] = ()
    tenders: Told[tuple[TenderInput, ...]] = ()
    keep_partial: Told[bool] = False
    capture_later: Told[bool] = False
    expected_outstanding: Told[Amount | None] = None
    buyer_email: str | None = None
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> PaymentRef:
        before = work.load(self.order_id, self.expected_version)
        order = before.order
        require(guards.pay(before), self.order_id)
        self._check_outstanding(before)
        if self.buyer_email is not None:
            before = replace(before, order=replace(order, buyer_email=self.buyer_email))
        save(work, self._change(before, work))
        return PaymentRef(
            order_id=self.order_id,
            customer_id=buyer_of(order),
            first_payment=len(order.payments),
            view=self.view,
        )

    def _change(self, before: Standing, work: Work) -> Change:
        if guards.chargeable(before) == 0:
            return rules.settle_free(before)
        if self.tenders:
            sources = [kept_source(work.tx, before.order, tender.source, "tenders") for tender in self.tenders]
            amounts = self._amounts(before)
            tenders = [Tendered(source, amount) for source, amount in zip(sources, amounts, strict=True)]
            if work.idempotency_key is None:
                self._refuse_look_alike(work, before.order, tenders)
            return rules.pay_with_tenders(
                before, work.moment, tenders, keep_partial=self.keep_partial, later=self.capture_later
            )
        if not self.sources:
            raise Refused(
                "invalid_argument",
                f"{format_money(guards.chargeable(before), before.order.currency)} needs a payment source.",
                hint="give paymentSourceTokens (flint://reference/test-cards lists those for trying out) or tenders",
                param="paymentSourceTokens",
                order_id=self.order_id,
            )
        sources = [kept_source(work.tx, before.order, source, "paymentSourceTokens") for source in self.sources]
        return rules.pay(before, work.moment, sources, later=self.capture_later)

    def _refuse_look_alike(self, work: Work, order: Order, tenders: Sequence[Tendered]) -> None:
        """A part that was paid minutes ago is not paid again by a call that was only sent again. What pays the rest
        pays no more than is owed, however often it is sent."""
        parts = [part for part, given in zip(tenders, self.tenders, strict=True) if given.money is not None]
        twin = rules.look_alike(order, parts, work.tx.now - LOOK_ALIKE_WINDOW)
        if twin is not None:
            amount = format_money(twin.amount, order.currency)
            has = "took" if twin.captured else "holds" if twin.authorized else "was asked for"
            raise look_alike(
                "look_alike_payment",
                f"{twin.payment_id} {has} the same {amount} from the same source minutes ago.",
                order_id=order.order_id,
                details={"paymentIntentId": twin.payment_id},
            )

    def _amounts(self, before: Standing) -> list[int]:
        """What each tender pays, in minor units; the last one the rest when it names no amount."""
        order, last = before.order, self.tenders[-1]
        named = [tender.money for tender in self.tenders if tender.money is not None]
        amounts = [amount_in(order.currency, money, "tenders") for money in named]
        if len(named) < len(self.tenders) - (last.money is None):
            raise Refused(
                "invalid_argument",
                "A tender before the last one has no amountMoney.",
                hint="only the last may leave it out: it pays the rest",
                param="tenders",
                order_id=order.order_id,
            )
        if last.money is not None:
            return amounts
        most = guards.chargeable(before)
        if (rest := most - sum(amounts)) <= 0:
            raise Refused(
                "amount_too_high",
                f"The other tenders pay all of the {format_money(most, order.currency)} that can be charged, and leave "
                "the last one nothing.",
                hint="leave the last one out, or lower the others",
                param="tenders",
                order_id=order.order_id,
            )
        return [*amounts, rest]

    def _check_outstanding(self, before: Standing) -> None:
        if self.expected_outstanding is None:
            return
        currency, outstanding = before.order.currency, before.money.outstanding
        expected = amount_in(currency, self.expected_outstanding, "expectedOutstandingMoney")
        if expected != outstanding:
            raise Refused(
                "amount_changed",
                f"{format_money(outstanding, currency)} is outstanding, not {format_money(expected, currency)}.",
                hint="tell the buyer the amount of now and send the call again with it",
                param="expectedOutstandingMoney",
                order_id=self.order_id,
                details={"outstandingMoney": {"amount": outstanding, "currency": currency}},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePayment(_ShowsPayments):
    """Take an authorized payment, in whole or in part; the rest of the hold is released."""

    name: ClassVar[str] = "capture_payment"
    payment_id: Told[str]
    amount: Told[Amount | None] = None
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> PaymentRef:
        order_id = order_with(work.tx, self.payment_id).order_id
        before = work.load(order_id, self.expected_version)
        amount = None if self.amount is None else amount_in(before.order.currency, self.amount, "amountMoney")
        save(work, rules.capture(before, work.moment, self.payment_id, amount))
        return PaymentRef(
            order_id=order_id, customer_id=buyer_of(before.order), payment_id=self.payment_id, view=self.view
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidPayment(_ShowsPayments):
    """Release an authorized payment, or call off one that waits for the buyer."""

    name: ClassVar[str] = "void_payment"
    payment_id: Told[str]
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> PaymentRef:
        order_id = order_with(work.tx, self.payment_id).order_id
        before = work.load(order_id, self.expected_version)
        save(work, rules.void(before, work.moment, self.payment_id))
        return PaymentRef(
            order_id=order_id, customer_id=buyer_of(before.order), payment_id=self.payment_id, view=self.view
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPayment:
    """One payment."""

    payment_id: str

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        order = order_with(tx, self.payment_id)
        return payment_view(order, rules.payment_of(order, self.payment_id)).to_wire(keep_empty=False)


def warned_of(order: Order, first: int | None) -> tuple[str, ...]:
    """Of the payments that a command made, the gift cards and store credit that hold less than they were to pay alone:
    what they hold is easily overlooked, since the next source pays all of it."""
    return tuple(
        f"{payment.source} paid nothing: {payment.decline.message}"
        for payment in (() if first is None else order.payments[first:])
        if payment.decline is not None and payment.decline.decline_code == INSUFFICIENT and payment.group is None
    )
