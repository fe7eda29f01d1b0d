"""A docstring that says "see …" names a module or something in one: where it points to moves, and it has to follow."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("domain", "tools", "server")
SEE = re.compile(r"\(see ([a-z_]+(?:[./][a-z_]+)*)")


def modules() -> dict[str, str]:
    """The text of each module, by its dotted name."""
    return {
        ".".join(path.relative_to(ROOT / folder).with_suffix("").parts).removesuffix(".__init__"): path.read_text()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
    }


MODULES = modules()


def pointers() -> list[tuple[str, str]]:
    return [(name, pointer) for name, text in MODULES.items() for pointer in SEE.findall(text)]


def leads_somewhere(pointer: str, origin: str) -> bool:
    """Whether the pointer is the end of a module's name, or of one with something that it has by this name."""
    dotted = pointer.removesuffix(".py").replace("/", ".")
    module, _, name = dotted.rpartition(".")
    return (
        any(each == dotted or each.endswith(f".{dotted}") for each in MODULES)
        or any(
            re.search(rf"\b{name}\b", text) is not None
            for each, text in MODULES.items()
            if module and (each == module or each.endswith(f".{module}"))
        )
        or (not module and re.search(rf"^(?:async )?(?:def|class) {name}\b", MODULES[origin], re.MULTILINE) is not None)
    )


@pytest.mark.parametrize(("origin", "pointer"), pointers())
def test_what_a_docstring_points_to_is_there(origin: str, pointer: str) -> None:
    assert leads_somewhere(pointer, origin)


def test_pointers_are_found_and_a_wrong_one_is_seen() -> None:
    assert len(pointers()) > 20
    assert not leads_somewhere("credit/destinations.py", "flint_domain.order.refunds.rules")
    assert not leads_somewhere("order.refunds.nothing_of_this_name", "flint_domain.order.refunds.rules")
