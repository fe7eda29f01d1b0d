"""The reference page of answers: every field of every view, made from the classes that describe them."""

from typing import Any, cast

from flint_domain.kernel.wire import Json
from flint_tools.binding import ToolArguments
from flint_tools.glossary import meaning
from flint_tools.schemas import answer_schema

RULES = (
    "inside an order amounts are without their currency: the order's; view full, resources and webhooks keep it",
    "inside an order, a payment or a refund an amount that is not there is zero",
    "a field that is not there is empty; lineItems, paymentIntentIds, refundIds, availableActions, blockedActions and "
    "warnings of an order are always there",
    "a hint without arguments takes this order's id alone; its lines without oneOf are all lines of the order",
    "the text of an answer says the same in lines, amounts in major units; that of view full is the JSON itself",
)


def answers(tools: tuple[type[ToolArguments], ...]) -> dict[str, Any]:
    """The views by name, each with its fields, and the view that each tool answers with."""
    objects: dict[str, dict[str, str]] = {}
    for tool in tools:
        schema = answer_schema(tool.result)
        definitions = cast("dict[str, dict[str, Json]]", schema.get("$defs", {}))
        for name, definition in {tool.result.__name__: schema, **definitions}.items():
            if "properties" in definition:
                objects.setdefault(name, _fields(cast("dict[str, Json]", definition["properties"])))
    return {
        "rules": list(RULES),
        "tools": {tool.tool: tool.result.__name__ for tool in tools},
        "objects": dict(sorted(objects.items())),
    }


def _fields(properties: dict[str, Json]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, node in properties.items():
        assert isinstance(node, dict)
        told = meaning(name, node.get("description"))
        fields[name] = f"{_type(node)}: {told}" if told else _type(node)
    return fields


def _type(node: Json) -> str:
    """`string`, `OPEN | PAID`, `[LineItemView]`; that a field may be missing goes without saying."""
    assert isinstance(node, dict)
    match node:
        case {"$ref": str(reference)}:
            return reference.removeprefix("#/$defs/")
        case {"anyOf": list(variants)}:
            return " | ".join(_type(variant) for variant in variants if variant != {"type": "null"})
        case {"enum": list(values)}:
            return " | ".join(map(str, values))
        case {"const": value}:
            return str(value)
        case {"type": "array", "items": items}:
            return f"[{_type(items)}]"
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"{{name: {_type(values)}}}"
        case {"type": list(kinds)}:
            return " | ".join(str(kind) for kind in kinds if kind != "null")
        case _:
            return str(node.get("type", "any"))
