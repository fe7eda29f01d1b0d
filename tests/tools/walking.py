"""Walks over what the tools take: the places of a schema, and arguments that hold something at one of them."""

from collections.abc import Iterator
from typing import Any


def leaves(schema: dict[str, Any], kind: str, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The paths of a schema's values of one JSON type; "[]" is a step into an array, "{}" into an open map."""
    if schema.get("type") == kind:
        yield path
    for name, inner in schema.get("properties", {}).items():
        yield from leaves(inner, kind, (*path, name))
    if isinstance(schema.get("items"), dict):
        yield from leaves(schema["items"], kind, (*path, "[]"))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from leaves(schema["additionalProperties"], kind, (*path, "{}"))


def holding(path: tuple[str, ...], value: Any) -> Any:
    """Arguments with nothing but a value at a path."""
    for step in reversed(path):
        value = [value] if step == "[]" else {"key" if step == "{}" else step: value}
    return value


def dotted(path: tuple[str, ...]) -> str:
    return ".".join({"[]": "0", "{}": "key"}.get(step, step) for step in path)


def named(path: tuple[str, ...]) -> tuple[Any, ...]:
    """The path as pydantic has it, without what an open map's value is checked with."""
    return tuple(0 if step == "[]" else step for step in path if step != "{}")
