"""Reading an answer as a client may: from the structured content alone, or from the text alone. Both say the same."""

import re
from collections.abc import Iterator
from decimal import Decimal
from types import NoneType, UnionType
from typing import Any, Union, cast, get_args, get_origin

from flint_domain.kernel.money import format_money
from flint_domain.kernel.wire import MoneyView, WireModel
from flint_tools.rendering.structured import is_money

Content = dict[str, Any]

_ID = re.compile(r"\b[a-z]{2,5}_[0-9A-HJKMNP-TV-Z]{26}\b")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_AMOUNT = re.compile(r"(?<![\w.:\-])-?\d+\.\d{2}(?![\w.])")


# ── what the text says, read back ──


def assert_says_the_same(content: Content, text: str) -> None:
    """Every id and amount of the structured content is in the text, and the text has no others; what people wrote is
    in it as JSON."""
    assert ids_in(text) == {found for value in texts_in(content) for found in ids_in(value)}, text
    said, known = amounts_in(text), amounts_of(content)
    assert known <= said, f"the text leaves out {sorted(known - said)}:\n{text}"
    own = {amount for value in texts_in(content) for amount in amounts_in(value)}
    assert said <= known | own, f"the text has {sorted(said - known - own)}:\n{text}"


def assert_is_compact(content: Content) -> None:
    """No nulls; no currency that the object around has said; no zeros there but in the two sums, and where a line or a
    captured payment has to say that nothing can go back."""
    _compact(content, None, of_order=False)


def _compact(value: Any, currency: str | None, *, of_order: bool, path: str = "") -> None:
    match value:
        case dict() if is_money(value):
            assert "currency" not in value or value["currency"] != currency, f"{path}: the currency is known"
            needed = path.endswith("refundableMoney")
            assert value["amount"] or not of_order or needed, f"{path}: a zero"
        case dict():
            currency = value.get("currency", currency)
            of_order = (of_order or "orderId" in value or "currency" in value) and not path.endswith("Amounts")
            for key, item in value.items():
                _compact(item, currency, of_order=of_order, path=f"{path}.{key}")
        case list():
            for item in value:
                _compact(item, currency, of_order=of_order, path=path)
        case _:
            assert value is not None, f"{path}: null"


def ids_in(text: str) -> set[str]:
    return set(_ID.findall(text))


def amounts_in(text: str) -> set[str]:
    """The amounts above or below zero that a text has outside of people's words, in major units."""
    return {found for found in _AMOUNT.findall(_QUOTED.sub('""', text)) if float(found)}


def amounts_of(content: Content) -> set[str]:
    """The same of structured content with two decimals."""
    return {format_money(money["amount"], "USD").removesuffix(" USD") for money in money_in(content) if money["amount"]}


def money_in(value: Any) -> Iterator[Content]:
    match value:
        case dict() if is_money(value):
            yield value
        case dict():
            for item in value.values():
                yield from money_in(item)
        case list():
            for item in value:
                yield from money_in(item)
        case _:
            pass


def texts_in(value: Any) -> Iterator[str]:
    match value:
        case dict():
            for key, item in value.items():
                yield key
                yield from texts_in(item)
        case list():
            for item in value:
                yield from texts_in(item)
        case str():
            yield value
        case _:
            pass


# ── what the structured content leaves out, put back in ──


def restored(result: type[WireModel], content: Content) -> Content:
    """The answer with every amount's currency, the zeros, and the hints' arguments and lines that went without saying:
    only from what the content itself says, and from the types of the views."""
    return _object(result, content, _Around(_currency(content) or "USD", dry_run=content.get("dryRun") is True))


class _Around:
    """What the objects around one have said."""

    def __init__(
        self, currency: str, order_id: str | None = None, lines: Any = (), left: int = 0, *, dry_run: bool
    ) -> None:
        self.currency, self.order_id, self.lines, self.left, self.dry_run = currency, order_id, lines, left, dry_run

    def inside(self, content: Content) -> "_Around":
        lines = [line.get("lineItemId") for line in content.get("lineItems", ())]
        currency, order_id = content.get("currency", self.currency), content.get("orderId", self.order_id)
        settled = content.get("settlementAmounts", {"refundableMoney": {"amount": self.left}})
        left = settled["refundableMoney"]["amount"]
        return _Around(currency, order_id, lines or self.lines, left, dry_run=self.dry_run)


def _currency(content: Content) -> str | None:
    return next((money["currency"] for money in money_in(content) if "currency" in money), None)


def _object(model: type[WireModel], content: Content, around: _Around) -> Content:
    around = around.inside(content)
    whole: Content = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        kind = _kind(field.annotation)
        if key in content:
            whole[key] = _value(field.annotation, content[key], around)
        elif field.is_required() and isinstance(kind, type) and issubclass(kind, MoneyView):
            whole[key] = {"amount": _unsaid(key, content, around), "currency": around.currency}
        elif key == "arguments":
            whole[key] = {"orderId": around.order_id}
        elif field.is_required() and around.dry_run and field.metadata:
            whole[key] = None  # the id of what does not exist yet
    if "needs" in whole:
        whole["needs"] = [
            {**need, "oneOf": around.lines} if need.get("name") == "lines" and "oneOf" not in need else need
            for need in whole["needs"]
        ]
    assert content.keys() <= whole.keys(), content.keys() - whole.keys()
    return {key: whole[key] for key in (*content, *(key for key in whole if key not in content))}


def _unsaid(key: str, content: Content, around: _Around) -> int:
    """An amount that is not there: what a line cost can go back of it, unless nothing can or all of its units are
    back; a captured payment is captured as a whole; everything else is zero."""
    if content.get("status") == "CAPTURED" and "summary" not in content:
        whole = key == "capturedMoney" or (key == "refundableMoney" and "refundedMoney" not in content)
        return content["amountMoney"]["amount"] if whole else 0
    if key == "refundableMoney" and "quantity" in content and around.left:
        units = Decimal(content["quantity"]) - Decimal(content.get("exchangedQuantity", 0))
        if Decimal(content.get("refundedQuantity", 0)) < units:
            return content.get("totalMoney", {"amount": 0})["amount"]
    return 0


def _value(annotation: Any, value: Any, around: _Around) -> Any:
    kind = _kind(annotation, value)
    if is_money(value):
        return {"amount": value["amount"], "currency": value.get("currency", around.currency)}
    if isinstance(value, list):
        inner = get_args(kind)
        return [_value(inner[0] if inner else None, item, around) for item in value]
    if isinstance(value, dict) and isinstance(kind, type) and issubclass(kind, WireModel):
        return _object(kind, value, around)
    return value


def _kind(annotation: Any, value: Any = None) -> Any:
    """The type without the None that it may be; of several views the one that knows every field of the value."""
    if get_origin(annotation) not in (Union, UnionType):
        return annotation
    kinds = [_kind(each, value) for each in get_args(annotation) if each is not NoneType]
    fitting = [kind for kind in kinds if isinstance(value, dict) and _knows(kind, cast("Content", value))]
    return (fitting or kinds)[0]


def _knows(kind: Any, content: Content) -> bool:
    """Whether the view has all of these fields."""
    if not (isinstance(kind, type) and issubclass(kind, WireModel)):
        return False
    return content.keys() <= {field.alias or name for name, field in kind.model_fields.items()}
