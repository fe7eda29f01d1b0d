"""A copy of a data file, made without writing so much as a byte beside the original."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from flint_server.db.sqlite import faults
from flint_server.db.sqlite.faults import StorageFault

_TRIES = 3  # a server may start while the file is being copied


def copy_to(path: Path, target: Path) -> None:
    """Copy a data file as it is at one moment, whether a server uses it or not.

    A file that nobody has open has no log beside it, and is read as one that nobody will write to, so that reading
    makes no log either. When a log is there afterwards, somebody came, and it is read again with the log.

    Raises StorageFault.
    """
    path = path.expanduser().absolute()
    log = path.with_name(f"{path.name}-wal")
    try:
        for _ in range(_TRIES):
            alone = not log.exists()
            target.unlink(missing_ok=True)
            address = f"file:{quote(str(path))}?mode=ro{'&immutable=1' if alone else ''}"
            with closing(sqlite3.connect(address, uri=True)) as connection:
                connection.execute("VACUUM INTO ?", (str(target),))
            if not alone or not log.exists():
                return
    except sqlite3.Error as error:
        what, hint = faults.reason(error)
        raise StorageFault(
            f"The data file {path} cannot be copied to {target.parent}: {what}.",
            hint=f"{hint[:1].upper()}{hint[1:]}. TMPDIR names another place for the copy.",
        ) from error
