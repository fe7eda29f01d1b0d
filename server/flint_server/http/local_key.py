"""The local key: who may read its file is the owner of the data, and may call `flint serve --http`.

A loopback address is open to every user and every program of the machine, so listening there keeps nobody out. The
file keeps others out as the file system does: it is made once for each data folder, readable for its owner alone.
"""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from flint_server.troubles import OperatorFault

PREFIX = "flk_local_"
_RANDOM_BYTES = 32
_FORM = re.compile(re.escape(PREFIX) + r"[A-Za-z0-9_-]{43}\Z")  # 32 bytes as base64 for addresses
_PRIVATE = 0o600
_OTHERS = 0o077  # the bits of everybody but the owner


class KeyUnusable(OperatorFault):
    """The file with the local key cannot be made, cannot be read, or keeps nothing secret."""


def local_key(path: Path) -> str:
    """The key in this file, which is made when it is not there. Raises KeyUnusable."""
    try:
        if not path.exists():
            _make(path)
        with path.open(encoding="ascii", errors="replace") as file:
            _require_private(path, os.fstat(file.fileno()))
            key = file.read(1_000).strip()
    except OSError as error:
        raise KeyUnusable(
            f"The local key {path} cannot be used: {error.strerror or error}.",
            hint="Give this user access to it, or choose another folder with --data.",
        ) from error
    if not _FORM.match(key):
        raise KeyUnusable(f"{path} holds no local key.", hint="Delete it, and the next start makes a new one.")
    return key


def _make(path: Path) -> None:
    """Write a new key whole and put it in its place at once, unless another process was first."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _PRIVATE)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{PREFIX}{secrets.token_urlsafe(_RANDOM_BYTES)}\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            _put(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def _put(draft: Path, path: Path) -> None:
    try:
        path.hardlink_to(draft)  # fails when the name is taken, as a rename would not
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if not path.exists():
            draft.rename(path)


def _require_private(path: Path, found: os.stat_result) -> None:
    if os.name != "posix":  # elsewhere these bits say nothing
        return
    if found.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
        raise KeyUnusable(
            f"The local key {path} belongs to another user, who knows it.",
            hint="Delete it, and the next start makes a new one.",
        )
    if found.st_mode & _OTHERS:
        raise KeyUnusable(
            f"The local key {path} can be read or written by other users (mode {found.st_mode & 0o777:o}).",
            hint="Delete it, and the next start makes a new one: somebody may know this one.",
        )
