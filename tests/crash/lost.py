"""What an answer said and the books no longer know: from the first answer on it must never be untrue."""

from collections.abc import Iterator
from typing import Any

from flint_domain.order.model import Order
from flint_tools.rendering.structured import structured
from tests.crash.files import Files
from tests.crash.keeping import marks
from tests.crash.street import Acknowledged, Notebook
from tests.machine.books import Books

TOLD_ANEW = frozenset({"availableActions", "blockedActions", "currentVersion", "replayed"})
NOTHING = {"amount": 0}  # an amount that is not there
ONCE = frozenset({"code"})  # is in the first answer and in no record


def lost(books: Books, files: Files, notes: Notebook) -> Iterator[str]:
    """Every acknowledged answer that is not kept, with its call."""
    made = {key for _, key in marks(files)}
    methods = {
        method["method_id"]: method.get("state", "attaching")
        for customer in files.customers.values()
        for method in customer.get("methods", ())
    }
    for acknowledged in notes.acknowledged:
        answer = acknowledged.answer
        missing = _of_the_order(books, acknowledged, notes)
        if "paymentMethod" in answer:
            missing = _of_the_method(answer["paymentMethod"], methods)
        elif "stock" in answer or "credit" in answer or "customer" in answer:
            missing = _of_the_mark(books, acknowledged, made)
        if acknowledged.key not in books.receipts:
            yield f"{acknowledged.tool} {acknowledged.key}: its receipt"
        yield from (f"{acknowledged.tool} {acknowledged.key}: {what}" for what in missing)


def _of_the_mark(books: Books, acknowledged: Acknowledged, made: set[str]) -> Iterator[str]:
    if acknowledged.key not in made:
        yield "what it made"
    stored = books.receipts.get(acknowledged.key)
    if stored is not None and _as_told_first(structured(stored)) != _as_told_first(acknowledged.answer):
        yield "its words: a replay would say something else"


def _of_the_method(told: dict[str, Any], methods: dict[str, str]) -> Iterator[str]:
    now = methods.get(told["paymentMethodId"], "removed")
    if (told["status"] == "removed" and now != "removed") or (
        told["status"] == "active" and told["paymentMethodId"] not in methods
    ):
        yield f"the method {told['paymentMethodId']}, which was {told['status']} and is {now}"


def _of_the_order(books: Books, acknowledged: Acknowledged, notes: Notebook) -> Iterator[str]:
    answer, stored = acknowledged.answer, books.receipts.get(acknowledged.key)
    told: dict[str, Any] = answer.get("order", answer)
    if "orderId" not in told:
        return
    order = books.orders.get(told["orderId"])
    if order is None:
        yield f"the order {told['orderId']}"
        return
    # While a transfer was open, the answer told how things stood; the receipt has the final one, of a later version.
    if stored is not None and stored.get("order", stored)["version"] == told["version"]:
        if _as_told_first(structured(stored)) != _as_told_first(answer):
            yield "its words: a replay would say something else"
    elif stored is not None and stored.get("order", stored)["version"] < told["version"]:
        yield "its words: the receipt has an older answer"
    if order.version < told["version"]:
        yield f"version {told['version']} of {order.order_id}, which is at {order.version}"
    yield from _of_the_money(order, answer, told)
    yield from _of_the_change(order, answer, told)
    if told["status"] == "CANCELED" and order.ended != "canceled":
        yield f"the cancel of {order.order_id}"
    coupon = notes.asked[acknowledged.key][1].get("couponCode")
    if coupon is not None and coupon not in [applied.code for applied in order.coupons]:
        yield f"the coupon {coupon} on {order.order_id}"


def _of_the_money(order: Order, answer: dict[str, Any], told: dict[str, Any]) -> Iterator[str]:
    payments = {payment.payment_id: payment for payment in order.payments}
    for payment in answer.get("payments", ()):
        kept = payments.get(payment["paymentIntentId"])
        if kept is None or kept.captured < payment.get("capturedMoney", NOTHING)["amount"]:
            yield f"the payment {payment['paymentIntentId']}, which was {payment['status']}"
    refunds = {refund.refund_id for refund in order.refunds}
    yield from (refund for refund in told["refundIds"] if refund not in refunds)


def _of_the_change(order: Order, answer: dict[str, Any], told: dict[str, Any]) -> Iterator[str]:
    states = {made.amendment_id: made.state for made in order.amendments}
    if (amendment := answer.get("amendment")) is not None:
        now, then = states.get(amendment["amendmentId"]), amendment["status"].lower()
        if now is None or then not in ("waiting", now):
            yield f"the change {amendment['amendmentId']}, which was {then} and is {now}"
    parcels = {parcel.fulfillment_id: parcel.state for parcel in order.fulfillments}
    for parcel in told.get("fulfillments", ()):
        now = parcels.get(parcel["fulfillmentId"])
        if now is None or (parcel["status"] != "FULFILLED" and now != parcel["status"]):
            yield f"the parcel {parcel['fulfillmentId']}, which was {parcel['status']} and is {now}"


def _as_told_first(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer without what is worked out anew for every replay."""
    told = {name: value for name, value in answer.items() if name not in TOLD_ANEW | ONCE}
    return {**told, "order": _as_told_first(told["order"])} if "order" in told else told
