"""Payments, and the transfers that move their money."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Literal, Self

from flint_domain.kernel.callers import Claim
from flint_domain.kernel.subjects import Subject


class TransferKind(StrEnum):
    AUTHORIZE = "authorize"
    CHARGE = "charge"  # authorize and capture in one step
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"


class TransferState(StrEnum):
    PLANNED = "planned"  # written down; its holder is asking the processor
    UNKNOWN = "unknown"  # asked, no certain answer: ask again with the same key
    PENDING = "pending"  # the processor will say later
    REQUIRES_ACTION = "requires_action"  # waits for the buyer
    SUCCEEDED = "succeeded"
    DECLINED = "declined"  # a definite no


UNSETTLED = frozenset(
    {TransferState.PLANNED, TransferState.UNKNOWN, TransferState.PENDING, TransferState.REQUIRES_ACTION}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """A definite no. code and decline_code are the processor's (Stripe's list); retryable says that the same card
    may work later; final says that trying other cards for this buyer would be wrong (stolen, lost, fraud)."""

    code: str
    decline_code: str | None = None
    message: str
    retryable: bool = False
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """What paid: never more than brand, last four digits and expiry of a card. type is card, paypal, gift_card or
    store_credit."""

    type: str
    brand: str | None = None
    last4: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None

    def __str__(self) -> str:
        return " ".join(part for part in (self.brand or self.type, self.last4) if part)


DisputeStatus = Literal["needs_response", "under_review", "won", "lost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A buyer's claim at their bank against a charge, in minor units. due_by is when an answer comes too late.

    refundable says that the charge can be refunded all the same, as during an inquiry before the dispute proper.
    """

    dispute_id: str
    amount: int
    reason: str
    status: DisputeStatus
    due_by: datetime | None = None
    refundable: bool = False

    @property
    def holds_money(self) -> bool:
        """Whether the bank decides, or has decided against us, about the charge's money."""
        return self.status != "won" and not self.refundable


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a processor answered. reference is its own id for the payment or refund; dispute comes with a charge that
    was disputed later; customer_reference is the processor's id of the customer that a method was attached to; reported
    is the tax that a tax service has on file for a sale, in minor units, where it had to work it out again."""

    state: TransferState
    reference: str | None = None
    tender: Tender | None = None
    decline: Decline | None = None
    action_url: str | None = None
    dispute: Dispute | None = None
    customer_reference: str | None = None
    reported: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOnce(ABC):
    """What a transfer and an errand have in common: another party is asked for it once. It is written down before that,
    and never deleted.

    order_id and customer_id are those that it concerns: whoever forgets one of them finds it by them. processor is the
    party that is asked, or whose books the money is in. key is what makes asking twice safe; leased_until says until
    when its holder alone may ask. idempotency_key is that of the command that it belongs to, and principal whose key it
    is.
    """

    merchant_id: str
    order_id: str | None
    customer_id: str | None
    kind: str
    attempt: int = 1
    state: TransferState = TransferState.PLANNED
    reference: str | None = None
    decline: Decline | None = None
    action_url: str | None = None
    idempotency_key: str | None = None
    principal: str = "local"
    processor: str = "simulated"
    leased_until: datetime
    created_at: datetime
    updated_at: datetime

    @property
    @abstractmethod
    def asked_id(self) -> str:
        """The transfer's or errand's id: no two have the same."""

    @property
    def claim(self) -> Claim | None:
        """The idempotency key of the command that planned it, and whose it is."""
        return None if self.idempotency_key is None else Claim(self.principal, self.idempotency_key)

    def claimed(self, claim: Claim) -> Self:
        """The same under a command's idempotency key."""
        return replace(self, idempotency_key=claim.key, principal=claim.principal)

    @property
    def key(self) -> str:
        """The other party's idempotency key: the same for every repetition of this attempt."""
        return f"{self.asked_id}:{self.kind}:{self.attempt}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer(AskedOnce):
    """One movement of an order's money.

    amount is in minor units. source is the token or saved method of a charge; a saved method belongs to customer_id,
    whom the processor knows as customer_reference, and off_session says that no buyer is there to approve the charge.
    payment_reference is the processor's id of the payment that is captured, voided or refunded. account is the gift
    card or store credit that the money moves to or from, in Flint's own books and without a processor.
    """

    transfer_id: str
    kind: TransferKind
    order_id: str
    customer_id: str | None = None
    payment_id: str
    refund_id: str | None = None
    amount: int
    currency: str
    source: str | None = None
    account: str | None = None
    customer_reference: str | None = None
    off_session: bool = False
    payment_reference: str | None = None
    buyer_email: str | None = None
    reason: str | None = None

    @property
    def asked_id(self) -> str:
        return self.transfer_id

    @property
    def in_books_of_a_processor(self) -> bool:
        """Whether the money moves at a processor, and not in Flint's own books."""
        return self.account is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand(AskedOnce):
    """Something that another party does once and that moves no money: what it is about is its subject.

    Every context declares its own errands, with what they need besides. account_id is the gift card or store credit
    that it concerns.
    """

    errand_id: str
    subject: Subject
    account_id: str | None = None

    @property
    def asked_id(self) -> str:
        return self.errand_id


Asked = Transfer | Errand


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A transfer of a payment that has no final answer yet; it reserves its amount."""

    transfer_id: str
    kind: TransferKind
    amount: int
    state: TransferState = TransferState.PLANNED
    action_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One try to pay an order with one source, in minor units of the order's currency.

    authorized is what is held now and not captured; captured is never lowered. step is the charge, authorization or
    capture that is still open, voiding the void beside it. capture_after says that a group of tenders captures it once
    every tender is authorized. next_sources are the tokens to try when this one is declined. elsewhere says that the
    money was taken before Flint knew the order: it counts as paid, no transfer brought it in, and no processor of
    Flint's can give it back.
    """

    payment_id: str
    source: str
    amount: int
    authorized: int = 0
    captured: int = 0
    tender: Tender | None = None
    reference: str | None = None
    step: Step | None = None
    voiding: Step | None = None
    voided: bool = False
    decline: Decline | None = None
    dispute: Dispute | None = None
    capture_later: bool = False
    group: "TenderGroup | None" = None
    next_sources: tuple[str, ...] = ()
    elsewhere: bool = False
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderGroup:
    """Tenders that pay together: all are authorized before any is captured."""

    group_id: str
    keep_partial: bool = False
    capture_later: bool = False


@dataclass(frozen=True, slots=True)
class Tendered:
    """One of the caller's tenders: which source pays how much (minor units)."""

    source: str
    amount: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where an order's money stands, in minor units.

    paid is captured and never lowered by refunds; a payment that another method took over counts once. refunded counts
    succeeded and pending refunds. outstanding is total - paid; what an amended order cost more before, and has given
    back, is not counted as paid for this. overpaid is what should have gone back and has not: a refund of a difference
    failed. in_flight is reserved by charges without an answer; refundable leaves out what a dispute holds, and what was
    taken elsewhere: that is elsewhere, as far as it has not gone to a gift card or store credit.
    """

    authorized: int
    paid: int
    refunded: int
    pending_refund: int
    outstanding: int
    overpaid: int
    refundable: int
    in_flight: int
    elsewhere: int = 0
