"""Storage: orders, their trail and their transfers in one SQLite file."""

from flint_server.db.faults import StorageFault
from flint_server.db.ids import Ulids
from flint_server.db.merchants import DEFAULT_MERCHANT_ID, Merchant
from flint_server.db.opening import open_store
from flint_server.db.sqlite import SqliteStore

__all__ = ["DEFAULT_MERCHANT_ID", "Merchant", "SqliteStore", "StorageFault", "Ulids", "open_store"]
