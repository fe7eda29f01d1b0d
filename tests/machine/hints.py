"""Hints are exact: what is offered is accepted at its bounds, and what is not offered is refused."""

import asyncio
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from flint_domain.command import Command
from flint_domain.coupons.commands import ApplyCoupon, CreateCoupon, RemoveCoupon
from flint_domain.kernel.errors import Refused
from flint_domain.orders.commands import CancelOrder, CloseOrder, UpdateOrder
from flint_domain.orders.inputs import LineInput, OrderUpdate, Price
from flint_domain.orders.queries import GetOrder
from flint_domain.payments.commands import CapturePayment, PayOrder, TenderInput, VoidPayment
from flint_domain.payments.model import UNSETTLED, TransferKind, TransferState
from flint_domain.refunds.commands import CreateRefund, RefundLine, RefundTarget
from tests.journeys.house import House
from tests.machine.books import INCOMING, Books, read_books

PROBE = "PROBE"  # a coupon that any order may take: what only a look-up can judge is kept out of the question


async def offer_probe(house: House) -> None:
    await house.do(CreateCoupon(code=PROBE, percent=Decimal(1)))


async def check_hints(house: House, order_id: str) -> None:
    """Try everything with dry runs, at this version and instant."""
    order = await house.ask(GetOrder(order_id=order_id, view="full"))
    _only_what_the_contract_allows(order, await read_books(house))
    accepted, refused = list(_offered(order)), list(_not_offered(order))
    answers = await asyncio.gather(
        *(house.do(command, key="hint", dry_run=True) for _, command in (*accepted, *refused)), return_exceptions=True
    )
    for (action, command), answer in zip(accepted, answers, strict=False):
        assert isinstance(answer, dict), f"{action} is offered, but {command} gets {answer!r}"
        assert answer["dryRun"] is True
    for (action, command), answer in zip(refused, answers[len(accepted) :], strict=True):
        assert isinstance(answer, Refused), f"{action} is not offered, but {command} gets {answer!r}"
        assert answer.code != "not_found", f"{command} proves nothing: {answer}"


def _only_what_the_contract_allows(order: dict[str, Any], books: Books) -> None:
    """CONTRACT §4 read a second time, from the transfers: guards and hints could be wrong together."""
    offered = {action["action"]: _needs(action) for action in order["availableActions"]}
    transfers = books.of(order["orderId"])
    types = [kind for _, _, kind, _ in books.facts[order["orderId"]]]
    if books.orders[order["orderId"]].canceling:
        assert not offered
    if {"ORDER_CANCELED", "ORDER_CLOSED"} & set(types):
        assert offered.keys() <= {"refund"}
    if any(t.state in UNSETTLED and t.kind is not TransferKind.REFUND for t in transfers):
        assert offered.keys() <= {"update", "void", "refund"}, "in flight, nothing else is possible"
    money = order["settlementAmounts"]
    locked = any(t.state in UNSETTLED for t in transfers if t.kind is not TransferKind.REFUND) or any(
        money[name]["amount"] for name in ("authorizedMoney", "paidMoney")
    )
    if locked and "update" in offered:
        assert set(offered["update"]["anyOf"]["anyOf"]) == {"customerId", "note", "metadata"}
    assert not locked or not offered.keys() & {"apply_coupon", "remove_coupon"}
    stored = books.orders[order["orderId"]]
    free = {p.payment_id for p in stored.payments if p.dispute is None or p.dispute.status == "won"}
    own = [t for t in transfers if t.payment_id in free]
    captured = sum(t.amount for t in own if t.kind in INCOMING and t.state is TransferState.SUCCEEDED)
    back = sum(t.amount for t in own if t.kind is TransferKind.REFUND and t.state is not TransferState.DECLINED)
    if "refund" in offered:
        assert offered["refund"]["amountMoney"]["max"]["amount"] == captured - back > 0
    elif not stored.canceling:
        assert captured == back
    if "close" in offered:
        assert money["outstandingMoney"]["amount"] == money["authorizedMoney"]["amount"] == 0


def _needs(action: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {need.get("name") or "anyOf": need for need in action.get("needs") or []}


def _offered(order: dict[str, Any]) -> Iterable[tuple[str, Command]]:
    order_id = order["orderId"]
    for action in order["availableActions"]:
        name, needs = action["action"], _needs(action)
        for command in _VALUES[name](order_id, action["arguments"].get("paymentIntentId"), needs):
            yield name, command


Needs = dict[str, dict[str, Any]]


def _updates(order_id: str, _: str, needs: Needs) -> Iterable[Command]:
    for field in needs["anyOf"]["anyOf"]:
        yield UpdateOrder(order_id=order_id, update=_UPDATES[field])


def _removals(order_id: str, _: str, needs: Needs) -> Iterable[Command]:
    for code in needs["couponCode"]["oneOf"]:
        yield RemoveCoupon(order_id=order_id, coupon_code=code)


def _ways_to_pay(order_id: str, _: str, needs: Needs) -> Iterable[Command]:
    sources = ("tok_visa",) if "paymentSourceTokens" in needs else ()
    yield PayOrder(order_id=order_id, sources=sources)
    yield PayOrder(order_id=order_id, sources=sources, capture_later=True)


def _captures(_: str, payment_id: str, needs: Needs) -> Iterable[Command]:
    for amount in (None, Price(amount=needs["amountMoney"]["max"]["amount"]), Price(amount=1)):
        yield CapturePayment(payment_id=payment_id, amount=amount)


def _refunds(order_id: str, _: str, needs: Needs) -> Iterable[Command]:
    for target in _offered_refunds(order_id, needs):
        yield CreateRefund(target=target)


_VALUES: dict[str, Callable[[str, str, Needs], Iterable[Command]]] = {
    "update": _updates,
    "apply_coupon": lambda order_id, _, __: [ApplyCoupon(order_id=order_id, coupon_code=PROBE)],
    "remove_coupon": _removals,
    "pay": _ways_to_pay,
    "capture": _captures,
    "void": lambda _, payment_id, __: [VoidPayment(payment_id=payment_id)],
    "refund": _refunds,
    "cancel": lambda order_id, _, __: [CancelOrder(order_id=order_id)],
    "close": lambda order_id, _, __: [CloseOrder(order_id=order_id)],
}


def _offered_refunds(order_id: str, needs: dict[str, Any]) -> Iterable[RefundTarget]:
    yield RefundTarget(order_id=order_id)
    yield RefundTarget(order_id=order_id, amount=Price(amount=1))
    yield RefundTarget(order_id=order_id, amount=Price(amount=needs["amountMoney"]["max"]["amount"]))
    for line_id in needs.get("lines", {}).get("oneOf", []):
        yield RefundTarget(order_id=order_id, lines=(RefundLine(line_id=line_id),))
    for charge_id in needs.get("chargeIds", {}).get("oneOf", []):
        yield RefundTarget(order_id=order_id, charge_ids=(charge_id,))
    if "tip" in needs:
        yield RefundTarget(order_id=order_id, tip=True)


_LINE = LineInput(name="one more", unit_price=Price(amount=100))
_UPDATES = {
    "note": OrderUpdate(note="a note"),
    "metadata": OrderUpdate(metadata={"key": "value"}),
    "customerId": OrderUpdate(customer_id="cus_nobody_else"),
    "tipMoney": OrderUpdate(tip=Price(amount=1)),
    "lineItems": OrderUpdate(add=(_LINE,)),
    "charges": OrderUpdate(charges=()),
}


def _not_offered(order: dict[str, Any]) -> Iterable[tuple[str, Command]]:
    order_id = order["orderId"]
    offered: dict[str, list[dict[str, Any]]] = {}
    for action in order["availableActions"]:
        offered.setdefault(action["action"], []).append(action)
    changes = _needs(offered["update"][0])["anyOf"]["anyOf"] if "update" in offered else []
    for field in _UPDATES.keys() - set(changes):
        yield "update", UpdateOrder(order_id=order_id, update=_UPDATES[field])
    if "apply_coupon" not in offered:
        yield "apply_coupon", ApplyCoupon(order_id=order_id, coupon_code=PROBE)
    held = [discount["couponCode"] for discount in order["discounts"] or []]
    codes = _needs(offered["remove_coupon"][0])["couponCode"]["oneOf"] if "remove_coupon" in offered else []
    for code in {PROBE, *held} - set(codes):
        yield "remove_coupon", RemoveCoupon(order_id=order_id, coupon_code=code)
    outstanding = order["settlementAmounts"]["outstandingMoney"]["amount"]
    if "pay" not in offered:
        yield "pay", PayOrder(order_id=order_id, sources=("tok_visa",))
        yield "pay", PayOrder(order_id=order_id)
    elif outstanding:
        over = TenderInput(source="tok_visa", money=Price(amount=outstanding + 1))
        yield "pay", PayOrder(order_id=order_id, tenders=(over,))
        yield "pay", PayOrder(order_id=order_id)
    for name, command in (("capture", CapturePayment), ("void", VoidPayment)):
        ids = {action["arguments"]["paymentIntentId"] for action in offered.get(name, [])}
        for payment_id in set(order["paymentIntentIds"]) - ids:
            yield name, command(payment_id=payment_id)
    for action in offered.get("capture", []):
        most = _needs(action)["amountMoney"]["max"]["amount"]
        payment_id = action["arguments"]["paymentIntentId"]
        yield "capture", CapturePayment(payment_id=payment_id, amount=Price(amount=most + 1))
    yield from _refunds_not_offered(order, offered.get("refund"))
    if "cancel" not in offered:
        yield "cancel", CancelOrder(order_id=order_id)
    if "close" not in offered:
        yield "close", CloseOrder(order_id=order_id)


def _refunds_not_offered(order: dict[str, Any], offered: list[dict[str, Any]] | None) -> Iterable[tuple[str, Command]]:
    order_id = order["orderId"]
    needs = _needs(offered[0]) if offered else {}
    most = needs["amountMoney"]["max"]["amount"] if offered else 0
    yield "refund", CreateRefund(target=RefundTarget(order_id=order_id, amount=Price(amount=most + 1)))
    if not offered:
        yield "refund", CreateRefund(target=RefundTarget(order_id=order_id))
    lines = {line["lineItemId"] for line in order["lineItems"]} - set(needs.get("lines", {}).get("oneOf", []))
    for line_id in lines:
        yield "refund", CreateRefund(target=RefundTarget(order_id=order_id, lines=(RefundLine(line_id=line_id),)))
    charges = {charge["chargeId"] for charge in order["charges"] or []}
    for charge_id in charges - set(needs.get("chargeIds", {}).get("oneOf", [])):
        yield "refund", CreateRefund(target=RefundTarget(order_id=order_id, charge_ids=(charge_id,)))
    if "tip" not in needs and order["pricingAmounts"]["tipMoney"]["amount"]:
        yield "refund", CreateRefund(target=RefundTarget(order_id=order_id, tip=True))
