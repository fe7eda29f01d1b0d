"""What callers may give: strict argument types whose errors say what to send instead."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Strict,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from flint_domain.kernel.cards import holds_card_number
from flint_domain.kernel.errors import quoted
from flint_domain.kernel.ids import REFERENCE_PATTERN, IdPrefix, is_id

MAX_NAME = 250
MAX_NOTE = 2_000
MAX_REASON = 200
MAX_METADATA_KEY = 40  # as at Stripe
MAX_METADATA_VALUE = 500

T = TypeVar("T")

Items = Annotated[tuple[T, ...], Strict(strict=False)]
"""A JSON array, kept as a tuple; its items are as strict as everything else."""

KINDS: dict[str, str] = {
    "ord": "an order",
    "li": "a line item",
    "chg": "a charge",
    "ful": "a fulfillment",
    "ret": "a return",
    "cus": "a customer",
    "pm": "a payment method",
    "gift": "a gift card",
    "crd": "a store credit",
    "item": "an item",
    "var": "a variant",
    "pi": "a payment",
    "ref": "a refund",
    "cpn": "a coupon",
    "txr": "a tax rate",
    "evt": "an activity",
    "wh": "a webhook endpoint",
    "whd": "a webhook delivery",
}


def wrong(message: str, hint: str, code: str = "invalid_argument", *, param: str | None = None) -> PydanticCustomError:
    """A validation error that already speaks to the agent: what is wrong, and what to send instead.

    param names the argument where the error is not one argument's own, as when two exclude each other.
    """
    return PydanticCustomError("flint", "{message}", {"message": message, "hint": hint, "code": code, "param": param})


_LONG_NUMBER = 1 << 128  # Python refuses to print integers of thousands of digits


def shown(value: object) -> str:
    """A wrong value as a message may show it: short, and in quotes when it is text."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case str():
            return quoted(value, 40)
        case int():
            return str(value)[:40] if abs(value) < _LONG_NUMBER else "a very long number"
        case float():
            return str(value)[:40]
        case list() | tuple():
            return "an array"
        case _:
            return "an object"


class Input(BaseModel):
    """An object of the caller's: camelCase keys, nothing coerced, nothing unknown."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=False,
        extra="forbid",
        strict=True,
        frozen=True,
        validate_default=False,
    )


def whole(value: Any) -> Any:
    """2.0 is an integer, as JSON Schema has it; anything else is judged as it came."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(whole)]
"""An integer. Never for money, where 500.0 may mean two amounts (see amounts)."""

Natural = Annotated[int, Field(ge=0), BeforeValidator(whole)]
Positive = Annotated[int, Field(ge=1), BeforeValidator(whole)]


def _timestamp(value: Any) -> datetime:
    example = 'send ISO 8601 with a time zone, such as "2026-12-31T23:59:59Z"'
    if not isinstance(value, str):
        raise wrong(f"A time is a string, not {shown(value)}.", example)
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise wrong(f"{shown(value)} is not a time.", example) from None
    if parsed.tzinfo is None:
        raise wrong(f"The time {shown(value)} has no time zone.", example)
    return parsed.astimezone(UTC)


Timestamp = Annotated[datetime, BeforeValidator(_timestamp), WithJsonSchema({"type": "string"})]
"""A moment, ISO 8601 with its time zone."""


def _clearable_timestamp(value: Any) -> datetime | str:
    return "" if value == "" else _timestamp(value)


ClearableTimestamp = Annotated[
    datetime | Literal[""], BeforeValidator(_clearable_timestamp), WithJsonSchema({"type": "string"})
]
"""A moment; the empty string removes it."""


def _printable(extra: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if any(not (character.isprintable() or character in extra) for character in _visible(value)):
            raise wrong("The text has control characters.", "send plain text without control characters")
        if not value.strip():
            raise wrong("The text is blank.", "send some words")
        return value

    return check


_JOINERS = {"\u200c", "\u200d", "\ufe0f"}  # hold emoji and some scripts' letters together


def _visible(value: str) -> str:
    return "".join(character for character in value if character not in _JOINERS)


def plain(value: str) -> bool:
    """Whether text has something to read and no control characters."""
    return bool(value.strip()) and _visible(value).isprintable()


Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_printable(""))]
Note = Annotated[str, Field(max_length=MAX_NOTE), AfterValidator(_printable("\n\t"))]
Reason = Annotated[str, Field(min_length=1, max_length=MAX_REASON), AfterValidator(_printable(""))]
"""Why, in a few words of one line."""
SearchText = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_printable(""))]


def _clearable_note(value: str) -> str:
    return _printable("\n\t")(value) if value else value


ClearableNote = Annotated[str, Field(max_length=MAX_NOTE), AfterValidator(_clearable_note)]
"""A note; the empty string removes it."""


def _clearable_name(value: str) -> str:
    return _printable("")(value) if value else value


ClearableName = Annotated[str, Field(max_length=MAX_NAME), AfterValidator(_clearable_name)]
"""A name; the empty string removes it."""

_REFERENCE = re.compile(REFERENCE_PATTERN)


def _reference(value: str) -> str:
    if not _REFERENCE.match(value):
        raise wrong(f"{quoted(value, 40)} is not a reference.", "use 1 to 64 letters, digits, '_', '-' or '.'")
    return value


def _clearable_reference(value: str) -> str:
    return _reference(value) if value else value


Reference = Annotated[str, AfterValidator(_reference)]
"""A reference of the merchant's own: 1 to 64 letters, digits, '_', '-' or '.'."""

ClearableReference = Annotated[str, AfterValidator(_clearable_reference)]
"""A reference; the empty string removes it."""


def _id_check(prefix: IdPrefix) -> Callable[[str], str]:
    def check(value: str) -> str:
        if is_id(value, prefix):
            return value
        head = value.partition("_")[0]
        given = f"is {KINDS[head]}'s id" if head in KINDS and head != prefix else "is not an id as Flint makes them"
        raise wrong(
            f"{quoted(value, 40)} {given}; {KINDS[prefix]}'s begins with {prefix}_.", "copy the id from a former answer"
        )

    return check


OrderId = Annotated[str, AfterValidator(_id_check("ord"))]
LineItemId = Annotated[str, AfterValidator(_id_check("li"))]
ChargeId = Annotated[str, AfterValidator(_id_check("chg"))]
PaymentId = Annotated[str, AfterValidator(_id_check("pi"))]
FulfillmentId = Annotated[str, AfterValidator(_id_check("ful"))]
RefundId = Annotated[str, AfterValidator(_id_check("ref"))]
CustomerId = Annotated[str, AfterValidator(_id_check("cus"))]
PaymentMethodId = Annotated[str, AfterValidator(_id_check("pm"))]
VariantId = Annotated[str, AfterValidator(_id_check("var"))]
TaxRateId = Annotated[str, AfterValidator(_id_check("txr"))]
EndpointId = Annotated[str, AfterValidator(_id_check("wh"))]
DeliveryId = Annotated[str, AfterValidator(_id_check("whd"))]

_SOURCE = re.compile(r"[A-Za-z0-9_.\-]{3,128}\Z")


def _source(value: str) -> str:
    if holds_card_number(value) and not is_id(value, "pm"):  # an id may have as many digits by chance
        raise wrong(
            "This looks like a card number; card data must not be sent here.",
            "send a token that Stripe made from the card, such as tok_visa for trying out",
        )
    if not _SOURCE.match(value):
        raise wrong("This is not a payment source.", "send a token (tok_…) or a saved method (pm_…)")
    return value


Source = Annotated[str, AfterValidator(_source)]
"""A token (tok_…) or a saved payment method (pm_…); never a card number."""

_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{1,63}\Z")


def _email(value: str) -> str:
    if not value.isprintable() or not _EMAIL.match(value):
        raise wrong("This is not an e-mail address.", "send one address, such as buyer@example.com")
    return value


Email = Annotated[str, AfterValidator(_email)]

_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")


def _key(value: str) -> str:
    if not _KEY.match(value):
        raise wrong("This is not an idempotency key.", "use 1 to 255 visible ASCII characters without spaces")
    return value


IdempotencyKey = Annotated[str, AfterValidator(_key)]

_CODE = re.compile(r"[A-Za-z0-9_\-]{1,64}\Z")


def _coupon_code(value: str) -> str:
    if not _CODE.match(value):
        raise wrong(f"{quoted(value, 40)} is not a coupon code.", "codes have 1 to 64 letters, digits, '_' or '-'")
    return value


CouponCode = Annotated[str, AfterValidator(_coupon_code)]


def _metadata(value: dict[str, Any]) -> dict[str, Any]:
    for key, item in value.items():
        if not 1 <= len(key) <= MAX_METADATA_KEY or not key.isprintable():
            raise wrong(
                "A metadata key is empty, too long or not printable.", f"use 1 to {MAX_METADATA_KEY} characters"
            )
        if item is not None and len(item) > MAX_METADATA_VALUE:
            raise wrong("A metadata value is too long.", f"use at most {MAX_METADATA_VALUE} characters")
        if item is not None and any(not (c.isprintable() or c in "\n\t") for c in _visible(item)):
            raise wrong("A metadata value has control characters.", "send plain text without control characters")
    return value


def without_nulls(value: Any) -> Any:
    """An open map without the keys that were given no value."""
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in cast("dict[Any, Any]", value).items() if item is not None}


def _removals(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item or None for key, item in value.items()}


Metadata = Annotated[dict[str, str], BeforeValidator(without_nulls), AfterValidator(_metadata)]
MetadataChange = Annotated[dict[str, str | None], AfterValidator(_metadata), AfterValidator(_removals)]
"""Keys to set; an empty string removes one, as does null, which the published type does not have."""
