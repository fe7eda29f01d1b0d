"""docs/reference/, made from the code that it describes: tools, answers, errors, events, settings; the README's table.

`python -m tests.docs.reference --write` writes them anew.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, cast

import click

from flint_domain.kernel.errors import ERRORS, RETRYABLE
from flint_domain.webhooks.events import EVENTS
from flint_server.settings import VARIABLES
from flint_tools.binding import ToolArguments
from flint_tools.glossary import meaning
from flint_tools.schemas import input_schema
from flint_tools.selection import ALL_TOOLS, DEFAULT_TOOLSETS, TOOLSETS
from tests.docs.commands import commands

README = Path(__file__).parents[2] / "README.md"
FOLDER = README.with_name("docs") / "reference"

Json = dict[str, Any]


def tools() -> str:
    """Every tool with its arguments, by toolset."""
    parts = ["# Tools", "What `tools/list` says, by toolset. The fields of the answers are in [answers](answers.md)."]
    for toolset in TOOLSETS:
        shown = "Shown by default" if toolset in DEFAULT_TOOLSETS else f"Shown with `--toolsets {toolset}` or `all`"
        parts.append(f"## {toolset}\n\n{shown}.")
        parts += [_tool(tool) for tool in ALL_TOOLS if tool.toolset == toolset]
    return _page(parts)


def toolset_table() -> str:
    """The README's table: every toolset with its tools."""
    rows = (
        (
            toolset if toolset in DEFAULT_TOOLSETS else f"{toolset} (with `--toolsets all`)",
            ", ".join(tool.tool for tool in ALL_TOOLS if tool.toolset == toolset),
        )
        for toolset in TOOLSETS
    )
    return _table(("toolset", "tools"), rows)


def with_toolsets(readme: str) -> str:
    """The README with this table in the place of the one that it has."""
    before, found, after = _TOOLSETS.split(readme, maxsplit=1)
    assert found
    return f"{before}{toolset_table()}\n{after}"


_TOOLSETS = re.compile(r"(^\| toolset \| tools \|\n(?:\|.*\n)+)", re.MULTILINE)


def _tool(tool: type[ToolArguments]) -> str:
    schema = input_schema(tool)
    required: list[str] = schema.get("required", [])
    rows = [
        (f"`{name}`", _kind(argument), "yes" if name in required else "", _text(argument.get("description", "")))
        for name, argument in cast("dict[str, Json]", schema.get("properties", {})).items()
    ]
    traits = ", ".join(_traits(tool))
    answer = f"Answers with [{tool.result.__name__}](answers.md#{tool.result.__name__.lower()}). {traits}."
    table = _table(("argument", "type", "needed", "meaning"), rows) if rows else "It takes no arguments."
    return f"### {tool.tool}\n\n{_text(tool.description)}\n\n{answer}\n\n{table}"


def _traits(tool: type[ToolArguments]) -> Iterator[str]:
    yield "Changes nothing" if tool.read_only else "Changes something"
    if tool.destructive:
        yield "takes something away for good"
    if tool.open_world:
        yield "asks the payment processor"
    if tool.idempotent and not tool.read_only:
        yield "sent twice, it changes nothing more"


def _kind(schema: Json) -> str:
    """A type in a few words: string, integer, one of its values, object with its fields, array of these."""
    if values := schema.get("enum"):
        return ", ".join(f"`{value}`" for value in values)
    if "const" in schema:
        return f"`{schema['const']}`"
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(dict.fromkeys(_kind(variant) for variant in schema[key]))
    match schema.get("type"):
        case "array":
            return f"array of {_kind(schema.get('items', {}))}"
        case "object" if properties := schema.get("properties"):
            return f"object: {', '.join(f'`{name}`' for name in properties)}"
        case "object":
            return "object of the merchant's own keys"
        case str() as name:
            return name
        case _:
            return "any"


def answers() -> str:
    """Every kind of answer, and every kind of object in one, with the meaning of each field."""
    objects: dict[str, Json] = {}
    for tool in ALL_TOOLS:
        schema = tool.result.model_json_schema(mode="serialization")
        objects |= {tool.result.__name__: schema} | schema.get("$defs", {})
    parts = [
        "# Answers",
        "Every object that a tool answers with, made from the classes that write it. A field that says nothing is left "
        "out. What a model reads of these is a short text, and inside an order its currency is said once; "
        "`view: full` has every field.",
    ]
    parts += [f"## {name}\n\n{_fields(schema)}" for name, schema in sorted(objects.items()) if "properties" in schema]
    return _page(parts)


def _fields(schema: Json) -> str:
    rows = [
        (f"`{name}`", _linked(field), _text(meaning(name, field.get("description"))))
        for name, field in cast("dict[str, Json]", schema["properties"]).items()
    ]
    about = _text(schema.get("description", ""))
    table = _table(("field", "type", "meaning"), rows)
    return f"{about}\n\n{table}" if about else table


def _linked(schema: Json) -> str:
    """A field's type, with a link where it is an object of this page."""
    if reference := schema.get("$ref"):
        name = str(reference).rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for key in ("anyOf", "oneOf"):
        if key in schema:
            variants = [_linked(variant) for variant in schema[key] if variant != {"type": "null"}]
            return " or ".join(dict.fromkeys(variants))
    if isinstance(kinds := schema.get("type"), list):
        return " or ".join(kind for kind in kinds if kind != "null")
    if schema.get("type") == "array":
        return f"array of {_linked(schema.get('items', {}))}"
    if isinstance(values := schema.get("additionalProperties"), dict):
        return f"object of {_linked(values)}"
    return _kind(schema)


def errors() -> str:
    """The closed list of codes."""
    rows = [(f"`{code}`", "yes" if code in RETRYABLE else "", _text(text)) for code, text in ERRORS.items()]
    return _page(
        [
            "# Errors",
            'A refused call is `isError`, and its text is one JSON object: `{"error": {code, message, param, hint, '
            "retryable, availableActions}}`. It changed nothing. What to do about each is in "
            "[errors and retries](../guides/errors-and-retries.md).",
            _table(("code", "retryable", "meaning"), rows),
        ]
    )


def events() -> str:
    """The closed list of webhook events."""
    rows = [(f"`{event}`", _text(text)) for event, text in EVENTS.items()]
    return _page(
        [
            "# Events",
            "What a webhook endpoint may ask for; `*` is all of them. What is sent, and how to check it, is in "
            "[webhooks](../guides/webhooks.md).",
            _table(("event", "when"), rows),
        ]
    )


def settings() -> str:
    """Environment variables, and every command with its options."""
    variables = [(f"`{name}`", _text(meaning)) for name, meaning in VARIABLES.items()]
    parts = [
        "# Settings",
        "Nothing has to be set. Secrets come from the environment only: a command line is there for every process of "
        "the machine to read.",
        "## Environment",
        _table(("variable", "holds"), variables),
        "## Commands",
    ]
    return _page([*parts, *(_command(path, command) for path, command in commands())])


def _command(path: str, command: click.Command) -> str:
    arguments = [p.make_metavar(click.Context(command)) for p in command.params if isinstance(p, click.Argument)]
    usage = " ".join([path, *arguments])
    rows = [_option(option) for option in command.params if isinstance(option, click.Option)]
    text = _text(command.get_short_help_str(400))
    table = _table(("option", "default", "meaning"), rows) if rows else ""
    return "\n\n".join(part for part in (f"### {usage}", text, table) if part)


def _option(option: click.Option) -> tuple[str, str, str]:
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    values = option.type.choices if isinstance(option.type, click.Choice) else ()
    meaning = " ".join(
        [_text(option.help or ""), *(["One of", ", ".join(f"`{v}`" for v in values) + "."] * bool(values))]
    )
    shown = option.show_default is True and not option.is_flag
    return names, f"`{option.default}`" if shown else "", meaning.strip()


def _page(parts: Iterable[str]) -> str:
    note = "<!-- Made by `python -m tests.docs.reference --write`; changes belong into the code. -->"
    head, *rest = parts
    return "\n\n".join([head, note, *rest]) + "\n"


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _text(words: str) -> str:
    """Words that stand in a table's cell: one line, nothing that Markdown takes for its own."""
    return " ".join(words.split()).replace("|", "\\|").replace("<", "&lt;")


PAGES: dict[str, Callable[[], str]] = {
    "tools": tools,
    "answers": answers,
    "errors": errors,
    "events": events,
    "settings": settings,
}


def stored() -> dict[str, str]:
    """The pages as they were committed."""
    return {file.stem: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.md")}


def current() -> dict[str, str]:
    """The pages as the code has them."""
    return {name: page() for name, page in PAGES.items()}


def main(arguments: list[str]) -> int:
    """0 when the pages are as they should be, or were written."""
    before, now = stored(), current()
    differing = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    if arguments == ["--write"]:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name, text in now.items():
            (FOLDER / f"{name}.md").write_text(text, encoding="utf-8")
        for name in before.keys() - now.keys():
            (FOLDER / f"{name}.md").unlink()
        README.write_text(with_toolsets(README.read_text(encoding="utf-8")), encoding="utf-8")
    print(", ".join(differing) or "as committed")
    return 1 if differing and arguments != ["--write"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
