"""The contract read a second time, from the transfers and parcels: guards and hints could be wrong together."""

from decimal import Decimal

from flint_domain.order.payments.model import UNSETTLED, TransferKind, TransferState
from tests.machine.audit_orders import money_of
from tests.machine.books import INCOMING, Books
from tests.machine.hints_seen import Seen, needs_of
from tests.machine.oracle import cost_of

AFTER_PAYMENT = {"amend", "return", "move_payment"}


def only_what_the_contract_allows(seen: Seen, books: Books) -> None:
    _nothing_that_waits_is_passed_over(seen, books)
    _prices_are_locked_by_money(seen, books)
    _refunds_are_of_what_is_left(seen, books)
    _goods_are_sent_once_and_taken_back_once(seen, books)
    if "close" in seen.actions:
        assert seen.money("outstandingMoney") == seen.money("authorizedMoney") == 0


def _nothing_that_waits_is_passed_over(seen: Seen, books: Books) -> None:
    transfers = books.of(seen.order_id)
    types = [kind for _, _, kind, _ in books.facts[seen.order_id]]
    if seen.stored.canceling:
        assert not seen.actions
    if {"ORDER_CANCELED", "ORDER_CLOSED"} & set(types):
        assert seen.actions <= {"refund"}
    in_flight = any(t.state in UNSETTLED and t.kind is not TransferKind.REFUND for t in transfers)
    if in_flight:
        assert not seen.actions & {"pay", "capture", "cancel", "close", "apply_coupon", "remove_coupon", *AFTER_PAYMENT}
    if any(made.state == "waiting" for made in seen.stored.amendments):
        assert seen.actions <= {"update", "void"}, "one change after payment at a time"


def _prices_are_locked_by_money(seen: Seen, books: Books) -> None:
    transfers = books.of(seen.order_id)
    locked = any(t.state in UNSETTLED for t in transfers if t.kind is not TransferKind.REFUND) or any(
        seen.money(name) for name in ("authorizedMoney", "paidMoney")
    )
    if locked and "update" in seen.actions:
        assert not {"lineItems", "charges", "tipMoney"} & set(seen.needs("update")["anyOf"]["anyOf"])
    assert not locked or not seen.actions & {"apply_coupon", "remove_coupon"}
    money = money_of(books, seen.stored)
    settled = money.outstanding == 0 and (money.paid > 0 or seen.stored.settled_free)
    assert settled or not seen.actions & {"amend", "return"}
    if "pay" in seen.actions:
        held = seen.money("authorizedMoney")
        assert money.outstanding > held or (cost_of(seen.stored).total == 0 and not settled)


def _refunds_are_of_what_is_left(seen: Seen, books: Books) -> None:
    free = {p.payment_id for p in seen.stored.payments if p.dispute is None or p.dispute.status == "won"}
    left: dict[str, int] = dict.fromkeys(free, 0)
    for transfer in books.of(seen.order_id):
        if transfer.payment_id in free:
            if transfer.kind in INCOMING and transfer.state is TransferState.SUCCEEDED:
                left[transfer.payment_id] += transfer.amount
            if transfer.kind is TransferKind.REFUND and transfer.state is not TransferState.DECLINED:
                left[transfer.payment_id] -= transfer.amount
    if "refund" in seen.actions:
        assert seen.needs("refund")["amountMoney"]["max"]["amount"] == sum(left.values()) > 0
    elif not (seen.stored.canceling or seen.stored.amending):
        assert sum(left.values()) == 0
    movable = {offer["arguments"]["paymentIntentId"] for offer in seen.offers("move_payment")}
    if movable:
        assert movable == {payment_id for payment_id, amount in left.items() if amount}


def _goods_are_sent_once_and_taken_back_once(seen: Seen, books: Books) -> None:
    sent, arrived = seen.sent(), seen.arrived()
    to_return = seen.needs("return").get("lines", {}).get("oneOf", [])
    to_send = seen.needs("fulfill").get("lines", {}).get("oneOf", [])
    for line in seen.stored.lines:
        came_back = line.returned + line.exchanged
        assert (line.line_id in to_return) <= (arrived[line.line_id] > came_back)
        assert (line.line_id in to_send) <= (sent[line.line_id] < line.quantity)
        if "return" in seen.actions:
            assert (line.line_id in to_return) == (arrived[line.line_id] > came_back)
    if "fulfill" in seen.actions:
        status = books.columns[seen.order_id]["payment_status"]
        in_flight = any(payment.step or payment.voiding for payment in seen.stored.payments)
        assert status == "PAID" or (status == "AUTHORIZED" and not in_flight)
        assert to_send
    if any(sent.values()):
        assert "cancel" not in seen.actions
    else:
        assert ("close" in seen.actions) <= ("cancel" in seen.actions), "what was not sent can be canceled"
    parcels = {parcel.fulfillment_id: parcel.state for parcel in seen.stored.fulfillments}
    for action in ("deliver", "cancel_fulfillment"):
        for offer in seen.offers(action):
            assert needs_of(offer) == {}
            assert parcels[offer["arguments"]["fulfillmentId"]] == "FULFILLED"
    assert all(units >= Decimal(0) for units in sent.values())
