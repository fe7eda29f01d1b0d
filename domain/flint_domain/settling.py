"""What happens when a transfer or an errand has its answer, whoever brings it and however late.

Here it is decided whether an answer counts; what it makes of a payment, a refund or an amendment is decided in
order/payments/settling, order/refunds/settling and order/amendments/settling.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from flint_domain.customers.errands import ATTACH, DETACH, Attach, Detach
from flint_domain.kernel.facts import Fact
from flint_domain.kernel.money import format_money
from flint_domain.order.amendments.settling import advance as advance_amendment
from flint_domain.order.endings import advance_cancel
from flint_domain.order.model import Change, Order
from flint_domain.order.payments import settling as payments
from flint_domain.order.payments.model import (
    UNSETTLED,
    Asked,
    Decline,
    Dispute,
    Errand,
    Outcome,
    Transfer,
    TransferKind,
    TransferState,
)
from flint_domain.order.payments.rules import NOT_ASKED, is_lost, payment_of, with_payment
from flint_domain.order.refunds import settling as refunds
from flint_domain.order.tax import reporting
from flint_domain.order.tax.errands import TAX_COMMIT, TAX_REVERSAL, TaxReport
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


def settle(work: Work, asked_id: str, outcome: Outcome) -> Asked | None:
    """Put an outcome on a transfer or an errand and on what it is about, by compare-and-set: None when it changes
    nothing.

    The call, the recovery and the processor's own notices all settle here, as often as they like.
    """
    asked = work.tx.asked(asked_id)
    if isinstance(asked, Transfer) and outcome.dispute is not None:
        note_dispute(work, asked.payment_id, outcome.dispute)
    if asked is None or not moves(asked, outcome.state):
        return None
    settled = replace(
        asked,
        state=outcome.state,
        reference=_reference(asked, outcome),
        decline=outcome.decline,
        action_url=outcome.action_url,
        leased_until=work.tx.now if outcome.state is TransferState.UNKNOWN else asked.leased_until,
        updated_at=work.tx.now,
    )
    if not work.tx.save_asked(settled, was=asked.state):
        return None
    work.idempotency_key = asked.claim
    if asked.claim is not None:
        work.ended.add(asked.claim)
    if isinstance(asked, Transfer):
        _settle_transfer(work, asked, outcome)
    else:
        ERRANDS[asked.kind].settle(work, asked, outcome)
    return settled


def _settle_transfer(work: Work, transfer: Transfer, outcome: Outcome) -> None:
    order = work.current(transfer.order_id).order
    if transfer.kind is TransferKind.REFUND:
        change = refunds.settle(order, transfer, outcome)
    else:
        change = payments.settle(order, transfer, outcome, work.moment)
    change = _told_at_last(change, transfer.transfer_id)
    change = advance_cancel(change, transfer, outcome.state)
    change = advance_amendment(change, transfer.transfer_id, transfer.kind, outcome.state, work.moment)
    for called_off in change.called_off:
        change = advance_amendment(change, called_off, TransferKind.CHARGE, TransferState.DECLINED, work.moment)
    save(work, change, actor=work.actor if transfer.account is not None else PROCESSOR)
    for called_off in change.called_off:
        _call_off(work, called_off)


def _settle_report(work: Work, errand: Errand, outcome: Outcome) -> None:
    assert isinstance(errand, TaxReport)
    order = work.current(errand.order_id).order
    save(work, _told_at_last(reporting.settle(order, errand, outcome), errand.errand_id), actor=PROCESSOR)


def _told_at_last(change: Change, asked_id: str) -> Change:
    """Without the mark that nobody could tell what became of it."""
    if asked_id not in change.order.in_doubt:
        return change
    in_doubt = tuple(doubtful for doubtful in change.order.in_doubt if doubtful != asked_id)
    return replace(change, order=replace(change.order, in_doubt=in_doubt))


def _answer_lost_tenders(work: Work, order_id: str) -> None:
    """Answer for the cards of a group of tenders that a gift card or store credit has declined already: nobody asks
    them to set money aside that would be given back at once."""
    while True:
        order = load(work.tx, order_id).order
        planned = (asked for asked in work.planned if isinstance(asked, Transfer))
        lost = next((transfer for transfer in planned if is_lost(order, transfer)), None)
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


def leave_to_a_person(work: Work, asked_id: str) -> None:
    """Note on the order, or on what an errand is about, that nobody can tell what became of it. A transfer's amount
    stays reserved."""
    asked = work.tx.asked(asked_id)
    if asked is None or asked.state not in UNSETTLED:
        return
    if isinstance(asked, Transfer):
        _leave_on_order(work, asked)
    else:
        ERRANDS[asked.kind].leave(work, asked)


def _leave_report(work: Work, errand: Errand) -> None:
    assert isinstance(errand, TaxReport)
    _leave_on_order(work, errand)


def _leave_on_order(work: Work, asked: Transfer | TaxReport) -> None:
    order = load(work.tx, asked.order_id).order
    if asked.asked_id in order.in_doubt:
        return
    amount = format_money(asked.amount, asked.currency)
    fact = Fact(
        "TRANSFER_IN_DOUBT",
        f"What became of a {asked.kind} of {amount} cannot be found out: a person has to look at the processor.",
        {"transferId": asked.asked_id, "amount": asked.amount, "currency": asked.currency},
    )
    save(work, Change(replace(order, in_doubt=(*order.in_doubt, asked.asked_id)), (fact,)))


def _call_off(work: Work, transfer_id: str) -> None:
    transfer = work.tx.asked(transfer_id)
    if transfer is not None and transfer.state in UNSETTLED:
        decline = Decline(code="canceled", message="the payment was voided before the buyer approved it")
        ended = replace(transfer, state=TransferState.DECLINED, decline=decline, updated_at=work.tx.now)
        work.tx.save_asked(ended, was=transfer.state)
        if transfer.claim is not None:
            work.ended.add(transfer.claim)


def _reference(asked: Asked, outcome: Outcome) -> str | None:
    """The processor's id of what was made. A refund that was refused was never made: what comes with the refusal
    is its payment's, and the next refused refund of that payment would have the same."""
    if asked.kind == TransferKind.REFUND and outcome.state is TransferState.DECLINED:
        return asked.reference
    return outcome.reference or asked.reference


def moves(asked: Asked, state: TransferState) -> bool:
    """Whether an outcome tells something new about a transfer or an errand.

    What is settled stays settled, but for a refund that fails after it succeeded (Stripe's refund.failed); and not
    knowing never replaces what is known.
    """
    if asked.state in UNSETTLED:
        known = asked.state in (TransferState.PENDING, TransferState.REQUIRES_ACTION)
        return state is not asked.state and not (known and state is TransferState.UNKNOWN)
    late_failure = asked.state is TransferState.SUCCEEDED and state is TransferState.DECLINED
    return late_failure and asked.kind == TransferKind.REFUND


@dataclass(frozen=True, slots=True)
class Reaction:
    """What an errand's answer changes, and what becomes of its subject when nobody can tell the answer."""

    model: type[Errand]
    settle: Callable[[Work, Errand, Outcome], None]
    leave: Callable[[Work, Errand], None]


_REPORT = Reaction(TaxReport, _settle_report, _leave_report)

# Every kind of errand there is. Who performs it is in engine.parties; both tables are by the kind that is stored.
ERRANDS: Mapping[str, Reaction] = {
    ATTACH: Reaction(Attach, methods.settle, methods.leave),
    DETACH: Reaction(Detach, methods.settle, methods.leave),
    TAX_COMMIT: _REPORT,
    TAX_REVERSAL: _REPORT,
}
