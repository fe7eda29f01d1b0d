"""Gift card codes: how one is made, how it is read when somebody types it, and what is kept instead of it.

A code is sixteen characters of Crockford's base 32 (https://www.crockford.com/base32.html), the last of which checks
the others. It is as good as money, so it is told once and never stored: only its digest and its last four are.
"""

import re
from hashlib import sha256

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_BITS = 75  # beyond guessing, and beyond trying out against a stolen digest

_BITS = 5  # of one character
_SHAPE = re.compile(r"[0-9A-Za-z]{4}(?:[ \-]?[0-9A-Za-z]{4}){3}\Z")
_LENGTHS = range(16, 20)  # without and with what separates the groups
_LOOK_ALIKES = str.maketrans("ILO", "110")
_BETWEEN = re.compile(r"[\s.,:/\-\u2010-\u2015\u2212]+")  # blanks, dots and every dash
_LETTERS = re.compile(r"[0-9A-Za-z]{16}\Z")
_PLAIN = re.compile(f"[{ALPHABET}]{{16}}\\Z")


def made_of(bits: int) -> str:
    """The code that so many random bits make, without dashes."""
    body = "".join(ALPHABET[bits >> shift & 31] for shift in range(RANDOM_BITS - _BITS, -1, -_BITS))
    return body + _check_character(body)


def printed(code: str) -> str:
    """A code as people are given it: `7F3K-…` in groups of four."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def looks_like_code(text: str) -> bool:
    """Whether somebody who sent this meant a gift card's code, mistyped or not. No token or id is spelled like one."""
    return len(text) in _LENGTHS and _SHAPE.match(text) is not None


def tidied(text: str) -> str:
    """What somebody typed, as a code is printed if it is as long as one however its groups are set apart; else as it
    is. No token or id becomes one: they have an underscore."""
    letters = _BETWEEN.sub("", text)
    return printed(letters) if _LETTERS.match(letters) else text


def typed(text: str) -> str | None:
    """The code behind what somebody typed: case and dashes ignored, O read as 0 and I and L as 1.

    None for what is no code, or has a character wrong or two exchanged.
    """
    if not looks_like_code(text):
        return None
    code = re.sub(r"[ \-]", "", text).upper().translate(_LOOK_ALIKES)
    return code if _PLAIN.match(code) and _check_character(code[:-1]) == code[-1] else None


def digest(code: str) -> str:
    """What is kept of a code to find its card by. Without a key: 75 random bits leave nothing to try out."""
    return sha256(f"flint gift card {code}".encode()).hexdigest()


def without_code(text: str) -> str:
    """The digest of a code where the text is one."""
    code = typed(text) if len(text) in _LENGTHS else None
    return text if code is None else f"code:{digest(code)}"


def _check_character(body: str) -> str:
    """Luhn's algorithm modulo 32: finds every wrong character and nearly every exchange of neighbors."""
    total = 0
    for place, character in enumerate(reversed(body)):
        doubled = ALPHABET.index(character) * (2 if place % 2 == 0 else 1)
        total += doubled // len(ALPHABET) + doubled % len(ALPHABET)
    return ALPHABET[-total % len(ALPHABET)]
