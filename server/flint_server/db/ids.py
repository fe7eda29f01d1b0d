"""New identifiers: ULIDs that never go back, so that ids sort by their making (https://github.com/ulid/spec)."""

from datetime import UTC, datetime
from functools import lru_cache
from random import Random, SystemRandom

from flint_domain.kernel.ids import IdPrefix

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]  # ten bits at a time
_RANDOM_BITS = 80
_LOW_BITS = 40
_LOW = (1 << _LOW_BITS) - 1


class Ulids:
    """A source of prefixed ULIDs. Within a millisecond, and while the clock stands behind, they count on by one.

    A seeded random makes a run repeatable. One source serves one thread (the store uses it on its writer only).
    """

    def __init__(self, random: Random | None = None) -> None:
        self._random = random or SystemRandom()
        self._millisecond = -1
        self._last = 0

    def new_id(self, prefix: IdPrefix, at: datetime) -> str:
        """An id made at this time, greater than every id this source has made."""
        millisecond = int(at.timestamp() * 1000)
        if millisecond > self._millisecond:
            self._millisecond = millisecond
            self._last = millisecond << _RANDOM_BITS | self._random.getrandbits(_RANDOM_BITS)
        else:
            self._last += 1
        return f"{prefix}_{_encoded(self._last)}"

    def random_bits(self, count: int) -> int:
        """So many bits by chance: from the system's secure source, unless this one is seeded."""
        return self._random.getrandbits(count)


def _encoded(value: int) -> str:
    """128 bits as 26 characters of Crockford's base 32."""
    low = value & _LOW
    end = _PAIRS[low >> 30] + _PAIRS[low >> 20 & 1023] + _PAIRS[low >> 10 & 1023] + _PAIRS[low & 1023]
    return _beginning(value >> _LOW_BITS) + end


@lru_cache(maxsize=4)
def _beginning(high: int) -> str:
    """The first 18 characters, which all ids of a transaction have in common: they count on in the last ones."""
    return "".join([_PAIRS[high >> shift & 1023] for shift in range(80, -1, -10)])


def earliest(prefix: IdPrefix, at: datetime) -> str:
    """An id that sorts before every one of this kind that is made at this time or later."""
    return f"{prefix}_{_encoded(int(at.timestamp() * 1000) << _RANDOM_BITS)}"


def made_at(made: str) -> datetime:
    """When an id was made, to the millisecond."""
    time = made.partition("_")[2][:10]  # 48 of its 128 bits
    milliseconds = 0
    for character in time:
        milliseconds = milliseconds * 32 + _ALPHABET.index(character)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
