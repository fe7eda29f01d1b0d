"""The names that idempotency records are shown by, as committed: names are added, and none may change or go."""

from pathlib import Path

from flint_domain.engine.commands import COMMANDS

COMMITTED = Path(__file__).with_name("command_names.txt")


def stored() -> list[str]:
    return COMMITTED.read_text(encoding="utf-8").split()


def write() -> list[str]:
    """Add the names of commands that are new, and say which; a name that is gone stays, and its test fails."""
    kept = stored()
    new = sorted({command.name for command in COMMANDS} - set(kept))
    if new:
        COMMITTED.write_text("\n".join(sorted([*kept, *new])) + "\n", encoding="utf-8")
    return new
