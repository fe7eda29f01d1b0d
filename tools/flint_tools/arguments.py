"""What a caller sent, checked against a tool, and what is wrong with it in words that an agent can act on."""

import json
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from flint_domain.kernel.errors import ErrorCode, Refused, quoted
from flint_tools.binding import AnyTool, Reading, ToolArguments, Writing
from flint_tools.bounds import Path, check_bounds, dotted
from flint_tools.checks import shown
from flint_tools.meanings import answered
from flint_tools.schemas import input_schema
from flint_tools.spellings import with_sources_named
from flint_tools.types import Input


def parse(tool: AnyTool, arguments: dict[str, Any]) -> Reading | Writing:
    """The caller's arguments, checked.

    Raises Refused that names the argument and says what to send instead.
    """
    check_bounds(arguments)
    schema = input_schema(tool)
    named = with_sources_named(tool.tool, schema.get("properties", {}), arguments)
    try:
        return tool.model_validate(_given(schema, named))
    except ValidationError as error:
        errors = error.errors(include_url=False)
        # A misspelled argument is also a missing one: the name that was sent says more.
        telling = next((found for found in errors if found["type"] == "extra_forbidden"), errors[0])
        raise refusal_of(tool, telling) from None


_OPENS = {"array": "[", "object": "{"}


def _given(schema: Any, value: Any, path: Path = ()) -> Any:
    """What was given, as every client means it.

    Some clients send null for each optional argument that their model left out: it is not given then, at any depth.
    Some send objects and arrays as JSON text: taken where nothing but an object or array can stand.
    """
    if not isinstance(schema, dict):
        return value
    node = cast("dict[str, Any]", schema)
    opening = _OPENS.get(str(node.get("type")))
    if isinstance(value, str) and opening and value.lstrip()[:1] == opening:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return value
        check_bounds(value, path)
    if isinstance(value, list):
        items = cast("list[Any]", value)
        return [_given(node.get("items"), item, (*path, place)) for place, item in enumerate(items)]
    if isinstance(value, dict):
        known: dict[str, Any] = node.get("properties", {})
        optional = known.keys() - node.get("required", [])
        given = {
            name: item
            for name, item in cast("dict[str, Any]", value).items()
            if item is not None or name not in optional
        }
        return {name: _given(known.get(name), item, (*path, name)) for name, item in given.items()}
    return value


def refusal_of(tool: type[ToolArguments], error: ErrorDetails) -> Refused:
    """A validation error in the words of the contract."""
    return refused_field(tool, f"an argument of {{where}}{tool.tool}", error)


def refused_field(shape: type[Input], unknown: str, error: ErrorDetails) -> Refused:
    """A validation error of a shape; unknown says what a name that it does not have is not."""
    path = dotted(error["loc"])
    param = path or None
    context = error.get("ctx", {})
    got = shown(error["input"])
    schema = _schema_at(input_schema(shape), error["loc"])
    match error["type"]:
        case "flint":
            return _said_already(context, path)
        case "missing":
            message, hint = f"{path} is missing", f"add it: {_wanted(schema)}"
        case "extra_forbidden":
            return _unknown(shape, unknown, error["loc"], param)
        case "too_short" | "too_long":
            bound = _bound(context, "min_length", "max_length")
            message, hint = f"{path} has {context.get('actual_length') or 'no'} items", f"give {bound}"
        case "string_too_short" | "string_too_long":
            bound = _bound(context, "min_length", "max_length")
            message, hint = f"{path} has {len(str(error['input']))} characters", f"use {bound}"
        case "greater_than_equal" | "less_than_equal":
            message, hint = f"{path} {got} is out of range", f"send an integer of {_bound(context, 'ge', 'le')}"
        case "literal_error" | "enum":
            message, hint = f"{path} {got} is not one of its values", f"send {context['expected']}"
        case _:
            message = f"{path} is {got}, not {_NOUNS.get(str(schema.get('type')), 'a value it takes')}"
            hint = f"send {_wanted(schema)}; nothing is converted"
    return Refused("invalid_argument", f"{message}.", hint=hint, param=param)


def _said_already(context: dict[str, Any], path: str) -> Refused:
    """The refusal of a check that found the words itself; where it happened is added."""
    code: ErrorCode = context["code"]
    place = path if context["within"] is None else f"{path}.{dotted((context['within'],))}"
    joint: str | None = context["joint"]
    where = "" if not place else f" (in {place})" if joint is None else f"{joint}{place}"
    message = f"{context['message'].rstrip('.')}{where}."
    return Refused(code, message, hint=context["hint"], param=context["param"] or place or None)


def _bound(context: dict[str, Any], least: str, most: str) -> str:
    return f"at least {context[least]}" if least in context else f"at most {context[most]}"


def _schema_at(schema: dict[str, Any], path: tuple[int | str, ...]) -> dict[str, Any]:
    """What the schema says of the value at a path; empty where it says nothing."""
    node = schema
    for part in path:
        found = node.get("items") if isinstance(part, int) else node.get("properties", {}).get(part)
        if found is None:
            found = node.get("additionalProperties")
        if not isinstance(found, dict):
            return {}
        node = cast("dict[str, Any]", found)
    return node


_NOUNS = {
    "array": "an array",
    "object": "an object",
    "string": "a string",
    "integer": "an integer",
    "boolean": "true or false",
}


def _wanted(schema: dict[str, Any]) -> str:
    """What belongs there, in a few words."""
    names: dict[str, Any] = schema.get("properties", {})
    match schema.get("type"):
        case "array":
            item = schema.get("items", {})
            return f"an array of {'objects' if item.get('type') == 'object' else 'strings'}{_fields(item)}"
        case "object" if set(names) == {"amount", "currency"}:
            return 'money in minor units, such as {"amount": 2900, "currency": "USD"}'
        case "object":
            return f"an object{_fields(schema)}"
        case "integer" | "boolean" as kind:
            return f"{_NOUNS[kind]} without quotes"
        case _:
            return _NOUNS.get(str(schema.get("type")), "a value it takes")


def _fields(schema: dict[str, Any]) -> str:
    """The names an object takes, those that it needs first."""
    required: list[str] = schema.get("required", [])
    names = [*required, *(name for name in schema.get("properties", {}) if name not in required)]
    return f" with {', '.join(names)}" if names else ""


def _names_within(schema: dict[str, Any]) -> list[str]:
    """The names that an object takes, or each of an array's."""
    node = schema.get("items", schema)
    return [*node.get("properties", {})]


def _unknown(shape: type[Input], unknown: str, loc: tuple[int | str, ...], param: str | None) -> Refused:
    known: dict[str, Any] = _schema_at(input_schema(shape), loc[:-1]).get("properties", {})
    nested = {name: _names_within(schema) for name, schema in known.items()}
    hint = answered(str(loc[-1]), known, nested, deliberate=issubclass(shape, ToolArguments))
    where = dotted(loc[:-1])
    message = f"{quoted(str(loc[-1]), 40)} is not {unknown.format(where=f'{where} in ' if where else '')}."
    return Refused("invalid_argument", message, hint=hint, param=param)
