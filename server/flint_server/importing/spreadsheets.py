"""What a spreadsheet does to cells: what it spoils is told, and what it would spoil or run is written so that it does
not."""

import re

from flint_domain.kernel.errors import Refused, quoted
from flint_server.importing.faults import wrong

ERRORS = ("#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#ERROR!")

_SHORTENED = re.compile(r"[0-9](?:[.,][0-9]+)?E\+?[0-9]+\Z", re.IGNORECASE)
_HASHES = re.compile(r"#{3,}\Z")  # a number or a date in a column that was too narrow for it
_QUOTED = re.compile(r'="(?P<text>(?:[^"]|"")*)"\Z')
_MARK = "'"  # before a cell that a spreadsheet must take for text


def as_text(cell: str) -> str:
    """The cell with an apostrophe before it where a spreadsheet would run it as a formula, take it for a number, or
    trim it. plain_text takes it off again."""
    return f"{_MARK}{cell}" if _is_endangered(cell.lstrip(_MARK)) else cell


def plain_text(cell: str) -> str:
    """What the cell says: without the apostrophe of as_text, or else without blanks around it. ="00123" is how other
    programs keep a spreadsheet from taking 00123 for a number."""
    cell = cell.replace("\r\n", "\n")
    if cell.startswith(_MARK) and _is_endangered(cell.lstrip(_MARK)):
        return cell[1:]
    cell = cell.strip()
    quoted_text = _QUOTED.match(cell)
    return quoted_text["text"].replace('""', '"') if quoted_text else cell


def kept(cell: str) -> str:
    """A cell of a rejected record. What the spreadsheet spoiled stays as it is: as text it would pass for sound."""
    raw = cell.strip()
    return raw if _is_spoiled(raw) else as_text(plain_text(cell))


def _is_endangered(text: str) -> bool:
    return text != text.strip() or text.startswith(("=", "+", "-", "@")) or _is_spoiled(text)


def _is_spoiled(text: str) -> bool:
    return text.upper() in ERRORS or bool(_SHORTENED.match(text)) or bool(_HASHES.match(text))


def spoiled(cell: str, name: str, *, is_name: bool) -> Refused | None:
    """What is wrong with a cell that the spreadsheet spoiled before it was saved. is_name says that digits are no
    number there, so that 4.00601E+12 is not what it was."""
    raw = cell.strip()
    if raw.upper() in ERRORS:
        return wrong(f"The spreadsheet has an error in this cell: {raw}.", "mend the cell's formula, or empty it", name)
    if _HASHES.match(raw):
        return wrong("The cell holds # in place of what did not fit into it.", "widen the column, and save again", name)
    if is_name and _SHORTENED.match(raw):
        return wrong(
            f"{quoted(raw, 40)} is a long number that the spreadsheet has shortened.",
            "format the column as text, and enter the number again",
            name,
        )
    return None
