"""The idempotency record: claimed with the command's change, closed by whoever settles its last transfer."""

from dataclasses import dataclass
from typing import Any

from flint_domain.commands.shown import OrderRef
from flint_domain.engine.commands import BY_NAME, ref_from_json, ref_to_json
from flint_domain.engine.telling import kept, told
from flint_domain.kernel.callers import NOBODY, Caller, Claim
from flint_domain.kernel.errors import Refused
from flint_domain.order.payments.model import TransferState
from flint_domain.order.views import hints_shown
from flint_domain.unit_of_work.command import Command, Ref
from flint_domain.unit_of_work.fingerprint import said
from flint_domain.unit_of_work.ports import DueWork, IdempotencyRecord, ReadTransaction, Transaction
from flint_domain.unit_of_work.work import LEASE, Work, load

_AS_OF_NOW = ("availableActions", "blockedActions")  # see _with_hints_of_now
SHAPE = 2  # of the answers that are stored now: raise it when views change what a caller relies on


def _stored(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer as an idempotency record keeps it, with the number of its shape. What can be done with its order is
    left out, the half of most answers: that is told as of now when they are given again."""
    return {"shape": SHAPE, "answer": _lasting(answer)}


def _lasting(answer: dict[str, Any]) -> dict[str, Any]:
    if "order" in answer:
        return {**answer, "order": _lasting(answer["order"])}
    told_anew: dict[str, Any] = {name: [] for name in _AS_OF_NOW if name in answer}
    return {**answer, **told_anew}


def _as_stored(record: IdempotencyRecord) -> dict[str, Any] | None:
    """The first answer, if it has the shape that answers have now; those stored before shapes had numbers have none."""
    kept = record.answer
    return kept["answer"] if kept is not None and kept.get("shape") == SHAPE else None


def claim(work: Work, claimed: Claim, command: Command, ref: Ref, answer: dict[str, Any] | None) -> None:
    """Write the key's record; answer is None while a transfer of the command is open."""
    concerns, said = ref.concerns, work.said(command)
    work.tx.add_idempotency_record(
        IdempotencyRecord(
            principal=claimed.principal,
            key=claimed.key,
            command=command.name,
            fingerprint=said.fingerprint,
            fields=kept(type(command), said.fields),
            ref=ref_to_json(ref),
            order_id=concerns.order_id,
            customer_id=concerns.customer_id,
            account_id=concerns.account_id,
            answer=None if answer is None else _stored(answer),
            created_at=work.tx.now,
        )
    )


def close(tx: Transaction, claimed: Claim, answer: dict[str, Any] | None) -> None:
    """Keep the command's answer for good, unless one of its transfers is still open. Without an answer at hand it is
    made by nobody's leave: a replay says what its caller can do then."""
    if tx.unsettled(*claimed):
        return
    if answer is None:
        record = tx.idempotency_record(*claimed)
        if record is None or record.answer is not None or record.ref is None:
            return
        answer = _shown(tx, record.command, ref_from_json(record.command, record.ref), NOBODY)
    tx.answer_idempotency_record(*claimed, _stored(answer))


def require_same(record: IdempotencyRecord, command: Command) -> None:
    """A key belongs to one command: the same words with other amounts are another command."""
    this = said(command)
    if record.fingerprint != this.fingerprint:
        raise Refused(
            "idempotency_key_reused",
            f"This idempotencyKey was used for {record.command}"
            f"{' with other arguments' if record.command == command.name else ''}.",
            hint="use a new key for every intended action, and the same one only to repeat a call as it was",
            param="idempotencyKey",
            details={
                "first": {"command": record.command, "fields": told(BY_NAME[record.command], record.fields)},
                "this": {"command": command.name, "fields": told(type(command), this.fields)},
            },
        )


def in_progress() -> Refused:
    """The refusal while the first call with a key has not ended."""
    return Refused(
        "request_in_progress",
        "The first call with this idempotencyKey has not ended.",
        hint="send the same call again in a few seconds; if its server was stopped in the middle, it is taken on after "
        f"at most {LEASE.seconds} seconds",
        param="idempotencyKey",
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the first call under a key is: still running, or left behind with these transfers."""

    running: bool
    abandoned: tuple[DueWork, ...] = ()


def progress(tx: ReadTransaction, claimed: Claim) -> Progress:
    """Whether somebody still works on what was asked for under this key."""
    record = tx.idempotency_record(claimed.principal, claimed.key)
    if record is None or record.answer is not None:
        return Progress(running=False)
    unsettled = tx.unsettled(claimed.principal, claimed.key)
    running = any(asked.state is TransferState.PLANNED and asked.leased_until > tx.now for asked in unsettled)
    unanswered = [asked for asked in unsettled if asked.state in (TransferState.PLANNED, TransferState.UNKNOWN)]
    return Progress(running, tuple(DueWork(tx.merchant_id, asked.asked_id) for asked in unanswered))


def repeated(tx: ReadTransaction, claimed: Claim, caller: Caller) -> dict[str, Any]:
    """The first answer again; the command's result as it stands while a transfer is open, and where the first answer
    was stored in an older shape."""
    record = tx.idempotency_record(claimed.principal, claimed.key)
    if record is None or record.ref is None:
        raise in_progress()
    ref = ref_from_json(record.command, record.ref)
    answer = {**(_as_stored(record) or _shown(tx, record.command, ref, caller)), "replayed": True}
    return _with_hints_of_now(tx, answer, ref, caller) if isinstance(ref, OrderRef) else answer


def _with_hints_of_now(tx: ReadTransaction, answer: dict[str, Any], ref: OrderRef, caller: Caller) -> dict[str, Any]:
    """An answer all as it was, but for what can be done with its order now, and the order's version of now."""
    found = load(tx, ref.order_id, caller)
    hinted = hints_shown(found, ref.view)
    current = {
        "availableActions": [action.to_wire(keep_empty=False) for action in hinted.available],
        "blockedActions": [action.to_wire(keep_empty=False) for action in hinted.blocked],
        "currentVersion": found.order.version,
    }
    if "order" in answer:
        return {**answer, "order": {**answer["order"], **current}}
    return {**answer, **current}


def _shown(tx: ReadTransaction, command: str, ref: Ref, caller: Caller) -> dict[str, Any]:
    return BY_NAME[command].show(tx, ref, caller)
