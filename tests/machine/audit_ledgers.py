"""Orders against the processor's ledger, the ledgers of gift cards and store credit, the stock, and the coupons."""

from collections import Counter
from decimal import Decimal

from flint_domain.order.model import Order
from flint_domain.order.payments.model import Transfer, TransferKind, TransferState
from tests.machine.audit_orders import money_of, was_amended
from tests.machine.books import INCOMING, Books
from tests.machine.oracle import cost_of

FOUR_PLACES = 10_000
SHELF = ("available", "reserved", "sold")


def both_ledgers_tell_the_same(books: Books) -> None:
    """Every entry of the processor is a transfer that was written down first; a settled one moved just its amount."""
    known = {transfer.transfer_id for transfer in books.transfers}
    assert set(books.entries) <= known, "money moved that nobody had written down"
    for transfer in books.transfers:
        moved = books.booked(transfer)
        amount = {TransferKind.REFUND: -transfer.amount, TransferKind.CHARGE: transfer.amount}.get(transfer.kind, 0)
        amount = transfer.amount if transfer.kind is TransferKind.CAPTURE else amount
        late_failure = transfer.kind is TransferKind.REFUND
        match transfer.state:
            case _ if transfer.account is not None:
                assert moved == 0, "no processor has a hand in it"
            case TransferState.SUCCEEDED:
                assert moved == amount or (late_failure and moved == 0)
            case TransferState.DECLINED:
                assert moved == 0
            case _ if transfer.kind is TransferKind.AUTHORIZE:
                assert moved == 0
            case _:
                assert moved in (0, amount)
    for order_id, order in books.orders.items():
        if not (was_amended(order) or any(made.kind == "move" for made in order.amendments)):
            taken = sum(p.captured + p.held for p in books.payments.values() if p.order_id == order_id)
            assert taken <= cost_of(order).total, "the processor took more than the order costs"


def every_account_adds_up(books: Books) -> None:
    """A balance is the sum of its entries and never below zero; a transfer of Flint's own books is never left open, and
    moves its amount in the ledger, once."""
    running = dict.fromkeys(books.balances, 0)
    for entry in books.ledger:
        running[entry["account_id"]] += entry["amount"]
        assert running[entry["account_id"]] == entry["balance"] >= 0
    assert running == books.balances
    held = {t.payment_id: t.amount for t in books.transfers if t.kind is TransferKind.AUTHORIZE}
    accounts = {t.transfer_id: t.account for t in books.transfers}
    for entry in books.ledger:
        if entry["transfer_id"] is not None:
            assert entry["account_id"] == accounts[entry["transfer_id"]]
    for transfer in books.transfers:
        if transfer.account is None:
            assert books.posted(transfer) == 0
            continue
        assert transfer.state in (TransferState.SUCCEEDED, TransferState.DECLINED), "an open transfer of our own books"
        expected = _given(transfer, held.get(transfer.payment_id, 0))
        assert books.posted(transfer) == (expected if transfer.state is TransferState.SUCCEEDED else 0)


def _given(transfer: Transfer, held: int) -> int:
    """What a transfer adds to its account: the end of a hold gives all of it back, and takes what was captured."""
    match transfer.kind:
        case TransferKind.REFUND:
            return transfer.amount
        case TransferKind.CAPTURE:
            return held - transfer.amount
        case TransferKind.VOID:
            return held
        case _:
            return -transfer.amount


def stock_is_what_orders_hold(books: Books) -> None:
    """Every number is the sum of its trail and never below zero; what is reserved and sold is what the orders hold."""
    sums = {variant_id: Counter[str]() for variant_id in books.shelves}
    for change in books.trail:
        for name in SHELF:
            sums[change["variant_id"]][name] += change[name]
        if change["order_id"] is not None:
            assert sum(change[name] for name in SHELF) == 0, "an order makes no units"
    held = {variant_id: Counter[str]() for variant_id in books.shelves}
    for order in books.orders.values():
        for own in order.stock:
            held[own.variant_id]["reserved"] += _places(own.reserved)
            held[own.variant_id]["sold"] += _places(own.sold)
        _an_order_holds_what_it_needs(books, order)
    for variant_id, shelf in books.shelves.items():
        numbers = {name: shelf[name] for name in SHELF}
        assert min(numbers.values()) >= 0
        assert numbers == {name: sums[variant_id][name] for name in SHELF}
        assert (numbers["reserved"], numbers["sold"]) == (held[variant_id]["reserved"], held[variant_id]["sold"])


def _places(quantity: Decimal) -> int:
    return int(quantity * FOUR_PLACES)


def _an_order_holds_what_it_needs(books: Books, order: Order) -> None:
    """All units of its lines that did not go back on the shelf: sold once it is paid, reserved until then. What an
    amendment will add is reserved beside them; an order that was not paid in time may hold less."""
    present, coming = Counter[str](), Counter[str]()
    for lines, units in (
        (order.lines, present),
        (order.amending.to.lines if order.amending and order.amending.to else (), coming),
    ):
        for line in lines:
            if line.stocked and line.variant_id is not None:
                units[line.variant_id] += _places(max(Decimal(0), line.quantity - line.restocked))
    if order.ended == "canceled":
        present, coming = Counter[str](), Counter[str]()
    sold = Counter({own.variant_id: _places(own.sold) for own in order.stock})
    has = Counter({own.variant_id: _places(own.sold + own.reserved + own.uncounted) for own in order.stock})
    paid = books.columns[order.order_id]["payment_status"] == "PAID"
    lapsed = order.reserved_until is not None and order.reserved_until <= books.at
    for variant_id in {*present, *coming, *has}:
        needed = max(present[variant_id], coming[variant_id])
        assert has[variant_id] <= needed if lapsed else has[variant_id] == needed
        assert sold[variant_id] <= present[variant_id]
        assert not paid or sold[variant_id] == present[variant_id]


def coupon_uses_are_the_orders_that_hold_them(books: Books) -> None:
    held = {
        (coupon.coupon_id, order_id)
        for order_id, order in books.orders.items()
        for coupon in order.coupons
        if order.ended != "canceled"
    }
    assert books.uses == held
    for coupon_id, (uses, coupon) in books.coupons.items():
        holders = [order_id for held_id, order_id in held if held_id == coupon_id]
        assert uses == len(holders)
        assert coupon.max_uses is None or uses <= coupon.max_uses
        if coupon.max_uses_per_customer is not None:
            customers = [books.orders[order_id].customer_id for order_id in holders]
            assert all(customers.count(customer) <= coupon.max_uses_per_customer for customer in customers)
    for order in books.orders.values():
        assert len(order.coupons) == 1 or not any(coupon.terms.exclusive for coupon in order.coupons)


def ledgers_agree_at_rest(books: Books, order: Order) -> None:
    """What the order says is what the processor and the accounts have taken, hold and have given back, to the cent."""
    transfers = books.of(order.order_id)
    with_cards = [t for t in transfers if t.account is None]
    theirs = [payment for payment in books.payments.values() if payment.order_id == order.order_id]
    assert _succeeded(with_cards, *INCOMING) == sum(payment.captured for payment in theirs)
    assert _succeeded(with_cards, TransferKind.REFUND) == sum(payment.refunded for payment in theirs)
    cards = [p for p in order.payments if not p.source.startswith(("gift_", "crd_"))]
    assert sum(payment.authorized for payment in cards) == sum(payment.held for payment in theirs)
    in_accounts = sum(books.posted(transfer) for transfer in transfers)
    held_on_accounts = sum(payment.authorized for payment in order.payments if payment not in cards)
    booked = sum(books.booked(transfer) for transfer in transfers)
    assert money_of(books, order).kept == booked - in_accounts - held_on_accounts
    assert sum(entry["amount"] for entry in books.ledger if entry["order_id"] == order.order_id) == in_accounts


def _succeeded(transfers: list[Transfer], *kinds: TransferKind) -> int:
    return sum(t.amount for t in transfers if t.kind in kinds and t.state is TransferState.SUCCEEDED)


def saved_methods_agree_at_rest(books: Books) -> None:
    """What pays here is attached at the processor. What is attached there and does not pay was to be detached, and the
    processor refused that."""
    attached = {method.method_id for method in books.methods if method.status == "attached"}
    states = {method.method_id: method.state for each in books.customers.values() for method in each.methods}
    assert {method_id for method_id, state in states.items() if state == "active"} <= attached
    assert {states.get(method_id, "refused") for method_id in attached} <= {"active", "refused"}
    assert not {"attaching", "detaching"} & set(states.values())
