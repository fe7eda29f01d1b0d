"""What makes two calls the same command."""

from hashlib import sha256
from json import dumps
from typing import Any

from pydantic_core import to_jsonable_python

from flint_domain.gift_cards.codes import without_codes
from flint_domain.kernel.wire import Json
from flint_domain.unit_of_work.command import Command

CAME_LATER = frozenset({"stock"})  # fields of values inside a command, of which there were records without them


NOT_FINGERPRINTED = frozenset({"view", "expected_version"})  # they ask for the same thing, shown or guarded otherwise


def fields_of(command: Command) -> dict[str, Any]:
    """The fields that make two calls the same command, as JSON; one that was left out is left out here.

    They are kept, and a gift card's code must not be: its digest stands for it, which tells two codes apart as well.
    """
    given: dict[str, Any] = to_jsonable_python(command)
    return {
        name: _without_later(without_codes(value))
        for name, value in given.items()
        if value is not None and name not in NOT_FINGERPRINTED
    }


def _without_later(value: Json) -> Json:
    """Fields inside a field without those that came later and are not given: a key of before belongs to its call."""
    if isinstance(value, dict):
        return {
            name: _without_later(item) for name, item in value.items() if item is not None or name not in CAME_LATER
        }
    return [_without_later(item) for item in value] if isinstance(value, list) else value


def fingerprint_of(command: Command) -> str:
    """A digest of the command's name and fields: equal exactly when the same was asked for."""
    return sha256(f"{command.name}:{dumps(fields_of(command), sort_keys=True)}".encode()).hexdigest()
