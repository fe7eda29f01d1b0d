"""The idempotency record: claimed with the command's change, closed by whoever settles its last transfer."""

from dataclasses import dataclass, replace
from typing import Any

from pydantic.alias_generators import to_camel

from flint_domain.engine.show import replay, show, shown_from_json, shown_to_json
from flint_domain.kernel.cards import without_long_numbers
from flint_domain.kernel.errors import Refused
from flint_domain.kernel.wire import Json
from flint_domain.order.payments.model import TransferState
from flint_domain.unit_of_work.command import Command, Shown
from flint_domain.unit_of_work.fingerprint import fields_of, fingerprint_of
from flint_domain.unit_of_work.ports import DueTransfer, IdempotencyRecord, ReadTransaction, Transaction

SHAPE = 2  # of the answers that are stored now: raise it when views change what a caller relies on


def _stored(answer: dict[str, Any] | None) -> dict[str, Any] | None:
    """An answer as an idempotency record keeps it, with the number of its shape."""
    return None if answer is None else {"shape": SHAPE, "answer": answer}


def _as_stored(record: IdempotencyRecord) -> dict[str, Any] | None:
    """The first answer, if it has the shape that answers have now; those stored before shapes had numbers have none."""
    kept = record.answer
    return kept["answer"] if kept is not None and kept.get("shape") == SHAPE else None


def claim(tx: Transaction, key: str, command: Command, shown: Shown, answer: dict[str, Any] | None) -> None:
    """Write the key's record; answer is None while a transfer of the command is open."""
    tx.add_idempotency_record(
        IdempotencyRecord(
            key=key,
            command=command.name,
            fingerprint=fingerprint_of(command),
            fields=fields_of(command),
            shown=shown_to_json(shown),
            answer=_stored(answer),
            created_at=tx.now,
        )
    )


def close(tx: Transaction, key: str, answer: dict[str, Any] | None, exposed: frozenset[str]) -> None:
    """Keep the command's answer for good, unless one of its transfers is still open."""
    record = tx.idempotency_record(key)
    if record is None or record.answer is not None or record.shown is None or tx.unsettled(key):
        return
    shown = answer or show(tx, shown_from_json(record.shown), exposed)
    tx.save_idempotency_record(replace(record, answer=_stored(shown)))


def require_same(record: IdempotencyRecord, command: Command) -> None:
    """A key belongs to one command: the same words with other amounts are another command."""
    if record.fingerprint != fingerprint_of(command):
        raise Refused(
            "idempotency_key_reused",
            f"This idempotencyKey was used for {record.command}"
            f"{' with other arguments' if record.command == command.name else ''}.",
            hint="use a new key for every intended action, and the same one only to repeat a call as it was",
            param="idempotencyKey",
            details={
                "first": {"command": record.command, "fields": _told(record.fields)},
                "this": {"command": command.name, "fields": _told(fields_of(command))},
            },
        )


# Whoever reuses a key may be somebody else than its first user: neither what paid nor who it was for is told.
_KEPT_BACK = frozenset(
    {
        *("source", "sources", "refund_to", "buyer_email", "shipping_address", "profile"),
        *("note", "metadata", "cancel_reason"),
    }
)


def _told(value: Json) -> Json:
    """A command's fields as callers may read them: camelCase, without what paid, and without long numbers, as in every
    error."""
    if isinstance(value, dict):
        return {to_camel(name): "(not shown)" if name in _KEPT_BACK else _told(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_told(item) for item in value]
    return without_long_numbers(value) if isinstance(value, str) else value


def in_progress() -> Refused:
    """The refusal while the first call with a key has not ended."""
    return Refused(
        "request_in_progress",
        "The first call with this idempotencyKey is still running.",
        hint="send the same call again in a few seconds",
        param="idempotencyKey",
    )


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the first call under a key is: still running, or left behind with these transfers."""

    running: bool
    abandoned: tuple[DueTransfer, ...] = ()


def progress(tx: ReadTransaction, key: str) -> Progress:
    """Whether somebody still works on what was asked for under this key."""
    record = tx.idempotency_record(key)
    if record is None or record.answer is not None:
        return Progress(running=False)
    unsettled = tx.unsettled(key)
    running = any(t.state is TransferState.PLANNED and t.leased_until > tx.now for t in unsettled)
    unanswered = [t for t in unsettled if t.state in (TransferState.PLANNED, TransferState.UNKNOWN)]
    return Progress(running, tuple(DueTransfer(tx.merchant_id, transfer.transfer_id) for transfer in unanswered))


def repeated(tx: ReadTransaction, key: str, exposed: frozenset[str]) -> dict[str, Any]:
    """The first answer again; the command's result as it stands while a transfer is open, and where the first answer
    was stored in an older shape."""
    record = tx.idempotency_record(key)
    if record is None or record.shown is None:
        raise in_progress()
    shown = shown_from_json(record.shown)
    return replay(tx, _as_stored(record) or show(tx, shown, exposed), shown.view, exposed)
