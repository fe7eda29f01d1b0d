"""What an export asks of a transaction."""

from typing import Protocol

from flint_domain.catalog.model import Item
from flint_domain.customers.model import Customer
from flint_domain.order.model import Order


class ExportReads(Protocol):
    """All records of one merchant in pages, oldest first; after_id is the last one of the page before."""

    def customers_from(self, after_id: str | None, limit: int) -> list[Customer]:
        """Those merged away or erased are left out."""
        ...

    def items_from(self, after_id: str | None, limit: int) -> list[Item]: ...
    def orders_from(self, after_id: str | None, limit: int) -> list[Order]: ...
