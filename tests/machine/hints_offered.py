"""For everything that is offered, commands at the bounds of what it needs."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from flint_domain.commands.after_payment import AmendOrder, MovePayment, ReturnItems
from flint_domain.commands.coupons import ApplyCoupon, RemoveCoupon
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.orders import CancelOrder, CloseOrder, UpdateOrder
from flint_domain.commands.payments import CapturePayment, PayOrder, TenderInput, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.kernel.addresses import Address
from flint_domain.order.amendments.kept_back import KeepMoney
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.fulfillment.rules import Units
from flint_domain.order.inputs import Amount, LineChange, LineInput, OrderUpdate
from flint_domain.unit_of_work.command import Command
from tests.machine.hints_seen import PROBE, Needs, Seen, needs_of

CARD = "tok_amex"  # that nothing else in these histories is paid with

Offer = dict[str, Any]


def offered_values(seen: Seen) -> Iterable[tuple[str, Command]]:
    for offer in seen.shown["availableActions"]:
        for command in _VALUES[offer["action"]](seen, offer["arguments"], needs_of(offer)):
            yield offer["action"], command


def update_of(seen: Seen, field: str) -> OrderUpdate:
    """A new value for this field that keeps what the order costs, where money has locked that."""
    address = seen.stored.shipping_address or Address(country="FR")
    return {
        "note": OrderUpdate(note="a note"),
        "metadata": OrderUpdate(metadata={"key": "value"}),
        "customerId": OrderUpdate(customer_id=seen.stored.customer_id if seen.stored.tax_exempt else "cus_nobody"),
        "tipMoney": OrderUpdate(tip=Amount(amount=seen.stored.tip + 1)),
        "lineItems": OrderUpdate(add=(ONE_MORE,)),
        "charges": OrderUpdate(charges=()),
        "shippingAddress": OrderUpdate(shipping_address=replace(address, line1="another door")),
    }[field]


UPDATES = ("note", "metadata", "customerId", "tipMoney", "lineItems", "charges", "shippingAddress")
ONE_MORE = LineInput(name="one more", unit_price=Amount(amount=100))


def _updates(seen: Seen, _: Offer, needs: Needs) -> Iterable[Command]:
    for field in needs["anyOf"]["anyOf"]:
        yield UpdateOrder(order_id=seen.order_id, update=update_of(seen, field))


def _removals(seen: Seen, _: Offer, needs: Needs) -> Iterable[Command]:
    for code in needs["couponCode"]["oneOf"]:
        yield RemoveCoupon(order_id=seen.order_id, coupon_code=code)


def _ways_to_pay(seen: Seen, _: Offer, needs: Needs) -> Iterable[Command]:
    sources = ("tok_visa",) if "paymentSourceTokens" in needs else ()
    yield PayOrder(order_id=seen.order_id, sources=sources)
    yield PayOrder(order_id=seen.order_id, sources=sources, capture_later=True)
    if sources:
        assert needs["paymentSourceTokens"]["instead"] == "tenders"
        yield PayOrder(order_id=seen.order_id, tenders=(TenderInput(source="tok_visa", money=Amount(amount=1)),))
        yield PayOrder(order_id=seen.order_id, tenders=(TenderInput(source="tok_visa"),))


def _captures(_: Seen, known: Offer, needs: Needs) -> Iterable[Command]:
    for amount in (None, Amount(amount=needs["amountMoney"]["max"]["amount"]), Amount(amount=1)):
        yield CapturePayment(payment_id=known["paymentIntentId"], amount=amount)


def _refunds(seen: Seen, _: Offer, needs: Needs) -> Iterable[Command]:
    assert "refundTo" in needs
    for target in _offered_refunds(seen.order_id, needs):
        yield CreateRefund(target=target)
        yield CreateRefund(target=target, refund_to=seen.gift_card)


def _offered_refunds(order_id: str, needs: Needs) -> Iterable[RefundTarget]:
    if needs["amountMoney"].get("optional"):
        yield RefundTarget(order_id=order_id)
    yield RefundTarget(order_id=order_id, amount=Amount(amount=1))
    yield RefundTarget(order_id=order_id, amount=Amount(amount=needs["amountMoney"]["max"]["amount"]))
    for line_id in needs.get("lines", {}).get("oneOf", []):
        yield RefundTarget(order_id=order_id, lines=(RefundLine(line_id=line_id),))
    for charge_id in needs.get("chargeIds", {}).get("oneOf", []):
        yield RefundTarget(order_id=order_id, charge_ids=(charge_id,))
    if "tip" in needs:
        yield RefundTarget(order_id=order_id, tip=True)


def _amendments(seen: Seen, _: Offer, needs: Needs) -> Iterable[Command]:
    """One that is dearer, one that may cost anything, and for each line that can go, one without it."""
    assert {"paymentSourceToken", "refundTo"} <= needs.keys()
    untouched = seen.untouched()
    removals = untouched if len(seen.stored.lines) > 1 else []
    values = {
        "lineItems": [
            OrderUpdate(add=(ONE_MORE,)),
            *(OrderUpdate(change=(_cheaper(seen, line_id),)) for line_id in untouched),
        ],
        "removeLineItemIds": [OrderUpdate(remove=(line_id,)) for line_id in removals],
        "shippingAddress": [update_of(seen, "shippingAddress")],
    }
    for field in needs["anyOf"]["anyOf"]:
        for update in values[field]:
            yield AmendOrder(order_id=seen.order_id, update=update, source=CARD)
            yield AmendOrder(order_id=seen.order_id, update=update, source=CARD, refund_to=seen.gift_card)


def _cheaper(seen: Seen, line_id: str) -> LineChange:
    """A line for nothing, or for something if it costs nothing."""
    line = next(line for line in seen.stored.lines if line.line_id == line_id)
    return LineChange(line_id=line_id, unit_price=Amount(amount=0 if line.unit_price else 1))


def _ways_to_hand_over(seen: Seen, _: Offer, needs: Needs) -> Iterable[Command]:
    yield FulfillOrder(order_id=seen.order_id)
    for line_id in needs["lines"]["oneOf"]:
        yield FulfillOrder(order_id=seen.order_id, lines=(Units(line_id=line_id),), state="DELIVERED")


def _next_state(_: Seen, known: Offer, __: Needs) -> Iterable[Command]:
    yield FulfillOrder(order_id=known["orderId"], fulfillment_id=known["fulfillmentId"], state=known["status"])


def _ways_to_return(seen: Seen, _: Offer, needs: Needs) -> Iterable[Command]:
    assert "refundTo" in needs
    for line_ids, most in keepable(needs):
        for amount in (1, most):
            items = tuple(ReturnItem(line_id=line_id) for line_id in line_ids)
            yield _keeping(seen, items, amount)
    for line_id in needs["lines"]["oneOf"]:
        for item, refund_to in (
            (ReturnItem(line_id=line_id), None),
            (ReturnItem(line_id=line_id), seen.gift_card),
            (ReturnItem(line_id=line_id, replacement=ONE_MORE), None),
            (ReturnItem(line_id=line_id, replacement=replace(ONE_MORE, unit_price=Amount(amount=99_999))), None),
        ):
            request = ReturnRequest(items=(item,), restock=True)
            yield ReturnItems(order_id=seen.order_id, request=request, source=CARD, refund_to=refund_to)


def keepable(needs: Needs) -> list[tuple[list[str], int]]:
    """Lines that come back together, and how much can be kept of them: each by itself, and all at once."""
    lines, need = needs["lines"]["oneOf"], needs.get("keepMoney", {})
    assert need.get("optional", True) is True
    only = [{"lineItemId": lines[0], "max": need["max"]}] if need.get("max") else []
    alone = [([each["lineItemId"]], each["max"]["amount"]) for each in need.get("maxEach") or only]
    return [*alone, (lines, sum(most for _, most in alone))] if len(alone) > 1 else alone


def _keeping(seen: Seen, items: tuple[ReturnItem, ...], amount: int) -> ReturnItems:
    keep = KeepMoney(name="fee", money=Amount(amount=amount))
    return ReturnItems(order_id=seen.order_id, request=ReturnRequest(items=items), keep=keep)


def too_much_kept(seen: Seen, needs: Needs) -> Iterable[ReturnItems]:
    """One minor unit more than can be kept, and anything at all of lines that give nothing back."""
    kept = keepable(needs)
    worthless = set(needs["lines"]["oneOf"]) - {line_ids[0] for line_ids, _ in kept if len(line_ids) == 1}
    for line_ids, most in (*kept, *(([line_id], 0) for line_id in sorted(worthless))):
        yield _keeping(seen, tuple(ReturnItem(line_id=line_id) for line_id in line_ids), most + 1)


def _moves(_: Seen, known: Offer, __: Needs) -> Iterable[Command]:
    yield MovePayment(payment_id=known["paymentIntentId"], source=CARD)


_VALUES: dict[str, Callable[[Seen, Offer, Needs], Iterable[Command]]] = {
    "update": _updates,
    "apply_coupon": lambda seen, _, __: [ApplyCoupon(order_id=seen.order_id, coupon_code=PROBE)],
    "remove_coupon": _removals,
    "pay": _ways_to_pay,
    "capture": _captures,
    "void": lambda _, known, __: [VoidPayment(payment_id=known["paymentIntentId"])],
    "refund": _refunds,
    "amend": _amendments,
    "fulfill": _ways_to_hand_over,
    "deliver": _next_state,
    "cancel_fulfillment": _next_state,
    "return": _ways_to_return,
    "move_payment": _moves,
    "cancel": lambda seen, _, __: [CancelOrder(order_id=seen.order_id)],
    "close": lambda seen, _, __: [CloseOrder(order_id=seen.order_id)],
}
