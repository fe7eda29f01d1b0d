"""`flint serve` and `flint worker`: their options, and nothing else."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from flint_server.cli.run import data_option, run
from flint_server.places import default_folder
from flint_server.serving.serve import serve_http, serve_stdio, work_alone
from flint_server.settings import Auth, Settings
from flint_server.telemetry.logs import LEVELS, LogFormat, configure
from flint_tools.rendering import Answers
from flint_tools.selection import DEFAULT_TOOLSETS

OPEN_TO_ALL = "Warning: --auth none: every user and every program of this machine can move money and read the orders."

Command = TypeVar("Command", bound=Callable[..., Any])


def _names(_context: click.Context, _option: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip()) if value else ()


# Ids hold no time before 1970, and a clock has to go on from where it starts.
_FIRST_START, _LAST_START = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def _instant(_context: click.Context, _option: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise click.BadParameter("use ISO 8601, such as 2026-01-31T09:00:00Z") from None
    in_utc = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    if not _FIRST_START <= in_utc <= _LAST_START:
        raise click.BadParameter("the clock starts between the years 1970 and 9000, such as 2026-01-31T09:00:00Z")
    return in_utc


toolsets_option = click.option(
    "--toolsets", callback=_names, default=",".join(DEFAULT_TOOLSETS), show_default=True, help='"all" for every one.'
)
tools_option = click.option("--tools", callback=_names, default=None, help="Single tools beside the toolsets.")


def log_options(command: Command) -> Command:
    """How much is logged, and how it is written."""
    level = click.option("--log-level", type=click.Choice(LEVELS), default="warning", show_default=True)
    style = click.option("--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True)
    return level(style(command))


@click.command()
@data_option
@click.option("--http", is_flag=True, help="Serve HTTP on this machine instead of stdio.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address for --http.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port for --http.")
@click.option(
    "--auth",
    type=click.Choice(["token", "none"]),
    default=None,
    help="Who may call over --http: who sends the data folder's local key (the default), or everybody on this machine.",
)
@toolsets_option
@tools_option
@click.option("--read-only", is_flag=True, help="Only tools that change nothing; wins over the other choices.")
@click.option(
    "--answers",
    type=click.Choice(["both", "text", "structured"]),
    default="both",
    show_default=True,
    help="What calls are answered in: text for models, structured content for programs, or both.",
)
@click.option("--clock", callback=_instant, default=None, help="Start of a clock that goes one second per call.")
@click.option("--seed", type=int, default=None, help="Makes ids repeat from run to run; use with --clock.")
@click.option("--allow-private-webhooks", is_flag=True, help="Let webhooks reach this machine and its network.")
@click.option("--no-worker", is_flag=True, help="Leave what is due to `flint worker` on the same folder.")
@log_options
def serve(  # noqa: PLR0917 - one parameter for each option
    folder: Path | None,
    http: bool,
    host: str,
    port: int,
    auth: Auth | None,
    toolsets: tuple[str, ...],
    tools: tuple[str, ...],
    answers: Answers,
    read_only: bool,
    clock: datetime | None,
    seed: int | None,
    allow_private_webhooks: bool,
    no_worker: bool,
    log_level: str,
    log_format: LogFormat,
) -> None:
    """Serve MCP clients. Needs no configuration: payments are simulated, data is kept in the data folder."""
    if auth is not None and not http:
        raise click.UsageError("--auth is for --http: on standard input and output the only caller is who started it.")
    configure(log_level, log_format)
    settings = Settings(
        folder=folder or default_folder(),
        toolsets=toolsets,
        tools=tools,
        answers=answers,
        read_only=read_only,
        clock=clock,
        seed=seed,
        allow_private_webhooks=allow_private_webhooks,
        worker=not no_worker,
    ).with_environment()
    if auth == "none":
        click.echo(OPEN_TO_ALL, err=True)
    run(partial(serve_http, settings, host, port, auth or "token") if http else partial(serve_stdio, settings))


@click.command()
@data_option
@toolsets_option
@tools_option
@click.option("--read-only", is_flag=True, help="As the server of this folder has it.")
@click.option("--allow-private-webhooks", is_flag=True, help="Let webhooks reach this machine and its network.")
@log_options
def worker(  # noqa: PLR0917 - one parameter for each option
    folder: Path | None,
    toolsets: tuple[str, ...],
    tools: tuple[str, ...],
    read_only: bool,
    allow_private_webhooks: bool,
    log_level: str,
    log_format: LogFormat,
) -> None:
    """Do what is due, without serving: recover, settle what Stripe told, deliver webhooks.

    Any number may run on one folder, beside `flint serve` or `flint serve --no-worker`. The tools are those that the
    server offers: webhooks name what can be done next.
    """
    configure(log_level, log_format)
    settings = Settings(
        folder=folder or default_folder(),
        toolsets=toolsets,
        tools=tools,
        read_only=read_only,
        allow_private_webhooks=allow_private_webhooks,
    )
    run(partial(work_alone, settings.with_environment()))
