"""Gift cards and store credit, as frozen values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

LEDGER = "flint"  # the books that gift cards and store credit are kept in, where a processor's name stands otherwise

AccountKind = Literal["gift_card", "store_credit"]

EntryKind = Literal[
    "issued",  # put on it
    "held",  # set aside for an authorized payment
    "released",  # a hold that ended, in whole; what was captured of it is spent
    "spent",
    "refunded",  # came back from an order, whatever had paid it
    "adjusted",  # by a person
    "merged",  # from one customer's store credit to another's
    "switched_off",  # these move nothing
    "switched_on",
    "expiry_set",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Money kept for a buyer, in minor units of one currency: a gift card, or a customer's store credit.

    balance is the sum of its entries and is what can be spent: held money is not in it any more. last4 are a gift
    card's code's, whose rest is not kept. Store credit belongs to a customer and does not expire. merged_into names the
    store credit that took this one over.
    """

    account_id: str
    merchant_id: str
    version: int
    kind: AccountKind
    currency: str
    balance: int = 0
    last4: str | None = None
    customer_id: str | None = None
    active: bool = True
    expires_at: datetime | None = None
    note: str | None = None
    merged_into: str | None = None
    created_at: datetime
    updated_at: datetime

    def __str__(self) -> str:
        return "store credit" if self.last4 is None else f"gift card ending {self.last4}"

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and now >= self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of an account's ledger: amount (minor units) is above zero for what came in, and balance is what the
    account held after it. counterpart is the other account of a merge. Entries are never changed."""

    entry_id: str
    account_id: str
    kind: EntryKind
    amount: int
    balance: int = 0
    transfer_id: str | None = None
    payment_id: str | None = None
    order_id: str | None = None
    counterpart: str | None = None
    actor: str
    note: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """What an authorized payment has set aside, and on which account."""

    account_id: str
    amount: int
