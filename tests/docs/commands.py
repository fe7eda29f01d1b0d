"""Every command of the `flint` program."""

from collections.abc import Iterator

import click

from flint_server.cli.main import main as flint


def commands(group: click.Group = flint, before: str = "flint") -> Iterator[tuple[str, click.Command]]:
    """Every command of the `flint` program with its whole name."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        path = f"{before} {name}"
        if isinstance(command, click.Group):
            yield from commands(command, path)
        else:
            yield path, command
