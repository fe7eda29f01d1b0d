"""What the domain asks of the outside: a store, a processor, a clock."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from flint_domain.catalog.ports import CatalogReads, CatalogWrites, DueRelease
from flint_domain.coupons.model import Coupon
from flint_domain.customers.ports import CustomerReads, CustomerWrites, PaymentMethods
from flint_domain.gift_cards.ports import GiftCardReads, GiftCardWrites
from flint_domain.kernel.facts import Activity, By, Fact
from flint_domain.kernel.ids import IdPrefix
from flint_domain.kernel.subjects import Subject
from flint_domain.order.lifecycle import Standing
from flint_domain.order.model import Order
from flint_domain.order.payments.model import Asked, Outcome, Transfer
from flint_domain.order.tax.errands import TaxReport
from flint_domain.order.tax.service import TaxQuote, TaxRequest
from flint_domain.tax_rates.model import TaxRate
from flint_domain.unit_of_work.exports import ExportReads
from flint_domain.webhooks.ports import DueDelivery, Slots, WebhookReads, WebhookWrites

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdempotencyRecord:
    """The record behind an idempotency key. answer, kept with the number of its shape (see engine.idempotency), is
    None while a transfer of the command is unsettled.

    ref says what to show of the command's result again (see unit_of_work.command); fingerprint is of the command's
    fields. principal is whose key it is. The command concerns order_id, customer_id and account_id.
    """

    principal: str = "local"
    key: str
    command: str
    fingerprint: str
    fields: dict[str, Any]
    ref: dict[str, Any] | None = None
    order_id: str | None = None
    customer_id: str | None = None
    account_id: str | None = None
    answer: dict[str, Any] | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderColumns:
    """What of an order is looked up or listed without reading its body. Amounts are minor units; reserved_until is set
    while stock is reserved for an unpaid order."""

    status: str
    payment_status: str
    fulfillment_status: str = "UNFULFILLED"
    total: int
    outstanding: int
    paid: int = 0
    refunded: int = 0
    reserved_until: datetime | None = None
    needs_attention: bool
    text: str  # every word that search finds the order by (see unit_of_work.order_words)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderQuery:
    """Which orders to list, newest first. Each word of text (or any, if any_word) begins a word of the order or of its
    customer; before_id is the page's cursor."""

    text: str | None = None
    any_word: bool = False
    status: str | None = None
    payment_status: str | None = None
    fulfillment_status: str | None = None
    customer_ids: tuple[str, ...] = ()
    needs_attention: bool | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    before_id: str | None = None
    limit: int = 20


class ReadTransaction(CatalogReads, GiftCardReads, CustomerReads, ExportReads, WebhookReads, Protocol):
    """A consistent view of one merchant's records. Every look-up that finds nothing answers None."""

    @property
    def merchant_id(self) -> str: ...
    @property
    def currency(self) -> str: ...
    @property
    def now(self) -> datetime: ...
    @property
    def standings(self) -> dict[str, Standing]:
        """Where the orders stand that this transaction has read or saved, by their ids: worked out once. Empty at
        first; whoever saves an order puts it here."""
        ...

    def order(self, order_id: str) -> Order | None: ...
    def orders_by_reference(self, reference: str) -> list[Order]:
        """The orders with the merchant's own number, which is compared without case: one, or none. Twins that differ in
        case only may be left from before it was."""
        ...

    def order_of_payment(self, payment_id: str) -> Order | None: ...
    def order_of_refund(self, refund_id: str) -> Order | None: ...
    def orders(self, query: OrderQuery) -> list[Order]: ...
    def activities(self, subject: Subject, *, limit: int, before: str | None = None) -> list[Activity]:
        """The newest activities first; before is the activity_id that the page starts after."""
        ...

    def activities_since(self, subject: Subject, version: int) -> list[Activity]:
        """What happened after this version, oldest first."""
        ...

    def coupon(self, code: str) -> Coupon | None:
        """The coupon of this code; codes are compared without case."""
        ...

    def coupons(self, *, text: str | None, active: bool | None, before_id: str | None, limit: int) -> list[Coupon]: ...
    def tax_rate(self, tax_rate_id: str) -> TaxRate | None: ...
    def tax_rates(
        self, *, country: str | None = None, after_id: str | None = None, limit: int | None = None
    ) -> list[TaxRate]:
        """All rates, or those of one country's jurisdictions, oldest first; after_id is the page's cursor."""
        ...

    def tax_rates_at(self, country: str, region: str | None) -> list[TaxRate]:
        """The active rates of the country itself and of this region of it (a region_key), oldest first; postcodes and
        dates are not looked at."""
        ...

    def default_tax_rate(self) -> TaxRate | None: ...
    def asked(self, asked_id: str) -> Asked | None:
        """The transfer or errand with this id."""
        ...

    def transfer(self, transfer_id: str) -> Transfer | None: ...
    def idempotency_record(self, principal: str, key: str) -> IdempotencyRecord | None: ...
    def look_alike_order(self, fingerprint: str, since: datetime) -> str | None:
        """The id of the newest order created with this content since then."""
        ...

    def unsettled(self, principal: str, key: str) -> list[Asked]:
        """The transfers and errands of the command under this key that have no final answer."""
        ...


class Transaction(ReadTransaction, CatalogWrites, GiftCardWrites, CustomerWrites, WebhookWrites, Protocol):
    """One merchant's transaction that may write. All of it is committed, or nothing."""

    def new_id(self, prefix: IdPrefix) -> str: ...

    def add_order(self, order: Order, columns: OrderColumns, facts: Sequence[Fact], by: By, fingerprint: str) -> None:
        """Insert a new order at its version, with its facts in the trail."""
        ...

    def save_order(self, order: Order, columns: OrderColumns, facts: Sequence[Fact], by: By) -> None:
        """Write an order whose version is one more than the stored one's, with its facts in the trail."""
        ...

    def add_facts(
        self, subject: Subject, version: int, facts: Sequence[Fact], by: By, *, order_id: str | None = None
    ) -> None:
        """Write what happened to a subject at its version, with a delivery for every endpoint that listens. order_id is
        the order that the subject is or belongs to, if there is one. Orders do this as they are added and saved."""
        ...

    def add_coupon(self, coupon: Coupon) -> bool:
        """Insert; False when the code is taken."""
        ...

    def save_coupon(self, coupon: Coupon) -> None: ...
    def redeem_coupon(self, coupon_id: str, order_id: str, customer_id: str | None) -> str | None:
        """Count a use by conditional update: None, or which limit is reached ("total" or "customer").

        The customer's uses are counted when the coupon has a limit per customer.
        """
        ...

    def release_coupon(self, coupon_id: str, order_id: str) -> None:
        """Give the order's use back, to the total and to the customer it was counted for."""
        ...

    def add_tax_rate(self, rate: TaxRate) -> None: ...
    def save_tax_rate(self, rate: TaxRate) -> None: ...

    def add_asked(self, asked: Asked) -> None:
        """Write a transfer or an errand down."""
        ...

    def save_asked(self, asked: Asked, *, was: str) -> bool:
        """Compare-and-set: False, and nothing written, when the stored state is no longer `was`."""
        ...

    def lease_asked(self, asked_id: str, until: datetime) -> bool:
        """Take an expired lease on what is unsettled; False when somebody else holds it or it is settled."""
        ...

    def add_idempotency_record(self, record: IdempotencyRecord) -> None: ...
    def answer_idempotency_record(self, principal: str, key: str, answer: dict[str, Any]) -> bool:
        """Keep the answer of an open record: False, and nothing written, when it has one, or there is no such one."""
        ...


@dataclass(frozen=True, slots=True)
class DueWork:
    """A transfer or an errand that nobody is asking for at present."""

    merchant_id: str
    asked_id: str


class Store(Protocol):
    """Where orders live. write runs its function on the one writer, read beside it; both must be pure but for the
    transaction, since the store may run them again. Raises Refused("storage_unavailable") when nothing was written."""

    async def write(self, merchant_id: str, change: Callable[[Transaction], T]) -> T:
        """Run change and commit; answered only after the commit. Any exception rolls its work back and is raised."""
        ...

    async def rehearse(self, merchant_id: str, change: Callable[[Transaction], T]) -> T:
        """Run change like write, and roll all of it back."""
        ...

    async def read(self, merchant_id: str, view: Callable[[ReadTransaction], T]) -> T: ...

    async def due_work(self, limit: int = 100) -> list[DueWork]:
        """Unsettled transfers and errands of every merchant whose lease has run out, oldest first."""
        ...

    async def due_releases(self, limit: int = 100) -> list[DueRelease]:
        """Orders of every merchant whose time to hold stock unpaid has run out, oldest first."""
        ...

    async def due_deliveries(self, slots: Slots) -> list[DueDelivery]:
        """Deliveries of every merchant's enabled endpoints that are due, as many of each endpoint as it has slots."""
        ...


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a processor says of its own accord: the later outcome of a transfer or an errand."""

    notice_id: str
    merchant_id: str
    asked_id: str
    outcome: Outcome


class Processor(PaymentMethods, Protocol):
    """Who moves the money, and keeps the buyers' payment methods. Asking and looking up are safe to repeat."""

    @property
    def name(self) -> str: ...

    def perform(self, transfer: Transfer) -> Awaitable[Outcome]:
        """Ask for the transfer under transfer.key. No exception means an answer; what is uncertain is UNKNOWN."""
        ...

    def find(self, transfer: Transfer) -> Awaitable[Outcome]:
        """What became of a transfer that was asked for: its present outcome, UNKNOWN when that cannot be told."""
        ...

    def notices(self) -> Awaitable[list[Notice]]:
        """Later outcomes that nobody has acknowledged."""
        ...

    def acknowledge(self, notice_ids: Sequence[str]) -> Awaitable[None]: ...


class TaxService(Protocol):
    """Who works taxes out in place of rates, and is told of sales. Every call is safe to repeat."""

    @property
    def name(self) -> str: ...

    def calculate(self, request: TaxRequest) -> Awaitable[TaxQuote]:
        """The taxes of an order, within seconds. Asked outside any transaction.

        Raises Refused: "tax_unavailable" without an answer, "invalid_argument" for what the service cannot tax, such as
        an address that it cannot place.
        """
        ...

    def perform(self, report: TaxReport) -> Awaitable[Outcome]:
        """Tell it of a sale, or take back what the report's statement says: once for report.key, however late.

        As with a processor, no exception means an answer, and what is uncertain is UNKNOWN.
        """
        ...


class Clock(Protocol):
    def now(self) -> datetime:
        """The present, in UTC."""
        ...
