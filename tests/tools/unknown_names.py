"""What every name that models are known to send is answered with, wherever it is no argument.

`python -m tests.tools.snapshots --write` brings the committed answers up to date, too; read the difference, by asking
what a model does next.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flint_tools.arguments import refusal_of
from flint_tools.binding import ToolArguments, input_schema
from flint_tools.meanings import MEANINGS
from flint_tools.selection import ALL_TOOLS

COMMITTED = Path(__file__).with_name("unknown_names.json")
SENT = sorted({name for meaning in MEANINGS for name in meaning.sent.split()})

Path_ = tuple[str | int, ...]


def places(tool: type[ToolArguments]) -> Iterator[tuple[Path_, list[str]]]:
    """Every object that a tool takes, by its path, with the names that it takes."""
    yield from _within(input_schema(tool), ())


def _within(schema: dict[str, Any], path: Path_) -> Iterator[tuple[Path_, list[str]]]:
    properties: dict[str, Any] = schema.get("properties", {})
    if not properties or set(properties) <= {"amount", "currency"}:
        return
    yield path, [*properties]
    for name, node in properties.items():
        inner = node.get("items", node)
        yield from _within(inner, (*path, name, 0) if "items" in node else (*path, name))


def hint(tool: type[ToolArguments], path: Path_, name: str) -> str:
    return refusal_of(tool, {"type": "extra_forbidden", "loc": (*path, name), "msg": "", "input": None}).hint


def answers() -> dict[str, dict[str, str]]:
    """By place, the names that are answered alike; those that are answered with what the place takes are left out."""
    told: dict[str, dict[str, str]] = {}
    for tool in ALL_TOOLS:
        for path, known in places(tool):
            place = ".".join([tool.tool, *(str(part) for part in path if isinstance(part, str))])
            alike: dict[str, list[str]] = {}
            for name in SENT:
                said = hint(tool, path, name)
                if name not in known and not said.startswith("it takes "):
                    alike.setdefault(said, []).append(name)
            told[place] = {said: " ".join(names) for said, names in alike.items()}
    return told


def written() -> str:
    return json.dumps(answers(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def write() -> list[str]:
    """Bring the committed answers up to date; their name when they changed."""
    before, now = COMMITTED.read_text(encoding="utf-8"), written()
    COMMITTED.write_text(now, encoding="utf-8")
    return [COMMITTED.stem] if now != before else []
