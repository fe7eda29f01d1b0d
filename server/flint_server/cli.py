"""The `flint` command. What a command needs is imported when it runs: `flint --version` needs nothing."""

import errno
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from flint_server.places import default_folder
from flint_server.troubles import OperatorFault

data_option = click.option(
    "--data",
    "folder",
    type=click.Path(path_type=Path, file_okay=True),
    envvar="FLINT_DATA",
    default=None,
    help="Folder of the data. Default: the platform's folder for user data.",
)


@dataclass(frozen=True, slots=True)
class Later:
    """A command that is imported when it is asked for; help is its line in `flint --help`."""

    module: str
    name: str
    help: str


# In the order of the alphabet, as click shows them.
COMMANDS = {
    "demo": Later("flint_server.cli", "demo", "Watch an agent's five calls over real MCP, on a temporary database."),
    "doctor": Later("flint_server.cli", "doctor", "Check this installation and say what is wrong."),
    "export": Later("flint_server.export_cli", "export", "Write all customers, items or orders, oldest first."),
    "import": Later("flint_server.import_cli", "import_", "Take customers, items or past orders over from FILE."),
    "serve": Later("flint_server.serve_cli", "serve", "Serve MCP clients."),
    "simulator": Later("flint_server.simulator_cli", "simulator", "Play the buyer and the bank."),
    "tax": Later("flint_server.tax_cli", "tax", "Tax rates."),
    "webhooks": Later("flint_server.webhooks_cli", "webhooks", "Outgoing webhooks."),
    "worker": Later("flint_server.serve_cli", "worker", "Do what is due, without serving."),
}


class LateGroup(click.Group):
    """A group whose commands are imported one at a time, and whose `--help` imports none. Whatever command it is, what
    the operator can mend is said in two lines, without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        later = COMMANDS.get(cmd_name)
        return None if later is None else getattr(import_module(later.module), later.name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, later.help) for name, later in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OperatorFault as fault:
            raise click.ClickException(f"{fault.message}\n{fault.hint}") from None


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="flint-orders", prog_name="flint")
def main() -> None:
    """The order system for AI agents."""


def run(main_: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a command to its end; a mistake in what was asked for is said in a line."""
    import anyio

    from flint_domain.kernel.errors import Refused
    from flint_server.processors.stripe_keys import StripeKeyRefused
    from flint_server.settings import UnknownTaxService
    from flint_tools.selection import UnknownSelection

    try:
        anyio.run(main_)
    except Refused as refused:
        raise click.ClickException(f"{refused.message}\n{refused.hint[:1].upper()}{refused.hint[1:]}.") from None
    except (UnknownSelection, StripeKeyRefused, UnknownTaxService) as wrong:
        raise click.ClickException(str(wrong)) from None
    except KeyboardInterrupt:
        sys.exit(130)
    except BaseExceptionGroup as several:
        _, others = several.split(BrokenPipeError)
        if others is not None:
            raise
        # Whoever read the output has had enough (`flint demo | head`): click ends without a word on this.
        raise BrokenPipeError(errno.EPIPE, "the output is not read any more") from None


@click.command()
def demo() -> None:
    """Watch an agent's five calls over real MCP, on a temporary database."""
    from flint_server.demo import show_five_calls

    run(show_five_calls)


@click.command()
@data_option
def doctor(folder: Path | None) -> None:
    """Check this installation and say what is wrong."""
    import anyio

    from flint_server.doctor import examine, report
    from flint_server.settings import Settings

    findings = anyio.run(examine, Settings(folder=folder or default_folder()).with_environment())
    sys.exit(report(findings))
