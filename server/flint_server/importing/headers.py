"""The first line of a CSV file: what separates its cells, which columns they are, and what kind of record follows."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Literal

from flint_domain.kernel.errors import quoted
from flint_server.importing.columns import LAYOUTS, METADATA, OPTION, KindName, Layout
from flint_server.importing.faults import Unreadable
from flint_server.importing.sent_columns import column_instead

ERROR = "error"  # the column, or field, that says why a record was rejected; ignored when it is read again
SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}

_SAID = re.compile(r'"?sep=(?P<separator>.)"?\s*\Z')  # how some spreadsheets write, and are told, what separates cells
_NOT_TOLD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns: as they stand in the file, and as Flint calls them (None for one without a name).

    lines is how many lines of the file came before the first row.
    """

    cells: tuple[str, ...]
    names: tuple[str | None, ...]
    separator: str
    kind: KindName
    lines: int

    @property
    def has_decimal_commas(self) -> bool | None:
        """Whether decimals are behind commas: semicolons are put between cells where people write 12,90, and commas
        where they do not. None for tabs and others, which go with both."""
        return {";": True, ",": False}.get(self.separator)

    @property
    def width(self) -> int:
        """The cells that a row has at least: spreadsheets leave columns without a name at the end."""
        return max((place for place, name in enumerate(self.names, start=1) if name is not None), default=0)


def read_header(lines: Iterator[str], kind: KindName | None) -> tuple[Header, Any]:
    """The header, and a reader of the rows behind it.

    Raises Unreadable for a file whose columns nobody knows: every row of it would mean something else than it says.
    """
    before, first = _first(lines)
    said = _SAID.match(first)
    if said is not None:
        more, first = _first(lines)
        before += more
    separator = said["separator"] if said else _separator(first)
    reader = csv.reader(chain([first], lines), delimiter=separator, strict=True)
    try:
        cells = tuple(next(reader, list[str]()))
    except csv.Error as error:
        raise Unreadable(f"The first line cannot be read: {error}.") from None
    found = kind or _kind(cells)
    names = tuple(_name(LAYOUTS[found], cell) for cell in cells)
    _require_known(cells, names, LAYOUTS[found], separator)
    return Header(cells, names, separator, found, before), reader


def kind_of_fields(fields: Iterable[str], known: Mapping[KindName, frozenset[str]]) -> KindName:
    """The kind of record that has these fields of JSON. Raises Unreadable when it is not the only one."""
    given = {name for name in fields if name != ERROR}
    if not given:
        raise Unreadable(f"The first record has no fields, and they would tell what it is.\n{_say_which(known)}")
    needed = {"createdAt", "lineItems"}
    fits: list[KindName] = [kind for kind in known if given <= known[kind] and (kind != "orders" or needed <= given)]
    return _only(fits, "fields", [kind for kind in known if kind != "orders" or needed & given])


def _first(lines: Iterator[str]) -> tuple[int, str]:
    """The first line that says anything, and how many came before it."""
    for before, line in enumerate(lines):
        if line.strip().strip(",;\t"):
            return before, line
    return 0, ""


def _separator(line: str) -> str:
    """The separator that lets most columns be recognised; a comma where none does better."""
    return max(SEPARATORS, key=lambda separator: (_recognised(line, separator), separator == ","))


def _recognised(line: str, separator: str) -> int:
    cells = next(csv.reader([line], delimiter=separator), list[str]())
    return sum(any(_name(layout, cell) in layout.names for layout in LAYOUTS.values()) for cell in cells)


def _name(layout: Layout, cell: str) -> str | None:
    """What the layout calls a column: told by its letters and digits, in any case and however they are spaced."""
    cell = cell.lstrip("\ufeff").strip()
    for prefix, is_open in ((METADATA, layout.metadata), (OPTION, any(part.options for part in layout.parts))):
        if is_open and cell[: len(prefix)].lower() == prefix and len(cell) > len(prefix):
            return prefix + cell[len(prefix) :]
    told = _told(cell)
    return next((name for name in (*layout.names, ERROR) if _told(name) == told), cell or None)


def _told(name: str) -> str:
    return _NOT_TOLD.sub("", name).casefold()


def _kind(cells: Iterable[str]) -> KindName:
    given = list(cells)
    names = {kind: {_name(layout, cell) for cell in given} - {None, ERROR} for kind, layout in LAYOUTS.items()}
    known = {
        kind: {name for name in names[kind] if name and _is_known(layout, name)} for kind, layout in LAYOUTS.items()
    }
    fits: list[KindName] = [
        kind for kind in LAYOUTS if names[kind] == known[kind] and LAYOUTS[kind].needed <= known[kind]
    ]
    if not fits and not any("reference" in known[kind] for kind in LAYOUTS):
        raise Unreadable(_nameless(tuple(given), ","))
    most = max(len(known[kind]) for kind in LAYOUTS)
    return _only(fits, "columns", [kind for kind in LAYOUTS if len(known[kind]) == most])


def _only(fits: Sequence[KindName], what: Literal["columns", "fields"], near: Sequence[KindName]) -> KindName:
    if len(fits) == 1:
        return fits[0]
    if not fits and len(near) == 1:
        return near[0]  # what it lacks, or has too much, is told as a fault of this kind
    candidates = fits or near
    raise Unreadable(f"The {what} are as {' and as '.join(candidates)} have them.\n{_say_which(candidates)}")


def _say_which(kinds: Iterable[KindName]) -> str:
    return f"Say which they are: {' or '.join(f'--kind {kind}' for kind in kinds)}."


def _is_known(layout: Layout, name: str) -> bool:
    prefixes = (METADATA if layout.metadata else None, OPTION if any(part.options for part in layout.parts) else None)
    return name in layout.names or any(prefix and name.startswith(prefix) and name != prefix for prefix in prefixes)


def _require_known(cells: tuple[str, ...], names: tuple[str | None, ...], layout: Layout, separator: str) -> None:
    if "reference" not in names:
        raise Unreadable(_nameless(cells, separator))
    for place, name in enumerate(names):
        if name is None or name == ERROR:
            continue
        if not _is_known(layout, name):
            near = column_instead(name, layout.names)
            hint = f"Did you mean {near}?" if near else f"The columns are {', '.join(layout.names)}."
            raise Unreadable(f"There is no column {quoted(name, 40)}.\n{hint}")
        if name in names[:place]:
            raise Unreadable(f"The column {quoted(cells[place], 40)} is there twice.")
    lacking = [name for name in layout.needed if name not in names]
    if lacking:
        raise Unreadable(
            f"The first line names no column {quoted(lacking[0], 40)}, which every such record has.\n"
            f"Its columns are {', '.join(name for name in names if name)}."
        )


def _nameless(cells: tuple[str, ...], separator: str) -> str:
    apart = SEPARATORS.get(separator, "a mark of its own")
    told = f"read with {apart} between its cells, it begins {quoted(cells[0] if cells else '', 40)}"
    return 'The first line names no column "reference": a file begins with the names of its columns.\n' + (
        f"This one has other words there ({told})." if any(cell.strip() for cell in cells) else "This one is empty."
    )
