"""For everything that is not offered, and just past the bounds of what is, a command that must be refused."""

from collections.abc import Iterable
from decimal import Decimal

from flint_domain.commands.after_payment import AmendOrder, MovePayment, ReturnItems
from flint_domain.commands.coupons import ApplyCoupon, RemoveCoupon
from flint_domain.commands.fulfillment import FulfillOrder
from flint_domain.commands.orders import CancelOrder, CloseOrder, UpdateOrder
from flint_domain.commands.payments import CapturePayment, PayOrder, TenderInput, VoidPayment
from flint_domain.commands.refunds import CreateRefund, RefundLine, RefundTarget
from flint_domain.order.amendments.returning import ReturnItem, ReturnRequest
from flint_domain.order.fulfillment.model import FulfillmentState
from flint_domain.order.fulfillment.rules import Units
from flint_domain.order.inputs import Amount, OrderUpdate
from flint_domain.unit_of_work.command import Command
from tests.machine.hints_offered import CARD, ONE_MORE, UPDATES, too_much_kept, update_of
from tests.machine.hints_seen import PROBE, Seen, needs_of

Refusals = Iterable[tuple[str, Command]]

_NEXT_STATES: tuple[tuple[str, FulfillmentState], ...] = (("deliver", "DELIVERED"), ("cancel_fulfillment", "CANCELED"))


def values_not_offered(seen: Seen) -> Refusals:
    yield from _updates(seen)
    yield from _payments(seen)
    yield from _refunds(seen)
    yield from _goods(seen)
    yield from _changes(seen)
    for name, command in (("cancel", CancelOrder), ("close", CloseOrder)):
        if name not in seen.actions:
            yield name, command(order_id=seen.order_id)


def _updates(seen: Seen) -> Refusals:
    order_id = seen.order_id
    for field in set(UPDATES) - set(seen.needs("update").get("anyOf", {}).get("anyOf", [])):
        yield "update", UpdateOrder(order_id=order_id, update=update_of(seen, field))
    if "apply_coupon" not in seen.actions:
        yield "apply_coupon", ApplyCoupon(order_id=order_id, coupon_code=PROBE)
    held = [discount["couponCode"] for discount in seen.shown["discounts"] or []]
    for code in {PROBE, *held} - set(seen.needs("remove_coupon").get("couponCode", {}).get("oneOf", [])):
        yield "remove_coupon", RemoveCoupon(order_id=order_id, coupon_code=code)


def _payments(seen: Seen) -> Refusals:
    order_id, outstanding = seen.order_id, seen.money("outstandingMoney")
    if "pay" not in seen.actions:
        yield "pay", PayOrder(order_id=order_id, sources=("tok_visa",))
        yield "pay", PayOrder(order_id=order_id)
    elif outstanding:
        over = TenderInput(source="tok_visa", money=Amount(amount=outstanding + 1))
        yield "pay", PayOrder(order_id=order_id, tenders=(over,))
        all_of_it = TenderInput(source="tok_visa", money=Amount(amount=outstanding))
        yield "pay", PayOrder(order_id=order_id, tenders=(all_of_it, TenderInput(source="tok_visa")))
        yield "pay", PayOrder(order_id=order_id)
    for name, command in (("capture", CapturePayment), ("void", VoidPayment)):
        ids = {offer["arguments"]["paymentIntentId"] for offer in seen.offers(name)}
        for payment_id in set(seen.shown["paymentIntentIds"]) - ids:
            yield name, command(payment_id=payment_id)
    for offer in seen.offers("capture"):
        most = needs_of(offer)["amountMoney"]["max"]["amount"]
        payment_id = offer["arguments"]["paymentIntentId"]
        yield "capture", CapturePayment(payment_id=payment_id, amount=Amount(amount=most + 1))


def _refunds(seen: Seen) -> Refusals:
    order_id, needs = seen.order_id, seen.needs("refund")
    most = needs["amountMoney"]["max"]["amount"] if needs else 0
    too_much = RefundTarget(order_id=order_id, amount=Amount(amount=most + 1))
    yield "refund", CreateRefund(target=too_much)
    yield "refund", CreateRefund(target=too_much, refund_to=seen.gift_card)
    yield "refund", CreateRefund(target=RefundTarget(order_id=order_id), refund_to=CARD)
    if not needs or not needs["amountMoney"].get("optional"):
        yield "refund", CreateRefund(target=RefundTarget(order_id=order_id))
    lines = {line.line_id for line in seen.stored.lines} - set(needs.get("lines", {}).get("oneOf", []))
    for line_id in lines:
        yield "refund", CreateRefund(target=RefundTarget(order_id=order_id, lines=(RefundLine(line_id=line_id),)))
    charges = {charge.charge_id for charge in seen.stored.charges}
    for charge_id in charges - set(needs.get("chargeIds", {}).get("oneOf", [])):
        yield "refund", CreateRefund(target=RefundTarget(order_id=order_id, charge_ids=(charge_id,)))
    if "tip" not in needs and seen.stored.tip:
        yield "refund", CreateRefund(target=RefundTarget(order_id=order_id, tip=True))


def _goods(seen: Seen) -> Refusals:
    order_id, to_send = seen.order_id, seen.needs("fulfill").get("lines", {}).get("oneOf", [])
    if "fulfill" not in seen.actions:
        yield "fulfill", FulfillOrder(order_id=order_id)
    sent = seen.sent()
    for line in seen.stored.lines:
        over = line.quantity - sent[line.line_id] + Decimal("0.0001")
        too_many = Units(line_id=line.line_id, quantity=over if over > 0 else Decimal(1))
        yield "fulfill", FulfillOrder(order_id=order_id, lines=(too_many,))
        if line.line_id not in to_send:
            yield "fulfill", FulfillOrder(order_id=order_id, lines=(Units(line_id=line.line_id),))
    for action, state in _NEXT_STATES:
        offered = {offer["arguments"]["fulfillmentId"] for offer in seen.offers(action)}
        for parcel_id in {parcel.fulfillment_id for parcel in seen.stored.fulfillments} - offered:
            yield action, FulfillOrder(order_id=order_id, fulfillment_id=parcel_id, state=state)


def _changes(seen: Seen) -> Refusals:
    order_id = seen.order_id
    if "amend" not in seen.actions:
        yield "amend", AmendOrder(order_id=order_id, update=OrderUpdate(add=(ONE_MORE,)), source=CARD)
    sent = seen.sent()
    for line_id in (line_id for line_id, units in sent.items() if units or len(sent) == 1):
        yield "amend", AmendOrder(order_id=order_id, update=OrderUpdate(remove=(line_id,)), source=CARD)
    to_return = seen.needs("return").get("lines", {}).get("oneOf", [])
    if to_return:
        yield from (("return", command) for command in too_much_kept(seen, seen.needs("return")))
    arrived = seen.arrived()
    for line in seen.stored.lines:
        over = arrived[line.line_id] - line.returned - line.exchanged + Decimal("0.0001")
        for item in (
            ReturnItem(line_id=line.line_id, quantity=over),
            *([] if line.line_id in to_return else [ReturnItem(line_id=line.line_id)]),
            *([] if line.line_id in to_return else [ReturnItem(line_id=line.line_id, replacement=ONE_MORE)]),
        ):
            yield "return", ReturnItems(order_id=order_id, request=ReturnRequest(items=(item,)), source=CARD)
    movable = {offer["arguments"]["paymentIntentId"]: offer for offer in seen.offers("move_payment")}
    for payment in seen.stored.payments:
        if payment.payment_id not in movable:
            yield "move_payment", MovePayment(payment_id=payment.payment_id, source=CARD)
        elif payment.source.startswith("tok_"):  # a saved method may be another customer's by now
            yield "move_payment", MovePayment(payment_id=payment.payment_id, source=payment.source)
