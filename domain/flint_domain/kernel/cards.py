"""Card numbers, which must never come in: how to know one without keeping it, and how not to repeat one.

By arithmetic alone every twenty-fifth random number of 16 digits looks like a card's, so texts are not judged alike:
`docs/decisions/0019-what-people-may-write.md` says which digits are refused where, and how often wrongly.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

Place = Literal["text", "identifier"]
"""Where digits stand: in words that people wrote, or in a name of something, which may be long digits by right."""

FEWEST_DIGITS = 13  # ISO/IEC 7812 as issued; also the fewest that no error repeats
_TELLING_DIGITS = 4  # what the industry lets anybody see of a number (PCI DSS 3.4)

# What people put between groups: blanks, hyphens and dashes, dots, line breaks, and what shows nothing: hints where a
# word may break, and what makes a digit an emoji.
_SEPARATOR = (
    "[ \\t\\n\\r\u0085\u2028\u2029\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
    "\\-\u2010-\u2015\u2212\ufe63\uff0d.\u00b7\u2022\u2027\uff0e_\u00ad\u200b-\u200f\u2060\ufeff\ufe0f\u20e3]"
)
_BREAKS = frozenset("\n\r\u0085\u2028\u2029")
# Which of them are alike; all others are blanks, and may stand beside any of these.
_KINDS: dict[str, str] = {
    **dict.fromkeys(_BREAKS, "line break"),
    **dict.fromkeys("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d", "hyphen"),
    **dict.fromkeys(".\u00b7\u2022\u2027\uff0e", "dot"),
    "_": "underscore",
}
_RUN = re.compile(rf"[0-9](?:{_SEPARATOR}{{0,3}}[0-9]){{{FEWEST_DIGITS - 1},}}")
_BARE = re.compile(rf"\d{{{FEWEST_DIGITS},}}")
# Decimal digits of other scripts, and those that are no decimals: raised, lowered, in circles, with a point or a comma.
_OTHER_DIGIT = re.compile(
    "(?![0-9])\\d|[\u00b2\u00b3\u00b9\u1369-\u1371\u19da\u2070\u2074-\u2079\u2080-\u2089\u2460-\u2468\u2474-\u247c"
    "\u2488-\u2490\u24ea\u24f5-\u24fd\u24ff\u2776-\u277e\u2780-\u2788\u278a-\u2792\U00010a40-\U00010a43"
    "\U00010e60-\U00010e68\U00011052-\U0001105a\U0001f100-\U0001f10a]"
)
_DIGITS = re.compile(r"(?<!\d)\d(?:[ .\-]?\d){12,18}(?!\d)")
_GROUP = re.compile("[0-9]+")
_IBAN = re.compile(
    r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?:[ \u00a0]?[A-Z0-9]{4}){2,7}(?:[ \u00a0]?[A-Z0-9]{1,3})?(?![A-Z0-9])"
)
_ID = re.compile(r"[a-z]{2,4}_[0-9A-HJKMNP-TV-Z]{26}(?![0-9A-Za-z])")
_AMOUNT_BEHIND = re.compile(r"(?:\.[0-9]+)? [A-Z]{3}\b")

# How cards print their numbers, by count of digits. Seventeen and more are four by four and a rest, or six and a rest.
_GROUPINGS: dict[int, tuple[tuple[int, ...], ...]] = {
    13: ((4, 3, 3, 3),),
    14: ((4, 6, 4),),
    15: ((4, 6, 5),),
    16: ((4, 4, 4, 4),),
    17: ((4, 4, 4, 4, 1),),
    18: ((4, 4, 4, 4, 2),),
    19: ((4, 4, 4, 4, 3), (6, 13)),
}
_MOST_GROUPS = max(len(sizes) for groupings in _GROUPINGS.values() for sizes in groupings)
_PLAIN_LENGTHS = (15, 16)  # American Express and all the others: refused in people's words however they are written

_EVERY = frozenset(range(13, 20))
# Ranges that issue cards, as (first, last, counts of digits); the issuers' public lists, without their gaps.
_RANGES: tuple[tuple[str, str, frozenset[int]], ...] = (
    ("34", "34", frozenset({15})),  # American Express
    ("37", "37", frozenset({15})),
    ("4", "4", frozenset({13, 16, 19})),  # Visa
    ("51", "55", frozenset({16})),  # Mastercard
    ("2221", "2720", frozenset({16})),
    ("2200", "2204", frozenset({16, 17, 18, 19})),  # Mir
    ("300", "305", frozenset({14, 16, 19})),  # Diners Club
    ("3095", "3095", frozenset({14, 16, 19})),
    ("36", "36", frozenset({14, 16, 19})),
    ("38", "39", frozenset({14, 16, 19})),
    ("3528", "3589", frozenset({16, 17, 18, 19})),  # JCB
    ("60", "60", frozenset({16, 17, 18, 19})),  # Discover, RuPay, Hipercard
    ("62", "62", frozenset({16, 17, 18, 19})),  # UnionPay
    ("644", "649", frozenset({16, 17, 18, 19})),  # Discover
    ("65", "65", frozenset({16, 17, 18, 19})),  # Discover, RuPay, Elo, Troy
    ("81", "82", frozenset({16, 17, 18, 19})),  # UnionPay, RuPay
    ("50", "50", _EVERY),  # Maestro, Elo, Verve, RuPay
    ("56", "58", _EVERY),  # Maestro
    ("63", "63", _EVERY),  # Maestro, Elo
    ("67", "67", _EVERY),  # Maestro
    ("9792", "9792", frozenset({16})),  # Troy
    ("8600", "8600", frozenset({16})),  # Uzcard
    ("9860", "9860", frozenset({16})),  # Humo
)


def holds_card_number(text: str) -> bool:
    """Whether text contains 13 to 19 digits, grouped or not: for what never is long digits, such as a token."""
    return _DIGITS.search(text) is not None


def passes_luhn(digits: str) -> bool:
    """Whether the check digit is right (Luhn, ISO/IEC 7812-1)."""
    values = [int(digit) for digit in reversed(digits)]
    return (sum(values[::2]) + sum(sum(divmod(2 * value, 10)) for value in values[1::2])) % 10 == 0


def is_card_number(digits: str) -> bool:
    """Whether digits are a number that a card may have: in a range that issues cards of this length, and checked."""
    return any(
        len(digits) in lengths and first <= digits[: len(first)] <= last for first, last, lengths in _RANGES
    ) and passes_luhn(digits)


def card_numbers(text: str, place: Place = "text") -> tuple[tuple[int, int], ...]:
    """Where card numbers stand in a text, as (start, end), in any Unicode digits.

    In people's words: 15 and 16 digits of a card, bare or grouped; 13, 14 and 17 to 19 only as cards print them;
    between other numbers, too, when they are bare, on a line of their own, or in a card's groups. In an
    identifier: any only as cards print them, since barcodes, serial and tracking numbers are as long.
    """
    folded = _with_plain_digits(text)
    if _RUN.search(folded) is None:
        return ()
    free = _without_accounts(folded) if place == "text" else folded
    return tuple(_found(free, place))


def masked(text: str, place: Place = "text") -> str:
    """The text with each card number as its last four digits: `••••4242`."""
    parts: list[str] = []
    end = 0
    for start, stop in card_numbers(text, place):
        parts += [text[end:start], "••••", _last_digits(text[start:stop])]
        end = stop
    return "".join([*parts, text[end:]]) if parts else text


def without_long_numbers(text: str) -> str:
    """Text from outside as an error may repeat it: of 13 digits and more, grouped or not, the last four are left.
    Flint's own ids stay."""
    folded = _with_plain_digits(text)
    kept = _ids_in(folded)
    parts: list[str] = []
    end = 0
    for found in _RUN.finditer(folded):
        if _is_within(found, kept):
            continue
        parts += [text[end : found.start()], "…", _last_digits(folded[found.start() : found.end()])]
        end = found.end()
    return "".join([*parts, text[end:]]) if parts else text


def without_bare_long_numbers(message: str) -> str:
    """A whole message without digits that it should not repeat. Flint's own ids and amounts of money stay."""
    kept = _ids_in(message)

    def short(found: re.Match[str]) -> str:
        stays = _is_within(found, kept) or _AMOUNT_BEHIND.match(message, found.end())
        return found[0] if stays else f"…{_last_digits(found[0])}"

    return _BARE.sub(short, message)


def _ids_in(text: str) -> list[tuple[int, int]]:
    return [found.span() for found in _ID.finditer(text)]


def _is_within(found: re.Match[str], spans: list[tuple[int, int]]) -> bool:
    return any(start <= found.start() and found.end() <= end for start, end in spans)


def _with_plain_digits(text: str) -> str:
    """The text with every digit of Unicode, full width, Arabic or in a circle, as 0 to 9: each in its place."""
    return text if text.isascii() else _OTHER_DIGIT.sub(_plain_digit, text)


def _plain_digit(found: re.Match[str]) -> str:
    return str(unicodedata.digit(found[0]))


def _last_digits(text: str) -> str:
    return "".join(character for character in _with_plain_digits(text) if character in "0123456789")[-_TELLING_DIGITS:]


def _without_accounts(text: str) -> str:
    """The text with bank accounts (IBAN, by their check digits) crossed out: refunds by transfer name them."""
    return _IBAN.sub(lambda found: "x" * len(found[0]) if _is_iban(found[0]) else found[0], text)


def _is_iban(text: str) -> bool:
    letters = "".join(text.split())
    turned = letters[4:] + letters[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1  # ISO 13616


def _found(text: str, place: Place) -> Iterator[tuple[int, int]]:
    for run in _RUN.finditer(text):
        groups = [(found.start(), found.end()) for found in _GROUP.finditer(text, *run.span())]
        end = 0
        for first in range(len(groups)):
            if groups[first][0] < end:
                continue
            stop = _card_from(text, groups, first, place)
            if stop:
                yield groups[first][0], stop
                end = stop


def _card_from(text: str, groups: list[tuple[int, int]], first: int, place: Place) -> int | None:
    """Where the card number that begins with a group ends, if one does."""
    digits = ""
    for last in range(first, len(groups)):
        digits += text[slice(*groups[last])]
        if len(digits) > max(_GROUPINGS):
            return None
        if len(digits) < FEWEST_DIGITS:
            continue
        apart = first in (0, last) or (place == "text" and _is_apart(text, groups, first, last))
        if apart and _is_written_as_card(text, groups[first : last + 1], place) and is_card_number(digits):
            return groups[last][1]
    return None


def _is_apart(text: str, groups: list[tuple[int, int]], first: int, last: int) -> bool:
    """Whether groups behind the first of a run are a number of their own in people's words, where other numbers stand
    before and behind: at the end of the run, at the beginning or the end of a line, and, grouped as cards are with one
    kind of separator, anywhere. An identifier is one number: what stands in its middle is a part of it."""
    if last == len(groups) - 1:
        return True
    begins, ends = text[groups[first - 1][1] : groups[first][0]], text[groups[last][1] : groups[last + 1][0]]
    window = groups[first : last + 1]
    if (_has_break(begins) or _has_break(ends)) and not any(map(_has_break, _separators(text, window))):
        return True
    if len(window) > _MOST_GROUPS:
        return False
    sizes = tuple(end - start for start, end in window)
    return sizes in _GROUPINGS[sum(sizes)] and len(set(map(_kind, _separators(text, window)))) == 1


def _separators(text: str, groups: list[tuple[int, int]]) -> list[str]:
    return [text[before[1] : after[0]] for before, after in pairwise(groups)]


def _has_break(separator: str) -> bool:
    return not _BREAKS.isdisjoint(separator)


def _kind(separator: str) -> frozenset[str]:
    return frozenset(_KINDS[character] for character in separator if character in _KINDS)


def _is_written_as_card(text: str, groups: list[tuple[int, int]], place: Place) -> bool:
    sizes = tuple(end - start for start, end in groups)
    count = sum(sizes)
    if sizes in _GROUPINGS.get(count, ()):
        return True
    if place == "identifier" or count not in _PLAIN_LENGTHS:
        return False
    # Bare, or in groups as somebody may type a number; sizes, years and dates come in groups of one kind, too, but of
    # two digits or with changing separators.
    between = set(_separators(text, groups))
    return len(groups) == 1 or (len(between) == 1 and (set(sizes) == {1} or min(sizes) >= 4))  # noqa: PLR2004
