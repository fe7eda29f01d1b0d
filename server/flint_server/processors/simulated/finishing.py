"""The later outcome of what the simulated processor has left open. Each function runs inside one transaction."""

from dataclasses import replace

from flint_domain.customers.errands import ATTACH
from flint_domain.order.payments.model import Outcome, TransferKind, TransferState
from flint_server.processors.declines import GENERIC_DECLINE, STEP_FAILED
from flint_server.processors.simulated import payment_methods as methods
from flint_server.processors.simulated import rules
from flint_server.processors.simulated.bookings import (
    accept,
    capture,
    declined,
    stored_payment,
    succeeded,
    value_of,
    void,
)
from flint_server.processors.simulated.records import (
    Desk,
    Request,
    SimulatedPayment,
    add_entry,
    conclude,
    put_payment,
    request_of_row,
    text_of_time,
)

_CHARGES = (TransferKind.AUTHORIZE, TransferKind.CHARGE)


async def finish(desk: Desk, request: Request, *, well: bool) -> Outcome:
    """Bring a request that waits, or a refund that succeeded for now, to its later outcome, and give notice of it."""
    if request.kind == ATTACH:
        outcome = await methods.finish_attach(desk, request, well=well)
        await conclude(desk, request, outcome)
        return outcome
    assert request.payment is not None  # only what reached a payment can have a later outcome
    payment = await stored_payment(desk, request.payment)
    if request.kind in _CHARGES:
        outcome = await _finish_charge(desk, request, payment, well=well)
    elif request.kind == TransferKind.REFUND:
        outcome = await _finish_refund(desk, request, payment, well=well)
    else:
        outcome = await _finish_other(desk, request, payment, well=well)
    await conclude(desk, request, outcome)
    return outcome


async def _finish_charge(desk: Desk, request: Request, payment: SimulatedPayment, *, well: bool) -> Outcome:
    value = value_of(payment)
    at_buyer = payment.status == "requires_action"
    decline = None if well else (STEP_FAILED if at_buyer else GENERIC_DECLINE)
    if at_buyer and decline is None:
        decline = value.step_decline
    if decline is None:
        await accept(desk, payment, value, request.kind, request.transfer_id)
        return succeeded(payment, value)
    await put_payment(desk.books, replace(payment, status="declined"))
    return replace(declined(decline, payment.reference), tender=value.tender)


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
    return declined(rules.REFUND_RETURNED, request.reference)


async def _finish_other(desk: Desk, request: Request, payment: SimulatedPayment, *, well: bool) -> Outcome:
    """A capture or void that was pending; the payment may have changed since, so the rules are asked again."""
    is_capture = request.kind == TransferKind.CAPTURE
    decline = rules.refuse_capture(payment, request.amount) if is_capture else rules.refuse_void(payment)
    if not well:
        decline = decline or rules.FAILED_LATER
    if decline:
        return declined(decline, payment.reference)
    if is_capture:
        await capture(desk, payment, request.amount, request.transfer_id)
    else:
        await void(desk, payment)
    return succeeded(payment)


async def finish_due(desk: Desk) -> None:
    """Bring every request whose later outcome is due to it, the earliest first."""
    # One at a time: finishing a void ends other requests of its payment, which are then no longer due.
    while row := await desk.books.row(
        "SELECT * FROM requests WHERE due_at <= ? ORDER BY due_at, number LIMIT 1", text_of_time(desk.now)
    ):
        request = request_of_row(row)
        await finish(desk, request, well=request.due_well)
