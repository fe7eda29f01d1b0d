"""What a refusal repeats of a command: what its fields' own declarations allow, and nothing else."""

from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from pydantic.alias_generators import to_camel

from flint_domain.kernel.cards import without_long_numbers
from flint_domain.kernel.telling import MayBeTold
from flint_domain.kernel.wire import Json

NOT_SHOWN = "(not shown)"

Inner = frozenset[type]
"""The dataclasses that a field's value is made of; none when it is a plain value."""


def told(command: type, given: dict[str, Any]) -> dict[str, Json]:
    """The fields of a command, as they are kept, as callers may read them: camelCase, each that is not marked not
    shown, and without long numbers, as in every error."""
    return _of_fields(frozenset({command}), given)


def kept(command: type, given: dict[str, Any]) -> dict[str, Json]:
    """What an idempotency record keeps of a command's fields: as they are where they may be told, and nothing of the
    others. Nobody is ever shown them, and what somebody wrote need not lie in one more place."""
    return _kept(frozenset({command}), given)


def _kept(models: Inner, given: dict[str, Json]) -> dict[str, Json]:
    fields_kept: dict[str, Json] = {}
    for name, value in given.items():
        marks = [_marked(model).get(name) for model in models if _has(model, name)]
        inner = frozenset[type]().union(*(mark or () for mark in marks))
        fields_kept[name] = _kept_value(inner, value) if marks and None not in marks else NOT_SHOWN
    return fields_kept


def _kept_value(inner: Inner, value: Json) -> Json:
    if isinstance(value, list):
        return [_kept_value(inner, item) for item in value]
    return _kept(inner, value) if inner and isinstance(value, dict) else value


def _of_fields(models: Inner, given: dict[str, Json]) -> dict[str, Json]:
    """A value of one of these dataclasses. A name that several of them have is told only if each of them marks it."""
    return {
        to_camel(name): _field([_marked(model).get(name) for model in models if _has(model, name)], value)
        for name, value in given.items()
    }


def _has(model: type, name: str) -> bool:
    return any(field.name == name for field in fields(model))


def _field(marks: list[Inner | None], value: Json) -> Json:
    inner = frozenset[type]().union(*(mark or () for mark in marks))
    return _value(inner, value) if marks and None not in marks else NOT_SHOWN


def _value(inner: Inner, value: Json) -> Json:
    if isinstance(value, list):
        return [_value(inner, item) for item in value]
    if isinstance(value, dict):
        if inner:
            return _of_fields(inner, value)
        return {to_camel(name): _value(inner, item) for name, item in value.items()}
    return without_long_numbers(value) if isinstance(value, str) else value


@cache
def _marked(model: type) -> dict[str, Inner]:
    """The fields of a dataclass that may be told, and what they are made of."""
    hints = get_type_hints(model, include_extras=True)
    return {
        field.name: frozenset(_dataclasses(hints[field.name]))
        for field in fields(model)
        if any(isinstance(mark, MayBeTold) for mark in getattr(hints[field.name], "__metadata__", ()))
    }


def _dataclasses(hint: Any) -> list[type]:
    if isinstance(hint, type) and is_dataclass(hint) and get_origin(hint) is None:
        return [hint]
    return [found for part in get_args(hint) for found in _dataclasses(part)]
