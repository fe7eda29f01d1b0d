"""A dry run works on a copy of the data, and so does an export of an older file: what is written is nobody's, and where
there was nothing, nothing is made."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from flint_server.settings import Settings


@contextmanager
def on_a_copy(settings: Settings) -> Generator[Settings]:
    """These settings with a copy of their data, which is thrown away at the end. Raises StorageFault."""
    from flint_server.db.sqlite.copying import copy_to

    with TemporaryDirectory(prefix="flint-copy-") as folder:
        copy = replace(settings, folder=Path(folder))
        if settings.database.exists():
            copy_to(settings.database, copy.database)
        yield copy
