"""Everything there is, in pages that are each consistent in themselves, oldest first."""

from dataclasses import dataclass
from typing import Any

from flint_domain.importing.exporting import record_of
from flint_domain.importing.views import customer_row, item_row, order_row
from flint_domain.kernel.callers import Caller
from flint_domain.unit_of_work.exports import ExportReads
from flint_domain.unit_of_work.ports import ReadTransaction

PAGE = 200  # records read at once: few enough that a server beside the export never waits for it


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportCustomers:
    """A page of customers; what comes after the last one is asked for by its id, `next`, until that is None."""

    after_id: str | None = None

    def read(self, tx: ExportReads, caller: Caller) -> dict[str, Any]:
        found = tx.customers_from(self.after_id, PAGE)
        return {
            "rows": [customer_row(customer) for customer in found],
            "next": found[-1].customer_id if found else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportItems:
    """A page of items, as ExportCustomers."""

    after_id: str | None = None

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        found = tx.items_from(self.after_id, PAGE)
        stock = tx.stock([variant.variant_id for item in found for variant in item.variants])
        return {"rows": [item_row(item, stock) for item in found], "next": found[-1].item_id if found else None}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOrders:
    """A page of orders, as ExportCustomers."""

    after_id: str | None = None

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        found = tx.orders_from(self.after_id, PAGE)
        return {
            "rows": [order_row(record_of(tx, order)) for order in found],
            "next": found[-1].order_id if found else None,
        }
