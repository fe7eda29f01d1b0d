"""The whole schema: importing it puts every record's table into one metadata."""

from flint_server.db import records
from flint_server.db.metadata import metadata

__all__ = ["metadata", "records"]
