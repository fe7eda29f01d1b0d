"""What the simulated processor does with a request: at once, and later. Each function runs inside one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime

from flint_domain.customers.errands import ATTACH, DETACH
from flint_domain.order.payments.model import Decline, Outcome, TransferKind, TransferState
from flint_server.processors.simulated import payment_methods as methods
from flint_server.processors.simulated import rules
from flint_server.processors.simulated.asking import Asking, fingerprint
from flint_server.processors.simulated.bookings import (
    accept,
    capture,
    declined,
    payment_of,
    succeeded,
    value_of,
    void,
)
from flint_server.processors.simulated.records import (
    Desk,
    RefundStatus,
    Request,
    SimulatedPayment,
    add_entry,
    add_request,
    put_payment,
)

_CHARGES = (TransferKind.AUTHORIZE, TransferKind.CHARGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What a request came to. due_at and due_well: its later outcome, when there will be one."""

    outcome: Outcome
    payment: str | None = None
    due_at: datetime | None = None
    due_well: bool = True


async def ask(desk: Desk, asked: Asking, *, refused: Decline | None, pending: bool) -> Outcome:
    """Decide about what was never asked for, move the money and remember the answer under its key.

    refused and pending come from a fault: a definite no, or an answer that comes later.
    """
    done = await _decide(desk, asked, refused=refused, pending=pending)
    request = Request(
        key=asked.key,
        fingerprint=fingerprint(asked),
        merchant_id=asked.merchant_id,
        order_id=asked.order_id or "",
        payment_id=asked.payment_id,
        refund_id=asked.refund_id,
        transfer_id=asked.transfer_id,
        kind=asked.kind,
        amount=asked.amount,
        currency=asked.currency,
        payment=done.payment,
        reference=done.outcome.reference,
        answer=done.outcome,
        outcome=done.outcome,
        due_at=done.due_at,
        due_well=done.due_well,
    )
    await add_request(desk.books, request)
    return done.outcome


async def _decide(desk: Desk, asked: Asking, *, refused: Decline | None, pending: bool) -> _Done:
    if asked.kind in _CHARGES:
        return await _charge(desk, asked, refused=refused, pending=pending)
    if asked.kind == ATTACH:
        outcome = await methods.attach(desk, asked, refused=refused, pending=pending)
        later = outcome.state is TransferState.PENDING
        return _Done(outcome=outcome, due_at=desk.pending_ends if later else None)
    if asked.kind == DETACH:
        return _Done(outcome=await methods.detach(desk, asked, refused=refused))
    payment = await payment_of(desk, asked)
    if payment is None:
        return _Done(outcome=declined(rules.NO_SUCH_PAYMENT))
    decline = refused or rules.refuse_other_currency(payment, asked) or _refuse(payment, asked)
    if decline:
        return _Done(outcome=declined(decline, payment.reference), payment=payment.reference)
    if asked.kind == TransferKind.REFUND:
        return await _refund(desk, payment, asked, pending=pending)
    if pending:
        outcome = Outcome(state=TransferState.PENDING, reference=payment.reference)
        return _Done(outcome=outcome, payment=payment.reference, due_at=desk.pending_ends)
    if asked.kind == TransferKind.CAPTURE:
        await capture(desk, payment, asked.amount, asked.transfer_id)
    else:
        await void(desk, payment)
    return _Done(outcome=succeeded(payment), payment=payment.reference)


def _refuse(payment: SimulatedPayment, asked: Asking) -> Decline | None:
    match asked.kind:
        case TransferKind.CAPTURE:
            return rules.refuse_capture(payment, asked.amount)
        case TransferKind.REFUND:
            return rules.refuse_refund(payment, asked.amount)
        case _:
            return rules.refuse_void(payment)


async def _charge(desk: Desk, asked: Asking, *, refused: Decline | None, pending: bool) -> _Done:
    value = await methods.source_of(desk, asked)
    if isinstance(value, Decline):
        return _Done(outcome=declined(value))
    payment = SimulatedPayment(
        reference=desk.new_reference("pi_sim_", asked.key),
        merchant_id=asked.merchant_id,
        order_id=asked.order_id or "",
        payment_id=asked.payment_id,
        currency=asked.currency.upper(),
        test_value=value.token,
        amount=asked.amount,
        status="declined",
    )
    due_at = None
    if decline := refused or value.decline:
        await put_payment(desk.books, payment)
        outcome = replace(declined(decline, payment.reference), tender=value.tender)
    elif value.buyer_step:
        await put_payment(desk.books, replace(payment, status="requires_action"))
        outcome = Outcome(
            state=TransferState.REQUIRES_ACTION,
            reference=payment.reference,
            tender=value.tender,
            # .invalid never resolves (RFC 2606): nobody is sent to a page that only looks like a bank's.
            action_url=f"https://simulator.invalid/authenticate/{payment.reference}",
        )
    elif pending:
        await put_payment(desk.books, replace(payment, status="processing"))
        outcome = Outcome(state=TransferState.PENDING, reference=payment.reference, tender=value.tender)
        due_at = desk.pending_ends
    else:
        await accept(desk, payment, value, asked.kind, asked.transfer_id)
        outcome = succeeded(payment, value)
    return _Done(outcome=outcome, payment=payment.reference, due_at=due_at)


async def _refund(desk: Desk, payment: SimulatedPayment, asked: Asking, *, pending: bool) -> _Done:
    """A refund is booked when it is asked for, pending or not, and booked back if it fails."""
    course = "pending" if pending else value_of(payment).refunds
    status: RefundStatus = "pending" if course == "pending" else "succeeded"
    reference = desk.new_reference("re_sim_", asked.key)
    await desk.books.run(
        "INSERT INTO refunds (reference, payment, refund_id, amount, status) VALUES (?, ?, ?, ?, ?)",
        reference,
        payment.reference,
        asked.refund_id,
        asked.amount,
        status,
    )
    await put_payment(desk.books, replace(payment, refunded=payment.refunded + asked.amount))
    await add_entry(desk, payment, "refunded", -asked.amount, transfer_id=asked.transfer_id, refund=reference)
    of_itself = None if course == "at_once" else desk.now + desk.later_after
    return _Done(
        outcome=Outcome(state=TransferState(status), reference=reference),
        payment=payment.reference,
        due_at=desk.pending_ends if pending else of_itself,
        due_well=course != "fails_later",
    )
