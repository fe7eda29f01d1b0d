"""What must be true of both sides' books at every moment, and once every answer is in."""

from flint_domain.order.payments.model import UNSETTLED, Transfer, TransferKind, TransferState
from tests.machine.audit_changes import check_changes
from tests.machine.audit_ledgers import (
    both_ledgers_tell_the_same,
    coupon_uses_are_the_orders_that_hold_them,
    every_account_adds_up,
    ledgers_agree_at_rest,
    saved_methods_agree_at_rest,
    stock_is_what_orders_hold,
)
from tests.machine.audit_orders import check_order
from tests.machine.books import Books


def check(books: Books, before: Books | None) -> None:
    """Everything that holds at every moment, crashes and open answers included."""
    for order in books.orders.values():
        check_order(books, order)
        check_changes(books, order, None if before is None else before.orders.get(order.order_id))
    both_ledgers_tell_the_same(books)
    every_account_adds_up(books)
    stock_is_what_orders_hold(books)
    coupon_uses_are_the_orders_that_hold_them(books)
    if before is not None:
        history_only_grows(books, before)


def history_only_grows(books: Books, before: Books) -> None:
    for order_id, was in before.orders.items():
        now = books.orders[order_id]
        assert now.version >= was.version
        if now.version == was.version:
            assert now == was, "an order changed without a new version"
        assert books.facts[order_id][: len(before.facts[order_id])] == before.facts[order_id]
    kept = {asked.asked_id: asked for asked in books.asked}
    for was in before.asked:
        now = kept[was.asked_id]
        assert (now.kind, now.key) == (was.kind, was.key)
        if isinstance(was, Transfer) and isinstance(now, Transfer):
            assert (now.amount, now.source) == (was.amount, was.source)
        if was.state not in UNSETTLED and now.state is not was.state:
            assert was.kind == TransferKind.REFUND
            assert (was.state, now.state) == (TransferState.SUCCEEDED, TransferState.DECLINED)
    for key, answer in before.receipts.items():
        assert answer is None or books.receipts[key] == answer, "a receipt's answer changed"
    assert books.ledger[: len(before.ledger)] == before.ledger
    assert books.trail[: len(before.trail)] == before.trail


def check_at_rest(books: Books) -> None:
    """Once every answer is in, all books agree to the cent: transfers, orders, accounts, and the processor's ledger."""
    assert [asked.asked_id for asked in books.asked if asked.state in UNSETTLED] == []
    for order in books.orders.values():
        assert order.canceling is None
        assert order.amending is None
        ledgers_agree_at_rest(books, order)
    saved_methods_agree_at_rest(books)
