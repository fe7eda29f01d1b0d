"""How a tool is declared, and what a model sees of it."""

from abc import abstractmethod
from functools import cache
from typing import Any, ClassVar, Literal, cast

from mcp.types import Tool as WireTool
from mcp.types import ToolAnnotations
from pydantic import Field

from flint_domain.command import Command, Query
from flint_domain.flint import Call
from flint_domain.wire import Json, WireModel
from flint_tools.types import IdempotencyKey, Input, Positive

Toolset = Literal[
    "orders",
    "coupons",
    "payments",
    "refunds",
    "customers",
    "catalog",
    "fulfillment",
    "gift_cards",
    "privacy",
    "tax",
    "webhooks",
]


class ToolArguments(Input):
    """A tool: the arguments are its fields, the class attributes what a model is told.

    description is at most 250 characters: when to use it, and what it costs. destructive means that it takes something
    away for good, idempotent that sending it again changes nothing more, open_world that it asks the processor.
    """

    tool: ClassVar[str]
    toolset: ClassVar[Toolset]
    description: ClassVar[str]
    result: ClassVar[type[WireModel]]
    read_only: ClassVar[bool] = False
    destructive: ClassVar[bool] = False
    idempotent: ClassVar[bool] = False
    open_world: ClassVar[bool] = False


class Reading(ToolArguments):
    """A tool that changes nothing."""

    read_only: ClassVar[bool] = True
    idempotent: ClassVar[bool] = True

    @abstractmethod
    def query(self) -> Query:
        """What the arguments ask for."""


class Writing(ToolArguments):
    """A tool that changes something."""

    idempotency_key: IdempotencyKey | None = Field(default=None, description="one per action; same to retry")
    dry_run: bool = Field(default=False, description="preview")

    @abstractmethod
    def command(self) -> Command:
        """What the arguments ask to be done."""

    def call(self, actor: str) -> Call:
        return Call(key=self.idempotency_key, actor=actor, dry_run=self.dry_run)


class ChangingOrder(Writing):
    """A tool that changes an order that exists."""

    expected_version: Positive | None = Field(default=None, description="refuse if changed")


AnyTool = type[Reading] | type[Writing]


def wire_tool(tool: AnyTool) -> WireTool:
    """The tool as tools/list shows it."""
    return WireTool(
        name=tool.tool,
        description=tool.description,
        input_schema=input_schema(tool),
        output_schema=output_schema(tool.result),
        annotations=ToolAnnotations(
            read_only_hint=tool.read_only,
            destructive_hint=tool.destructive,
            idempotent_hint=tool.idempotent,
            open_world_hint=tool.open_world,
        ),
    )


@cache
def output_schema(result: type[WireModel]) -> dict[str, Any]:
    """The JSON schema of an answer; kept, since many tools answer with an order."""
    schema = _untitled(cast("Json", result.model_json_schema(mode="serialization")))
    assert isinstance(schema, dict)
    return schema


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


@cache
def input_schema(tool: type[Input]) -> dict[str, Any]:
    """The arguments' JSON schema with every definition in place and nothing a model does not need."""
    schema = _undescribed(tool.model_json_schema(by_alias=True))
    definitions = cast("dict[str, Json]", schema.pop("$defs", {}))
    slim = _slim(schema, definitions)
    assert isinstance(slim, dict)
    return slim


# Left out of what a model reads, and enforced all the same: a refusal says the bound when it matters.
_NOISE = frozenset({"title", "default", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"})


def _slim(node: Json, definitions: dict[str, Json]) -> Json:
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
