"""Storage: orders, their trail and their transfers in one SQLite file."""

from flint_server.db.ids import Ulids
from flint_server.db.records.merchants import DEFAULT_MERCHANT_ID, Merchant
from flint_server.db.sqlite.faults import StorageFault
from flint_server.db.sqlite.opening import open_store
from flint_server.db.sqlite.store import SqliteStore

__all__ = ["DEFAULT_MERCHANT_ID", "Merchant", "SqliteStore", "StorageFault", "Ulids", "open_store"]
