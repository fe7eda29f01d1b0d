"""`flint import` and `flint export`: customers, items and past orders, from files and into files."""

import io
import logging
import os
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from flint_server.places import default_folder
from flint_server.settings import Settings
from flint_server.troubles import OperatorFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flint_server.imports.columns import KindName
    from flint_server.imports.faults import Fault, Notice
    from flint_server.imports.files import Format, Records
    from flint_server.imports.running import Tally

MOST_SHOWN = 20  # faults told one by one; all of them are in the file of the rejected

logger = logging.getLogger(__name__)

KINDS = click.Choice(["customers", "items", "orders"])
format_option = click.option(
    "--format", "form", type=click.Choice(["csv", "jsonl"]), default=None, help="Default: by the file's suffix."
)
data_option = click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path),
    envvar="FLINT_DATA",
    default=None,
    help="The same data folder as the server's.",
)


@click.command("import")
@click.argument("source", metavar="FILE")
@click.option("--kind", type=KINDS, default=None, help="What the records are. Default: by the names of the columns.")
@format_option
@data_option
@click.option("--encoding", default=None, metavar="NAME", help="Such as cp1252. Default: UTF-8, or UTF-16 by its mark.")
@click.option("--dry-run", is_flag=True, help="Check everything against a copy, and write nothing.")
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Where rejected records are kept. Default: FILE.rejects beside it; with --dry-run, nowhere.",
)
def import_(  # noqa: PLR0917 - one parameter for each option
    source: str,
    kind: "KindName | None",
    form: "Format | None",
    folder: Path | None,
    encoding: str | None,
    dry_run: bool,
    rejects: Path | None,
) -> None:
    """Take customers, items or past orders over from FILE (CSV or JSON Lines; - is standard input).

    The same file again changes nothing, and finishes what was interrupted. Records that are wrong are told with their
    lines and kept aside; the others go in. A running server may go on.

    Ends with 0 when all went in; 1 when some were rejected; 2 when nothing was begun, because the file or the data
    folder cannot be used; 3 when it could not be ended, which the last lines explain.
    """
    from flint_server.imports.files import Records
    from flint_server.imports.rejects import rejects_path
    from flint_server.logs import configure

    form = _format_of(source, form)
    if rejects is not None and source != "-" and rejects.exists() and rejects.samefile(source):
        raise click.BadParameter("the rejected would be written over the file itself", param_hint="--rejects")
    stream, size = _opened(source)
    beside = rejects or rejects_path(source, form)
    log = beside.with_suffix(".log")
    handler = configure("error", file=None if dry_run else log)
    try:
        records = Records(stream, form, kind, encoding=encoding, size=size)
        kept = None if dry_run and rejects is None else beside
        said = "the log above" if dry_run else log.name
        job = _Job(records=records, size=size, kept=kept, dry_run=dry_run, log=said)
        settings = Settings(folder=(folder or default_folder()).expanduser()).with_environment()
        job.do(settings)
        records.close()
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
        stream.close()
    if job.tally.states["rejected"]:
        sys.exit(1)


def _run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a command as the others are run, but with an exit code of its own: theirs means that some were rejected."""
    from flint_server.cli import run
    from flint_server.imports.faults import EndedEarly, Unreadable

    try:
        run(main)
    except (EndedEarly, Unreadable):
        raise
    except (OperatorFault, click.ClickException) as error:
        hint = f"\n{error.hint}" if isinstance(error, OperatorFault) else ""
        raise Unreadable(f"{error.message}{hint}") from None


def _no_tally() -> "Tally":
    from flint_server.imports.running import Tally

    return Tally()


@dataclass(slots=True, kw_only=True)
class _Job:
    """One import from the command line. kept is where its rejected records go, if anywhere; log names where a fault of
    Flint's own is told; size is the file's in bytes."""

    records: "Records"
    size: int | None
    kept: Path | None
    dry_run: bool
    log: str
    tally: "Tally" = field(default_factory=_no_tally)
    _began: float = 0.0
    _untold: int = 0
    _ended: bool = False

    def do(self, settings: Settings) -> None:
        """Import, and say what became of the records, however it ends."""
        from flint_server.copies import on_a_copy
        from flint_server.imports.faults import Unreadable

        try:
            if self.dry_run:
                with on_a_copy(settings) as copy:
                    _run(partial(self._run, copy))
            else:
                _run(partial(self._run, settings))
        except OperatorFault as fault:
            raise Unreadable(f"{fault.message}\n{fault.hint}") from None
        finally:
            if self._began:
                self._report()

    async def _run(self, settings: Settings) -> None:
        from flint_domain.kernel.errors import Refused
        from flint_server.composition import open_application
        from flint_server.imports.faults import EndedEarly
        from flint_server.imports.rejects import Rejects
        from flint_server.imports.running import Import

        async with open_application(settings) as application:
            currency = await application.store.read(application.flint.merchant_id, lambda tx: tx.currency)
            rejects = None if self.kept is None else Rejects(self.kept, self.records)
            work = Import(application.flint, self.records, rejects, currency, self.log)
            self.tally, self._began = work.tally, time.perf_counter()
            progress = _Progress(self.size)
            try:
                with progress:
                    await work.run(lambda faults: progress.tell(faults, self.records.position))
                if rejects is not None:
                    rejects.close()
                self._ended = True
            except Refused as refused:
                raise EndedEarly(f"{refused.message}\n{refused.hint[:1].upper()}{refused.hint[1:]}.") from None
            except OSError as error:
                raise EndedEarly(f"{error.filename or self.kept}: {error.strerror or error}.") from None
            except (EndedEarly, MemoryError):
                raise
            except Exception:
                number = f"fault_{os.urandom(6).hex()}"
                logger.exception("%s: the import was broken off", number)
                raise EndedEarly(
                    f"Flint itself failed; {self.log} has it as {number}.\nReport it with the log."
                ) from None
            finally:
                self._untold = progress.untold
                if rejects is not None:
                    with suppress(OSError):  # told already: a file that cannot be closed could not be written
                        rejects.close()

    def _report(self) -> None:
        tally, states, would = self.tally, self.tally.states, "would be " if self.dry_run else ""
        seconds = time.perf_counter() - self._began
        if self._untold:
            click.echo(f"and {self._untold:,} more", err=True)
        kind = self.records.kind.removesuffix("s") if tally.read == 1 else self.records.kind
        click.echo(
            f"{tally.read:,} {kind} read: {would}{states['made']:,} made, {states['changed']:,} changed, "
            f"{states['unchanged']:,} there already, {states['rejected']:,} rejected; "
            f"{tally.read / max(seconds, 1e-3):,.0f} a second."
        )
        if states["rejected"] and self.kept is not None:
            click.echo(f"The rejected are in {self.kept}: mend them there and import that file.")
        if self.dry_run:
            click.echo("This was a dry run: nothing was written.")
        elif not self._ended:
            click.echo("It ended early: what was counted is in. Run it again to go on.")


def _opened(source: str) -> tuple[IO[bytes], int | None]:
    from flint_server.imports.faults import Unreadable
    from flint_server.imports.files import STDIN

    if source == STDIN:
        return sys.stdin.buffer, None
    try:
        stream = Path(source).open("rb")  # noqa: SIM115 - the caller closes it
    except OSError as error:
        raise Unreadable(f"{source} cannot be read: {error.strerror}.") from None
    return stream, Path(source).stat().st_size if stream.seekable() else None


def _format_of(source: str, form: "Format | None") -> "Format":
    from flint_server.imports.files import SUFFIXES

    known = form or SUFFIXES.get(Path(source).suffix.lower())
    if known is None:
        raise click.BadParameter(f"{source} does not say what it is: csv or jsonl?", param_hint="--format")
    return known


class _Progress:
    """A bar on a terminal, over the bytes of a file; the first faults, one line each."""

    def __init__(self, size: int | None) -> None:
        shown = size is not None and sys.stderr.isatty()
        self._bar: Any = click.progressbar(length=size, file=sys.stderr) if shown else None
        self._line_end = "\n" if shown else ""  # so that the bar's line is left before anything is said
        self._told = 0
        self.untold = 0

    def __enter__(self) -> "_Progress":
        if self._bar is not None:
            self._bar.__enter__()
        return self

    def __exit__(self, *failure: Any) -> None:
        if self._bar is not None:
            self._bar.__exit__(*failure)

    def tell(self, faults: "Sequence[Fault | Notice]", position: int) -> None:
        shown = faults[: MOST_SHOWN - self._told]
        for each in shown:
            click.echo(f"{self._line_end}{each}", err=True)
        self._told += len(shown)
        self.untold += len(faults) - len(shown)
        if self._bar is not None:
            self._bar.update(position - self._bar.pos)


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
    may go on. Ends with 0 when all is written; 2 when nothing was begun; 3 when it could not be ended.
    """
    from flint_server.imports.faults import EndedEarly, Unreadable
    from flint_server.imports.files import STDIN

    settings = Settings(folder=(folder or default_folder()).expanduser())
    if not settings.database.exists():
        raise Unreadable(f"There is no data of Flint's in {settings.folder}.\nName its folder with --data.")
    if output == STDIN:
        # Always UTF-8 with plain line ends, whatever the terminal's own are.
        file = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", write_through=True)
        try:
            _run(partial(_export, settings, kind, form or "jsonl", file))
        finally:
            file.detach()
        return
    form, target = _format_of(output, form), Path(output).resolve()
    is_ours = target.is_file() or not target.exists()  # a device or a pipe is written to as it is
    unfinished = target.with_name(f"{target.name}.part") if is_ours else target
    try:
        file = unfinished.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise Unreadable(f"{output} cannot be written: {error.strerror}.") from None
    try:
        with file:
            _run(partial(_export, settings, kind, form, file))
            if is_ours:
                os.fsync(file.fileno())
        if is_ours:
            unfinished.replace(target)
    except OSError as error:
        raise EndedEarly(f"{output} cannot be written: {error.strerror}.") from None
    finally:
        if is_ours:
            unfinished.unlink(missing_ok=True)


async def _export(settings: Settings, kind: "KindName", form: "Format", file: IO[str]) -> None:
    from flint_domain.kernel.errors import Refused
    from flint_server.clock import SystemClock
    from flint_server.db import DEFAULT_MERCHANT_ID, open_store
    from flint_server.imports.faults import EndedEarly
    from flint_server.imports.writing import export as write

    # The store alone: what moves money is not needed to read, nor its key.
    async with open_store(settings.database, SystemClock()) as store:
        try:
            written = await write(
                lambda query: store.read(DEFAULT_MERCHANT_ID, lambda tx: query.read(tx, frozenset())), kind, form, file
            )
            file.flush()
        except Refused as refused:
            raise EndedEarly(f"{refused.message}\n{refused.hint[:1].upper()}{refused.hint[1:]}.") from None
    click.echo(f"{written:,} {kind} written.", err=True)
