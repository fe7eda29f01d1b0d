"""`flint import`: customers, items and past orders, from files."""

import logging
import os
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from flint_server.cli.files import KINDS, data_option, format_of, format_option, run_or_refuse
from flint_server.places import default_folder
from flint_server.settings import Settings
from flint_server.troubles import OperatorFault

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flint_server.importing.columns import KindName
    from flint_server.importing.faults import Fault, Notice
    from flint_server.importing.files import Format, Records
    from flint_server.importing.running import Tally

MOST_SHOWN = 20  # faults told one by one; all of them are in the file of the rejected

logger = logging.getLogger(__name__)


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
    from flint_server.importing.files import Records
    from flint_server.importing.rejects import rejects_path
    from flint_server.telemetry.logs import configure

    form = format_of(source, form)
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


def _no_tally() -> "Tally":
    from flint_server.importing.running import Tally

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
        from flint_server.cli.copies import on_a_copy
        from flint_server.importing.faults import Unreadable

        try:
            if self.dry_run:
                with on_a_copy(settings) as copy:
                    run_or_refuse(partial(self._run, copy))
            else:
                run_or_refuse(partial(self._run, settings))
        except OperatorFault as fault:
            raise Unreadable(f"{fault.message}\n{fault.hint}") from None
        finally:
            if self._began:
                self._report()

    async def _run(self, settings: Settings) -> None:
        from flint_domain.kernel.errors import Refused
        from flint_server.composition import open_application
        from flint_server.importing.faults import EndedEarly
        from flint_server.importing.rejects import Rejects
        from flint_server.importing.running import Import

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
    from flint_server.importing.faults import Unreadable
    from flint_server.importing.files import STDIN

    if source == STDIN:
        return sys.stdin.buffer, None
    try:
        stream = Path(source).open("rb")  # noqa: SIM115 - the caller closes it
    except OSError as error:
        raise Unreadable(f"{source} cannot be read: {error.strerror}.") from None
    return stream, Path(source).stat().st_size if stream.seekable() else None


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
