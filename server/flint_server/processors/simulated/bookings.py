"""What moves money at the simulated processor: a charge that is accepted, a capture, a void, and disputes of them."""

from datetime import timedelta

from flint_domain.order.payments.model import Decline, Dispute, Outcome, TransferState
from flint_server.processors.simulated import rules
from flint_server.processors.simulated.asking import Asking
from flint_server.processors.simulated.documented_tokens import TestValue, look_up
from flint_server.processors.simulated.records import (
    Desk,
    SimulatedPayment,
    add_entry,
    conclude,
    notify,
    payment_of_row,
    put_payment,
    request_of_row,
    text_of_time,
)

ANSWER_WITHIN = timedelta(days=7)  # Stripe's deadlines are 7 to 21 days


async def accept(desk: Desk, payment: SimulatedPayment, value: TestValue, kind: str, transfer_id: str) -> None:
    accepted = rules.accepted(payment, value, kind, desk.now, desk.hold_for)
    await put_payment(desk.books, accepted)
    if accepted.captured:
        await _book_capture(desk, accepted, transfer_id)


async def capture(desk: Desk, payment: SimulatedPayment, amount: int, transfer_id: str) -> None:
    captured = rules.captured(payment, value_of(payment), amount)
    await put_payment(desk.books, captured)
    await _book_capture(desk, captured, transfer_id)


async def _book_capture(desk: Desk, payment: SimulatedPayment, transfer_id: str) -> None:
    await add_entry(desk, payment, "captured", payment.captured, transfer_id=transfer_id)
    if payment.disputed:
        await _dispute(desk, payment, transfer_id)


async def void(desk: Desk, payment: SimulatedPayment) -> None:
    """Release what is held. Whatever still waits for this payment's buyer or bank ends here, with a notice."""
    await put_payment(desk.books, rules.voided(payment))
    for row in await desk.books.rows(
        "SELECT * FROM requests WHERE payment = ? AND state IN ('pending', 'requires_action') AND kind <> 'void'",
        payment.reference,
    ):
        await conclude(desk, request_of_row(row), declined(rules.CANCELED, payment.reference))


async def payment_of(desk: Desk, asked: Asking) -> SimulatedPayment | None:
    """The payment a capture, void or refund is about: by the processor's reference, else by Flint's payment id."""
    column = "payment_id" if asked.payment_reference is None else "reference"
    row = await desk.books.row(
        f"SELECT * FROM payments WHERE {column} = ? AND merchant_id = ? ORDER BY number DESC LIMIT 1",
        asked.payment_reference or asked.payment_id,
        asked.merchant_id,
    )
    return None if row is None else rules.as_of(payment_of_row(row), desk.now)


async def stored_payment(desk: Desk, reference: str) -> SimulatedPayment:
    row = await desk.books.row("SELECT * FROM payments WHERE reference = ?", reference)
    assert row is not None
    return rules.as_of(payment_of_row(row), desk.now)


def value_of(payment: SimulatedPayment) -> TestValue:
    value = look_up(payment.test_value)
    assert isinstance(value, TestValue)  # a payment is only ever stored for a known one
    return value


def succeeded(payment: SimulatedPayment, value: TestValue | None = None) -> Outcome:
    tender = None if value is None else value.tender
    return Outcome(state=TransferState.SUCCEEDED, reference=payment.reference, tender=tender)


def declined(decline: Decline, reference: str | None = None) -> Outcome:
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
