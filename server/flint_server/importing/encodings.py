"""Which characters a file's bytes are: recognised where that is certain, and asked for where it is not."""

import codecs
from collections.abc import Iterator
from typing import IO

from flint_domain.kernel.errors import quoted
from flint_server.importing.faults import Unreadable

UTF_8 = "utf-8-sig"  # takes a byte order mark, and needs none
BLOCK = 1 << 16  # bytes read at once
GUESS = "cp1252"  # what spreadsheets write where they do not write UTF-8, most of the time

# What a spreadsheet or a mail program saves in place of text, by its first bytes.
_NO_TEXT = {
    b"PK\x03\x04": "a spreadsheet or an archive (such as .xlsx, .ods or .zip)",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet (.xls)",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a compressed file (.gz)",
}


def encoding_of(stream: IO[bytes], chosen: str | None) -> str:
    """The codec to read this with. A pipe is judged by its beginning alone: what is no UTF-8 later on is told record
    by record.

    Raises Unreadable for what is no text, and for bytes that are not UTF-8 and might be several other things.
    """
    beginning = _beginning(stream)
    for first, what in _NO_TEXT.items():
        if beginning.startswith(first):
            raise Unreadable(f"The file is {what}, not text.\nSave it as CSV (UTF-8), and import that.")
    if chosen is not None:
        return _known(chosen)
    if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _whole(stream, "utf-16")
    wide = _wide(beginning)
    if wide is not None:
        return _whole(stream, wide)
    if stream.seekable():
        _require_utf_8(stream)
    return UTF_8


def _known(name: str) -> str:
    try:
        "reference".encode(name)
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        raise Unreadable(
            f"There is no encoding {quoted(name, 40)}.\n"
            "Some that there are: utf-8, utf-16, cp1252, cp1250, iso-8859-15."
        ) from None
    return UTF_8 if info.name == "utf-8" else info.name


def _beginning(stream: IO[bytes]) -> bytes:
    if stream.seekable():
        beginning = stream.read(4096)
        stream.seek(0)
        return beginning
    peek = getattr(stream, "peek", None)
    return peek(4096)[:4096] if peek is not None else b""


def _wide(beginning: bytes) -> str | None:
    """UTF-16 without its mark: of text that begins in Latin letters, as the names of columns are, every second byte is
    zero, and no other."""
    even, odd = beginning[0:64:2], beginning[1:64:2]
    if len(odd) < 4:  # noqa: PLR2004 - too short to be the names of columns
        return None
    if not any(odd) and all(even):
        return "utf-16-le"
    return "utf-16-be" if not any(even) and all(odd) else None


def _whole(stream: IO[bytes], encoding: str) -> str:
    """The encoding, after everything was read in it once: nothing marks a broken piece of UTF-16."""
    if stream.seekable():
        try:
            for _ in _decoded(stream, encoding, "strict"):
                pass
        except UnicodeDecodeError:
            raise Unreadable(
                "The file begins as UTF-16, and is damaged further on.\nSave it again, best as CSV (UTF-8)."
            ) from None
    return encoding


def _require_utf_8(stream: IO[bytes]) -> None:
    """Refuse a file that has letters outside of ASCII, none of them in UTF-8. One that has both is UTF-8 with damaged
    lines, which are told with their records."""
    line, broken, wide = 1, None, False
    for text in _decoded(stream, "utf-8", "surrogateescape"):
        if text.isascii():
            line += text.count("\n")
            continue
        for part in text.splitlines(keepends=True):
            damaged = [character for character in part if "\udc80" <= character <= "\udcff"]
            wide = wide or len(damaged) < sum(not character.isascii() for character in part)
            if damaged and broken is None:
                broken = (line, part)
            line += part.endswith("\n")
    if broken is not None and not wide:
        raise Unreadable(_not_utf_8(*broken))


def _not_utf_8(line: int, text: str) -> str:
    raw = text.encode("utf-8", "surrogateescape")
    told = f"Line {line} is not UTF-8, the encoding that files are read in."
    try:
        reads = quoted(_around(raw.decode(GUESS)), 60)
    except UnicodeDecodeError:
        return f"{told}\nSave the file as CSV (UTF-8), or say what it is with --encoding."
    return (
        f"{told}\nIn Windows-1252 it reads {reads}: if that is right, add --encoding {GUESS}. "
        "Or save the file as CSV (UTF-8)."
    )


def _around(text: str) -> str:
    """The first letters that are not ASCII, with a little of what stands about them."""
    at = next((place for place, character in enumerate(text) if not character.isascii()), 0)
    return text[max(0, at - 15) : at + 15]


def _decoded(stream: IO[bytes], encoding: str, errors: str) -> Iterator[str]:
    """The stream as text, and back at its beginning afterwards."""
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    rest = ""
    try:
        while block := stream.read(BLOCK):
            text = rest + decoder.decode(block)
            cut = text.rfind("\n") + 1 or len(text)
            rest = text[cut:]
            yield text[:cut]
        yield rest + decoder.decode(b"", final=True)
    finally:
        stream.seek(0)
