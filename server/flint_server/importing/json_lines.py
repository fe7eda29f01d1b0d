"""Lines of JSON: the objects that they are, and what of them can be spelled and not be kept."""

import json
from typing import Any, cast

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.wire import Json
from flint_server.importing.faults import wrong

Fields = dict[str, Any]


def unholdable(fields: Fields | None) -> Refused | None:
    """What is wrong with JSON that can be spelled, and not be kept."""
    try:
        place = _half_in(fields)
    except RecursionError:
        return wrong("The line has arrays or objects in each other without end.", "write the fields of one record")
    return None if place is None else wrong("There is half a character here.", "write it anew", place)


def _half_in(value: Json, place: str = "") -> str | None:
    """Where in a value there is half of a pair of surrogates: a path, without the name itself where it is in a name."""
    if isinstance(value, str):
        return place if any("\ud800" <= letter <= "\udfff" for letter in value) else None
    parts: list[tuple[str, Json]] = []
    if isinstance(value, dict):
        if any(_half_in(name, place) is not None for name in value):
            return place
        parts = [(name, part) for name, part in value.items()]
    elif isinstance(value, list):
        parts = [(str(number), part) for number, part in enumerate(value)]
    found = (_half_in(part, f"{place}.{name}" if place else name) for name, part in parts)
    return next((each for each in found if each is not None), None)


def object_in(text: str) -> Fields | None:
    """The JSON object that the text is, if it is one."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return cast("Fields", value) if isinstance(value, dict) else None
