"""The text of an answer: what its structured content says, as plain lines, the summary first."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flint_domain.wire import Json, WireModel
from flint_tools.rendering.lines import Lines, plain_line, said, under, warnings
from flint_tools.rendering.orders import order_lines, order_row
from flint_tools.rendering.payments import payment_line, refund_line
from flint_tools.rendering.structured import is_money
from flint_tools.rendering.words import Facts, joined

Content = Mapping[str, Any]


def as_json(content: Content) -> str:
    """The structured content itself, without a blank too many."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def text(result: type[WireModel], content: Content) -> str:
    """The answer of a tool with this result as lines; amounts are in major units of one currency, which is stated."""
    currency = _currency(dict(content)) or ""
    facts = Facts(content, currency)
    whole = _WHOLE.get(result.__name__, _parts)
    return "\n".join(line for line in (*_about_the_call(facts), *whole(facts), *said("Also", facts.rest())) if line)


def _currency(value: Json) -> str | None:
    """The currency that the answer's amounts are in, unless they say another."""
    if isinstance(value, dict):
        if isinstance(currency := value.get("currency"), str):
            return currency
        return next((found for item in value.values() if (found := _currency(item))), None)
    if isinstance(value, list):
        return next((found for item in value if (found := _currency(item))), None)
    return None


def _about_the_call(answer: Facts) -> Lines:
    """What the road adds to an answer."""
    if answer.take("replayed"):
        yield "Replayed: the first answer to this idempotencyKey, with what can be done now."
    moves = [
        joined(
            (f"{move.text('kind')} {move.money('amountMoney') or '0'}", move.text("paymentIntentId"), move.rest()), " "
        )
        for move in answer.each("wouldTransfer")
    ]
    if answer.take("dryRun"):
        yield f"Dry run: nothing was changed. It would move: {joined(moves) or 'nothing'}."
    else:
        yield from under("Would move", moves)


def _parts(answer: Facts) -> Lines:
    """An answer of several parts: what the call made, and the order that it left."""
    order = answer.take("order")
    if order is not None:
        order = {**order, **{field: _not_told(order, answer, field) for field in _KEYS if field in order}}
    for field, heading, line in _MADE:
        made = answer.take(field)
        if made is not None:
            yield from under(heading, [line(answer.inner(each)) for each in _listed(made)])
    yield from warnings(answer)
    if order is not None:
        yield from order_lines(answer.inner(order))


_KEYS = {"payments": ("paymentIntentId", "payments"), "refunds": ("refundId", "refunds", "refund")}


def _not_told(order: Content, answer: Facts, field: str) -> list[Content]:
    """The order's payments or refunds without those that the call made: they are told by themselves, with more."""
    key, *parts = _KEYS[field]
    told = [each for part in parts for each in _listed(answer.peek(part))]
    made = {each[key]: each for whole in told for each in whole.get("parts", [whole]) if key in each}
    return [each for each in order[field] if not _told(each, made.get(each.get(key), {}), order["currency"])]


def _listed(value: list[Content] | Content | None) -> list[Content]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _told(brief: Content, whole: Content, currency: str) -> bool:
    """Whether all that the order says of it is in its own entry, too."""
    return all(
        value == whole.get(name) or (is_money(value) and {**value, "currency": currency} == whole.get(name))
        for name, value in brief.items()
    )


_MADE: tuple[tuple[str, str, Callable[[Facts], str]], ...] = (
    ("amendment", "Change", plain_line),
    ("payments", "Payments", payment_line),
    ("refunds", "Refunds", refund_line),
    ("refund", "Refund", refund_line),
    ("return", "Return", plain_line),
)


def _order(answer: Facts) -> Lines:
    return order_lines(answer)


def _payment(answer: Facts) -> Lines:
    yield _headline(answer)
    yield payment_line(answer)


def _refund(answer: Facts) -> Lines:
    yield _headline(answer)
    yield refund_line(answer)


def _headline(answer: Facts) -> str:
    """The summary, and the currency of what follows."""
    stated = f"Amounts in {answer.currency}." if answer.currency else ""
    return joined((answer.take("summary", ""), stated), " ")


def _order_list(answer: Facts) -> Lines:
    yield answer.take("summary", "")
    yield from (order_row(row) for row in answer.each("orders"))
    yield from _more(answer)


def _more(answer: Facts) -> Lines:
    yield from said("More with cursor", answer.text("nextCursor"))


_WHOLE: dict[str, Callable[[Facts], Iterator[str]]] = {
    "OrderView": _order,
    "OrderResult": _order,
    "PaymentView": _payment,
    "RefundView": _refund,
    "OrderList": _order_list,
}
