"""Integer money: minor units, exact rounding, and the way amounts are printed for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from iso4217 import Currency

MAX_AMOUNT = 10**12  # minor units; keeps every sum far below 2**53, which JSON readers hold exactly


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of an ISO 4217 currency: 13824 USD is 138.24 US dollars."""

    amount: int
    currency: str

    def __str__(self) -> str:
        return format_money(self.amount, self.currency)


@cache
def exponent(currency: str) -> int:
    """Decimal places of a currency's minor unit (USD 2, JPY 0, KWD 3).

    Raises ValueError for a code that ISO 4217 does not list, or lists without a minor unit (gold, test codes).
    """
    places = Currency(currency).exponent
    if places is None:
        raise ValueError(f"{currency} has no minor unit")
    return places


def format_money(amount: int, currency: str) -> str:
    """`138.24 USD`: major units with the currency's own number of decimals, for text that people read."""
    return f"{Decimal(amount).scaleb(-exponent(currency)):f} {currency}"


def round_half_up(numerator: int, denominator: int) -> int:
    """numerator / denominator to the nearest integer, a half going away from zero."""
    if denominator < 0:
        numerator, denominator = -numerator, -denominator
    magnitude = (2 * abs(numerator) + denominator) // (2 * denominator)
    return magnitude if numerator >= 0 else -magnitude


def times(amount: int, factor: Decimal) -> int:
    """amount x factor, rounded half up once; the factor is taken exactly."""
    numerator, denominator = factor.as_integer_ratio()
    return round_half_up(amount * numerator, denominator)


def share_of(amount: int, part: Decimal, whole: Decimal) -> int:
    """amount x part / whole, rounded half up once and never through an inexact quotient."""
    part_numerator, part_denominator = part.as_integer_ratio()
    whole_numerator, whole_denominator = whole.as_integer_ratio()
    return round_half_up(amount * part_numerator * whole_denominator, part_denominator * whole_numerator)


def percent_of(amount: int, percent: Decimal) -> int:
    """percent of amount, rounded half up once."""
    numerator, denominator = percent.as_integer_ratio()
    return round_half_up(amount * numerator, denominator * 100)


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split total over weights by largest remainder; the parts always sum to total.

    Ties go to the earlier weight, and weights that are all zero share evenly. A negative total is split like the
    positive one and negated, so that a credit mirrors the charge it takes back.
    """
    if not weights:
        if total:
            raise ValueError("nothing to allocate to")
        return []
    if total < 0:
        return [-part for part in allocate(-total, weights)]
    weight_sum = sum(weights)
    if weight_sum == 0:
        weights, weight_sum = [1] * len(weights), len(weights)
    parts: list[int] = []
    remainders: list[tuple[int, int]] = []
    for index, weight in enumerate(weights):
        part, remainder = divmod(total * weight, weight_sum)
        parts.append(part)
        remainders.append((-remainder if weight_sum > 0 else remainder, index))
    for _, index in sorted(remainders)[: total - sum(parts)]:
        parts[index] += 1
    return parts
