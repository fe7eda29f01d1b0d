"""Read one customer with their history, or search them."""

from dataclasses import dataclass, replace
from typing import Any

from flint_domain.customers.ports import CustomerQuery, CustomerReads
from flint_domain.kernel.callers import Caller
from flint_domain.kernel.ids import is_id
from flint_domain.kernel.paging import DEFAULT_LIMIT, bad_cursor, page
from flint_domain.queries.customer_views import CustomerList, customer_row, show_customer
from flint_domain.reactions.customers import customer_named
from flint_domain.unit_of_work.ports import ReadTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCustomer:
    """One customer, by Flint's id or the merchant's own reference."""

    customer_id: str

    def read(self, tx: ReadTransaction, caller: Caller) -> dict[str, Any]:
        return show_customer(tx, customer_named(tx, self.customer_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchCustomers:
    """Customers by words of their names, e-mails, phones, postcodes, references and metadata, newest first."""

    text: str | None = None
    email: str | None = None
    postal_code: str | None = None
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None

    def read(self, tx: CustomerReads, caller: Caller) -> dict[str, Any]:
        if self.cursor is not None and not is_id(self.cursor, "cus"):
            raise bad_cursor()
        query = CustomerQuery(
            text=self.text,
            email=self.email,
            postal_code=self.postal_code,
            before_id=self.cursor,
            limit=self.limit + 1,
        )
        found, how = tx.customers(query), ""
        if not found and self.text and len(self.text.split()) > 1 and self.cursor is None:
            found = tx.customers(replace(query, any_word=True, limit=self.limit))
            how = " None has every word; these have at least one." if found else ""
        rows, cursor = page(found, self.limit, lambda customer: customer.customer_id)
        count = f"{len(rows)} {'customer' if len(rows) == 1 else 'customers'}{' and more' if cursor else ''}"
        listed = CustomerList(
            summary=f"{count}.{how}",
            customers=[customer_row(customer, tx.purchase_totals(customer)) for customer in rows],
            next_cursor=cursor,
        )
        return listed.to_wire(keep_empty=False)
