"""What makes two calls the same command."""

from dataclasses import dataclass
from hashlib import sha256
from json import dumps
from typing import Any, ClassVar, Protocol

from pydantic_core import to_jsonable_python

from flint_domain.gift_cards.codes import without_code
from flint_domain.kernel.wire import Json

CAME_LATER = frozenset({"stock"})  # fields of values inside a command, of which there were records without them


NOT_FINGERPRINTED = frozenset({"view", "expected_version"})  # they ask for the same thing, shown or guarded otherwise


class Named(Protocol):
    """A command, as far as it is told from others."""

    name: ClassVar[str]


@dataclass(frozen=True, slots=True)
class Said:
    """What a command says: the fields that make two calls the same command, as JSON, and a digest of its name and them:
    equal exactly when the same was asked for."""

    fields: dict[str, Any]
    fingerprint: str


def said(command: Named) -> Said:
    """What this command says; a unit of work keeps it (see Work.said)."""
    fields = fields_of(command)
    return Said(fields, sha256(f"{command.name}:{dumps(fields, sort_keys=True)}".encode()).hexdigest())


def fields_of(command: Named) -> dict[str, Any]:
    """The fields that make two calls the same command, as JSON; one that was left out is left out here.

    They are kept, and a gift card's code must not be: its digest stands for it, which tells two codes apart as well.
    """
    given: dict[str, Any] = to_jsonable_python(command)
    return {name: _kept(value) for name, value in given.items() if value is not None and name not in NOT_FINGERPRINTED}


def _kept(value: Json) -> Json:
    """A field without codes, and inside it without what came later and is not given: a key of before belongs to its
    call."""
    if isinstance(value, str):
        return without_code(value)
    if isinstance(value, dict):
        return {name: _kept(item) for name, item in value.items() if item is not None or name not in CAME_LATER}
    return [_kept(item) for item in value] if isinstance(value, list) else value


def fingerprint_of(command: Named) -> str:
    """The digest alone; see Said."""
    return said(command).fingerprint
