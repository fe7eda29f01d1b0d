"""What the simulated processor remembers, and how it is written down. Amounts are minor units, times UTC."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from pydantic import TypeAdapter

from flint_domain.order.payments.model import Outcome
from flint_server.processors.simulated.ledger_file import Statements

PaymentStatus = Literal["requires_action", "processing", "authorized", "captured", "voided", "expired", "declined"]
RefundStatus = Literal["pending", "succeeded", "failed"]
EntryKind = Literal["captured", "refunded", "refund_failed"]

_ID_LENGTH = 24  # hexadecimal digits, 96 bits: as long as Stripe's and never the same twice


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What one call works with: the open transaction, the time, and the settings of this processor."""

    books: Statements
    now: datetime
    seed: str
    later_after: timedelta
    hold_for: timedelta
    pending_for: timedelta | None = None  # how long a fault's pending answer stays so; None: until somebody ends it

    @property
    def pending_ends(self) -> datetime | None:
        """When a pending answer ends well by itself; None when somebody has to end it."""
        return None if self.pending_for is None else self.now + self.pending_for

    def new_reference(self, prefix: str, *about: str) -> str:
        """A reference made of the seed and of what it is for, so that runs repeat whatever the order of calls."""
        return prefix + sha256(json.dumps([self.seed, prefix, *about]).encode()).hexdigest()[:_ID_LENGTH]


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPayment:
    """A payment as the processor sees it. held is authorized and not captured; refunded counts pending refunds too;
    test_value is the name of the test card, never what the caller sent."""

    reference: str
    merchant_id: str
    order_id: str
    payment_id: str
    currency: str
    test_value: str
    amount: int
    held: int = 0
    captured: int = 0
    refunded: int = 0
    status: PaymentStatus
    held_until: datetime | None = None
    disputed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedRefund:
    reference: str
    payment: str
    refund_id: str | None
    amount: int
    status: RefundStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A charge that the buyer disputes. It blocks refunds; the money stays booked as captured."""

    reference: str
    payment: str
    amount: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One movement of money, never changed: amount is positive when the merchant gets it."""

    payment: str
    refund: str | None
    order_id: str
    payment_id: str
    transfer_id: str
    kind: EntryKind
    amount: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it is kept. answer is what was said then and is said again; outcome is how it stands now.

    payment is the reference of the payment it is about, reference that of the payment, refund or saved method it made.
    due_at says when a later outcome comes of itself, due_well whether it is a good one.
    """

    key: str
    fingerprint: str
    merchant_id: str
    order_id: str
    payment_id: str
    refund_id: str | None
    transfer_id: str
    kind: str
    amount: int
    currency: str
    payment: str | None
    reference: str | None
    answer: Outcome
    outcome: Outcome
    due_at: datetime | None = None
    due_well: bool = True


def text_of_time(at: datetime) -> str:
    """Always UTC and always of one length, so that texts compare as times do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


_OUTCOME = TypeAdapter(Outcome)


def text_of_outcome(outcome: Outcome) -> str:
    return _OUTCOME.dump_json(outcome).decode()


def outcome_of_text(text: str) -> Outcome:
    return _OUTCOME.validate_json(text)


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def payment_of_row(row: sqlite3.Row) -> SimulatedPayment:
    fields = fields_of_row(row)
    fields |= {"held_until": _time(fields["held_until"]), "disputed": bool(fields["disputed"])}
    return SimulatedPayment(**fields)


def refund_of_row(row: sqlite3.Row) -> SimulatedRefund:
    return SimulatedRefund(**fields_of_row(row))


def dispute_of_row(row: sqlite3.Row) -> Dispute:
    fields = fields_of_row(row)
    fields["at"] = _time(fields["at"])
    return Dispute(**fields)


def entry_of_row(row: sqlite3.Row) -> Entry:
    fields = fields_of_row(row)
    fields["at"] = _time(fields["at"])
    return Entry(**fields)


def request_of_row(row: sqlite3.Row) -> Request:
    fields = fields_of_row(row)
    del fields["state"]  # a copy of the outcome's, for the index
    fields["answer"] = outcome_of_text(fields["answer"])
    fields["outcome"] = outcome_of_text(fields["outcome"])
    fields["due_at"] = _time(fields["due_at"])
    fields["due_well"] = bool(fields["due_well"])
    return Request(**fields)


def fields_of_row(row: sqlite3.Row) -> dict[str, Any]:
    """The row's columns without its number, which only says in which order rows were written."""
    fields: dict[str, Any] = dict(row)
    del fields["number"]
    return fields


async def add_request(books: Statements, request: Request) -> None:
    await books.run(
        "INSERT INTO requests (key, fingerprint, merchant_id, order_id, payment_id, refund_id, transfer_id, kind,"
        " amount, currency, payment, reference, answer, outcome, state, due_at, due_well)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        request.key,
        request.fingerprint,
        request.merchant_id,
        request.order_id,
        request.payment_id,
        request.refund_id,
        request.transfer_id,
        request.kind,
        request.amount,
        request.currency,
        request.payment,
        request.reference,
        text_of_outcome(request.answer),
        text_of_outcome(request.outcome),
        request.outcome.state,
        None if request.due_at is None else text_of_time(request.due_at),
        request.due_well,
    )


async def notify(desk: Desk, merchant_id: str, transfer_id: str, outcome: Outcome, *about: str) -> None:
    """Say something of our own accord; about makes the notice's id."""
    await desk.books.run(
        "INSERT INTO notices (notice_id, merchant_id, transfer_id, outcome, at) VALUES (?, ?, ?, ?, ?)",
        desk.new_reference("evt_sim_", *about),
        merchant_id,
        transfer_id,
        text_of_outcome(outcome),
        text_of_time(desk.now),
    )


async def conclude(desk: Desk, request: Request, outcome: Outcome) -> None:
    """Write down how a request stands now and give notice of it. What was answered at first stays as it was."""
    await desk.books.run(
        "UPDATE requests SET outcome = ?, state = ?, due_at = NULL WHERE key = ?",
        text_of_outcome(outcome),
        outcome.state,
        request.key,
    )
    await notify(desk, request.merchant_id, request.transfer_id, outcome, request.key, outcome.state)


async def put_payment(books: Statements, payment: SimulatedPayment) -> None:
    """Insert the payment, or bring the stored one to this state."""
    await books.run(
        "INSERT INTO payments (reference, merchant_id, order_id, payment_id, currency, test_value, amount, held,"
        " captured, refunded, status, held_until, disputed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (reference) DO UPDATE SET held = excluded.held, captured = excluded.captured,"
        " refunded = excluded.refunded, status = excluded.status, held_until = excluded.held_until,"
        " disputed = excluded.disputed",
        payment.reference,
        payment.merchant_id,
        payment.order_id,
        payment.payment_id,
        payment.currency,
        payment.test_value,
        payment.amount,
        payment.held,
        payment.captured,
        payment.refunded,
        payment.status,
        None if payment.held_until is None else text_of_time(payment.held_until),
        payment.disputed,
    )


async def add_entry(
    desk: Desk,
    payment: SimulatedPayment,
    kind: EntryKind,
    amount: int,
    *,
    transfer_id: str,
    refund: str | None = None,
) -> None:
    await desk.books.run(
        "INSERT INTO entries (payment, refund, transfer_id, kind, amount, currency, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        payment.reference,
        refund,
        transfer_id,
        kind,
        amount,
        payment.currency,
        text_of_time(desk.now),
    )
