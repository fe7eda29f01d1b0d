"""What the simulated processor does with a request: at once, and later. Each function runs inside one transaction."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flint_domain.customers.errands import ATTACH, DETACH
from flint_domain.order.payments.model import Decline, Dispute, Outcome, TransferKind, TransferState
from flint_server.processors.declines import GENERIC_DECLINE, STEP_FAILED
from flint_server.processors.simulated import payment_methods as methods
from flint_server.processors.simulated import rules
from flint_server.processors.simulated.documented_tokens import TestValue, look_up
from flint_server.processors.simulated.records import (
    Asking,
    Desk,
    RefundStatus,
    Request,
    SimulatedPayment,
    add_entry,
    add_request,
    conclude,
    fingerprint,
    notify,
    payment_of_row,
    put_payment,
    request_of_row,
    text_of_time,
)

ANSWER_WITHIN = timedelta(days=7)  # Stripe's deadlines are 7 to 21 days
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
    payment = await _payment_of(desk, asked)
    if payment is None:
        return _Done(outcome=_no(rules.NO_SUCH_PAYMENT))
    decline = refused or rules.refuse_other_currency(payment, asked) or _refuse(payment, asked)
    if decline:
        return _Done(outcome=_no(decline, payment.reference), payment=payment.reference)
    if asked.kind == TransferKind.REFUND:
        return await _refund(desk, payment, asked, pending=pending)
    if pending:
        outcome = Outcome(state=TransferState.PENDING, reference=payment.reference)
        return _Done(outcome=outcome, payment=payment.reference, due_at=desk.pending_ends)
    if asked.kind == TransferKind.CAPTURE:
        await _capture(desk, payment, asked.amount, asked.transfer_id)
    else:
        await _void(desk, payment)
    return _Done(outcome=_yes(payment), payment=payment.reference)


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
        return _Done(outcome=_no(value))
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
        outcome = replace(_no(decline, payment.reference), tender=value.tender)
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
        await _accept(desk, payment, value, asked.kind, asked.transfer_id)
        outcome = _yes(payment, value)
    return _Done(outcome=outcome, payment=payment.reference, due_at=due_at)


async def _refund(desk: Desk, payment: SimulatedPayment, asked: Asking, *, pending: bool) -> _Done:
    """A refund is booked when it is asked for, pending or not, and booked back if it fails."""
    course = "pending" if pending else _value_of(payment).refunds
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


async def _accept(desk: Desk, payment: SimulatedPayment, value: TestValue, kind: str, transfer_id: str) -> None:
    accepted = rules.accepted(payment, value, kind, desk.now, desk.hold_for)
    await put_payment(desk.books, accepted)
    if accepted.captured:
        await _book_capture(desk, accepted, transfer_id)


async def _capture(desk: Desk, payment: SimulatedPayment, amount: int, transfer_id: str) -> None:
    captured = rules.captured(payment, _value_of(payment), amount)
    await put_payment(desk.books, captured)
    await _book_capture(desk, captured, transfer_id)


async def _book_capture(desk: Desk, payment: SimulatedPayment, transfer_id: str) -> None:
    await add_entry(desk, payment, "captured", payment.captured, transfer_id=transfer_id)
    if payment.disputed:
        await _dispute(desk, payment, transfer_id)


async def _void(desk: Desk, payment: SimulatedPayment) -> None:
    """Release what is held. Whatever still waits for this payment's buyer or bank ends here, with a notice."""
    await put_payment(desk.books, rules.voided(payment))
    for row in await desk.books.rows(
        "SELECT * FROM requests WHERE payment = ? AND state IN ('pending', 'requires_action') AND kind <> 'void'",
        payment.reference,
    ):
        await conclude(desk, request_of_row(row), _no(rules.CANCELED, payment.reference))


async def finish(desk: Desk, request: Request, *, well: bool) -> Outcome:
    """Bring a request that waits, or a refund that succeeded for now, to its later outcome, and give notice of it."""
    if request.kind == ATTACH:
        outcome = await methods.finish_attach(desk, request, well=well)
        await conclude(desk, request, outcome)
        return outcome
    assert request.payment is not None  # only what reached a payment can have a later outcome
    payment = await _stored_payment(desk, request.payment)
    if request.kind in _CHARGES:
        outcome = await _finish_charge(desk, request, payment, well=well)
    elif request.kind == TransferKind.REFUND:
        outcome = await _finish_refund(desk, request, payment, well=well)
    else:
        outcome = await _finish_other(desk, request, payment, well=well)
    await conclude(desk, request, outcome)
    return outcome


async def _finish_charge(desk: Desk, request: Request, payment: SimulatedPayment, *, well: bool) -> Outcome:
    value = _value_of(payment)
    at_buyer = payment.status == "requires_action"
    decline = None if well else (STEP_FAILED if at_buyer else GENERIC_DECLINE)
    if at_buyer and decline is None:
        decline = value.step_decline
    if decline is None:
        await _accept(desk, payment, value, request.kind, request.transfer_id)
        return _yes(payment, value)
    await put_payment(desk.books, replace(payment, status="declined"))
    return replace(_no(decline, payment.reference), tender=value.tender)


async def _finish_refund(desk: Desk, request: Request, payment: SimulatedPayment, *, well: bool) -> Outcome:
    await desk.books.run(
        "UPDATE refunds SET status = ? WHERE reference = ?", "succeeded" if well else "failed", request.reference
    )
    if well:
        return Outcome(state=TransferState.SUCCEEDED, reference=request.reference)
    await put_payment(desk.books, replace(payment, refunded=payment.refunded - request.amount))
    await add_entry(
        desk, payment, "refund_failed", request.amount, transfer_id=request.transfer_id, refund=request.reference
    )
    return _no(rules.REFUND_RETURNED, request.reference)


async def _finish_other(desk: Desk, request: Request, payment: SimulatedPayment, *, well: bool) -> Outcome:
    """A capture or void that was pending; the payment may have changed since, so the rules are asked again."""
    capture = request.kind == TransferKind.CAPTURE
    decline = rules.refuse_capture(payment, request.amount) if capture else rules.refuse_void(payment)
    if not well:
        decline = decline or rules.FAILED_LATER
    if decline:
        return _no(decline, payment.reference)
    if capture:
        await _capture(desk, payment, request.amount, request.transfer_id)
    else:
        await _void(desk, payment)
    return _yes(payment)


async def finish_due(desk: Desk) -> None:
    """Bring every request whose later outcome is due to it, the earliest first."""
    # One at a time: finishing a void ends other requests of its payment, which are then no longer due.
    while row := await desk.books.row(
        "SELECT * FROM requests WHERE due_at <= ? ORDER BY due_at, number LIMIT 1", text_of_time(desk.now)
    ):
        request = request_of_row(row)
        await finish(desk, request, well=request.due_well)


async def _payment_of(desk: Desk, asked: Asking) -> SimulatedPayment | None:
    """The payment a capture, void or refund is about: by the processor's reference, else by Flint's payment id."""
    column = "payment_id" if asked.payment_reference is None else "reference"
    row = await desk.books.row(
        f"SELECT * FROM payments WHERE {column} = ? AND merchant_id = ? ORDER BY number DESC LIMIT 1",
        asked.payment_reference or asked.payment_id,
        asked.merchant_id,
    )
    return None if row is None else rules.as_of(payment_of_row(row), desk.now)


async def _stored_payment(desk: Desk, reference: str) -> SimulatedPayment:
    row = await desk.books.row("SELECT * FROM payments WHERE reference = ?", reference)
    assert row is not None
    return rules.as_of(payment_of_row(row), desk.now)


def _value_of(payment: SimulatedPayment) -> TestValue:
    value = look_up(payment.test_value)
    assert isinstance(value, TestValue)  # a payment is only ever stored for a known one
    return value


def _yes(payment: SimulatedPayment, value: TestValue | None = None) -> Outcome:
    tender = None if value is None else value.tender
    return Outcome(state=TransferState.SUCCEEDED, reference=payment.reference, tender=tender)


def _no(decline: Decline, reference: str | None = None) -> Outcome:
    return Outcome(state=TransferState.DECLINED, reference=reference, decline=decline)


async def _dispute(desk: Desk, payment: SimulatedPayment, transfer_id: str) -> None:
    dispute = Dispute(
        dispute_id=desk.new_reference("dp_sim_", payment.reference),
        amount=payment.captured,
        reason="fraudulent",
        status="needs_response",
        due_by=desk.now + ANSWER_WITHIN,
    )
    await desk.books.run(
        "INSERT INTO disputes (reference, payment, amount, reason, at) VALUES (?, ?, ?, ?, ?)",
        dispute.dispute_id,
        payment.reference,
        dispute.amount,
        dispute.reason,
        text_of_time(desk.now),
    )
    told = Outcome(state=TransferState.SUCCEEDED, reference=payment.reference, dispute=dispute)
    await notify(desk, payment.merchant_id, transfer_id, told, dispute.dispute_id)
