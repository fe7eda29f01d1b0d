"""Customers and their saved payment methods, as frozen values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from flint_domain.kernel.addresses import Address
from flint_domain.order.payments.model import Decline, Tender

MethodState = Literal["attaching", "active", "detaching", "removed", "refused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """A method saved at the processor: of a card only brand, last four digits and expiry are ever kept here.

    reference and customer_reference are the ids of the method and of its customer at the processor, which is named.
    source is the token it was attached from (single use); action_url is where the buyer confirms the attaching.
    wanted_as_default says that it becomes the default once it is active.
    """

    method_id: str
    processor: str = "simulated"
    state: MethodState = "attaching"
    source: str
    tender: Tender | None = None
    reference: str | None = None
    customer_reference: str | None = None
    decline: Decline | None = None
    action_url: str | None = None
    wanted_as_default: bool = False
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A buyer. The first of emails, phones and addresses is the default.

    reference is the merchant's own id for them. merged_into names the customer that took this one over, to whom all
    that it had has moved; merged_ids are the ids of those it took over itself, and their references where it has
    another one. erased_at says that the person asked to be forgotten: only ids and dates stay.
    """

    customer_id: str
    merchant_id: str
    version: int
    reference: str | None = None
    name: str | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    addresses: tuple[Address, ...] = ()
    note: str | None = None
    metadata: dict[str, str] = field(default_factory=dict[str, str])
    tax_exempt: bool = False
    tax_id: str | None = None
    methods: tuple[PaymentMethod, ...] = ()
    default_method: str | None = None
    merged_into: str | None = None
    merged_ids: tuple[str, ...] = ()
    erased_at: datetime | None = None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one save gives. None leaves a field as it is, an empty text removes it; a list replaces what is there.

    metadata sets its keys; one whose value is None or empty is removed.
    """

    name: str | None = None
    emails: tuple[str, ...] | None = None
    phones: tuple[str, ...] | None = None
    addresses: tuple[Address, ...] | None = None
    reference: str | None = None
    note: str | None = None
    metadata: dict[str, str | None] | None = None
    tax_exempt: bool | None = None
    tax_id: str | None = None
    default_method: str | None = None
