"""What customers ask of a transaction, and of who keeps their payment methods."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flint_domain.customers.errands import Attach, Detach
from flint_domain.customers.model import Customer
from flint_domain.order.payments.model import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerQuery:
    """Which customers to list, newest first; those merged away or erased are none of them.

    text matches every word (or any, if any_word) by its beginning: names, e-mails, phones, postcodes, references,
    metadata. email and postal_code match one of the customer's whole, without regard to case and blanks.
    """

    text: str | None = None
    any_word: bool = False
    email: str | None = None
    postal_code: str | None = None
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

    def customers_by_reference(self, reference: str) -> list[Customer]:
        """The customers with the merchant's own id, or who took over whoever had it. It is compared without case: one,
        or none; twins that differ in case only may be left from before it was."""
        ...

    def customer_of_method(self, method_id: str) -> Customer | None:
        """The customer that a payment method was attached to, or the one that they were merged into."""
        ...

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

    def move_coupon_uses(self, former_id: str, customer_id: str) -> None:
        """Count what one customer (or reference) uses of coupons for another; releasing gives it back there."""
        ...

    def forget_person(self, customer_ids: Sequence[str], order_ids: Sequence[str]) -> None:
        """Take what is a person's own out of everything that repeats these customers and orders: idempotency records
        (whose keys from then on replay the records as they are), webhook bodies, transfers, and the ledgers' notes."""
        ...


class PaymentMethods(Protocol):
    """Who keeps buyers' payment methods. Every call is safe to repeat; no exception means an answer, and what is
    uncertain is UNKNOWN."""

    def attach(self, errand: Attach) -> Awaitable[Outcome]:
        """Save a source for its customer, to be charged without them, once for errand.key."""
        ...

    def detach(self, errand: Detach) -> Awaitable[Outcome]:
        """Forget a saved method, once for errand.key. What was charged to it stays."""
        ...

    def find_method(self, errand: Attach | Detach) -> Awaitable[Outcome]:
        """What became of an errand that was asked for: its present outcome, UNKNOWN when that cannot be told."""
        ...
