"""The structured content of an answer: the domain's facts without what the rest of the answer says already.

An amount inside an order is without the order's currency, and one that is missing is zero. A line says what is
refundable where that does not follow from the rest (see implied_refundable), a captured payment what was captured and
is refundable where that is not all of it. A hint says its arguments unless they are only this order's id, its lines
unless they are every line.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

from flint_domain.kernel.wire import Json

Fields = Mapping[str, Any]

OWN_KEYS = frozenset({"metadata", "options"})  # hold a merchant's words by a merchant's keys: they are no field's name

_SUMS = frozenset({"pricingAmounts", "settlementAmounts"})  # say their zeros: they are read as a whole


def structured(answer: Fields, *, whole: bool = False) -> dict[str, Any]:
    """What a client gets of the answer; whole keeps every field that is not null, as programs read it."""
    return (
        {key: _without_nulls(item) for key, item in answer.items() if item is not None}
        if whole
        else _object(answer, _Around())
    )


@dataclass(frozen=True, slots=True)
class _Around:
    """What the objects around a value have said: the currency, whose order it is, which lines that has."""

    currency: str | None = None
    of_order: bool = False
    order_id: str | None = None
    lines: frozenset[str] = frozenset()
    refundable: int = 0


def _without_nulls(value: Json) -> Json:
    match value:
        case dict():
            return {key: _without_nulls(item) for key, item in value.items() if item is not None}
        case list():
            return [_without_nulls(item) for item in value if item is not None]
        case _:
            return value


def _object(fields: Fields, around: _Around) -> dict[str, Any]:
    inside = _inside(fields, around) if "orderId" in fields or "currency" in fields else around
    told: Mapping[str, Json] = fields
    compact: dict[str, Any] = {}
    for key, value in told.items():
        match value:
            case None:
                pass
            case str() | int():  # most of them: booleans are among these
                compact[key] = value
            case dict() if key in OWN_KEYS:
                compact[key] = dict(value)
            case dict() if is_money(value):
                if not _amount_goes_without_saying(key, value, fields, inside):
                    compact[key] = {"amount": value["amount"]} if value["currency"] == inside.currency else dict(value)
            case dict() if key in _SUMS:
                compact[key] = _object(value, replace(inside, of_order=False))
            case dict():
                if key != "arguments" or value not in ({}, {"orderId": inside.order_id}):
                    compact[key] = _object(value, inside)
            case list():
                if key != "oneOf" or not _are_all_lines(value, fields, inside):
                    compact[key] = _list(value, inside)
            case _:
                compact[key] = value
    return compact


def _list(values: list[Json], around: _Around) -> list[Any]:
    return [_object(item, around) if isinstance(item, dict) else item for item in values if item is not None]


def _inside(fields: Fields, around: _Around) -> _Around:
    """What is known inside this object. Payments and refunds belong to an order, too, and need say no zero."""
    order_id = fields.get("orderId")
    if order_id is None and "currency" not in fields:
        return around
    lines = fields.get("lineItems") or ()
    return _Around(
        currency=fields.get("currency", around.currency),
        of_order=True,
        order_id=order_id or around.order_id,
        lines=frozenset(line["lineItemId"] for line in lines) or around.lines,
        refundable=refundable_of(fields),
    )


def refundable_of(order: Fields) -> int:
    """What can go back of an order, in minor units."""
    settlement = order.get("settlementAmounts")
    return settlement["refundableMoney"]["amount"] if settlement else 0


def implied_refundable(line: Fields, of_order: int) -> int:
    """What can go back for a line that does not say it, in minor units: what it cost; nothing when money has gone back
    for all of its units, or nothing can go back of the order."""
    units = Decimal(line["quantity"]) - Decimal(line.get("exchangedQuantity") or 0)
    if not of_order or Decimal(line.get("refundedQuantity") or 0) >= units:
        return 0
    return (line.get("totalMoney") or {"amount": 0})["amount"]


def _amount_goes_without_saying(key: str, value: Fields, fields: Fields, inside: _Around) -> bool:
    """Whether an amount follows from what is said around it."""
    if key == "refundableMoney" and "lineItemId" in fields:
        return value["amount"] == implied_refundable(fields, inside.refundable)
    if key in _ALL_OF_IT and fields.get("status") == "CAPTURED" and "summary" not in fields:
        return _is_all_of_it(key, value, fields)
    return inside.of_order and value["amount"] == 0


def _are_all_lines(values: list[Json], need: Fields, inside: _Around) -> bool:
    return need.get("name") == "lines" and bool(inside.lines) and all(line in values for line in inside.lines)


_ALL_OF_IT = ("capturedMoney", "refundableMoney")


def _is_all_of_it(key: str, value: Fields, payment: Fields) -> bool:
    """Whether an amount of a captured payment inside its order is all that was asked for. One that has given something
    back says what is left."""
    if key == "refundableMoney" and payment["refundedMoney"]["amount"]:
        return value["amount"] == 0
    return value == payment["amountMoney"]


def is_money(value: Any) -> bool:
    """Whether it is an amount, with its currency or without. A merchant's own keys may look like one."""
    if not isinstance(value, dict):
        return False
    fields = cast("dict[str, Json]", value)
    return type(fields.get("amount")) is int and fields.keys() <= _MONEY


_MONEY = frozenset({"amount", "currency"})
