"""What customers ask of a transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flint_domain.customers.model import Customer


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerQuery:
    """Which customers to list, newest first. text matches every word by its beginning: names, e-mails, phones,
    postcodes, references, metadata."""

    text: str | None = None
    email: str | None = None
    before_id: str | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseTotals:
    """What a customer's orders come to in one currency, in minor units."""

    currency: str
    orders: int
    paid: int
    refunded: int
    first_at: datetime
    last_at: datetime


class CustomerReads(Protocol):
    """Customers of one merchant. Every look-up that finds nothing answers None."""

    def customer(self, customer_id: str) -> Customer | None:
        """The customer, or the one that it was merged into."""
        ...

    def customer_by_reference(self, reference: str) -> Customer | None: ...
    def customers(self, query: CustomerQuery) -> list[Customer]: ...
    def purchase_totals(self, customer: Customer) -> list[PurchaseTotals]:
        """Of all orders of the customer and of those merged into it; canceled orders without money left out."""
        ...


class CustomerWrites(CustomerReads, Protocol):
    def add_customer(self, customer: Customer) -> bool:
        """Insert; False when the reference is taken."""
        ...

    def save_customer(self, customer: Customer) -> bool:
        """Write a customer whose version is one more than the stored one's; False when the reference is taken."""
        ...
