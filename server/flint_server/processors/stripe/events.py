"""What Stripe's events tell to look at, and nothing more of them: no buyer's words are kept.

Events come late, twice and in any order, so what became of the money is asked of Stripe itself
(https://docs.stripe.com/webhooks#best-practices).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeGuard

from flint_domain.kernel.ids import IdPrefix, is_id
from flint_server.processors.stripe.answers import StripeDispute, dispute_of
from flint_server.processors.stripe.requests import CAPTURED_BY

_EVENT_ID = re.compile(r"evt_[A-Za-z0-9_]{1,250}\Z")
_TYPE = re.compile(r"[a-z0-9_]+(?:\.[a-z0-9_]+){0,9}\Z")
_REFERENCE = re.compile(r"[A-Za-z0-9_]{1,255}\Z")
_LONGEST_TYPE = 100

_OF_TRANSFERS = ("payment_intent.", "refund.", "charge.", "setup_intent.")
_DISPUTE = "charge.dispute."
_REFUND = ("refund.", "charge.refund.")  # these carry a Refund; charge.refunded carries a Charge


class EventUnreadable(ValueError):
    """A body that is no event as Stripe's endpoints get them. The message says what is wrong and quotes nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripeEvent:
    """Which of Stripe's objects changed, and which of ours they were made for, as far as their metadata says."""

    event_id: str
    type: str
    created: datetime
    livemode: bool
    object_id: str | None = None
    payment_reference: str | None = None  # Stripe's id of the PaymentIntent
    payment_id: str | None = None
    transfer_ids: tuple[str, ...] = ()
    dispute: StripeDispute | None = None

    @property
    def is_of_a_transfer(self) -> bool:
        """Whether it is of a kind that a transfer may depend on."""
        return self.type.startswith(_OF_TRANSFERS)

    @property
    def is_of_a_refund(self) -> bool:
        return self.type.startswith(_REFUND)


def dispute_of_event(event: StripeEvent) -> StripeDispute | None:
    """The dispute as it stood when the event was made; None for every other event. Events come in any order:
    StripeProcessor.disputes tells how it stands now."""
    return event.dispute


def event_of(body: bytes) -> StripeEvent:
    """What to keep of an event's body. Raises EventUnreadable."""
    try:
        told: object = json.loads(body)
    except (ValueError, RecursionError):
        raise EventUnreadable("The body is no JSON.") from None
    event = _object(told, "The body")
    if event.get("object") != "event":
        raise EventUnreadable("The body is no event of Stripe's; a v2 thin event is not understood. Send snapshots.")
    changed = _object(_object(event.get("data"), "data").get("object"), "data.object")
    kind = _matching(event, "type", _TYPE)
    if len(kind) > _LONGEST_TYPE:
        raise EventUnreadable("type is too long.")
    metadata: object = changed.get("metadata")
    ours: Mapping[str, Any] = metadata if _is_object(metadata) else {}
    reference = _reference(changed.get("id"))
    return StripeEvent(
        event_id=_matching(event, "id", _EVENT_ID),
        type=kind,
        created=_time(event.get("created")),
        livemode=_flag(event.get("livemode")),
        object_id=reference,
        payment_reference=reference
        if changed.get("object") == "payment_intent"
        else _reference(changed.get("payment_intent")),
        payment_id=next(iter(_ours([ours.get("payment_id")], "pi")), None),
        transfer_ids=_ours([ours.get("transfer_id"), ours.get(CAPTURED_BY)], "trf"),
        dispute=_dispute(changed) if kind.startswith(_DISPUTE) else None,
    )


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, dict)


def _object(value: object, what: str) -> Mapping[str, Any]:
    if _is_object(value):
        return value
    raise EventUnreadable(f"{what} is no object.")


def _matching(event: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not pattern.match(value):
        raise EventUnreadable(f"{name} is missing or not as Stripe spells it.")
    return value


def _time(value: object) -> datetime:
    if isinstance(value, int) and not isinstance(value, bool):
        try:
            return datetime.fromtimestamp(value, UTC)
        except (ValueError, OverflowError, OSError):
            pass
    raise EventUnreadable("created is no time.")


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise EventUnreadable("livemode is missing.")
    return value


def _reference(value: object) -> str | None:
    """An id of Stripe's, whether the object is given by it or in full."""
    found: object = value.get("id") if _is_object(value) else value
    return found if isinstance(found, str) and _REFERENCE.match(found) else None


def _ours(values: list[object], prefix: IdPrefix) -> tuple[str, ...]:
    """The ids of Flint's among what metadata says: others may write there what they like."""
    return tuple(dict.fromkeys(value for value in values if isinstance(value, str) and is_id(value, prefix)))


def _dispute(changed: Mapping[str, Any]) -> StripeDispute:
    try:
        return dispute_of(changed)
    except (KeyError, TypeError, ValueError, ArithmeticError, OSError):
        raise EventUnreadable("data.object is no dispute.") from None
