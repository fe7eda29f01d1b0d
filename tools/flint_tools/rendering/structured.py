"""The structured content of an answer: the domain's facts without what the rest of the answer says already.

An amount inside an order is without the order's currency, and one that is missing is zero. A hint says its arguments
unless they are only this order's id, and its lines unless they are every line of the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

from flint_domain.wire import Json

Fields = Mapping[str, Any]

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


def _without_nulls(value: Json) -> Json:
    match value:
        case dict():
            return {key: _without_nulls(item) for key, item in value.items() if item is not None}
        case list():
            return [_without_nulls(item) for item in value if item is not None]
        case _:
            return value


def _compact(value: Json, around: _Around) -> Json:
    match value:
        case dict():
            return _object(value, around)
        case list():
            return [_compact(item, around) for item in value if item is not None]
        case _:
            return value


def _object(fields: Fields, around: _Around) -> dict[str, Any]:
    inside = _inside(fields, around)
    compact: dict[str, Any] = {}
    for key, value in fields.items():
        if value is None or (inside.of_order and key not in _SUMS and _is_nothing(value)):
            continue
        if is_money(value):
            compact[key] = {"amount": value["amount"]} if value["currency"] == inside.currency else dict(value)
        elif key in _SUMS:
            compact[key] = _compact(value, replace(inside, of_order=False))
        elif not _is_known(key, value, fields, inside):
            compact[key] = _compact(value, inside)
    return compact


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
    )


_AMOUNT = ({"amount"}, {"amount", "currency"})


def is_money(value: Any) -> bool:
    """Whether it is an amount, with its currency or without."""
    return isinstance(value, dict) and {*cast("dict[str, Json]", value)} in _AMOUNT


def _is_nothing(value: Json) -> bool:
    return isinstance(value, dict) and is_money(value) and value["amount"] == 0


def _is_known(key: str, value: Any, fields: Fields, inside: _Around) -> bool:
    """Whether a hint's field goes without saying."""
    if key == "arguments":
        return value == {"orderId": inside.order_id}
    return key == "oneOf" and fields.get("name") == "lines" and bool(inside.lines) and inside.lines <= {*value}
