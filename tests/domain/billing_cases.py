"""Other people's billing cases, by kind."""

from collections.abc import Iterator, Sequence
from typing import Any

Cases = Sequence[dict[str, Any]]


def of_kind(cases: Cases, kind: str, how_many: int) -> Iterator[tuple[str, Any, Any]]:
    """Each case of a kind, of which there are so many: its id, what is given, what is expected."""
    found = [case for case in cases if case["kind"] == kind]
    assert len(found) == how_many
    return ((case["id"], case["given"], case["expect"]) for case in found)
