"""What at the simulated processor still has a later outcome, and finding it by any of its names."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from flint_domain.order.payments.model import TransferKind, TransferState
from flint_server.processors.simulated.ledger_file import Statements
from flint_server.processors.simulated.records import Request, request_of_row

WaitingFor = Literal["buyer", "answer", "refund", "refund_failure"]

_OPEN = "(state IN ('pending', 'requires_action') OR due_at IS NOT NULL)"


class NothingWaiting(Exception):
    """No request with this reference can be completed or failed; the message says what is waiting instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A transfer with a later outcome. waits_for: the buyer's step, the processor's answer, a pending refund, or a
    refund that succeeded and is going to fail. due_at says when it comes of itself, None that somebody has to act.
    order_id is empty for a method that is being saved; its payment_id is the method's."""

    waits_for: WaitingFor
    transfer_id: str
    reference: str
    order_id: str
    payment_id: str
    refund_id: str | None
    kind: str
    amount: int
    currency: str
    action_url: str | None
    due_at: datetime | None


async def open_requests(books: Statements) -> list[Request]:
    """The oldest first."""
    return [request_of_row(row) for row in await books.rows(f"SELECT * FROM requests WHERE {_OPEN} ORDER BY number")]


def waiting_of(request: Request) -> Waiting:
    return Waiting(
        waits_for=_waits_for(request),
        transfer_id=request.transfer_id,
        reference=request.reference or request.transfer_id,
        order_id=request.order_id,
        payment_id=request.payment_id,
        refund_id=request.refund_id,
        kind=request.kind,
        amount=request.amount,
        currency=request.currency,
        action_url=request.outcome.action_url,
        due_at=request.due_at,
    )


def _waits_for(request: Request) -> WaitingFor:
    match request.outcome.state:
        case TransferState.REQUIRES_ACTION:
            return "buyer"
        case TransferState.PENDING:
            return "refund" if request.kind == TransferKind.REFUND else "answer"
        case _:
            return "refund_failure"


async def find_open(books: Statements, reference: str, *, well: bool) -> Request:
    """The one request of this name that can end well, or badly: a succeeded refund may still fail.

    reference is the processor's or Flint's id of the payment or refund, or the transfer's. Raises NothingWaiting.
    """
    can_end = "state IN ('pending', 'requires_action')"
    if not well:
        can_end = f"({can_end} OR (state = 'succeeded' AND kind = 'refund'))"
    # A payment's own names mean the payment, unless only refunds of it are left to choose from.
    found = [
        request_of_row(row)
        for row in await books.rows(
            "SELECT * FROM requests WHERE (transfer_id = ? OR reference = ? OR refund_id = ?"
            f" OR payment_id = ? OR payment = ?) AND {can_end} ORDER BY number",
            *[reference] * 5,
        )
    ]
    named = [request for request in found if reference in (request.transfer_id, request.reference, request.refund_id)]
    choice = named or [request for request in found if request.outcome.state is not TransferState.SUCCEEDED]
    if len(choice) == 1:
        return choice[0]
    others = [waiting_of(request).reference for request in choice or await open_requests(books)]
    what = "Several requests wait under" if choice else f"Nothing can be {'completed' if well else 'failed'} under"
    raise NothingWaiting(f"{what} this reference. Waiting: {', '.join(others) or 'nothing'}.")
