"""Words in a cell: yes and no in people's languages, and several names in one."""

import re

from flint_domain.kernel.errors import quoted
from flint_server.importing.faults import wrong

# As people write it, and as spreadsheets do in their own languages.
_YES = frozenset(
    {"true", "yes", "1", "wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "ja", "oui", "si", "sí"}
)
_NO = frozenset({"false", "no", "0", "falsch", "faux", "falso", "onwaar", "nein", "non", "nee"})


def flag(cell: str, name: str) -> bool:
    said = cell.lower()
    if said not in _YES and said not in _NO:
        raise wrong(f"{name} is {quoted(cell, 40)}.", 'write "true", "false" or nothing', name)
    return said in _YES


def names_in(cell: str) -> list[str]:
    """Names with semicolons between them; one may have a semicolon of its own, with a backslash before it."""
    parts, escaped = [""], False
    for character in cell:
        if escaped:
            parts[-1] += character if character in "\\;" else f"\\{character}"
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == ";":
            parts.append("")
        else:
            parts[-1] += character
    return [name.strip() for name in (*parts[:-1], parts[-1] + "\\" * escaped)]


def name_in_cell(name: str) -> str:
    """The name as names_in reads it."""
    return re.sub(r"([\\;])", r"\\\1", name).strip()
