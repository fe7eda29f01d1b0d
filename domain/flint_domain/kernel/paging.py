"""Keyset pages: newest first, and a cursor that is the id the next page starts after."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from flint_domain.kernel.errors import Refused

T = TypeVar("T")

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


def page(rows: Sequence[T], limit: int, id_of: Callable[[T], str]) -> tuple[list[T], str | None]:
    """A page of rows that were fetched with one row to spare, and its cursor when there are more."""
    shown = list(rows[:limit])
    return shown, id_of(shown[-1]) if len(rows) > limit else None


def bad_cursor() -> Refused:
    """The refusal for a cursor that no page of this list ended with."""
    return Refused(
        "invalid_argument",
        "The cursor is not one that a page ended with.",
        hint="pass nextCursor of the page before as it is, or leave it out",
        param="cursor",
    )
