"""The merchant's own names of things (SKUs, order numbers, ids of products and customers): compared without case."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import TypeVar

from flint_domain.kernel.errors import Refused, quoted

T = TypeVar("T")

MAX_REFERENCE = 64

_PLAIN = re.compile(r"[A-Za-z0-9_.\-]{1,64}\Z")


def folded(reference: str) -> str:
    """A reference as it is compared: canonical caseless matching (Unicode 3.13, D145), composed."""
    if reference.isascii():
        return reference.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", reference).casefold())


def same(one: str | None, other: str) -> bool:
    """Whether a reference is the other one, in whatever case."""
    return one is not None and (one == other or folded(one) == folded(other))


def differing(present: str, wanted: str) -> str:
    """Why a reference that is spelled in another way is taken, as the end of a sentence; nothing where it is not."""
    return "" if present == wanted else f", which differs from {named(wanted)} in case only"


def named(reference: str) -> str:
    """A reference as a message names it: as it is where it is one plain word, and otherwise in quotes."""
    return reference if _PLAIN.match(reference) else quoted(reference, MAX_REFERENCE)


def told_apart(wanted: str, found: Sequence[T], spelled: Callable[[T], str]) -> T | None:
    """Of the records that a reference is folded to: the one that spells it so, or else the only one; None when there
    are several, and none is spelled so.

    Nothing new is told from another by case alone; data from before references were compared without case may be.
    """
    exact = next((each for each in found if spelled(each) == wanted), None)
    return found[0] if exact is None and len(found) == 1 else exact


def meant(wanted: str, found: Sequence[T], spelled: Callable[[T], str], param: str) -> T | None:
    """The record that a caller's reference means.

    Raises Refused("invalid_argument") when there are several, and none is spelled so: the caller can say which.
    """
    one = told_apart(wanted, found, spelled)
    if one is None and len(found) > 1:
        raise Refused(
            "invalid_argument",
            f"{named(wanted)} may be {' or '.join(named(spelled(each)) for each in found)}.",
            hint="send it in capitals and small letters as it is spelled",
            param=param,
        )
    return one
