"""Where things are and how the server runs, with defaults that need no configuration."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from platformdirs import user_data_path

from flint_tools.selection import DEFAULT_TOOLSETS

DATABASE_FILE = "flint.db"
LEDGER_FILE = "simulator.db"


def default_folder() -> Path:
    """The platform's folder for a user's data, for example ~/.local/share/flint."""
    return user_data_path("flint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How one Flint is put together. clock and seed make a run repeatable; None means real time and chance."""

    folder: Path
    toolsets: tuple[str, ...] = DEFAULT_TOOLSETS
    tools: tuple[str, ...] = ()
    read_only: bool = False
    clock: datetime | None = None
    seed: int | None = None

    @property
    def database(self) -> Path:
        return self.folder / DATABASE_FILE

    @property
    def ledger(self) -> Path:
        return self.folder / LEDGER_FILE
