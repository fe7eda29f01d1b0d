"""Numbers as spreadsheets write them: 12.9 is 12.90, 12,90 is 12.90, and whatever has two readings is refused."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flint_domain.kernel.errors import Refused, quoted
from flint_domain.kernel.money import MAX_AMOUNT, exponent, format_money

GROUP = 3  # digits between two marks of thousands

_PLAIN = re.compile(r"(?P<whole>[0-9]{1,13})(?:(?P<mark>[.,])(?P<places>[0-9]{1,9}))?\Z")
_GROUPED = re.compile(r"[0-9]{1,3}([.,' \u2019\u00a0\u202f])[0-9]{3}(?:\1[0-9]{3})*(?:[.,][0-9]{1,9})?\Z")


def minor_units(cell: str, currency: str, name: str, *, comma: bool | None = False) -> int:
    """`12.9`, `12.90` and `12,90` in USD are 1290; comma says that the file is one of decimal commas, None that
    it does not tell.

    Raises Refused("invalid_money") for more places than the currency has, marks of thousands, signs, and what could be
    read in two ways: "1.234" in a currency of three places is one or a thousand, unless the file tells.
    """
    try:
        places = exponent(currency)
    except ValueError:
        raise Refused(
            "invalid_money",
            f"{quoted(currency, 40)} is not a currency with a minor unit in ISO 4217.",
            hint="write three capital letters, such as USD",
            param="currency",
        ) from None
    found = _PLAIN.match(cell)
    if found is None:
        raise _refused(name, f"{quoted(cell, 40)} is not an amount of money.", _advice(cell, currency, comma=comma))
    whole, mark, decimals = found["whole"], found["mark"], found["places"] or ""
    if len(decimals) == GROUP and (places < GROUP or mark in _foreign(comma)):
        raise _refused(
            name,
            f"{quoted(cell, 40)} has two readings: {whole} and a part, or {whole}{decimals}.",
            _two_readings(whole, decimals, places, comma=comma),
        )
    if len(decimals) > places:
        many = f"{places} decimal {'place' if places == 1 else 'places'}" if places else "no decimal places"
        right = whole if not decimals.strip("0") and not places else ""
        if places and not decimals[places:].strip("0"):
            right = f"{whole}{mark}{decimals[:places]}"
        raise _refused(
            name,
            f"{quoted(cell, 40)} has {len(decimals)} decimal places, and {currency} has {many}.",
            f'write "{right}"' if right else f'write an exact amount, such as "{_example(currency, comma=comma)}"',
        )
    amount = int(whole + decimals.ljust(places, "0"))
    if amount > MAX_AMOUNT:
        raise _refused(
            name, f"{quoted(cell, 40)} is too much.", f"the largest amount is {format_money(MAX_AMOUNT, currency)}"
        )
    return amount


def major_units(money: Mapping[str, Any] | None) -> str:
    """12.90 for 1290 in USD; nothing for no money."""
    return "" if money is None else f"{Decimal(money['amount']).scaleb(-exponent(money['currency'])):f}"


def decimal_number(cell: str, name: str, *, comma: bool | None = False) -> str:
    """A quantity with a decimal point: `1,5` is 1.5, and what is no number at all stays as it is, for its field to say.

    Raises Refused for three places behind the other mark, which may be thousands; behind either, where comma is None.
    """
    found = _PLAIN.match(cell)
    if found is None:
        if _GROUPED.match(cell):
            raise Refused(
                "invalid_argument",
                f"{quoted(cell, 40)} has marks of thousands.",
                hint=f'write "{_without_groups(cell, comma=comma)}"',
                param=name,
            )
        return cell
    whole, mark, decimals = found["whole"], found["mark"], found["places"] or ""
    if len(decimals) == GROUP and mark in _foreign(comma):
        part = f"{decimals}0" if comma is None else decimals
        raise Refused(
            "invalid_argument",
            f"{quoted(cell, 40)} has two readings: {whole} and a part, or {whole}{decimals}.",
            hint=f'write "{whole}{decimals}" or "{whole}{_own(comma)}{part}"',
            param=name,
        )
    return f"{whole}.{decimals}" if decimals else whole


def percentage(cell: str) -> str:
    """`8`, `8 %` and `7,7` as a number with a point. No percentage has thousands."""
    return cell.removesuffix("%").rstrip().replace(",", ".")


def _own(comma: bool | None) -> str:
    return "," if comma else "."


def _foreign(comma: bool | None) -> str:
    """The marks that may stand for thousands: the one that is not the file's own for decimals, or both."""
    return ".," if comma is None else "." if comma else ","


def _example(currency: str, *, comma: bool | None) -> str:
    return format_money(1290, currency).split()[0].replace(".", _own(comma))


def _two_readings(whole: str, decimals: str, places: int, *, comma: bool | None) -> str:
    """Both readings as they are taken. Three places in a file that does not tell are taken in none."""
    if comma is None and places >= GROUP:
        if places == GROUP and not decimals.endswith("0"):
            return f'write "{whole}{decimals}", or put semicolons between the cells and write "{whole},{decimals}"'
        part = decimals[:-1] if places == GROUP else f"{decimals}0"
    else:
        part = decimals if places >= GROUP else decimals[:places]
    exact = places >= GROUP or not decimals[places:].strip("0")
    small = f'"{whole}{_own(comma)}{part}"' if part and exact else ""
    return f'write "{whole}{decimals}"{" or " + small if small else ""}'


def _advice(cell: str, currency: str, *, comma: bool | None) -> str:
    example = f'"{_example(currency, comma=comma)}"'
    if _GROUPED.match(cell):
        return f'write it without marks of thousands: "{_without_groups(cell, comma=comma)}"'
    if cell.startswith(("-", "(", "\u2212")):
        return f"write amounts without a sign, such as {example}; discounts and refunds take away by themselves"
    return f"write digits alone, such as {example}, without currency, signs and blanks"


def _without_groups(cell: str, *, comma: bool | None) -> str:
    """`1,234.50` as `1234.50`: the last mark is the decimal one where it differs from those before, or stands alone
    with other than three digits."""
    marks = [character for character in cell if not character.isdigit()]
    last = marks[-1]
    is_decimal = last in ".," and (marks.count(last) == 1 and len(marks) > 1)
    whole, _, decimals = cell.rpartition(last) if is_decimal else (cell, "", "")
    digits = "".join(character for character in whole if character.isdigit())
    return f"{digits}{_own(comma)}{decimals}" if is_decimal else digits


def _refused(name: str, message: str, hint: str) -> Refused:
    return Refused("invalid_money", message, hint=hint, param=name)
