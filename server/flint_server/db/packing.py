"""What idempotency records keep, packed: the answers and fields of commands are much the same words every time.

A packed text is one byte, the number of the dictionary that it was packed with, and a raw deflate stream. A dictionary
is text that what comes is likely to repeat: an answer of 3,300 bytes becomes 570, instead of 980 by itself, in half of
the time. A dictionary that was released is never changed; a better one gets the next number.
"""

import zlib
from functools import cache
from pathlib import Path
from typing import Protocol, Self

NEWEST = 1
_WINDOW = -13  # 8 kB, which a dictionary fits into; negative: no header, no checksum, which the file's pages have not
_MEMORY = 6  # of 9: what is packed is small, and so is what has to be copied for each


class _Packer(Protocol):
    """A compressing object of zlib, whose type has no public name."""

    def copy(self) -> Self: ...
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def packed(text: str) -> bytes:
    """The text in the newest dictionary's words."""
    packer = _packer().copy()  # with the dictionary taken in
    return bytes((NEWEST,)) + packer.compress(text.encode()) + packer.flush()


def unpacked(blob: bytes) -> str:
    """The text again. Raises ValueError for what packed() has not made."""
    try:
        unpacker = zlib.decompressobj(_WINDOW, _dictionary(blob[0]))
        text = unpacker.decompress(blob[1:]).decode()
    except (IndexError, OSError, zlib.error) as error:
        raise ValueError(f"{blob[:9]!r}… was not packed by this Flint") from error
    if not unpacker.eof:
        raise ValueError(f"{blob[:9]!r}… ends too early")
    return text


@cache
def _dictionary(number: int) -> bytes:
    return Path(__file__).with_name(f"packing_{number}.txt").read_bytes().rstrip()


@cache
def _packer() -> _Packer:
    return zlib.compressobj(1, zlib.DEFLATED, _WINDOW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, _dictionary(NEWEST))
