"""What was handed over: which units of which lines, and where they are."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

FulfillmentState = Literal["FULFILLED", "DELIVERED", "CANCELED"]
FulfillmentStatus = Literal["NOT_NEEDED", "UNFULFILLED", "PARTIALLY_FULFILLED", "FULFILLED", "DELIVERED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfilledLine:
    """Units of a line in one fulfillment."""

    line_id: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fulfillment:
    """One parcel, or one handing over. A canceled one never left, or came back unopened: its units are unfulfilled."""

    fulfillment_id: str
    lines: tuple[FulfilledLine, ...]
    state: FulfillmentState = "FULFILLED"
    carrier: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    fulfilled_at: datetime
    delivered_at: datetime | None = None
    canceled_at: datetime | None = None
