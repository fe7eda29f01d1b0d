"""Checks requests against Stripe's published OpenAPI file: no unknown parameter, no wrong type, none missing."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft202012Validator

Schema = dict[str, Any]

_KEY = re.compile(r"[^\[\]]+")


class NotInTheSpec(AssertionError):
    """Stripe's OpenAPI file does not allow this request."""


class StripeOpenApi:
    def __init__(self, file: Path) -> None:
        self._paths: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["paths"]
        self.checked: set[str] = set()  # the operations seen so far, as "POST /v1/payment_intents"

    def check(self, method: str, url: str, form: str | None) -> None:
        """Raises NotInTheSpec. url may stand behind a prefix; form is the body as it goes over the wire."""
        parts = urlsplit(url)
        path = parts.path[parts.path.index("/v1/") :]
        template = self._template(path)
        operation = self._paths[template].get(method.lower())
        if operation is None:
            raise NotInTheSpec(f"{method} {template} does not exist")
        self.checked.add(f"{method.upper()} {template}")
        for schema, sent in ((_query_schema(operation), parts.query), (_body_schema(operation), form or "")):
            value = typed(nested(sent), schema)
            for error in Draft202012Validator(schema).iter_errors(value):
                where = ".".join(map(str, error.absolute_path))
                raise NotInTheSpec(f"{method.upper()} {template}: {where or 'the request'}: {error.message}")

    def _template(self, path: str) -> str:
        """The path of the file that this one is; a literal one goes before one with a variable."""
        fitting = [
            template
            for template in self._paths
            if re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path)
        ]
        if not fitting:
            raise NotInTheSpec(f"{path} is no path of Stripe's")
        return min(fitting, key=lambda template: template.count("{"))


def _query_schema(operation: Schema) -> Schema:
    named = {each["name"]: each["schema"] for each in operation.get("parameters", []) if each["in"] == "query"}
    required = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query" and each["required"]]
    return _strict(json.dumps({"type": "object", "properties": named, "required": required}))


def _body_schema(operation: Schema) -> Schema:
    content = operation.get("requestBody", {}).get("content", {})
    form = content.get("application/x-www-form-urlencoded", {"schema": {"type": "object", "properties": {}}})
    return _strict(json.dumps(form["schema"]))


@cache
def _strict(text: str) -> Schema:
    """The schema with every object closed that does not say otherwise."""

    def close(schema: Any) -> Any:
        if isinstance(schema, list):
            return [close(each) for each in schema]
        if not isinstance(schema, dict):
            return schema
        closed = {key: close(each) for key, each in schema.items()}
        if closed.get("type") == "object" and isinstance(closed.get("properties"), dict):
            closed.setdefault("additionalProperties", False)
        return closed

    return close(json.loads(text))


def nested(form: str) -> dict[str, Any]:
    """Stripe's brackets (`card[token]=…`, `expand[0]=…`) as nested objects of strings."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True):
        *parents, last = _KEY.findall(name)
        node = root
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return root


def typed(value: Any, schema: Schema) -> Any:
    """The strings of the wire as the types that the schema asks for; what does not fit stays as it is."""
    for branch in schema.get("anyOf", ()):
        tried = typed(value, branch)
        if Draft202012Validator(branch).is_valid(tried):
            return tried
    kind = schema.get("type")
    if isinstance(value, dict):
        if kind == "array":
            return [typed(each, schema["items"]) for each in value.values()]
        known, more = schema.get("properties", {}), schema.get("additionalProperties")
        more = more if isinstance(more, dict) else {}
        return {key: typed(each, known.get(key, more)) for key, each in value.items()}
    if kind == "integer" and re.fullmatch(r"-?[0-9]+", value):
        return int(value)
    return {"true": True, "false": False}.get(value, value) if kind == "boolean" else value
