"""The text of an answer: what its structured content says, as plain lines, the summary first."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from flint_domain.catalog.views import ItemList
from flint_domain.coupons.views import CouponList
from flint_domain.gift_cards.views import CreditLedgerView
from flint_domain.kernel.wire import Json, WireModel
from flint_domain.order.payments.views import PaymentView
from flint_domain.order.refunds.views import RefundView
from flint_domain.order.views import OrderView
from flint_domain.queries.customer_views import CustomerList, CustomerView
from flint_domain.queries.orders import OrderList
from flint_domain.tax_rates.views import TaxRateList
from flint_domain.webhooks.views import DeliveryList, EndpointList
from flint_tools.rendering.goods import (
    coupon_line,
    coupon_list,
    item_lines,
    item_list,
    stock_lines,
    tax_rate_line,
    tax_rate_list,
)
from flint_tools.rendering.lines import Lines, headline, more, said, under, warnings
from flint_tools.rendering.orders import amendment_line, change_line, order_lines, order_row, return_line
from flint_tools.rendering.payments import payment_line, refund_line, refunded_part
from flint_tools.rendering.people import (
    credit_line,
    customer_lines,
    customer_list,
    ledger_lines,
    payment_method_line,
)
from flint_tools.rendering.structured import OWN_KEYS, is_money
from flint_tools.rendering.webhooks import delivery_line, delivery_list, endpoint_line, endpoint_list
from flint_tools.rendering.words import Facts, joined, labeled
from flint_tools.results import OrderResult, QuoteResult, StockResult, UpdateResult

Content = Mapping[str, Any]


def as_json(content: Content) -> str:
    """The structured content itself, without a blank too many."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def text(result: type[WireModel], content: Content) -> str:
    """The answer of a tool with this result as lines; amounts are in major units of one currency, which is stated."""
    currency = _currency(dict(content)) or ""
    facts = Facts(content, currency, new="(new)" if content.get("dryRun") else "")
    whole = _WHOLE.get(result, _parts)
    return "\n".join(line for line in (*_about_the_call(facts), *whole(facts), *said("Also", facts.rest())) if line)


def _currency(value: Json) -> str | None:
    """The currency that the answer's amounts are in, unless they say another."""
    if isinstance(value, dict):
        if isinstance(currency := value.get("currency"), str):
            return currency
        fields = (item for key, item in value.items() if key not in OWN_KEYS)
        return next((found for item in fields if (found := _currency(item))), None)
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
        for field in _KEYS:
            order = _without_told(order, answer, field)
    for field, heading, line in _MADE:
        made = answer.take(field)
        if made is not None:
            yield from under(heading, [line(answer.inner(each)) for each in _listed(made)])
    if answer.currency and order is None and answer.peek("customer") is answer.peek("item") is None:
        yield f"Amounts in {answer.currency}."
    yield from said("Code", answer.text("code"))
    yield from said("Secret", answer.text("secret"))
    yield from warnings(answer)
    for field, lines in (("customer", customer_lines), ("item", item_lines)):
        if answer.peek(field) is not None:
            yield from lines(answer.object(field))
    if order is not None:
        yield from order_lines(answer.inner(order))


_KEYS = {"payments": ("paymentIntentId", "payments"), "refunds": ("refundId", "refunds", "refund")}


def _without_told(order: Content, answer: Facts, field: str) -> Content:
    """The order without those of its payments or refunds that the call made: they are told by themselves, with more."""
    key, *parts = _KEYS[field]
    told = [each for part in parts for whole in _listed(answer.peek(part)) for each in whole.get("parts", [whole])]
    made = {each[key]: each for each in told if key in each}
    left = [
        each
        for each in order.get(field, ())
        if not any(_told(each, whole, order["currency"]) for whole in told if whole.get(key) == each.get(key))
    ]
    known = {each.get(key) for each in left}
    ids = [made_id for made_id in order.get(f"{key}s", ()) if made_id in known or made_id not in made]
    return {**order, field: left, f"{key}s": ids}


def _listed(value: list[Content] | Content | None) -> list[Content]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _told(brief: Content, whole: Content, currency: str) -> bool:
    """Whether all that the order says of it is in its own entry, too."""
    return all(
        value == whole.get(name) or (is_money(value) and {**value, "currency": currency} == whole.get(name))
        for name, value in brief.items()
    )


def _quote_line(quote: Facts) -> str:
    """What a refund would come to."""
    lines = [refunded_part(line) for line in quote.each("lines")]
    paying = quote.each("payments")
    payments = [f"{each.money('amountMoney') or '0'} from {each.text('paymentIntentId')}" for each in paying]
    return joined(
        (
            f"{quote.money('amountMoney') or '0'} of {quote.text('orderId')}",
            labeled("tax in it", quote.money("taxMoney")),
            labeled("for", joined(lines, " + ")),
            joined(payments, " + "),
            labeled("refundable afterwards", quote.money("remainingRefundableMoney") or "0"),
            quote.rest(),
        )
    )


def _quote(answer: Facts) -> Lines:
    quote = answer.object("quote")
    yield headline(quote)
    yield from warnings(quote)
    yield from said("Quote", _quote_line(quote))


_MADE: tuple[tuple[str, str, Callable[[Facts], str]], ...] = (
    ("amendment", "Change", amendment_line),
    ("changes", "Changed", change_line),
    ("payments", "Payments", payment_line),
    ("refunds", "Refunds", refund_line),
    ("refund", "Refund", refund_line),
    ("return", "Return", return_line),
    ("paymentMethod", "Payment method", payment_method_line),
    ("coupon", "Coupon", coupon_line),
    ("credit", "Credit", credit_line),
    ("taxRate", "Tax rate", tax_rate_line),
    ("endpoint", "Endpoint", endpoint_line),
    ("delivery", "Delivery", delivery_line),
)


def _one(line: Callable[[Facts], str]) -> Callable[[Facts], Lines]:
    """An answer that is one record."""

    def lines(answer: Facts) -> Lines:
        yield line(answer)
        yield f"Amounts in {answer.currency}." if answer.currency else ""

    return lines


def _order_list(answer: Facts) -> Lines:
    yield answer.take("summary", "")
    yield from (order_row(row) for row in answer.each("orders"))
    yield from more(answer)


_WHOLE: dict[type[WireModel], Callable[[Facts], Lines]] = {
    OrderView: order_lines,
    OrderResult: order_lines,
    UpdateResult: order_lines,
    OrderList: _order_list,
    PaymentView: _one(payment_line),
    RefundView: _one(refund_line),
    QuoteResult: _quote,
    CustomerView: customer_lines,
    CustomerList: customer_list,
    ItemList: item_list,
    StockResult: stock_lines,
    CouponList: coupon_list,
    CreditLedgerView: ledger_lines,
    TaxRateList: tax_rate_list,
    EndpointList: endpoint_list,
    DeliveryList: delivery_list,
}
