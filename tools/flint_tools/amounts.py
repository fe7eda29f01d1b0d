"""Amounts that callers may give: money, quantities and percentages, none of them a float."""

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from flint_domain.kernel.money import MAX_AMOUNT, exponent, format_money
from flint_domain.kernel.wire import Json
from flint_domain.order.inputs import Amount
from flint_tools.checks import shown, whole, wrong
from flint_tools.types import Input, Spelled

MAX_QUANTITY = 1_000_000
MAX_COUNT = 100_000_000  # units in stock
QUANTITY_PLACES = 4
PERCENT_PLACES = 4


def _without_required(schema: dict[str, Any]) -> None:
    """Money stands in a schema twenty times: what its name says already is left out, and enforced all the same."""
    schema.pop("required", None)


class MoneyInput(Input):
    """Integer minor units, and a currency that may be left to the order."""

    model_config = ConfigDict(json_schema_extra=_without_required)

    amount: int = Field(ge=0)
    currency: Annotated[str, Spelled("a currency")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _speak_of_money(cls, value: Any) -> Any:
        check_money(value)
        return value

    def price(self) -> Amount:
        return Amount(amount=self.amount, currency=self.currency)


def _of_the_order(schema: dict[str, Any]) -> None:
    _without_required(schema)
    schema["properties"].pop("currency")


class OrderMoneyInput(MoneyInput):
    """An amount of an order, whose currency is known. Naming it is allowed, and refused when it is another one; what a
    model reads leaves it out, as it would stand there a dozen times."""

    model_config = ConfigDict(json_schema_extra=_of_the_order)


def check_money(value: Json) -> None:
    """Raise what is wrong with an amount, in terms of money."""
    example = '{"amount": 2900, "currency": "USD"} is 29.00 USD'
    if not isinstance(value, dict):
        raise wrong(
            f"Money is an object with amount and currency, not {shown(value)}.",
            f"send minor units: {example}",
            "invalid_money",
        )
    amount, currency = value.get("amount"), value.get("currency")
    if currency is not None:
        check_currency(currency)
    if isinstance(amount, float) and not amount < 0:
        raise wrong(*_minor_units(amount, None if currency is None else str(currency)), "invalid_money")
    if amount is None:
        raise wrong("Money without an amount.", f"send minor units: {example}", "invalid_money")
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise wrong(
            f"amount {shown(amount)} is not an integer.", f"send minor units as a number: {example}", "invalid_money"
        )
    if amount < 0:
        raise wrong(
            f"amount {shown(amount)} is below zero.",
            "amounts are zero or more; refunds and discounts take away",
            "invalid_money",
        )
    if amount > MAX_AMOUNT:
        most = format_money(MAX_AMOUNT, str(currency or "USD"))
        raise wrong(f"amount {shown(amount)} is too large.", f"the largest amount is {most}", "invalid_money")


def check_currency(currency: object) -> None:
    """Raise unless this is a currency of ISO 4217 with a minor unit, in capital letters."""
    if not isinstance(currency, str) or not _is_currency(currency):
        capitals = currency.upper() if isinstance(currency, str) and _is_currency(currency.upper()) else None
        raise wrong(
            f"The currency {shown(currency)} is not an ISO 4217 code.",
            f'send "{capitals}"' if capitals else 'use three capital letters, such as "EUR" for euros',
            "invalid_money",
        )


def _is_currency(code: str) -> bool:
    try:
        exponent(code)
    except ValueError:
        return False
    return True


def _minor_units(amount: float, named: str | None) -> tuple[str, str]:
    """What is wrong with an amount that has a point, and what is right: 500.0 may mean 5.00 or 500.00.

    Where no currency is named, it is the order's, which nobody knows here: that of yen has no cents.
    """
    currency = named or "USD"
    said = f"amount {shown(amount)} is a decimal number, not an integer."
    if not abs(amount) <= MAX_AMOUNT:  # nor is NaN
        return said, "amount is in minor units: 29.00 USD is 2900"
    given, places = Decimal(str(amount)), exponent(currency)
    minor = given.scaleb(places)
    if minor % 1:
        return said, f"amount is in minor units, and {currency} has {places} decimal places: {_reading(2900, currency)}"
    if given % 1:
        return said, f"amount is in minor units: {_reading(int(minor), currency)}"
    readings = [_reading(each, currency) for each in dict.fromkeys((int(given), int(minor)))]
    if named is None and len(readings) > 1:
        readings.append(_reading(int(given), "JPY"))
    return said, f"amount is in minor units: {', '.join(readings)}"


def _reading(amount: int, currency: str) -> str:
    return f"{format_money(amount, currency)} is {amount}"


def _quantity(value: Any) -> Any:
    return _decimal(value, "quantity", QUANTITY_PLACES, least=Decimal("0.0001"), most=Decimal(MAX_QUANTITY))


def _count(value: Any) -> Any:
    return _decimal(value, "count", QUANTITY_PLACES, least=Decimal(0), most=Decimal(MAX_COUNT))


def _count_change(value: Any) -> Any:
    return _decimal(value, "change", QUANTITY_PLACES, least=Decimal(-MAX_COUNT), most=Decimal(MAX_COUNT))


def _percent(value: Any) -> Any:
    if isinstance(value, float) and 0 < value < 1:  # some write 20 % as 0.2
        hundredfold = f"{(Decimal(str(value)) * 100).normalize():f}"
        hint = f'"{value}" is {value} %, "{hundredfold}" is {hundredfold} %'
        raise wrong(f"percentage {shown(value)} is neither an integer nor a decimal string.", hint)
    return _decimal(value, "percentage", PERCENT_PLACES, least=Decimal(0), most=Decimal(100))


_LARGEST = 10**12  # past everything that is counted here
_DECIMAL = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?\Z")


def _decimal(value: Any, what: str, places: int, *, least: Decimal, most: Decimal) -> Decimal:
    value = whole(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        hint = f'send it as a string: "{value}"' if isinstance(value, float) else 'send 2, or a string such as "1.5"'
        raise wrong(f"{what} {shown(value)} is neither an integer nor a decimal string.", hint)
    if isinstance(value, int) and abs(value) > _LARGEST:  # before a Decimal is made of millions of digits
        raise wrong(f"{what} {shown(value)} is out of range.", f"send a number from {least} to {most}")
    if isinstance(value, str) and not _DECIMAL.match(value):
        raise wrong(f"{what} {shown(value)} is not a decimal number.", 'send 2, or a string such as "1.5"')
    number = Decimal(value)
    if not least <= number <= most:
        raise wrong(f"{what} {shown(value)} is out of range.", f"send a number from {least} to {most}")
    if number != round(number, places):
        raise wrong(f"{what} {shown(value)} has more than {places} decimal places.", f"round it to {places} places")
    return number.normalize() if number != number.to_integral_value() else number.quantize(Decimal(1))


def _decimal_schema(example: str) -> dict[str, Any]:
    """A decimal string, with an example that says that an integer is taken as well. It is not published as a second
    type: the converters of some models refuse an argument of two types."""
    return {"type": "string", "description": example}


Quantity = Annotated[Decimal, BeforeValidator(_quantity), WithJsonSchema(_decimal_schema('2 or "1.5"'))]
"""Units: a decimal string of up to four places, or an integer."""

Count = Annotated[Decimal, BeforeValidator(_count), WithJsonSchema(_decimal_schema('2 or "1.5"'))]
"""Units in stock, zero or more: a decimal string of up to four places, or an integer."""

CountChange = Annotated[Decimal, BeforeValidator(_count_change), WithJsonSchema(_decimal_schema("3 or -3"))]
"""Units to add to stock, or with a minus to take away."""

Percent = Annotated[Decimal, BeforeValidator(_percent), WithJsonSchema(_decimal_schema('10 or "7.5"'))]
"""0 to 100: a decimal string of up to four places, or an integer."""
