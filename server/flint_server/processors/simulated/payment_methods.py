"""Saving sources at the simulated processor: customers, what is attached to them, and charging that.

As at Stripe (https://docs.stripe.com/payments/setup-intents): a source is authorized by its buyer once, and then
charged without them. Each function runs inside one transaction.
"""

from dataclasses import dataclass, replace
from typing import Literal

from flint_domain.order.payments.model import Decline, Outcome, TransferState
from flint_server.processors.declines import AUTHENTICATION_REQUIRED, GENERIC_DECLINE, STEP_FAILED
from flint_server.processors.simulated.asking import Asking
from flint_server.processors.simulated.documented_tokens import TestValue, look_up
from flint_server.processors.simulated.ledger_file import Statements
from flint_server.processors.simulated.records import Desk, Request, conclude, fields_of_row, request_of_row

MethodStatus = Literal["requires_action", "processing", "attached", "detached", "refused"]

SAVED = "pm_sim_"  # how the references of saved methods begin

NO_SUCH_METHOD = Decline(code="resource_missing", message="No such saved payment method exists at the processor.")
NOT_ATTACHED = Decline(
    code="resource_missing", message="The saved payment method is not attached to this customer at the processor."
)
CALLED_OFF = Decline(code="canceled", message="The payment method was removed before the buyer had confirmed it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedMethod:
    """A source that was saved for a customer of the processor's; method_id is Flint's id of it."""

    reference: str
    customer: str
    merchant_id: str
    method_id: str
    test_value: str
    status: MethodStatus


async def attach(desk: Desk, asked: Asking, *, refused: Decline | None, pending: bool) -> Outcome:
    """Save a source for the customer, who is made if they are new.

    refused and pending come from a fault: a definite no, or an answer that comes later.
    """
    value = look_up(asked.source)
    if isinstance(value, Decline):
        return Outcome(state=TransferState.DECLINED, decline=value)
    method = SimulatedMethod(
        reference=desk.new_reference(SAVED, asked.key),
        customer=await _customer(desk, asked),
        merchant_id=asked.merchant_id,
        method_id=asked.payment_id,
        test_value=value.token,
        status="attached",
    )
    if decline := refused or (None if value.savable else value.decline):
        outcome = _outcome(method, value, TransferState.DECLINED, decline)
    elif value.buyer_step:
        outcome = _outcome(method, value, TransferState.REQUIRES_ACTION)
    else:
        outcome = _outcome(method, value, TransferState.PENDING if pending else TransferState.SUCCEEDED)
    await _put(desk.books, replace(method, status=_STATUS[outcome.state]))
    return outcome


async def finish_attach(desk: Desk, request: Request, *, well: bool) -> Outcome:
    """What attaching came to, once the buyer has acted or the answer was due."""
    method = await _stored(desk, request.reference or "")
    assert method is not None  # only what was written down waits
    value = value_of(method)
    decline = None if well else (STEP_FAILED if method.status == "requires_action" else GENERIC_DECLINE)
    decline = decline or value.step_decline
    outcome = _outcome(method, value, TransferState.DECLINED if decline else TransferState.SUCCEEDED, decline)
    await _put(desk.books, replace(method, status=_STATUS[outcome.state]))
    return outcome


async def detach(desk: Desk, asked: Asking, *, refused: Decline | None) -> Outcome:
    """Forget a saved source; what was charged to it stays. Detaching it once more changes nothing."""
    method = await _stored(desk, asked.payment_reference or "")
    decline = refused
    if method is None or method.merchant_id != asked.merchant_id:
        decline = NO_SUCH_METHOD
    if method is None or decline is not None:
        return Outcome(state=TransferState.DECLINED, decline=decline)
    await _put(desk.books, replace(method, status="detached"))
    for row in await desk.books.rows(
        "SELECT * FROM requests WHERE reference = ? AND kind = 'attach' AND state IN ('pending', 'requires_action')",
        method.reference,
    ):
        called_off = _outcome(method, value_of(method), TransferState.DECLINED, CALLED_OFF)
        await conclude(desk, request_of_row(row), called_off)
    return Outcome(state=TransferState.SUCCEEDED, reference=method.reference)


async def source_of(desk: Desk, asked: Asking) -> TestValue | Decline:
    """What a charge's source stands for, or why it cannot be charged: a token, or what was saved for the customer."""
    source = asked.source or ""
    if not source.startswith(SAVED):
        return look_up(asked.source)
    method = await _stored(desk, source)
    if method is None or method.merchant_id != asked.merchant_id:
        return NO_SUCH_METHOD
    if method.status != "attached" or method.customer != asked.customer_reference:
        return NOT_ATTACHED
    value = value_of(method)
    if not asked.off_session or not value.buyer_step:
        return value
    # The buyer was there when it was saved, and that is enough for every bank but one that always wants them.
    return replace(value, buyer_step=False, decline=AUTHENTICATION_REQUIRED if value.always_authenticated else None)


def value_of(method: SimulatedMethod) -> TestValue:
    value = look_up(method.test_value)
    assert isinstance(value, TestValue)  # a method is only ever stored for a known one
    return value


_STATUS: dict[TransferState, MethodStatus] = {
    TransferState.SUCCEEDED: "attached",
    TransferState.REQUIRES_ACTION: "requires_action",
    TransferState.PENDING: "processing",
    TransferState.DECLINED: "refused",
}


def _outcome(
    method: SimulatedMethod, value: TestValue, state: TransferState, decline: Decline | None = None
) -> Outcome:
    waits = state is TransferState.REQUIRES_ACTION
    return Outcome(
        state=state,
        reference=method.reference,
        tender=value.saved_tender,
        decline=decline,
        # .invalid never resolves (RFC 2606): nobody is sent to a page that only looks like a bank's.
        action_url=f"https://simulator.invalid/authenticate/{method.reference}" if waits else None,
        customer_reference=method.customer,
    )


async def _customer(desk: Desk, asked: Asking) -> str:
    """The processor's own id of Flint's customer, made when they have none."""
    known = await desk.books.row(
        "SELECT reference FROM customers WHERE merchant_id = ? AND (reference = ? OR customer_id = ?)"
        " ORDER BY reference = ? DESC",
        asked.merchant_id,
        asked.customer_reference,
        asked.customer_id,
        asked.customer_reference,
    )
    if known is not None:
        return str(known["reference"])
    reference = desk.new_reference("cus_sim_", asked.merchant_id, asked.customer_id or "")
    await desk.books.run(
        "INSERT INTO customers (reference, merchant_id, customer_id) VALUES (?, ?, ?)",
        reference,
        asked.merchant_id,
        asked.customer_id or "",
    )
    return reference


async def _stored(desk: Desk, reference: str) -> SimulatedMethod | None:
    row = await desk.books.row("SELECT * FROM methods WHERE reference = ?", reference)
    return None if row is None else SimulatedMethod(**fields_of_row(row))


async def _put(books: Statements, method: SimulatedMethod) -> None:
    """Insert the saved method, or bring the stored one to this state."""
    await books.run(
        "INSERT INTO methods (reference, customer, merchant_id, method_id, test_value, status)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (reference) DO UPDATE SET status = excluded.status",
        method.reference,
        method.customer,
        method.merchant_id,
        method.method_id,
        method.test_value,
        method.status,
    )
