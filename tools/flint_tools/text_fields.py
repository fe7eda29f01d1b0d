"""Every text that a caller may give, and the rule by which it is taken: read from the types of the arguments."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic.fields import FieldInfo

from flint_domain.kernel.text import TextRule
from flint_tools.types import Input, Spelled

Taken = TextRule | Spelled
"""How a text is taken: by a rule of people's writing, or spelled so strictly that none is needed."""


def text_fields(shape: type[Input]) -> Iterator[tuple[str, Taken | None]]:
    """Each text of a shape by its path on the wire (`lineItems.name`), None where nothing says how it is taken."""
    for name, field in shape.model_fields.items():
        for path, taken in _texts_of(_annotated(field)):
            yield f"{field.alias or name}{path}", taken


def taken_at(shape: type[Input], path: str) -> Taken | None:
    """How the text at a path is taken; None for a path that leads to none."""
    return dict(text_fields(shape)).get(path)


def _annotated(field: FieldInfo) -> Any:
    """The field's type with what pydantic took off it."""
    return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation


def _texts_of(kind: Any, taken: Taken | None = None) -> Iterator[tuple[str, Taken | None]]:
    if get_origin(kind) is Annotated:
        inner, *metadata = get_args(kind)
        said = next((each for each in metadata if isinstance(each, TextRule | Spelled)), taken)
        yield from _texts_of(inner, said)
    elif kind is str:
        yield "", taken
    elif isinstance(kind, type) and issubclass(kind, Input):
        for path, inner in text_fields(kind):
            yield f".{path}", inner
    else:
        seen: set[tuple[str, Taken | None]] = set()
        for part in get_args(kind):
            for found in _texts_of(part, taken):
                if found not in seen:
                    seen.add(found)
                    yield found
