"""Words as records are found by them: folded alike where they are stored and where they are looked for.

A record is found by the beginnings of its words. `stored` gives these words, `sought` the beginnings that a search asks
for; whatever keeps and compares them compares plain text, so that every store finds the same. How they are folded, and
why, is told in docs/decisions/0018-words-of-our-own.md.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

LONGEST = 64  # characters of a word that are kept: more than any number or e-mail needs to be told from the others
MOST_SOUGHT = 32  # words of a search that are looked at; nobody searches for this many
SHORT = 2  # letters of a word that says too little alone, and may have been parted from the next one
WINDOW = 4  # characters of a script without blanks that stand together as one word
JOINED = 10  # groups, at most, that a number may be written in
REMEMBERED = 20_000  # characters whose folding is kept at hand: more than any shop's languages have
LONG_NUMBER = 10  # digits from which on the groups of a number are not looked for one by one
DIALLED = 15  # digits of the longest phone number (ITU-T E.164)
NATIONAL = 10  # digits of a phone number without what only some of its spellings have: the country's, or a zero

# What Unicode does not take apart into a letter and a mark, and people type without its stroke.
_LETTERS = {
    **dict(zip("øłđðħŧıŋƒɓɗƙƴ", "olddhtinfbdky", strict=True)),
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    "ĸ": "k",
}
# The same letters as they are written where there are no such keys. A word is kept in both spellings.
_WRITTEN_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})

# Signs that people leave out inside a word, or put in, and those that part words wherever they stand. Both are left
# out of what is stored; _ and @ only there, since a search for an id or an e-mail is for the whole of it.
_SIGN, _END = "-", "/"
_LEFT_OUT = frozenset("'`.+#&·・")
_LEFT_OUT_CATEGORIES = ("Cf", "Pc", "Pd", "Pf", "Pi", "Sk")  # invisible ones, hyphens, curly apostrophes
_APOSTROPHES = range(0x02B9, 0x02D0)  # letters to Unicode: Hawaiian and Ukrainian write with them
_ARABIC_STRETCHING = 0x0640

# Marks above and below the letters of alphabets, which people leave out. Those of other scripts are vowels, and stay.
_ACCENTS = (
    range(0x0300, 0x0370),
    range(0x0591, 0x05C8),  # Hebrew points
    range(0x0610, 0x061B),  # Arabic vowels and signs
    range(0x064B, 0x0660),
    range(0x0670, 0x0671),
    range(0x06D6, 0x06EE),
    range(0x1AB0, 0x1B00),
    range(0x1DC0, 0x1E00),
    range(0x20D0, 0x2100),
    range(0xFE00, 0xFE10),  # variation selectors
    range(0xFE20, 0xFE30),
    range(0xE0100, 0xE01F0),
)

# Scripts without blanks between words, and Korean, whose names are looked for without the family's syllable, too.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_PART = re.compile(f"[{_UNSPACED}]+|[^-_@/{_UNSPACED}]+")
_UNSPACED_PART = re.compile(f"[{_UNSPACED}]")
_LAST_SPACED = "\u0dff"  # before the first script without blanks
_DIGIT = re.compile("[0-9]")


class _Folding(dict[int, str]):
    """What becomes of each character once its accents stand apart: itself, a plain letter, a sign or nothing."""

    def __missing__(self, code: int) -> str:
        folded = _folded(code)
        if len(self) < REMEMBERED:  # whoever sends all of Unicode shall not fill the memory with it
            self[code] = folded
        return folded


def _folded(code: int) -> str:
    character = chr(code)
    category = unicodedata.category(character)
    if character in _LETTERS:
        return _LETTERS[character]
    if character in "_@" or any(code in accents for accents in _ACCENTS) or code == _ARABIC_STRETCHING:
        return character if character in "_@" else ""
    if code in _APOSTROPHES or character in _LEFT_OUT or category in _LEFT_OUT_CATEGORIES:
        return _SIGN
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category[0] in "LNM":
        return character
    return " " if character.isspace() else _END


_FOLDING = _Folding()


class _Part(NamedTuple):
    """Letters and digits without a sign or a blank between them, glued to the next part if both are one to a reader."""

    letters: str
    unspaced: bool
    glued: bool


def stored(texts: Iterable[str | None], codes: Iterable[str | None] = ()) -> str:
    """The words that a record is found by, each once, with blanks between them; empty if there is none.

    codes are numbers, SKUs and the like, which are found however they are spaced.
    """
    words: dict[str, None] = {}
    for text in texts:
        words.update((word, None) for word in _words(text or "", is_code=False))
    for code in codes:
        words.update((word, None) for word in _words(code or "", is_code=True))
    return " ".join(words)


def sought(text: str, *, any_word: bool = False) -> tuple[tuple[str, ...], ...]:
    """The words that a search asks for, each as the beginnings that stand for it, of which one has to begin a word of
    the record. Empty when there is no word in the text.

    A record has to have all of these words or, if any_word, one of them.
    """
    asked = [_sought(spelling, any_word=any_word) for spelling in _spellings(text)]
    either = (
        _shortest(beginning for beginnings in same for beginning in beginnings) for same in zip(*asked, strict=True)
    )
    return tuple(dict.fromkeys(either))


def as_one_word(name: str) -> str:
    """An id as it is looked for: nobody knows only what is behind its prefix."""
    return name.replace("_", "")


def has(words: Sequence[str], beginnings: tuple[str, ...]) -> bool:
    """Whether one of these words of a record begins with one of these beginnings of a word that is sought."""
    return any(word.startswith(beginnings) for word in words)


def _spellings(text: str) -> Iterator[str]:
    """The text in the letters that words are kept in: without accents, and with those that can be written out so."""
    if text.isascii():
        yield text.lower().translate(_FOLDING)
        return
    lower = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    yield _plain(lower)
    written_out = lower.translate(_WRITTEN_OUT)
    if written_out != lower:
        yield _plain(written_out)


def _plain(lower: str) -> str:
    folded = unicodedata.normalize("NFD", lower).translate(_FOLDING)
    return unicodedata.normalize("NFC", folded)  # the syllables and vowel signs that belong together


def _words(text: str, *, is_code: bool) -> Iterator[str]:
    """Each part of the text with all that is glued to it, so that whatever it is read as is the beginning of a word."""
    if text.isascii() and text.isalnum():
        yield text.lower()[:LONGEST]
        return
    for spelling in _spellings(text):
        words = [word for word in map(_PART.findall, spelling.split()) if word]
        parts = _glued(words, is_code=is_code)
        for first, part in enumerate(parts):
            if part.unspaced:
                yield from _every_window(part.letters)
            else:
                yield _joined(parts, first) if part.glued else part.letters[:LONGEST]


def _joined(parts: Sequence[_Part], first: int) -> str:
    last = first
    while parts[last].glued and last - first < JOINED:
        last += 1
    return "".join([part.letters for part in parts[first : last + 1]])[:LONGEST]


def _sought(text: str, *, any_word: bool) -> list[tuple[str, ...]]:
    """Part by part the beginnings that stand for it: alone, or together with those before that it is glued to."""
    words = [word for word in map(_sought_parts, text.replace(_END, " ").split()) if word]
    asked: list[tuple[str, ...]] = []
    run: list[str] = []
    for part in _glued(words, is_code=False):
        if part.unspaced:
            asked += [(window,) for window in _windows(part.letters)]
            continue
        run.append(part.letters)
        if part.glued:
            continue
        number = "".join(run)
        if len(number) >= LONG_NUMBER and number.isdigit() and not any_word:
            asked.append(_ways_to_dial(number))
        else:
            asked += [_alone_or_joined(run[: at + 1]) for at in range(len(run))]
        run = []
    return asked[:MOST_SOUGHT]


def _alone_or_joined(run: Sequence[str]) -> tuple[str, ...]:
    first = max(0, len(run) - JOINED)
    return tuple("".join(run[at:])[:LONGEST] for at in reversed(range(first, len(run))))


def _ways_to_dial(number: str) -> tuple[str, ...]:
    """A phone number from abroad and at home; a longer number as it is."""
    if len(number) > DIALLED:
        return (number[:LONGEST],)
    return (number, number.lstrip("0") or number, number[-NATIONAL:])


def _sought_parts(word: str) -> list[str]:
    """The parts of a word. An e-mail or an id is one: its own parts say too little to be worth looking up."""
    return _PART.findall(word.replace("-", "").replace("@", "") if "@" in word else word.replace("_", ""))


def _glued(words: Sequence[list[str]], *, is_code: bool) -> list[_Part]:
    """All parts in turn. One is glued to the next one of its word, and numbers and single letters to the next word."""
    parts: list[_Part] = []
    last = len(words) - 1
    for at, word in enumerate(words):
        for next_one, letters in enumerate(word, start=1):
            unspaced = letters[0] > _LAST_SPACED and _UNSPACED_PART.match(letters) is not None
            if next_one < len(word):
                following, glued = word[next_one], True
            elif at < last:
                following = words[at + 1][0]
                glued = is_code or _belong_together(word, words[at + 1])
            else:
                following, glued = "", False
            if glued:
                glued = not unspaced and _UNSPACED_PART.match(following) is None
            parts.append(_Part(letters, unspaced, glued))
    return parts


def _belong_together(word: Sequence[str], following: Sequence[str]) -> bool:
    """Whether two words may be one that was written with a blank: T Shirt, SW1A 1AA, the groups of a number."""
    return _is_short(word) or (_has_digit(word) and (_is_short(following) or _has_digit(following)))


def _is_short(word: Sequence[str]) -> bool:
    return len(word) == 1 and len(word[0]) <= SHORT


def _has_digit(word: Sequence[str]) -> bool:
    return any(_DIGIT.search(part) for part in word)


def _every_window(letters: str) -> Iterator[str]:
    """The letters from each one on, as far as a window reaches."""
    return (letters[at : at + WINDOW] for at in _firsts(letters))


def _windows(letters: str) -> Iterator[str]:
    """As few of those windows as have all the letters."""
    end, firsts = len(letters), _firsts(letters)
    at = 0
    while at < end:
        yield letters[at : at + WINDOW]
        reached = at + WINDOW
        if reached >= end:
            return
        full = min(reached, max(end - WINDOW, at + 1))  # the last window reaches back, so as not to be a letter alone
        at = max(
            (first for first in firsts if at < first <= full),
            default=min((first for first in firsts if first > at), default=end),
        )


def _firsts(letters: str) -> list[int]:
    """Where a window may begin: a mark belongs to the letter before it."""
    return [at for at, letter in enumerate(letters) if at == 0 or unicodedata.category(letter)[0] != "M"]


def _shortest(beginnings: Iterable[str]) -> tuple[str, ...]:
    """Without those that begin with another one, and so find nothing more."""
    kept: list[str] = []
    for beginning in sorted(dict.fromkeys(beginnings), key=len):
        if not beginning.startswith(tuple(kept)):
            kept.append(beginning)
    return tuple(kept)
