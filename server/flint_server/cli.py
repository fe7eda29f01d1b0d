"""The `flint` command."""

import logging
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import click

from flint_server.settings import Settings, default_folder
from flint_server.simulator_cli import simulator
from flint_tools.selection import DEFAULT_TOOLSETS, UnknownSelection

data_option = click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path, file_okay=True),
    envvar="FLINT_DATA",
    default=None,
    help="Folder of the data. Default: the platform's folder for user data.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="flint-orders", prog_name="flint")
def main() -> None:
    """The order system for AI agents."""


def run(main_: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a command; what an operator can mend is said in two lines, without a traceback."""
    from flint_server.db import StorageFault
    from flint_server.serving import NotLoopback

    try:
        anyio.run(main_)
    except StorageFault as fault:
        raise click.ClickException(f"{fault.message}\n{fault.hint}") from None
    except (UnknownSelection, NotLoopback) as wrong:
        raise click.ClickException(str(wrong)) from None
    except KeyboardInterrupt:
        sys.exit(130)


def _names(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip()) if value else ()


def _instant(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("use ISO 8601, such as 2026-01-31T09:00:00Z") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


@main.command()
@data_option
@click.option("--http", is_flag=True, help="Serve HTTP on this machine instead of stdio.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address for --http.")
@click.option("--port", default=8000, show_default=True, help="Port for --http.")
@click.option(
    "--toolsets", callback=_names, default=",".join(DEFAULT_TOOLSETS), show_default=True, help='"all" for every one.'
)
@click.option("--tools", callback=_names, default=None, help="Single tools beside the toolsets.")
@click.option("--read-only", is_flag=True, help="Only tools that change nothing; wins over the other choices.")
@click.option("--clock", callback=_instant, default=None, help="Start of a clock that goes one second per call.")
@click.option("--seed", type=int, default=None, help="Makes ids repeat from run to run; use with --clock.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="warning")
def serve(  # noqa: PLR0917 - one parameter for each option
    folder: Path | None,
    http: bool,
    host: str,
    port: int,
    toolsets: tuple[str, ...],
    tools: tuple[str, ...],
    read_only: bool,
    clock: datetime | None,
    seed: int | None,
    log_level: str,
) -> None:
    """Serve MCP clients. Needs no configuration: payments are simulated, data is kept in the data folder."""
    from flint_server.serving import serve_http, serve_stdio

    logging.basicConfig(
        level=log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    settings = Settings(
        folder=folder or default_folder(),
        toolsets=toolsets,
        tools=tools,
        read_only=read_only,
        clock=clock,
        seed=seed,
    )
    run(partial(serve_http, settings, host, port) if http else partial(serve_stdio, settings))


@main.command()
def demo() -> None:
    """Watch an agent's five calls over real MCP, on a temporary database."""
    from flint_server.demo import show_five_calls

    run(show_five_calls)


@main.command()
@data_option
def doctor(folder: Path | None) -> None:
    """Check this installation and say what is wrong."""
    from flint_server.doctor import examine, report

    findings = anyio.run(examine, Settings(folder=folder or default_folder()))
    sys.exit(report(findings))


main.add_command(simulator)
