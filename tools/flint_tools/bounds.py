"""The bounds of a whole call: what is far too much is refused before anything looks at what it says."""

import re
from collections.abc import Iterator
from typing import Any, cast

from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.text import broken_character

MAX_CHARACTERS = 1_000_000  # of JSON, about; the largest sensible order has some tens of thousands
MAX_DEPTH = 32  # objects and arrays within each other; the tools' own have six
MAX_VALUES = 50_000  # an order of 200 lines with everything that they can have
MAX_ITEMS = 1_000  # of one array or object; fields that take fewer say so themselves
_DEPTH_SHOWN = 4  # steps of a path that leads into the depths

Path = tuple[int | str, ...]


def check_bounds(value: object, path: Path = ()) -> None:
    """Refuse what has too many characters, values, items or levels, and any text that nobody can store.

    Strings, names of fields included, hold no NUL and no half characters, whatever they are for. The work is bounded
    like the arguments: nothing is read past the first bound that is passed.
    """
    size, values = 0, 0
    waiting: list[tuple[object, Path]] = [(value, path)]
    while waiting:
        node, place = waiting.pop()
        values += 1
        if isinstance(node, str):
            size += len(node) + 2
            text: str | None = node
        else:
            text = None
            size += _size(node)
        if size > MAX_CHARACTERS:
            raise _too_much("characters", MAX_CHARACTERS)
        if values > MAX_VALUES:
            raise _too_much("values", MAX_VALUES)
        if text is not None:
            _check_text(text, place)
        elif isinstance(node, dict | list):
            inside = cast("dict[str, Any] | list[Any]", node)
            _check_container(inside, place)
            waiting.extend([(item, (*place, part)) for part, item in _parts(inside)][::-1])


def _size(node: object) -> int:
    if isinstance(node, dict):
        names = cast("dict[str, Any]", node)
        return sum(map(len, names)) + 4 * len(names) if len(names) <= MAX_ITEMS else 0
    if isinstance(node, list):
        return len(cast("list[Any]", node)) + 2
    return node.bit_length() // 3 + 1 if isinstance(node, int) else 5


def _parts(node: dict[str, Any] | list[Any]) -> Iterator[tuple[int | str, Any]]:
    return iter(node.items()) if isinstance(node, dict) else enumerate(node)


def _check_container(node: dict[str, Any] | list[Any], place: Path) -> None:
    if len(node) > MAX_ITEMS:
        what = "fields" if isinstance(node, dict) else "items"
        raise Refused(
            "invalid_argument",
            f"{dotted(place) or 'The call'} has {len(node)} {what}; nothing takes more than {MAX_ITEMS}.",
            hint="send fewer of them in one call",
            param=dotted(place) or None,
        )
    if len(place) >= MAX_DEPTH:
        shown = dotted(place[:_DEPTH_SHOWN])
        raise Refused(
            "invalid_argument",
            f"{shown} holds arrays and objects within each other more than {MAX_DEPTH} times.",
            hint="send it as the tool's schema shows it",
            param=dotted(place[:1]),
        )
    if isinstance(node, dict):
        for name in node:
            _check_text(name, (*place, name))


def _check_text(text: str, place: Path) -> None:
    unfit = broken_character(text)
    if unfit is not None:
        param = dotted(place) or None
        where = f" of {param}" if param else ""
        raise Refused("invalid_argument", f"{unfit.said}{where}.", hint=unfit.hint, param=param)


def _too_much(what: str, most: int) -> Refused:
    return Refused(
        "invalid_argument",
        f"The call's arguments hold more than {most} {what}.",
        hint="send less in one call: an order takes up to 200 lines, a note up to 2000 characters",
    )


_PLAIN = re.compile(r"[A-Za-z0-9_]{1,40}\Z")


def dotted(path: Path) -> str:
    """`lineItems.0.name`. The names of unknown arguments and of metadata are the caller's own words: in quotes."""
    return ".".join(str(part) if isinstance(part, int) or _PLAIN.match(part) else quoted(part, 40) for part in path)
