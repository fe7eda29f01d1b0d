"""What `flint import` and `flint export` share: their options, and how they end."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flint_server.troubles import OperatorFault

if TYPE_CHECKING:
    from flint_server.importing.files import Format

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


def run_or_refuse(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a command as the others are run, but with an exit code of its own: theirs means that some were rejected."""
    from flint_server.cli.run import run
    from flint_server.importing.faults import EndedEarly, Unreadable

    try:
        run(main)
    except (EndedEarly, Unreadable):
        raise
    except (OperatorFault, click.ClickException) as error:
        hint = f"\n{error.hint}" if isinstance(error, OperatorFault) else ""
        raise Unreadable(f"{error.message}{hint}") from None


def format_of(source: str, form: "Format | None") -> "Format":
    from flint_server.importing.files import SUFFIXES

    known = form or SUFFIXES.get(Path(source).suffix.lower())
    if known is None:
        raise click.BadParameter(f"{source} does not say what it is: csv or jsonl?", param_hint="--format")
    return known
