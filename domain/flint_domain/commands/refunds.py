"""Quote a refund, make one, read one."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from flint_domain.commands.shown import OrderRef, buyer_of, order_shown
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.guards import require
from flint_domain.kernel.look_alikes import LOOK_ALIKE_WINDOW, look_alike
from flint_domain.kernel.money import format_money
from flint_domain.kernel.telling import Told
from flint_domain.order import guards
from flint_domain.order.inputs import Amount, amount_in
from flint_domain.order.lifecycle import Standing
from flint_domain.order.refunds import rules
from flint_domain.order.refunds.model import TIP, RefundReason
from flint_domain.order.refunds.restocking import restock
from flint_domain.order.refunds.rules import RefundItem, RefundRequest
from flint_domain.order.refunds.views import quote_view, refund_view, refunds_view
from flint_domain.order.views import View
from flint_domain.reactions.gift_cards.refund_accounts import kept_destination, quoted_destination
from flint_domain.reactions.payments import order_with
from flint_domain.settling import save
from flint_domain.unit_of_work.command import Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work, load, not_found


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundLine:
    line_id: Told[str]
    quantity: Told[Decimal | None] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundTarget:
    """What to give back of an order or a payment: an amount, or lines, charges and tip, or all that is left."""

    order_id: Told[str | None] = None
    payment_id: Told[str | None] = None
    amount: Told[Amount | None] = None
    lines: Told[tuple[RefundLine, ...]] = ()
    charge_ids: Told[tuple[str, ...]] = ()
    tip: Told[bool] = False

    def order_id_in(self, tx: ReadTransaction) -> str:
        """The order this is about.

        Raises Refused("invalid_argument") when order and payment are not of each other, or neither is named.
        """
        if self.payment_id is None:
            if self.order_id is None:
                raise Refused(
                    "invalid_argument",
                    "Neither orderId nor paymentIntentId is given.",
                    hint="name the order, or one of its payments",
                    param="orderId",
                )
            return self.order_id
        owner = order_with(tx, self.payment_id).order_id
        if self.order_id not in (None, owner):
            raise Refused(
                "invalid_argument",
                f"{self.payment_id} is not a payment of {self.order_id}.",
                hint="name one of the two, or a payment of that order",
                param="paymentIntentId",
                order_id=self.order_id,
            )
        return owner

    def request(self, standing: Standing, refund_to: str | None) -> RefundRequest:
        """What is asked for, in the order's terms; refund_to is as the order keeps it."""
        items = [RefundItem(line.line_id, line.quantity) for line in self.lines]
        items += [RefundItem(charge_id) for charge_id in self.charge_ids]
        items += [RefundItem(TIP)] if self.tip else []
        if len({item.id for item in items}) < len(items):
            raise Refused(
                "invalid_argument",
                "A line or charge is named twice.",
                hint="name each once, with the whole quantity",
                param="lines",
                order_id=standing.order.order_id,
            )
        amount = None if self.amount is None else amount_in(standing.order.currency, self.amount, "amountMoney")
        return RefundRequest(payment_id=self.payment_id, refund_to=refund_to, amount=amount, items=tuple(items))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRefund:
    """What create_refund would do, without doing it."""

    target: RefundTarget
    refund_to: str | None = None

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        standing = load(tx, self.target.order_id_in(tx))
        to = None if self.refund_to is None else quoted_destination(tx, standing.order, self.refund_to)
        plan = rules.plan_refund(standing, self.target.request(standing, to))
        return {"quote": quote_view(standing, plan).to_wire(keep_empty=False)}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRef(OrderRef):
    """The refunds that one call made of an order."""

    refund_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRefund:
    """Give money back through the payments it came from, the newest first, or to an account that refund_to names.

    restock puts the units of its lines back into stock: they were not handed over, or came back.
    """

    name: ClassVar[str] = "create_refund"
    ref: ClassVar[type[Ref]] = RefundRef
    target: Told[RefundTarget]
    reason: Told[RefundReason] = "requested_by_customer"
    note: str | None = None
    restock: Told[bool] = False
    refund_to: str | None = None
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> RefundRef:
        standing = work.load(self.target.order_id_in(work.tx), self.expected_version)
        to = None if self.refund_to is None else kept_destination(work, standing.order, self.refund_to)
        request = self.target.request(standing, to)
        if work.idempotency_key is None:
            self._refuse_look_alike(work, standing, request)
        change, plan = rules.refund(standing, work.moment, request, reason=self.reason, note=self.note)
        warnings = plan.warnings
        if self.restock:
            change, uncounted = restock(change, standing.order, request)
            warnings += uncounted
        before = len(standing.order.refunds)
        order = save(work, change)
        made = tuple(refund.refund_id for refund in order.refunds[before:])
        return RefundRef(
            order_id=order.order_id,
            customer_id=buyer_of(order),
            refund_ids=made,
            view=self.view,
            warnings=warnings,
        )

    @staticmethod
    def show(tx: ReadTransaction, ref: RefundRef, caller: Caller) -> dict[str, Any]:
        order = load(tx, ref.order_id).order
        refunds = refunds_view(order, [rules.refund_of(order, refund_id) for refund_id in ref.refund_ids])
        return {"refund": refunds.to_wire(keep_empty=False), "order": order_shown(tx, ref, caller)}

    def _refuse_look_alike(self, work: Work, standing: Standing, request: RefundRequest) -> None:
        """Before anything is planned: what a call took that is sent again may be too little for it now, and the
        refusal would say how much more can go back."""
        require(guards.refund(standing), standing.order.order_id)
        twins = rules.look_alike(standing.order, request, work.tx.now - LOOK_ALIKE_WINDOW)
        if twins:
            ids = " and ".join(twin.refund_id for twin in twins)
            amount = format_money(sum(twin.amount for twin in twins), standing.order.currency)
            raise look_alike(
                "look_alike_refund",
                f"{ids} gave the same {'units' if request.items else amount} back minutes ago.",
                order_id=standing.order.order_id,
                details={"refundId": twins[0].refund_id},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class GetRefund:
    """One refund."""

    refund_id: str

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        order = tx.order_of_refund(self.refund_id)
        if order is None:
            raise not_found("refund", self.refund_id, "refundId", "refundIds of the order lists its refunds")
        return refund_view(order, rules.refund_of(order, self.refund_id)).to_wire(keep_empty=False)
