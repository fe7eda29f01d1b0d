"""What is wrong with a field, said of a cell or of a line of JSON."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic_core import ErrorDetails

from flint_domain.kernel.errors import Refused
from flint_server.importing.cells import column_of
from flint_server.importing.columns import LAYOUTS, KindName, Layout
from flint_server.importing.faults import wrong
from flint_server.importing.shapes import SHAPES
from flint_tools.arguments import refused_field
from flint_tools.checks import shown

MISSING = "missing"  # the detail of a refusal that says so


def refusals_of_cells(kind: KindName, errors: Sequence[ErrorDetails]) -> Iterator[Refused]:
    """Everything that is wrong with a record of a file of rows: of columns, and without words of JSON."""
    for error in errors:
        yield _of_cell(LAYOUTS[kind], error) or _of_field(kind, error)


def refusals_of_fields(kind: KindName, errors: Sequence[ErrorDetails]) -> Iterator[Refused]:
    """Everything that is wrong with a line of JSON. A misspelled field is also a missing one: the name that was given
    says more."""
    unknown = [error["loc"] for error in errors if error["type"] == "extra_forbidden"]
    for error in errors:
        parent, name = error["loc"][:-1], str(error["loc"][-1]) if error["loc"] else ""
        given = [str(loc[-1]) for loc in unknown if loc[:-1] == parent]
        if error["type"] != "missing" or not get_close_matches(name, given, n=1, cutoff=0.5):
            yield _of_field(kind, error)


# What the rules tell an agent to send, as whoever has a file can do it.
_IN_A_FILE = {
    "give name and variants, or the itemId of the item to change": "fill its name",
    "give priceMoney, or the variantId or SKU of one that there is": "write its price, or the SKU of one that there is",
    "choose another, or change that item by its itemId": "choose another",
}
_A_TOOL = re.compile(r"\b(?:search|get|list|save|create|call)_[a-z_]+")


def hint_in_a_file(hint: str) -> str:
    """A hint without what only an agent has: tools, and arguments that are no columns."""
    return "correct it, or leave it out" if _A_TOOL.search(hint) else _IN_A_FILE.get(hint, hint)


def _of_field(kind: KindName, error: ErrorDetails) -> Refused:
    return refused_field(SHAPES[kind], "a field of {where}this record", error)


_EMPTY = {
    "lineItems": ("The record has no line.", "fill itemId or name, quantity and unitPrice"),
    "emails": ("There is no e-mail address.", "write one"),
}


def _of_cell(layout: Layout, error: ErrorDetails) -> Refused | None:
    """The words for what a cell can be wrong in; None for the rest, which speaks for itself."""
    path = [str(part) for part in error["loc"]]
    column = column_of(layout, [part for part in path if not part.isdigit()])
    param, context = ".".join(path), error.get("ctx", {})
    named = column or path[0]
    match error["type"]:
        case "flint":
            message, hint = str(context["message"]), str(context["hint"])
            if "a string such as" in hint:
                hint = "write a number, such as 2 or 1.5"
            return Refused(context["code"], message, hint=hint, param=context["param"] or param)
        case "missing" if path[0] in _EMPTY and len(path) == 1:
            return wrong(*_EMPTY[path[0]], param)
        case "missing":
            refused = wrong(f"{named} is missing.", _fill(layout, named), param)
            refused.details[MISSING] = True
            return refused
        case "too_short" | "too_long":
            count, most = context.get("actual_length", 0), context.get("max_length")
            return wrong(f"{named} has {count} values.", f"give {f'at most {most}' if most else 'one'}", param)
        case "string_too_short":
            return wrong(f"{named} is empty.", "write something", param)
        case "string_too_long":
            return wrong(
                f"{named} has {len(str(error['input']))} characters.", f"use at most {context['max_length']}", param
            )
        case "int_type" | "int_parsing" | "greater_than_equal" | "less_than_equal":
            return wrong(f"{named} is {shown(error['input'])}, not a number from 1 on.", "write digits alone", param)
        case _:
            return None


def _fill(layout: Layout, name: str) -> str:
    forms: dict[str, Any] = {column.name: column.form for column in layout.columns}
    forms |= {column.name: column.form for part in layout.parts for column in part.columns}
    match forms.get(name):
        case "money":
            return 'write an amount, such as "12.90"'
        case "number":
            return "write a number"
        case _:
            return "fill its cell"
