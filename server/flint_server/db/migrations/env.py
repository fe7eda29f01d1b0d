"""alembic's environment: the connection, and the transaction around it, are the upgrade's own."""

from alembic import context
from sqlalchemy import Connection

from flint_server.db.schema import metadata


def run() -> None:
    """Run the chosen migrations on the connection that upgrade() hands over."""
    connection = context.config.attributes["connection"]
    assert isinstance(connection, Connection)
    # SQLite alters a table by copying it, which alembic calls a batch.
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    context.run_migrations()


run()
