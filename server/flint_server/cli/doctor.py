"""`flint doctor`: is this installation sound, and if not, what is wrong?"""

import sys
from pathlib import Path

import click

from flint_server.cli.run import data_option
from flint_server.places import default_folder


@click.command()
@data_option
def doctor(folder: Path | None) -> None:
    """Check this installation and say what is wrong."""
    import anyio

    from flint_server.doctor.examination import examine, report
    from flint_server.settings import Settings

    findings = anyio.run(examine, Settings(folder=folder or default_folder()).with_environment())
    sys.exit(report(findings))
