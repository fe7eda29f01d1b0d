"""`flint import` and `flint export`: customers, items and past orders, from files and into files."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from flint_server.settings import Settings, default_folder

if TYPE_CHECKING:
    from flint_server.imports.files import Format
    from flint_server.imports.running import KindName, Rejected, Tally

MOST_SHOWN = 20  # rejected records told one by one; all of them are in the file

kind_option = click.option("--kind", type=click.Choice(["customers", "items", "orders"]), required=True)
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
@kind_option
@format_option
@data_option
@click.option("--dry-run", is_flag=True, help="Check everything, and write nothing.")
@click.option(
    "--rejects",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Where rejected records are kept. Default: FILE.rejects beside it.",
)
def import_(  # noqa: PLR0917 - one parameter for each option
    source: str,
    kind: "KindName",
    form: "Format | None",
    folder: Path | None,
    dry_run: bool,
    rejects: Path | None,
) -> None:
    """Take customers, items or past orders over from FILE (CSV or JSON Lines; - is standard input).

    The same file again changes nothing, and finishes what was interrupted. Records that are wrong are told with their
    lines and kept aside; the others go in. Ends with 0 when all went in, 1 when some were rejected, 2 for a file that
    cannot be read. A running server may go on.
    """
    from flint_server.cli import run
    from flint_server.imports.files import rejects_path

    form = _format_of(source, form)
    if rejects is not None and source != "-" and rejects.exists() and rejects.samefile(source):
        raise click.BadParameter("the rejected would be written over the file itself", param_hint="--rejects")
    stream, size = _opened(source)
    kept = rejects or rejects_path(source, form)
    job = _Job(kind=kind, form=form, stream=stream, size=size, kept=kept, dry_run=dry_run)
    settings = Settings(folder=folder or default_folder()).with_environment()
    try:
        run(partial(job.run, settings))
    finally:
        stream.close()
    if job.rejected:
        sys.exit(1)


@dataclass(slots=True, kw_only=True)
class _Job:
    """One import from the command line. kept is where its rejected records go; size is the file's in bytes."""

    kind: "KindName"
    form: "Format"
    stream: IO[bytes]
    size: int | None
    kept: Path
    dry_run: bool
    rejected: int = 0

    async def run(self, settings: Settings) -> None:
        from flint_domain.kernel.errors import Refused
        from flint_server.composition import open_application
        from flint_server.imports.files import Records, Rejects
        from flint_server.imports.running import KINDS, Import

        kind = KINDS[self.kind]
        async with open_application(settings) as application:
            currency = await application.store.read(application.flint.merchant_id, lambda tx: tx.currency)
            records = Records(self.stream, self.form, kind.layout, currency, self.size)
            rejects = Rejects(self.kept, records)
            work = Import(application.flint, kind, records, rejects, dry_run=self.dry_run)
            began = time.perf_counter()
            try:
                with _Progress(self.size) as progress:
                    await work.run(lambda wrong: progress.tell(wrong, records.position))
            except Refused as refused:
                raise click.ClickException(
                    f"{refused.message}\n{work.tally.read:,} {self.kind} were read before that: run it again to go on."
                ) from None
            except OSError as error:
                raise click.ClickException(
                    f"{error.filename or self.kept}: {error.strerror}.\n"
                    f"{work.tally.read:,} {self.kind} were read before that: run it again to go on."
                ) from None
            finally:
                rejects.close()
        self.rejected = work.tally.states["rejected"]
        self._report(work.tally, time.perf_counter() - began, progress.untold)

    def _report(self, tally: "Tally", seconds: float, untold: int) -> None:
        states, would = tally.states, "would be " if self.dry_run else ""
        if untold:
            click.echo(f"and {untold:,} more", err=True)
        click.echo(
            f"{tally.read:,} {self.kind} read: {would}{states['made']:,} made, {states['changed']:,} changed, "
            f"{states['unchanged']:,} there already, {states['rejected']:,} rejected; "
            f"{tally.read / max(seconds, 1e-3):,.0f} a second."
        )
        if states["rejected"]:
            click.echo(f"The rejected are in {self.kept}: mend them there and import that file.")
        if self.dry_run:
            click.echo("This was a dry run: nothing was written.")


def _opened(source: str) -> tuple[IO[bytes], int | None]:
    from flint_server.imports.files import STDIN, Unreadable

    if source == STDIN:
        return sys.stdin.buffer, None
    try:
        stream = Path(source).open("rb")  # noqa: SIM115 - the caller closes it
    except OSError as error:
        raise Unreadable(f"{source} cannot be read: {error.strerror}.") from None
    return stream, Path(source).stat().st_size


def _format_of(source: str, form: "Format | None") -> "Format":
    from flint_server.imports.files import SUFFIXES

    known = form or SUFFIXES.get(Path(source).suffix.lower())
    if known is None:
        raise click.BadParameter(f"{source} does not say what it is: csv or jsonl?", param_hint="--format")
    return known


class _Progress:
    """A bar on a terminal, over the bytes of a file; the first rejected records, one line each."""

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

    def tell(self, rejected: "Sequence[Rejected]", position: int) -> None:
        shown = rejected[: MOST_SHOWN - self._told]
        for each in shown:
            click.echo(f"{self._line_end}{each}", err=True)
        self._told += len(shown)
        self.untold += len(rejected) - len(shown)
        if self._bar is not None:
            self._bar.update(position - self._bar.pos)


@click.command()
@kind_option
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
    may go on.
    """
    from flint_server.cli import run
    from flint_server.imports.files import STDIN, Unreadable

    settings = Settings(folder=folder or default_folder()).with_environment()
    if output == STDIN:
        run(partial(_export, settings, kind, form or "jsonl", sys.stdout))
        return
    form, unfinished = _format_of(output, form), Path(f"{output}.part")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            run(partial(_export, settings, kind, form, file))
        unfinished.replace(output)
    except OSError as error:
        raise Unreadable(f"{output} cannot be written: {error.strerror}.") from None
    finally:
        unfinished.unlink(missing_ok=True)


async def _export(settings: Settings, kind: "KindName", form: "Format", file: IO[str]) -> None:
    from flint_server.composition import open_application
    from flint_server.imports.running import KINDS
    from flint_server.imports.writing import export as write

    async with open_application(settings) as application:
        written = await write(application.flint, KINDS[kind], form, file)
    click.echo(f"{written:,} {kind} written.", err=True)
