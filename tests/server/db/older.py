"""Data files as older Flints made them."""

from pathlib import Path

from sqlalchemy import text

from flint_server.db.migrations import upgrade as upgrading
from flint_server.db.sqlite.connections import migration_engine
from tests.server.db.given import MERCHANT


def older_file(path: Path, revision: str) -> None:
    """A file as the Flint of that revision made it."""
    engine = migration_engine(path, 50)
    with engine.begin() as connection:
        upgrading.migrate(connection, revision)
        shop = "INSERT INTO merchants (id, name, currency, created_at) VALUES (:id, 'Shop', 'JPY', 0)"
        connection.execute(text(shop), {"id": MERCHANT})
    engine.dispose()
