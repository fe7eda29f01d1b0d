"""The `flint` command. What a command needs is imported when it runs: `flint --version` needs nothing."""

import gc
import sys
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import click

from flint_server.troubles import OperatorFault


@dataclass(frozen=True, slots=True)
class Later:
    """A command that is imported when it is asked for; help is its line in `flint --help`."""

    module: str
    name: str
    help: str


# In the order of the alphabet, as click shows them.
COMMANDS = {
    "demo": Later(
        "flint_server.cli.demo", "demo", "Watch an agent's five calls over real MCP, on a temporary database."
    ),
    "doctor": Later("flint_server.cli.doctor", "doctor", "Check this installation and say what is wrong."),
    "export": Later("flint_server.cli.exporting", "export", "Write all customers, items or orders, oldest first."),
    "import": Later("flint_server.cli.importing", "import_", "Take customers, items or past orders over from FILE."),
    "serve": Later("flint_server.cli.serve", "serve", "Serve MCP clients."),
    "simulator": Later("flint_server.cli.simulator", "simulator", "Play the buyer and the bank."),
    "tax": Later("flint_server.cli.tax", "tax", "Tax rates."),
    "webhooks": Later("flint_server.cli.webhooks", "webhooks", "Outgoing webhooks."),
    "worker": Later("flint_server.cli.serve", "worker", "Do what is due, without serving."),
}


class LateGroup(click.Group):
    """A group whose commands are imported one at a time, and whose `--help` imports none. Whatever command it is, what
    the operator can mend is said in two lines, without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        later = COMMANDS.get(cmd_name)
        return None if later is None else getattr(_imported(later.module), later.name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, later.help) for name, later in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except OperatorFault as fault:
            raise click.ClickException(f"{fault.message}\n{fault.hint}") from None


def _imported(name: str) -> ModuleType:
    """The module, and all that it needs, which stays: to look through it for garbage again and again takes a fifth of
    a start."""
    if name in sys.modules:
        return sys.modules[name]
    gc.disable()
    try:
        return import_module(name)
    finally:
        gc.freeze()
        gc.enable()


@click.group(cls=LateGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="flint-orders", prog_name="flint")
def main() -> None:
    """The order system for AI agents."""
