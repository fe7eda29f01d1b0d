"""What people may write: one set of rules for tools, imports and whatever else takes text from outside.

Ordinary typography of every script is taken. What only directs the layout is left out, since it shows nothing and tells
texts apart that look the same. What hides words, or makes them read otherwise than they are written, is refused: a
person sees one text then and a model another. `docs/decisions/0019-what-people-may-write.md` lists the characters.
"""

import re
import unicodedata
from dataclasses import dataclass

from flint_domain.kernel.cards import Place, card_numbers
from flint_domain.kernel.errors import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRule:
    """What a text may hold. lines: line breaks and tabs; folds: every blank is stored as an ordinary one, and none at
    the ends; cards: where card numbers are looked for; tells_apart: one of its kind is nobody else's, so that it is
    never masked, which would make two of them one."""

    lines: bool = False
    folds: bool = False
    cards: Place = "text"
    tells_apart: bool = False


NAME = TextRule()
"""One line that people read: names, parts of addresses. Blanks stay as they were typed."""

NOTE = TextRule(lines=True)
"""Lines that people read: notes, descriptions, values of metadata."""

SEARCH = TextRule(folds=True)
"""Words to look for."""

CONTACT = TextRule(folds=True)
"""Phone numbers and postcodes: compared like identifiers, but never as long as a card's number."""

IDENTIFIER = TextRule(folds=True, cards="identifier")
"""What somebody else calls something, and may be long digits: tracking numbers, tax ids, payments elsewhere."""

KEY = TextRule(folds=True, cards="identifier", tells_apart=True)
"""What tells records apart, and may be long digits: references, SKUs, barcodes, coupon codes, idempotency keys."""


class Unfit(Refused):
    """A text that is not taken. at is the character that is wrong, counted from 1, where it is one."""

    def __init__(self, message: str, hint: str, at: int | None = None) -> None:
        super().__init__("invalid_argument", f"{message}.", hint=hint)
        self.said = message
        self.at = at


def written(text: str, rule: TextRule) -> str:
    """The text as it is kept.

    Raises Unfit for a character that is not taken, a blank text and a card number.
    """
    kept = text if text.isascii() and text.isprintable() else _cleaned(text, lines=rule.lines)
    if rule.folds:
        kept = _BLANK.sub(" ", kept).strip(" ")
    if not kept.strip():
        raise Unfit("The text is blank", "send some words")
    if card_numbers(kept, rule.cards):
        raise card_refused(rule.cards)
    return kept


def card_refused(place: Place) -> Unfit:
    """The refusal of a card number, which is not repeated. A tracking number may be printed in the same groups."""
    return Unfit(
        "This looks like a card number, and card data is never stored",
        "leave it out; the last four digits are enough to tell a card"
        if place == "text"
        else "a card is told by its last four digits; what is none is taken without its blanks and hyphens",
    )


def broken_character(text: str) -> Unfit | None:
    """What no text may hold, whatever it is for: NUL, and half a character (a lone surrogate)."""
    found = _BROKEN.search(text)
    return None if found is None else _unfit(found[0], found.start())


_BROKEN = re.compile("[\x00\ud800-\udfff]")
_BLANK = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")  # Zs beside U+0020

# Directs the layout alone: where a word may break, which way a neutral character goes, how letters are sorted.
_LAYOUT = frozenset("\u00ad\u034f\u061c\u200b\u200e\u200f\u2060\ufeff")
_BREAKS = frozenset("\n\r\x85\u2028\u2029")
_JOINER = "\u200d"
_JOINERS = frozenset(f"{_JOINER}\u200c")
_EMOJI_STYLE = frozenset("\ufe0e\ufe0f")
_MONGOLIAN = frozenset("\u180b\u180c\u180d\u180e\u180f")
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e\u206f")

# Every character that needs a second look; all others are taken, those that Python does not know yet included.
_SUSPECT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\u2800\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 15))
    + "]"
)
# A flag of a region is spelled in tags: a black flag, the region's code and an end (UTS #51, emoji tag sequences).
_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
_TAG = re.compile("[\U000e0020-\U000e007f]")

# Scripts whose letters join or part at a joiner: Arabic, Syriac and others like them, those of India and of the lands
# that learned to write from it, Mongolian.
_JOINING = re.compile(
    "[\u0600-\u08ff\u0900-\u0dff\u0f00-\u109f\u1700-\u18af\u1900-\u194f\u1a00-\u1aaf\u1b00-\u1c4f\u1cd0-\u1cff"
    "\ua800-\ua8ff\ua980-\ua9ff\uaa60-\uaaff\uabc0-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00010aff\U00010d00-\U00010d3f\U00010f30-\U00010faf\U00011000-\U00011fff\U0001e900-\U0001e95f]"
)


def _cleaned(text: str, *, lines: bool) -> str:
    """The text without what directs its layout; raises Unfit for the first character that is not taken."""
    flags = [found.span() for found in _FLAG.finditer(text)]
    parts: list[str] = []
    end = 0
    for found in _SUSPECT.finditer(text):
        at = found.start()
        instead = _instead_of(text, at, lines=lines, flags=flags)
        if instead is None:
            raise _unfit(text[at], at)
        parts += [text[end:at], instead]
        end = found.end()
    return "".join([*parts, text[end:]])


def _instead_of(text: str, at: int, *, lines: bool, flags: list[tuple[int, int]]) -> str | None:
    """What is kept of a suspect character; None when it is not taken."""
    character = text[at]
    if character in _LAYOUT:
        return ""
    if lines and character == "\t":
        return character
    if lines and character in _BREAKS:
        return "" if character == "\r" and text[at + 1 : at + 2] == "\n" else "\n"
    if _TAG.match(character):
        return character if any(start < at < end for start, end in flags) else ""
    return character if at and _follows(character, text[at - 1]) else None


def _follows(character: str, before: str) -> bool:
    """Whether an invisible character does something to the one before it. Never to another invisible one, so that no
    two of them make a run."""
    category = unicodedata.category(before)
    if character in _JOINERS:
        emoji = before == "\ufe0f" or category in ("So", "Sk") or _is_new_emoji(before)
        letter = _JOINING.match(before) is not None and category[0] in "LM" and before not in _MONGOLIAN
        return letter or (emoji and character == _JOINER)
    if character in _EMOJI_STYLE:
        return category[0] in "SP" or category == "Nd" or before == "\u2139" or _is_new_emoji(before)
    if "\ufe00" <= character <= "\ufe0d":
        return category == "Lo" or category[0] in "SP"
    if "\U00013430" <= character <= "\U0001343f":  # how hieroglyphs stand in their square
        return "\U00013000" <= before <= "\U0001342f"
    return character in _MONGOLIAN and "\u1800" <= before <= "\u18af" and before not in _MONGOLIAN


def _is_new_emoji(character: str) -> bool:
    """Whether an unassigned character lies where Unicode puts its new emoji."""
    return unicodedata.category(character) == "Cn" and "\U0001f000" <= character <= "\U0001faff"


def _unfit(character: str, at: int) -> Unfit:
    return Unfit(f"There is {_called(character)} at character {at + 1}", _mend(character), at + 1)


_CONTROLS = {
    "\x00": "NUL",
    "\t": "TAB",
    "\n": "LINE FEED",
    "\r": "CARRIAGE RETURN",
    "\x1b": "ESCAPE",
    "\x85": "NEXT LINE",
}


def _called(character: str) -> str:
    """`U+202E (RIGHT-TO-LEFT OVERRIDE)`: how Unicode calls a character, which itself is not shown."""
    kinds = {"Cs": "half a character", "Co": "private use", "Cn": "no character", "Cc": "control character"}
    known = _CONTROLS.get(character) or unicodedata.name(character, "") or kinds[unicodedata.category(character)]
    return f"U+{ord(character):04X} ({known})"


def _mend(character: str) -> str:
    if character in _BREAKS or character == "\t":
        return "write it in one line"
    if character in _DIRECTIONS:
        return "leave it out: it makes text read otherwise than it is written"
    if character in _JOINERS:
        return "leave it out: a joiner stands only behind a letter or an emoji that it joins"
    match unicodedata.category(character):
        case "Cs":
            return "send whole characters: this is one half of a pair"
        case "Cc":
            return "send plain text without control characters"
        case "Co":
            return "leave it out: it is another sign on every machine"
        case _:
            return "leave it out: it shows nothing, and could hide words"
