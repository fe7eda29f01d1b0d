"""Every text that a caller may give, and the rule by which it is taken: read from the types of the arguments."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from flint_domain.kernel.cards import masked
from flint_domain.kernel.text import TextRule
from flint_tools.bounds import MAX_DEPTH, dotted
from flint_tools.types import Input, Spelled

Taken = TextRule | Spelled
"""How a text is taken: by a rule of people's writing, or spelled so strictly that none is needed."""


def text_fields(shape: type[Input]) -> Iterator[tuple[str, Taken | None]]:
    """Each text of a shape by its path on the wire (`lineItems.name`), None where nothing says how it is taken."""
    for name, field in shape.model_fields.items():
        for path, taken in _texts_of(_annotated(field)):
            yield f"{field.alias or name}{path}", taken


def with_cards_masked(shape: type[Input], fields: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Fields of a record with each card number in its texts as its last four digits, and the paths of those texts.

    For histories, where the number was stored elsewhere already and the record is worth keeping without it. What tells
    records apart stays as it is, to be refused with them.
    """
    rules = _rules(shape)
    found: list[str] = []
    masked_fields = cast("dict[str, Any]", _masked(fields, (), rules, found))
    return (masked_fields if found else fields), tuple(found)


@cache
def _rules(shape: type[Input]) -> dict[str, Taken | None]:
    return dict(text_fields(shape))


def _masked(value: Any, path: tuple[int | str, ...], rules: dict[str, Taken | None], found: list[str]) -> Any:
    if len(path) > MAX_DEPTH:
        return value  # no record is so deep: it is refused as it is
    if isinstance(value, dict):
        parts = cast("dict[str, Any]", value).items()
        return {name: _masked(item, (*path, name), rules, found) for name, item in parts}
    if isinstance(value, list):
        return [_masked(item, (*path, at), rules, found) for at, item in enumerate(cast("list[Any]", value))]
    rule = _rule_at(path, rules) if isinstance(value, str) else None
    if not isinstance(rule, TextRule) or rule.tells_apart:
        return value
    kept = masked(value, rule.cards)
    if kept != value:
        found.append(dotted(path))
    return kept


def _rule_at(path: tuple[int | str, ...], rules: dict[str, Taken | None]) -> Taken | None:
    """The rule of the text at a path; a value of an open map has that of the map."""
    names = [part for part in path if isinstance(part, str)]
    return rules.get(".".join(names)) or rules.get(".".join(names[:-1]))


def _annotated(field: FieldInfo) -> Any:
    """The field's type with what pydantic took off it."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _texts_of(kind: Any, taken: Taken | None = None) -> Iterator[tuple[str, Taken | None]]:
    if get_origin(kind) is Annotated:
        inner, *metadata = get_args(kind)
        said = next((each for each in metadata if isinstance(each, TextRule | Spelled)), taken)
        yield from _texts_of(inner, said)
    elif kind is str:
        yield "", taken
    elif isinstance(kind, type) and issubclass(kind, Input):
        for path, inner in text_fields(kind):
            yield f".{path}", inner
    else:
        seen: set[tuple[str, Taken | None]] = set()
        for part in get_args(kind):
            for found in _texts_of(part, taken):
                if found not in seen:
                    seen.add(found)
                    yield found
