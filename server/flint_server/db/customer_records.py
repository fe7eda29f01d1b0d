"""Customers as a transaction reads and writes them (see flint_domain.customers.ports)."""

from flint_domain.customers.model import Customer
from flint_domain.customers.ports import CustomerQuery, PurchaseTotals


class CustomerReading:
    """The part of a read transaction that is about this."""

    __slots__ = ()

    def customer(self, customer_id: str) -> Customer | None:
        return None

    def customer_by_reference(self, reference: str) -> Customer | None:
        return None

    def customers(self, query: CustomerQuery) -> list[Customer]:
        return []

    def purchase_totals(self, customer: Customer) -> list[PurchaseTotals]:
        return []


class CustomerWriting(CustomerReading):
    """The part of a writing transaction that is about this."""

    __slots__ = ()

    def add_customer(self, customer: Customer) -> bool:
        return False

    def save_customer(self, customer: Customer) -> bool:
        return False
