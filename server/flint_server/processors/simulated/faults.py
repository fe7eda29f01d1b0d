"""Faults that tests and `flint simulator` switch on. They live in the ledger's file, so any process can set them."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from flint_domain.kernel.cards import holds_card_number
from flint_domain.order.payments.model import Decline
from flint_server.processors.simulated.asking import Asking
from flint_server.processors.simulated.ledger_file import Statements

FaultKind = Literal["answer_lost", "error_500", "slow", "decline", "pending"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that goes wrong with the calls it matches.

    answer_lost: the money moves, and the caller hears nothing. error_500: nothing moves, nothing is remembered, and the
    caller hears nothing certain. slow: the call takes delay_seconds longer. decline: a definite no with this code.
    pending: the answer comes later, by a notice, when somebody ends it; by itself after delay_seconds, where they are
    above 0. The first three are faults of the wire and hit repeated calls too; the
    last two change a decision, and a request that was answered before is answered the same again.

    amount (minor units), token and transfer_kind choose the calls; without them it is the next call, of any kind. times
    says how many calls are hit, None all of them until the faults are cleared. The oldest matching fault hits. number
    is given by the ledger. Raises ValueError when it could never do what it says.
    """

    kind: FaultKind
    amount: int | None = None
    token: str | None = None
    transfer_kind: str | None = None
    times: int | None = 1
    delay_seconds: float = 0.0
    code: str = "card_declined"
    decline_code: str | None = None
    message: str = "The processor declined the request, because a simulated fault says so."
    number: int = 0

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise ValueError(f"a fault hits at least one call, not {self.times}")
        if self.amount is not None and self.amount < 1:
            raise ValueError(f"a fault's amount is at least 1 minor unit, not {self.amount}")
        if self.kind == "slow" and self.delay_seconds <= 0:
            raise ValueError("a slow fault needs delay_seconds above 0")
        if self.token is not None and holds_card_number(self.token):
            raise ValueError("a fault's token is a test token; card numbers are never stored")

    def matches(self, asked: Asking) -> bool:
        return (
            self.amount in (None, asked.amount)
            and self.token in (None, asked.source)
            and self.transfer_kind in (None, asked.kind)
        )

    @property
    def ends_after(self) -> timedelta | None:
        """How long a pending answer stays so before it ends well by itself; None until somebody ends it."""
        return timedelta(seconds=self.delay_seconds) if self.delay_seconds > 0 else None

    @property
    def decline(self) -> Decline:
        return Decline(code=self.code, decline_code=self.decline_code, message=self.message)


async def store_fault(books: Statements, fault: Fault) -> Fault:
    row = await books.row(
        "INSERT INTO faults (kind, amount, token, transfer_kind, times, delay_seconds, code, decline_code, message)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
        fault.kind,
        fault.amount,
        fault.token,
        fault.transfer_kind,
        fault.times,
        fault.delay_seconds,
        fault.code,
        fault.decline_code,
        fault.message,
    )
    assert row is not None
    return replace(fault, number=row["number"])


async def strike(books: Statements, asked: Asking, *, answered: bool, met: set[int]) -> Fault | None:
    """The fault that hits this call, counted off; None for an undisturbed one. answered says that the request was
    answered before; met are the faults that hit this very call already."""
    for row in await books.rows("SELECT * FROM faults ORDER BY number"):
        fault = fault_of_row(row)
        if not fault.matches(asked) or fault.number in met:
            continue
        if answered and fault.kind in {"decline", "pending"}:
            continue
        if fault.times == 1:
            await books.run("DELETE FROM faults WHERE number = ?", fault.number)
        elif fault.times is not None:
            await books.run("UPDATE faults SET times = times - 1 WHERE number = ?", fault.number)
        return fault
    return None


def fault_of_row(row: Any) -> Fault:
    return Fault(**dict(row))
