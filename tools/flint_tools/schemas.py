"""The JSON schemas of arguments and answers: what a model reads of them, and all there is to know about an answer."""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from pydantic import BaseModel

from flint_domain.kernel.wire import Json, WireModel
from flint_domain.order.views import OrderView

# ── arguments ────────────────────────────────────────────────────────────────────────────────────────────────────────


@cache
def input_schema(shape: type[BaseModel]) -> dict[str, Any]:
    """The arguments' JSON schema with every definition in place and nothing a model does not need."""
    schema = _undescribed(shape.model_json_schema(by_alias=True))
    definitions = cast("dict[str, Json]", schema.pop("$defs", {}))
    slim = _slim(schema, definitions)
    assert isinstance(slim, dict)
    return slim


# Left out of what a model reads, and enforced all the same: a refusal says the bound when it matters.
_NOISE = frozenset({"title", "default", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"})


def _slim(node: Json, definitions: Mapping[str, Json]) -> Json:
    """Inline references; drop titles, defaults, docstrings of models, and the null that every optional field has."""
    if isinstance(node, list):
        return [_slim(item, definitions) for item in node]
    if not isinstance(node, dict):
        return node
    if isinstance(reference := node.get("$ref"), str):
        target = definitions[reference.removeprefix("#/$defs/")]
        assert isinstance(target, dict)
        own = {key: value for key, value in node.items() if key != "$ref"}
        return _slim({**_undescribed(target), **own}, definitions)
    variants = node.get("anyOf")
    if isinstance(variants, list):
        real = [variant for variant in variants if variant != {"type": "null"}]
        if len(real) == 1 and isinstance(real[0], dict):
            own = {key: value for key, value in node.items() if key != "anyOf"}
            return _slim({**real[0], **own}, definitions)
    properties = node.get("properties")
    slim = {key: _slim(value, definitions) for key, value in node.items() if key not in _NOISE and key != "properties"}
    if isinstance(properties, dict):
        slim["properties"] = {name: _slim(value, definitions) for name, value in properties.items()}
        if slim.get("additionalProperties") is False:
            del slim["additionalProperties"]
    return slim


def _undescribed(model: dict[str, Json]) -> dict[str, Json]:
    """A model's schema without its docstring, which is for readers of the code."""
    return {key: value for key, value in model.items() if key != "description"}


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

# What the road adds to an answer of a tool that writes, whichever tool it is.
_OF_WRITING: dict[str, Json] = {
    "approval": {"type": "object"},
    "dryRun": {"type": "boolean"},
    "wouldTransfer": {"type": "array"},
    "replayed": {"type": "boolean"},
    "warnings": {"type": "array"},
}
_OF_AN_ORDER = ("orderId", "version", "status")


@cache
def answer_schema(result: type[WireModel]) -> dict[str, Any]:
    """All that an answer can hold, for those who program against it; our tests hold every answer to it."""
    schema = _untitled(cast("Json", result.model_json_schema(mode="serialization")))
    assert isinstance(schema, dict)
    return schema


@cache
def output_schema(result: type[WireModel], *, writes: bool) -> dict[str, Any]:
    """The schema that tools/list shows: the names at the top of the answer and their types.

    Nothing is required and more may come, so that no client refuses an answer that it could have used; clients compile
    every schema that they are shown, and some list the tools again at each call.
    """
    properties = _shallow(result)
    if "order" in properties:
        order = _shallow(OrderView)
        properties["order"] = {"type": "object", "properties": {name: order[name] for name in _OF_AN_ORDER}}
    return {"type": "object", "properties": {**properties, **_OF_WRITING} if writes else properties}


def _shallow(result: type[WireModel]) -> dict[str, Json]:
    """The type of each field at the top of an answer, and nothing else of it."""
    schema = answer_schema(result)
    definitions: dict[str, Json] = schema.get("$defs", {})
    return {name: {"type": _type(node, definitions)} for name, node in schema["properties"].items()}


def _type(node: Json, definitions: Mapping[str, Json]) -> str:
    """The one type that a field at the top of an answer has; null is none, as it is left out of answers."""
    [kind] = _types(node, definitions) - {"null"}
    return kind


def _types(node: Json, definitions: Mapping[str, Json]) -> set[str]:
    assert isinstance(node, dict)
    if isinstance(reference := node.get("$ref"), str):
        return _types(definitions[reference.removeprefix("#/$defs/")], definitions)
    if isinstance(variants := node.get("anyOf"), list):
        return {kind for variant in variants for kind in _types(variant, definitions)}
    kinds = node["type"]
    return set(map(str, kinds)) if isinstance(kinds, list) else {str(kinds)}


def _untitled(node: Json) -> Json:
    """A schema without the titles and defaults that pydantic puts on everything: a quarter of its size."""
    if isinstance(node, list):
        return [_untitled(item) for item in node]
    if not isinstance(node, dict):
        return node
    slim = {key: _untitled(value) for key, value in node.items() if key not in ("title", "default", "properties")}
    properties = node.get("properties")
    if isinstance(properties, dict):
        slim["properties"] = {name: _untitled(value) for name, value in properties.items()}
    return slim
