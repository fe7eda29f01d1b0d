"""What happens when a movement of money has its answer."""

from dataclasses import replace

from flint_domain.kernel.facts import Fact
from flint_domain.kernel.money import format_money
from flint_domain.order.amendments.settling import advance as advance_amendment
from flint_domain.order.endings import advance_cancel
from flint_domain.order.model import Change, Order
from flint_domain.order.payments import settling as payments
from flint_domain.order.payments.model import (
    UNSETTLED,
    Decline,
    Dispute,
    Outcome,
    Transfer,
    TransferKind,
    TransferState,
)
from flint_domain.order.payments.rules import NOT_ASKED, is_lost, payment_of, with_payment
from flint_domain.order.refunds import settling as refunds
from flint_domain.order.tax import reporting
from flint_domain.reactions import payment_methods as methods
from flint_domain.reactions.gift_cards import tendering
from flint_domain.saving import store
from flint_domain.unit_of_work.work import PROCESSOR, Work, load


def save(work: Work, change: Change, *, actor: str | None = None) -> Order:
    """Store what a rule made of an order, one version up, and settle at once what it moves in Flint's own books."""
    order, here = store(work, change, actor=actor)
    for transfer in here:
        work.settled_here.append(transfer)
        settle(work, transfer.transfer_id, tendering.perform(work, transfer))
    if not here:
        return order
    _answer_lost_tenders(work, order.order_id)
    return load(work.tx, order.order_id).order


def settle(work: Work, transfer_id: str, outcome: Outcome) -> Transfer | None:
    """Put an outcome on a transfer and its order, by compare-and-set: None when it changes nothing.

    The call, the recovery and the processor's own notices all settle here, as often as they like.
    """
    transfer = work.tx.transfer(transfer_id)
    if transfer is not None and outcome.dispute is not None:
        note_dispute(work, transfer.payment_id, outcome.dispute)
    if transfer is None or not moves(transfer, outcome.state):
        return None
    settled = replace(
        transfer,
        state=outcome.state,
        reference=_reference(transfer, outcome),
        decline=outcome.decline,
        action_url=outcome.action_url,
        leased_until=work.tx.now if outcome.state is TransferState.UNKNOWN else transfer.leased_until,
        updated_at=work.tx.now,
    )
    if not work.tx.save_transfer(settled, was=transfer.state):
        return None
    work.idempotency_key = transfer.claim
    if transfer.claim is not None:
        work.ended.add(transfer.claim)
    if transfer.order_id is None:
        methods.settle(work, transfer, outcome)
        return settled
    order = work.current(transfer.order_id).order
    if transfer.kind is TransferKind.REFUND:
        change = refunds.settle(order, transfer, outcome)
    elif transfer.kind in reporting.REPORTS:
        change = reporting.settle(order, transfer, outcome)
    else:
        change = payments.settle(order, transfer, outcome, work.moment)
    if transfer_id in change.order.in_doubt:
        in_doubt = tuple(doubtful for doubtful in change.order.in_doubt if doubtful != transfer_id)
        change = replace(change, order=replace(change.order, in_doubt=in_doubt))
    change = advance_cancel(change, transfer, outcome.state)
    change = advance_amendment(change, transfer_id, transfer.kind, outcome.state, work.moment)
    for called_off in change.called_off:
        change = advance_amendment(change, called_off, TransferKind.CHARGE, TransferState.DECLINED, work.moment)
    save(work, change, actor=work.actor if transfer.account is not None else PROCESSOR)
    for called_off in change.called_off:
        _call_off(work, called_off)
    return settled


def _answer_lost_tenders(work: Work, order_id: str) -> None:
    """Answer for the cards of a group of tenders that a gift card or store credit has declined already: nobody asks
    them to set money aside that would be given back at once."""
    while True:
        order = load(work.tx, order_id).order
        lost = next((planned for planned in work.planned if is_lost(order, planned)), None)
        if lost is None:
            return
        work.planned.remove(lost)
        settle(work, lost.transfer_id, Outcome(state=TransferState.DECLINED, decline=NOT_ASKED))


def note_dispute(work: Work, payment_id: str, dispute: Dispute) -> bool:
    """Put a dispute as it stands on its payment; False when no order has that payment."""
    order = work.tx.order_of_payment(payment_id)
    if order is None:
        return False
    payment = payment_of(order, payment_id)
    if payment.dispute != dispute:
        amount = format_money(dispute.amount, order.currency)
        fact = Fact(
            "PAYMENT_DISPUTED" if payment.dispute is None else "DISPUTE_UPDATED",
            f"Dispute of {amount}: {dispute.status.replace('_', ' ')}.",
            {"paymentIntentId": payment_id, "disputeId": dispute.dispute_id, "status": dispute.status},
        )
        order = with_payment(order, replace(payment, dispute=dispute))
        save(work, Change(order, (fact,)), actor=PROCESSOR)
    return True


def leave_to_a_person(work: Work, transfer_id: str) -> None:
    """Note on the order, or on the payment method, that nobody can tell what became of a transfer. Its amount stays
    reserved."""
    transfer = work.tx.transfer(transfer_id)
    if transfer is None or transfer.state not in UNSETTLED:
        return
    order = None if transfer.order_id is None else work.tx.order(transfer.order_id)
    if order is None:
        methods.leave(work, transfer)
        return
    if transfer_id in order.in_doubt:
        return
    amount = format_money(transfer.amount, transfer.currency)
    fact = Fact(
        "TRANSFER_IN_DOUBT",
        f"What became of a {transfer.kind} of {amount} cannot be found out: a person has to look at the processor.",
        {"transferId": transfer_id, "amount": transfer.amount, "currency": transfer.currency},
    )
    save(work, Change(replace(order, in_doubt=(*order.in_doubt, transfer_id)), (fact,)))


def _call_off(work: Work, transfer_id: str) -> None:
    transfer = work.tx.transfer(transfer_id)
    if transfer is not None and transfer.state in UNSETTLED:
        decline = Decline(code="canceled", message="the payment was voided before the buyer approved it")
        ended = replace(transfer, state=TransferState.DECLINED, decline=decline, updated_at=work.tx.now)
        work.tx.save_transfer(ended, was=transfer.state)
        if transfer.claim is not None:
            work.ended.add(transfer.claim)


def _reference(transfer: Transfer, outcome: Outcome) -> str | None:
    """The processor's id of what a transfer made. A refund that was refused was never made: what comes with the refusal
    is its payment's, and the next refused refund of that payment would have the same."""
    if transfer.kind is TransferKind.REFUND and outcome.state is TransferState.DECLINED:
        return transfer.reference
    return outcome.reference or transfer.reference


def moves(transfer: Transfer, state: TransferState) -> bool:
    """Whether an outcome tells something new about a transfer.

    A settled transfer stays settled, but for a refund that fails after it succeeded (Stripe's refund.failed); and
    not knowing never replaces what is known.
    """
    if transfer.state in UNSETTLED:
        known = transfer.state in (TransferState.PENDING, TransferState.REQUIRES_ACTION)
        return state is not transfer.state and not (known and state is TransferState.UNKNOWN)
    late_failure = transfer.state is TransferState.SUCCEEDED and state is TransferState.DECLINED
    return late_failure and transfer.kind is TransferKind.REFUND
