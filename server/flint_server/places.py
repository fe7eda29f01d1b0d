"""Where things are when nobody says otherwise. Imports hardly anything, so that small commands start at once."""

from pathlib import Path

DATABASE_FILE = "flint.db"
LEDGER_FILE = "simulator.db"
KEY_FILE = "local.key"


def default_folder() -> Path:
    """The platform's folder for a user's data, for example ~/.local/share/flint."""
    from platformdirs import user_data_path

    return user_data_path("flint")
