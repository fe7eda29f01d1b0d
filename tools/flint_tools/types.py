"""What callers may give: strict argument types whose errors say what to send instead."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, Strict, WithJsonSchema
from pydantic.alias_generators import to_camel

from flint_domain.kernel.references import MAX_REFERENCE
from flint_domain.kernel.text import CONTACT, IDENTIFIER, KEY, NAME, NOTE, SEARCH
from flint_tools.checks import (
    clearable_category,
    clearable_timestamp,
    composed,
    coupon_code,
    cursor,
    email,
    id_of,
    idempotency_key,
    kept,
    metadata,
    removals,
    source,
    timestamp,
    whole,
    without_card,
    without_nulls,
)

MAX_NUMBER = 1_000_000_000  # of versions, uses and the like: more than any shop has, and exact in every reader of JSON
MAX_NAME = 250
MAX_NOTE = 2_000
MAX_REASON = 200
MAX_EMAIL = 320  # characters, RFC 3696

T = TypeVar("T")

Items = Annotated[tuple[T, ...], Strict(strict=False), Field(fail_fast=True)]
"""A JSON array, kept as a tuple; its items are as strict as everything else, and none is read after a wrong one."""


class Input(BaseModel):
    """An object of the caller's: camelCase keys, nothing coerced, nothing unknown."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=False,
        extra="forbid",
        strict=True,
        frozen=True,
        validate_default=False,
        defer_build=True,
    )


Whole = Annotated[int, BeforeValidator(whole)]
"""An integer. Never for money, where 500.0 may mean two amounts (see amounts)."""

Natural = Annotated[int, Field(ge=0, le=MAX_NUMBER), BeforeValidator(whole)]
Positive = Annotated[int, Field(ge=1, le=MAX_NUMBER), BeforeValidator(whole)]


Timestamp = Annotated[datetime, BeforeValidator(timestamp), WithJsonSchema({"type": "string"})]
"""A moment, ISO 8601 with its time zone."""


ClearableTimestamp = Annotated[
    datetime | Literal[""], BeforeValidator(clearable_timestamp), WithJsonSchema({"type": "string"})
]
"""A moment; the empty string removes it."""


@dataclass(frozen=True, slots=True)
class Spelled:
    """A text that is taken in one spelling only, so that nobody's words and no card number fit in."""

    spelling: str


# Each text says beside its bounds by which rule it is taken; a test knows every text that has none.
Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), NAME, AfterValidator(kept(NAME))]
Note = Annotated[str, Field(max_length=MAX_NOTE), NOTE, AfterValidator(kept(NOTE))]
SearchText = Annotated[str, Field(min_length=1, max_length=MAX_NAME), SEARCH, AfterValidator(kept(SEARCH))]

Reason = Annotated[str, Field(min_length=1, max_length=MAX_REASON), NAME, AfterValidator(kept(NAME))]
"""Why, in a few words of one line."""

ClearableNote = Annotated[str, Field(max_length=MAX_NOTE), NOTE, AfterValidator(kept(NOTE, clearable=True))]
"""A note; the empty string removes it."""

ClearableName = Annotated[str, Field(max_length=MAX_NAME), NAME, AfterValidator(kept(NAME, clearable=True))]
"""A name; the empty string removes it."""

Contact = Annotated[str, Field(min_length=1, max_length=MAX_NAME), CONTACT, AfterValidator(kept(CONTACT))]
"""A phone number or a postcode."""

Identifier = Annotated[str, Field(min_length=1, max_length=MAX_NAME), IDENTIFIER, AfterValidator(kept(IDENTIFIER))]
"""What somebody else calls something: a tracking number, a payment. It may be long digits."""

ClearableIdentifier = Annotated[
    str, Field(max_length=MAX_NAME), IDENTIFIER, AfterValidator(kept(IDENTIFIER, clearable=True))
]
"""An identifier, such as a tax id; the empty string removes it."""


Uncarded = AfterValidator(without_card)
"""For what is spelled so strictly already that only a card number in groups is left to refuse."""


Reference = Annotated[
    str,
    Field(min_length=1, max_length=MAX_REFERENCE),
    KEY,
    AfterValidator(kept(KEY)),
    AfterValidator(composed),
]
"""A name of the merchant's own, such as a SKU or an order's number. It is compared without case."""

ClearableReference = Annotated[
    str,
    Field(max_length=MAX_REFERENCE),
    KEY,
    AfterValidator(kept(KEY, clearable=True)),
    AfterValidator(composed),
]
"""A reference; the empty string removes it."""

ClearableCategory = Annotated[str, KEY, AfterValidator(clearable_category), Uncarded]
"""A tax category, matched letter by letter; the empty string removes it."""

OrderId = Annotated[str, Spelled("an id"), AfterValidator(id_of("ord"))]
LineItemId = Annotated[str, Spelled("an id"), AfterValidator(id_of("li"))]
ChargeId = Annotated[str, Spelled("an id"), AfterValidator(id_of("chg"))]
PaymentId = Annotated[str, Spelled("an id"), AfterValidator(id_of("pi"))]
FulfillmentId = Annotated[str, Spelled("an id"), AfterValidator(id_of("ful"))]
RefundId = Annotated[str, Spelled("an id"), AfterValidator(id_of("ref"))]
CustomerId = Annotated[str, Spelled("an id"), AfterValidator(id_of("cus"))]
PaymentMethodId = Annotated[str, Spelled("an id"), AfterValidator(id_of("pm"))]
VariantId = Annotated[str, Spelled("an id"), AfterValidator(id_of("var"))]
TaxRateId = Annotated[str, Spelled("an id"), AfterValidator(id_of("txr"))]
EndpointId = Annotated[str, Spelled("an id"), AfterValidator(id_of("wh"))]
DeliveryId = Annotated[str, Spelled("an id"), AfterValidator(id_of("whd"))]

Source = Annotated[str, Spelled("a token"), AfterValidator(source)]
"""A token (tok_…) or a saved payment method (pm_…); never a card number."""

REFUND_TO = "default: what paid; or store_credit, gift_ id, pi_ id"  # one wording wherever money may go elsewhere

Email = Annotated[str, Field(max_length=MAX_EMAIL), NAME, AfterValidator(kept(NAME)), AfterValidator(email)]

IdempotencyKey = Annotated[str, KEY, AfterValidator(idempotency_key), Uncarded]

Cursor = Annotated[str, Spelled("a cursor"), AfterValidator(cursor)]
"""Where a page ended, as nextCursor said it."""

CouponCode = Annotated[str, KEY, AfterValidator(coupon_code), Uncarded]

Metadata = Annotated[dict[str, str], NOTE, BeforeValidator(without_nulls), AfterValidator(metadata)]
MetadataChange = Annotated[dict[str, str | None], NOTE, AfterValidator(metadata), AfterValidator(removals)]
"""Keys to set; an empty string removes one, as does null, which the published type does not have."""
