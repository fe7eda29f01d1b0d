"""Amend a paid order, take items back, let another method pay."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from flint_domain.commands.orders import passed_by
from flint_domain.commands.shown import OrderRef, buyer_of, order_shown
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.guards import Block, require
from flint_domain.kernel.look_alikes import LOOK_ALIKE_WINDOW, look_alike
from flint_domain.kernel.telling import Told
from flint_domain.order import guards
from flint_domain.order.amendments import rules
from flint_domain.order.amendments.kept_back import KeepMoney
from flint_domain.order.amendments.returning import ReturnRequest, return_items
from flint_domain.order.amendments.rules import Means
from flint_domain.order.amendments.settling import amended, with_amendment
from flint_domain.order.amendments.views import amendment_view, return_view
from flint_domain.order.changes import FieldChange, changes_between, changes_shown, dropped_by_swaps
from flint_domain.order.inputs import OrderUpdate
from flint_domain.order.lifecycle import Standing
from flint_domain.order.model import Change, Order
from flint_domain.order.payments.views import shown_payments
from flint_domain.order.refunds.views import refund_view
from flint_domain.order.views import View
from flint_domain.procedures.ordering import inputs_of, taxes_after
from flint_domain.reactions.gift_cards.refund_accounts import kept_destination
from flint_domain.reactions.payment_sources import kept_source
from flint_domain.reactions.payments import order_with
from flint_domain.settling import save
from flint_domain.unit_of_work.command import Command, Ref
from flint_domain.unit_of_work.ports import ReadTransaction
from flint_domain.unit_of_work.work import Work, load


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendmentRef(OrderRef):
    """An amendment of an order. changed is what amending changed, and None of what is no such call."""

    amendment_id: str
    changed: tuple[FieldChange, ...] | None = None


class _ShowsAmendment:
    """A command whose answer is an amendment with its payments, refunds and return, and the order."""

    __slots__ = ()
    ref: ClassVar[type[Ref]] = AmendmentRef

    @staticmethod
    def show(tx: ReadTransaction, ref: AmendmentRef, caller: Caller) -> dict[str, Any]:
        order = load(tx, ref.order_id).order
        amendment = next(made for made in order.amendments if made.amendment_id == ref.amendment_id)
        answer: dict[str, Any] = {"amendment": amendment_view(order, amendment).to_wire(keep_empty=False)}
        if ref.changed is not None:
            answer["changes"] = changes_shown(() if amendment.state == "dropped" else ref.changed)
        if amendment.payment_id:
            answer["payments"] = shown_payments(order, amendment.payment_id, None)
        refunds = [made for made in order.refunds if made.refund_id in amendment.refund_ids]
        if refunds:
            answer["refunds"] = [refund_view(order, made).to_wire(keep_empty=False) for made in refunds]
        returned = next((made for made in order.returns if made.return_id == amendment.return_id), None)
        if returned is not None:
            answer["return"] = return_view(returned, order.currency).to_wire(keep_empty=False)
        return {**answer, "order": order_shown(tx, ref, caller)}


UNNAMED = "unnamed"  # pays in a dry run, which quotes a difference before anybody knows what will pay it


def means_of(work: Work, order: Order, source: str | None, refund_to: str | None) -> Means:
    """What pays a difference, or gets it, as the order keeps it.

    Raises Refused for a saved method, gift card or store credit that is of no use here.
    """
    if source is not None:
        source = kept_source(work.tx, order, source, "paymentSourceToken")
    elif work.rehearsing:
        source = UNNAMED
    return Means(
        source=source,
        refund_to=None if refund_to is None else kept_destination(work, order, refund_to),
    )


def _refuse_look_alike(work: Work, before: Standing, blocked: Block | None, command: Command) -> None:
    """Refuse a change that was sent twice without a key, before anything is planned: what is left may be too little for
    it now, and the refusal would say what else can be changed. One that waits for its money blocks any other."""
    order = before.order
    require(blocked, order.order_id)
    if work.idempotency_key is not None:
        return
    fingerprint, since = work.said(command).fingerprint, work.tx.now - LOOK_ALIKE_WINDOW
    for made in reversed(order.amendments):
        if made.fingerprint == fingerprint and made.state == "made" and made.created_at >= since:
            raise look_alike(
                "look_alike_change",
                f"{made.amendment_id} made the same change minutes ago.",
                order_id=order.order_id,
                details={"amendmentId": made.amendment_id},
            )


def _save(work: Work, before: Order, change: Change, command: Command, view: View) -> AmendmentRef:
    """Store an amendment with the fingerprint of its command, by which the same one is known when it is sent again."""
    made = change.order.amendments[len(before.amendments)]
    order = with_amendment(change.order, replace(made, fingerprint=work.said(command).fingerprint))
    save(work, replace(change, order=order))
    unnamed = any(transfer.source == UNNAMED for transfer in change.transfers)
    return AmendmentRef(
        order_id=order.order_id,
        customer_id=buyer_of(order),
        amendment_id=made.amendment_id,
        view=view,
        warnings=("the difference has to be paid: name paymentSourceToken when you mean it",) if unnamed else (),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AmendOrder(_ShowsAmendment):
    """Change a paid order and settle the difference, all or nothing."""

    name: ClassVar[str] = "amend_order"
    order_id: Told[str]
    update: Told[OrderUpdate]
    source: str | None = None
    refund_to: str | None = None
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> AmendmentRef:
        before = work.load(self.order_id, self.expected_version)
        _refuse_look_alike(work, before, guards.amend(before), self)
        order = before.order
        taxes = taxes_after(work, order, self.update)
        inputs = inputs_of(work, order.currency)
        means = means_of(work, order, self.source, self.refund_to)
        change = rules.amend(before, self.update, inputs, taxes=taxes, means=means, moment=work.moment)
        ref = _save(work, order, change, self, self.view)
        passed, after = passed_by(work, (*self.update.add, *self.update.change)), amended(change.order)
        warnings = (*ref.warnings, *passed, *dropped_by_swaps(order, after))
        return replace(ref, warnings=warnings, changed=changes_between(order, after))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnItems(_ShowsAmendment):
    """Take delivered units back, for money or for replacements, and settle the net once."""

    name: ClassVar[str] = "return_items"
    order_id: Told[str]
    request: Told[ReturnRequest]
    keep: Told[KeepMoney | None] = None
    source: str | None = None
    refund_to: str | None = None
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> AmendmentRef:
        before = work.load(self.order_id, self.expected_version)
        _refuse_look_alike(work, before, guards.return_items(before), self)
        order = before.order
        inputs = inputs_of(work, order.currency)
        means = means_of(work, order, self.source, self.refund_to)
        change = return_items(before, self.request, inputs, means=means, moment=work.moment, keep=self.keep)
        ref = _save(work, order, change, self, self.view)
        return replace(ref, warnings=(*ref.warnings, *self._uncounted(order)))

    def _uncounted(self, order: Order) -> Iterator[str]:
        """What cannot go back into stock, though it was asked for."""
        stocked = {line.line_id: line.stocked for line in order.lines}
        for item in self.request.items if self.request.restock else ():
            if not stocked[item.line_id]:
                yield f"{item.line_id} is not counted in any stock"


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePayment(_ShowsAmendment):
    """Charge another method what a payment has paid, and then give that payment back."""

    name: ClassVar[str] = "move_payment"
    payment_id: Told[str]
    source: str
    expected_version: int | None = None
    view: View = "summary"

    def change(self, work: Work) -> AmendmentRef:
        order_id = order_with(work.tx, self.payment_id).order_id
        before = work.load(order_id, self.expected_version)
        _refuse_look_alike(work, before, guards.move_payment(before), self)
        source = kept_source(work.tx, before.order, self.source, "paymentSourceToken")
        change = rules.move_payment(before, self.payment_id, source, work.moment)
        return _save(work, before.order, change, self, self.view)
