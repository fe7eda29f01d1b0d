"""`flint export`: all customers, items or orders, into files that `flint import` takes."""

import io
import os
import sqlite3
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from flint_server.cli.files import KINDS, data_option, format_of, format_option, run_or_refuse
from flint_server.places import default_folder
from flint_server.settings import Settings

if TYPE_CHECKING:
    from flint_server.importing.columns import KindName
    from flint_server.importing.files import Format


@click.command()
@click.option("--kind", type=KINDS, required=True)
@format_option
@data_option
@click.option(
    "-o",
    "--output",
    default="-",
    show_default=True,
    metavar="FILE",
    help="Where to; - is standard output.",
)
def export(kind: "KindName", form: "Format | None", folder: Path | None, output: str) -> None:
    """Write all customers, items or orders as `flint import` takes them, oldest first.

    Each record is consistent in itself; what changes while the export runs may or may not be in it. A running server
    may go on, and data of an older Flint stays as it is: a copy is exported. Ends with 0 when all is written; 2 when
    nothing was begun; 3 when it could not be ended.
    """
    from flint_server.importing.faults import EndedEarly, Unreadable
    from flint_server.importing.files import STDIN

    settings = Settings(folder=(folder or default_folder()).expanduser())
    if not settings.database.exists():
        raise Unreadable(f"There is no data of Flint's in {settings.folder}.\nName its folder with --data.")
    if output == STDIN:
        # Always UTF-8 with plain line ends, whatever the terminal's own are.
        file = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", write_through=True)
        try:
            run_or_refuse(partial(_export, settings, kind, form or "jsonl", file))
        finally:
            file.detach()
        return
    form, target = format_of(output, form), Path(output).resolve()
    is_ours = target.is_file() or not target.exists()  # a device or a pipe is written to as it is
    unfinished = target.with_name(f"{target.name}.part") if is_ours else target
    try:
        file = unfinished.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise Unreadable(f"{output} cannot be written: {error.strerror}.") from None
    try:
        with file:
            run_or_refuse(partial(_export, settings, kind, form, file))
            if is_ours:
                os.fsync(file.fileno())
        if is_ours:
            unfinished.replace(target)
    except OSError as error:
        raise EndedEarly(f"{output} cannot be written: {error.strerror}.") from None
    finally:
        if is_ours:
            unfinished.unlink(missing_ok=True)


@asynccontextmanager
async def _read_from(settings: Settings) -> AsyncGenerator[Path]:
    """The data file, or a copy of one of an older Flint: reading brings nothing up to date, least of all under an older
    server that is still running."""
    from flint_server.cli.copies import on_a_copy
    from flint_server.db.sqlite.opening import REVISION

    stored = _revision(settings.database)
    if stored in ("", REVISION):
        yield settings.database
        return
    from flint_server.db.migrations.upgrade import require_known

    require_known(settings.database, stored, REVISION)
    click.echo(f"{settings.database} is of an older Flint ({stored}): it stays so, and a copy is exported.", err=True)
    with on_a_copy(settings) as copy:
        yield copy.database


def _revision(database: Path) -> str:
    """The revision that the file is at; empty for a fresh one, and for one whose fault is told when it is opened."""
    from sqlalchemy.exc import DBAPIError

    from flint_server.db import StorageFault
    from flint_server.db.sqlite.opening import require_database, stored_revision

    try:
        require_database(database)
        return stored_revision(database)
    except (StorageFault, sqlite3.Error, DBAPIError, OSError):
        return ""


async def _export(settings: Settings, kind: "KindName", form: "Format", file: IO[str]) -> None:
    from flint_domain.kernel.callers import LOCAL
    from flint_domain.kernel.errors import Refused
    from flint_server.clock import SystemClock
    from flint_server.db import DEFAULT_MERCHANT_ID, open_store
    from flint_server.importing.faults import EndedEarly
    from flint_server.importing.writing import export as write

    # The store alone: what moves money is not needed to read, nor its key.
    async with _read_from(settings) as database, open_store(database, SystemClock()) as store:
        try:
            written = await write(
                lambda query: store.read(DEFAULT_MERCHANT_ID, lambda tx: query.read(tx, LOCAL)), kind, form, file
            )
            file.flush()
        except Refused as refused:
            raise EndedEarly(f"{refused.message}\n{refused.hint[:1].upper()}{refused.hint[1:]}.") from None
    click.echo(f"{written:,} {kind.removesuffix('s') if written == 1 else kind} written.", err=True)
