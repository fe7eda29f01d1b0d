"""What is wrong with a value that a caller gave, in words that an agent can act on: the checks behind the types."""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

from pydantic_core import PydanticCustomError

from flint_domain.gift_cards.codes import tidied
from flint_domain.kernel.cards import FEWEST_DIGITS, card_numbers, holds_card_number
from flint_domain.kernel.errors import quoted
from flint_domain.kernel.ids import IdPrefix, is_id
from flint_domain.kernel.paging import bad_cursor
from flint_domain.kernel.text import IDENTIFIER, NAME, NOTE, TextRule, Unfit, card_refused, written

MAX_TIME = 64  # characters; ISO 8601 to the microsecond has 32
MAX_SOURCE = 250  # characters; a token has far fewer, and what is longer is not looked at
MAX_METADATA_KEY = 40  # as at Stripe
MAX_METADATA_VALUE = 500

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

FINDERS: dict[str, str] = {
    "ord": "search_orders (your own number, names, items)",
    "li": "get_order",
    "chg": "get_order",
    "ful": "get_order",
    "pi": "get_order",
    "ref": "get_order",
    "cus": "search_customers",
    "pm": "get_customer",
    "var": "search_items",
    "txr": "list_tax_rates",
    "wh": "list_webhook_endpoints",
    "whd": "list_webhook_deliveries",
}
"""What shows the id of a kind of thing to whoever has only its name."""


def wrong(
    message: str,
    hint: str,
    code: str = "invalid_argument",
    *,
    param: str | None = None,
    within: str | None = None,
    joint: str | None = None,
) -> PydanticCustomError:
    """A validation error that already speaks to the agent: what is wrong, and what to send instead.

    param names the argument where the error is not one argument's own, as when two exclude each other; within is the
    key of an open map whose value is wrong. joint leads over from the message to the argument ("at character 3", "of
    name"), which is set in brackets behind it otherwise.
    """
    context = {"message": message, "hint": hint, "code": code, "param": param, "within": within, "joint": joint}
    return PydanticCustomError("flint", "{message}", context)


_LONG_NUMBER = 1 << 128  # Python refuses to print integers of thousands of digits


def shown(value: object) -> str:
    """A wrong value as a message may show it: short, and in quotes when it is text. Numbers of so many digits that a
    card may have them are not repeated."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case str():
            return quoted(value, 40)
        case int() if abs(value) >= _LONG_NUMBER:
            return "a very long number"
        case int() | float():
            digits = sum(character.isdigit() for character in str(value))
            return str(value) if digits < FEWEST_DIGITS else f"a number of {digits} digits"
        case list() | tuple():
            return "an array"
        case _:
            return "an object"


def unfit_argument(unfit: Unfit, within: str | None = None) -> PydanticCustomError:
    """A text that is not taken, as an argument's error; within is its key where it stands in an open map."""
    joint = None if unfit.at is None else " of "
    return wrong(unfit.said, unfit.hint, within=within, joint=joint)


def whole(value: Any) -> Any:
    """2.0 is an integer, as JSON Schema has it; anything else is judged as it came."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def timestamp(value: Any) -> datetime:
    example = 'send ISO 8601 with a time zone, such as "2026-12-31T23:59:59Z"'
    if not isinstance(value, str):
        raise wrong(f"A time is a string, not {shown(value)}.", example)
    try:
        parsed = datetime.fromisoformat(value[: MAX_TIME + 1])
    except ValueError:
        raise wrong(f"{shown(value)} is not a time.", example) from None
    if parsed.tzinfo is None:
        raise wrong(f"The time {shown(value)} has no time zone.", example)
    try:
        return parsed.astimezone(UTC)
    except OverflowError:  # "9999-12-31T23:59:59-05:00"
        raise wrong(f"In UTC the time {shown(value)} is outside the years 1 to 9999.", example) from None


def clearable_timestamp(value: Any) -> datetime | str:
    return "" if value == "" else timestamp(value)


def kept(rule: TextRule, *, clearable: bool = False) -> Callable[[str], str]:
    """What a rule keeps of a text; a clearable one may be empty, which takes away what there is."""

    def check(value: str) -> str:
        try:
            return value if clearable and not value else written(value, rule)
        except Unfit as unfit:
            raise unfit_argument(unfit) from None

    return check


def without_card(value: str) -> str:
    if card_numbers(value, IDENTIFIER.cards):
        raise unfit_argument(card_refused(IDENTIFIER.cards))
    return value


def composed(value: str) -> str:
    """Letters with accents in one form: keyboards and systems write them as one character or as two."""
    return unicodedata.normalize("NFC", value)


_CATEGORY = re.compile(r"[A-Za-z0-9_.\-]{1,64}\Z")


def clearable_category(value: str) -> str:
    if value and not _CATEGORY.match(value):
        raise wrong(f"{quoted(value, 40)} is not a tax category.", "use 1 to 64 letters, digits, '_', '-' or '.'")
    return value


def id_of(prefix: IdPrefix) -> Callable[[str], str]:
    def check(value: str) -> str:
        if is_id(value, prefix):
            return value
        head = value.partition("_")[0]
        given = f"is {KINDS[head]}'s id" if head in KINDS and head != prefix else "is not an id as Flint makes them"
        finder = f", or find it with {FINDERS[prefix]}" if prefix in FINDERS else ""
        raise wrong(
            f"{quoted(value, 40)} {given}; {KINDS[prefix]}'s begins with {prefix}_.",
            f"copy the id from a former answer{finder}",
        )

    return check


_SOURCE = re.compile(r"[A-Za-z0-9_.\-]{3,128}\Z")


def source(given: str) -> str:
    value = tidied(given) if len(given) <= MAX_SOURCE else given
    may_be_card = len(value) <= MAX_SOURCE and holds_card_number(value)
    if may_be_card and not is_id(value, "pm"):  # an id may have as many digits by chance
        raise wrong(
            "This looks like a card number; card data must not be sent here.",
            "send a token that the processor made from the card (tok_…)",
        )
    if not _SOURCE.match(value):
        raise wrong(
            "This is not a payment source.",
            "send a token (tok_…), a saved method (pm_…), the 16 characters of a gift card's code, or store_credit",
        )
    return value


_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{1,63}\Z")


def email(value: str) -> str:
    if not _EMAIL.match(value):
        raise wrong("This is not an e-mail address.", "send one address, such as buyer@example.com")
    return value


_KEY = re.compile(r"[\x21-\x7e]{1,255}\Z")


def idempotency_key(value: str) -> str:
    if not _KEY.match(value):
        raise wrong("This is not an idempotency key.", "use 1 to 255 visible ASCII characters without spaces")
    return value


MAX_CURSOR = 500  # characters


def cursor(value: str) -> str:
    if len(value) > MAX_CURSOR:
        refused = bad_cursor()
        raise wrong(refused.message, refused.hint)
    return value


_CODE = re.compile(r"[A-Za-z0-9_\-]{1,64}\Z")


def coupon_code(given: str) -> str:
    value = given.strip()
    if not _CODE.match(value):
        raise wrong(f"{quoted(value, 40)} is not a coupon code.", "codes have 1 to 64 letters, digits, '_' or '-'")
    return value


def metadata(value: dict[str, Any]) -> dict[str, Any]:
    return {_metadata_key(key): _metadata_value(key, item) for key, item in value.items()}


def _metadata_key(key: str) -> str:
    if not 1 <= len(key) <= MAX_METADATA_KEY:
        raise wrong("A metadata key is empty or too long.", f"use 1 to {MAX_METADATA_KEY} characters")
    try:
        return written(key, NAME)
    except Unfit as unfit:
        raise unfit_argument(unfit, within=key) from None


def _metadata_value(key: str, item: str | None) -> str | None:
    if not item:
        return item
    if len(item) > MAX_METADATA_VALUE:
        raise wrong("A metadata value is too long.", f"use at most {MAX_METADATA_VALUE} characters", within=key)
    try:
        return written(item, NOTE)
    except Unfit as unfit:
        raise unfit_argument(unfit, within=key) from None


def without_nulls(value: Any) -> Any:
    """An open map without the keys that were given no value."""
    if not isinstance(value, dict):
        return value
    return {key: item for key, item in cast("dict[Any, Any]", value).items() if item is not None}


def removals(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item or None for key, item in value.items()}
