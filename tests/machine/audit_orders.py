"""One order's price, money and status, worked out again from its transfers."""

from collections import defaultdict
from dataclasses import dataclass

from flint_domain.order.model import Order
from flint_domain.order.payments.model import UNSETTLED, Transfer, TransferKind, TransferState
from flint_domain.order.refunds.model import DIFFERENCE, MOVED
from tests.machine.books import INCOMING, Books
from tests.machine.oracle import (
    cost_of,
    fulfillment_status_of,
    payment_status_of,
    status_of,
    still_bought_and_given_back,
)


@dataclass(frozen=True)
class Money:
    """Where an order's money stands, from its transfers. kept is what the merchant has of it, on its way or not."""

    captured: int
    paid: int
    refunded: int
    outstanding: int
    overpaid: int

    @property
    def kept(self) -> int:
        return self.paid - self.refunded


def money_of(books: Books, order: Order) -> Money:
    """paid counts a payment that another method took over once. What an amendment under way gives back is left out of
    what is outstanding: it belongs to the order that it will make."""
    transfers, cost = books.of(order.order_id), cost_of(order)
    captured = sum(t.amount for t in transfers if t.kind in INCOMING and t.state is TransferState.SUCCEEDED)
    back = [t for t in transfers if t.kind is TransferKind.REFUND and t.state is not TransferState.DECLINED]
    by_moves = {refund_id for made in order.amendments if made.kind == "move" for refund_id in made.refund_ids}
    waiting = {
        refund_id
        for made in order.amendments
        if made.state == "waiting" and made.kind in ("amend", "exchange")
        for refund_id in made.refund_ids
    }
    moved = sum(t.amount for t in back if t.refund_id in by_moves)
    refunded = sum(t.amount for t in back) - moved
    in_transit = sum(t.amount for t in back if t.refund_id in waiting)
    paid = captured - moved
    due = cost.total - paid + refunded - in_transit - still_bought_and_given_back(order, cost) - order.waived
    return Money(captured, paid, refunded, outstanding=max(0, due), overpaid=max(0, -due))


def was_amended(order: Order) -> bool:
    """Whether its lines or amounts have ever changed, or are about to, after they were paid."""
    return any(made.state != "dropped" and made.kind in ("amend", "exchange") for made in order.amendments)


def check_order(books: Books, order: Order) -> None:
    money = money_of(books, order)
    _columns_are_the_contracts(books, order, money)
    _the_order_is_its_transfers(books, order)
    _no_more_comes_in_than_it_costs(order, money)
    _no_more_goes_back_than_came_in(order)
    _refunds_fit_their_lines(order)
    _every_change_is_in_the_trail(books, order)


def _columns_are_the_contracts(books: Books, order: Order, money: Money) -> None:
    columns, total = books.columns[order.order_id], cost_of(order).total
    types = [kind for _, _, kind, _ in books.facts[order.order_id]]
    ended = "canceled" if "ORDER_CANCELED" in types else "closed" if "ORDER_CLOSED" in types else None
    free = order.settled_free
    assert not free or "ORDER_SETTLED" in types
    assert (columns["version"], columns["total"]) == (order.version, total)
    assert (columns["paid"], columns["refunded"]) == (money.paid, money.refunded)
    assert columns["outstanding"] == money.outstanding
    if not was_amended(order):
        assert money.outstanding == max(0, total - money.paid), "a refund does not reopen what is outstanding"
    worth = money.paid + money.outstanding  # what it costs, as far as nothing was given back for it
    held = sum(payment.authorized for payment in order.payments)
    assert columns["status"] == status_of(
        total=worth, paid=money.paid, refunded=money.refunded, ended=ended, settled_free=free
    )
    assert columns["payment_status"] == payment_status_of(total=worth, paid=money.paid, held=held, settled_free=free)
    assert columns["fulfillment_status"] == fulfillment_status_of(order)
    attention = money.overpaid > 0 or bool(order.in_doubt)
    assert columns["needs_attention"] or not attention


def _the_order_is_its_transfers(books: Books, order: Order) -> None:
    transfers = books.of(order.order_id)
    for payment in order.payments:
        own = [t for t in transfers if t.payment_id == payment.payment_id]
        captured = sum(t.amount for t in own if t.kind in INCOMING and t.state is TransferState.SUCCEEDED)
        assert payment.captured == captured
        authorized = sum(
            t.amount for t in own if t.kind is TransferKind.AUTHORIZE and t.state is TransferState.SUCCEEDED
        )
        released = payment.voided or captured > 0
        assert payment.authorized == (0 if released else authorized)
        if payment.step is not None:
            assert next(t for t in own if t.transfer_id == payment.step.transfer_id).state in UNSETTLED
    steps = {p.step.transfer_id for p in order.payments if p.step} | {
        p.voiding.transfer_id for p in order.payments if p.voiding
    }
    for transfer in transfers:
        if transfer.kind is TransferKind.REFUND:
            _the_refund_is_its_transfer(order, transfer)
        elif transfer.state in UNSETTLED and transfer.kind is not TransferKind.VOID:
            assert transfer.transfer_id in steps, "an open charge or capture reserves its amount"
    assert len(order.refunds) == sum(t.kind is TransferKind.REFUND for t in transfers)


def _the_refund_is_its_transfer(order: Order, transfer: Transfer) -> None:
    refund = next(r for r in order.refunds if r.refund_id == transfer.refund_id)
    assert (refund.amount, refund.payment_id) == (transfer.amount, transfer.payment_id)
    assert refund.state is transfer.state
    source = next(p.source for p in order.payments if p.payment_id == refund.payment_id)
    own_account = source if source.startswith(("gift_", "crd_")) else None
    assert transfer.account == (refund.destination or own_account)


def _no_more_comes_in_than_it_costs(order: Order, money: Money) -> None:
    """Captured, held and asked for, without what went back: never more than the order costs, or will.

    Nothing is overpaid but by a refund that was refused. A payment that takes another one's place counts once it has.
    """
    a_refund_was_refused = any(not refund.counts for refund in order.refunds)
    assert a_refund_was_refused or (money.overpaid == 0 and order.waived == 0)
    moving = {made.payment_id for made in order.amendments if made.kind == "move" and made.state == "waiting"}
    coming = sum(
        payment.authorized
        + (payment.step.amount if payment.step and payment.step.kind is not TransferKind.CAPTURE else 0)
        for payment in order.payments
        if payment.payment_id not in moving
    )
    if was_amended(order):
        waiting = sum(made.difference for made in order.amendments if made.state == "waiting" and made.difference > 0)
        assert coming <= money.outstanding + waiting, "more is asked for than the order costs"
        assert money.outstanding == 0 or money.paid == 0, "an amendment leaves nothing outstanding"
    else:
        corrected = sum(refund.amount_of(DIFFERENCE) for refund in order.refunds if refund.counts)
        stuck = sum(refund.amount_of(MOVED) for refund in order.refunds if not refund.counts)
        assert money.paid - corrected - money.overpaid - stuck + coming <= cost_of(order).total


def _no_more_goes_back_than_came_in(order: Order) -> None:
    for payment in order.payments:
        assert 0 <= payment.captured + payment.authorized <= payment.amount
        back = sum(r.amount for r in order.refunds if r.payment_id == payment.payment_id and r.counts)
        assert 0 <= back <= payment.captured


def _refunds_fit_their_lines(order: Order) -> None:
    """A refund is the sum of its parts; as long as nothing was amended, no part is more than what it is of cost."""
    costs = {**cost_of(order).items, "tip": order.tip}
    back: dict[str, int] = defaultdict(int)
    for refund in order.refunds:
        assert refund.amount == sum(part.net + part.tax for part in refund.parts) > 0
        assert all(part.net >= 0 and part.tax >= 0 for part in refund.parts)
        for part in refund.parts if refund.counts else ():
            back[part.of] += part.amount
    for item_id, amount in back.items():
        if item_id not in (DIFFERENCE, MOVED) and not was_amended(order):
            assert amount <= costs[item_id], f"{item_id} cost {costs[item_id]}, and {amount} went back for it"


def _every_change_is_in_the_trail(books: Books, order: Order) -> None:
    """Each version has its facts, from the first one on."""
    assert {fact[0] for fact in books.facts[order.order_id]} == set(range(1, order.version + 1))
    types = [kind for _, _, kind, _ in books.facts[order.order_id]]
    assert types[0] == "ORDER_CREATED"
    settled = [t for t in books.of(order.order_id) if t.state is TransferState.SUCCEEDED]
    for kinds, fact in (
        (INCOMING, "PAYMENT_CAPTURED"),
        ((TransferKind.AUTHORIZE,), "PAYMENT_AUTHORIZED"),
        ((TransferKind.VOID,), "PAYMENT_VOIDED"),
    ):
        assert types.count(fact) == sum(t.kind in kinds for t in settled)
    assert types.count("REFUND_CREATED") == len(order.refunds)
