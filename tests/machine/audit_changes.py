"""What became of changes after payment, and of the goods: nothing half, and no unit twice."""

from collections.abc import Callable
from decimal import Decimal

from flint_domain.order.amendments.model import Amendment
from flint_domain.order.model import Order
from flint_domain.order.payments.model import UNSETTLED, Transfer, TransferState
from tests.machine.audit_orders import money_of
from tests.machine.books import INCOMING, Books

_FACTS = {"amend": "ORDER_AMENDED", "return": "ORDER_RETURNED", "exchange": "ORDER_EXCHANGED", "move": "PAYMENT_MOVED"}


def check_changes(books: Books, order: Order, before: Order | None) -> None:
    _every_amendment_is_whole(books, order)
    _no_unit_is_sent_or_taken_back_twice(order)
    if before is not None:
        _a_dropped_amendment_changed_nothing(books, order, before)
        _only_what_was_asked_for_changes_the_price(books, order, before)


def _every_amendment_is_whole(books: Books, order: Order) -> None:
    """Waiting, made or dropped: its money is on the way, has moved, or never will."""
    waiting = [made for made in order.amendments if made.state == "waiting"]
    assert len(waiting) == (order.amending is not None)
    types = [kind for _, _, kind, _ in books.facts[order.order_id]]
    for kind, fact in _FACTS.items():
        assert types.count(fact) == sum(made.kind == kind and made.state == "made" for made in order.amendments)
    assert types.count("ORDER_AMENDMENT_DROPPED") == sum(made.state == "dropped" for made in order.amendments)
    for made in order.amendments:
        charges, refunds = _transfers_of(books, order, made)
        if made.kind == "move":
            _a_move_charges_before_it_gives_back(made, charges, refunds)
        else:
            _its_difference_has_moved(books, order, made, charges, refunds)
        if made.state != "waiting":
            assert (made.return_id in [back.return_id for back in order.returns]) == (
                made.state == "made" and made.kind in ("return", "exchange")
            )


def _transfers_of(books: Books, order: Order, made: Amendment) -> tuple[list[Transfer], list[Transfer]]:
    own = books.of(order.order_id)
    charges = [t for t in own if made.payment_id and t.payment_id == made.payment_id and t.kind in INCOMING]
    return charges, [t for t in own if t.refund_id is not None and t.refund_id in made.refund_ids]


def _sum(transfers: list[Transfer], which: Callable[[TransferState], bool]) -> int:
    return sum(transfer.amount for transfer in transfers if which(transfer.state))


def _has_succeeded(state: TransferState) -> bool:
    return state is TransferState.SUCCEEDED


def _is_not_refused(state: TransferState) -> bool:
    return state is not TransferState.DECLINED


def _its_difference_has_moved(
    books: Books, order: Order, made: Amendment, charges: list[Transfer], refunds: list[Transfer]
) -> None:
    charged, given = _sum(charges, _has_succeeded), _sum(refunds, _is_not_refused)
    match made.state:
        case "made":
            assert charged == max(0, made.difference)
            assert sum(refund.amount for refund in refunds) == max(0, -made.difference)
            if made.kind != "return" and _was_left_alone_since(books, order, made):
                assert money_of(books, order).overpaid >= max(0, -made.difference) - given, "what is missing is shown"
        case "dropped":
            assert (charged, given) == (0, 0)
            assert all(transfer.state is TransferState.DECLINED for transfer in (*charges, *refunds))
        case "waiting":
            assert charged == 0
            assert any(transfer.state in UNSETTLED for transfer in (*charges, *refunds))


def _was_left_alone_since(books: Books, order: Order, made: Amendment) -> bool:
    """No later refund or change has given back what this one could not."""
    last = order.amendments[-1] is made
    return last and all(
        refund.refund_id in made.refund_ids or refund.created_at < made.created_at for refund in order.refunds
    )


def _a_move_charges_before_it_gives_back(made: Amendment, charges: list[Transfer], refunds: list[Transfer]) -> None:
    captured, asked = _sum(charges, _has_succeeded), sum(refund.amount for refund in refunds)
    if made.state == "made":
        assert 0 < asked <= captured, "the old money goes back once, and only for what another method has paid"
    else:
        assert (captured, asked) == (0, 0)


def _no_unit_is_sent_or_taken_back_twice(order: Order) -> None:
    lines = {line.line_id: line for line in order.lines}
    sent = dict.fromkeys(lines, Decimal(0))
    arrived = dict.fromkeys(lines, Decimal(0))
    for parcel in order.fulfillments:
        for units in parcel.lines if parcel.state != "CANCELED" else ():
            assert units.quantity > 0
            sent[units.line_id] += units.quantity
            arrived[units.line_id] += units.quantity if parcel.state == "DELIVERED" else 0
    for line_id, line in lines.items():
        assert sent[line_id] <= line.quantity
        assert 0 <= line.returned + line.exchanged <= arrived[line_id]
        came_back = [back for made in order.returns for back in made.lines if back.line_id == line_id]
        assert sum((back.quantity for back in came_back), Decimal(0)) == line.returned + line.exchanged
        exchanged = [back for back in came_back if back.replaced_by is not None]
        assert sum((back.quantity for back in exchanged), Decimal(0)) == line.exchanged
        assert 0 <= line.restocked <= line.quantity


def _what_it_is(order: Order) -> object:
    """All that an amendment may change."""
    taxes = (order.default_taxes, order.category_taxes, order.tax_exempt)
    return order.lines, order.charges, order.tip, order.shipping_address, taxes, order.returns


def _a_dropped_amendment_changed_nothing(books: Books, order: Order, before: Order) -> None:
    was = {made.amendment_id: made.state for made in before.amendments}
    dropped = [made for made in order.amendments if made.state == "dropped" != was.get(made.amendment_id)]
    if dropped:
        assert _what_it_is(order) == _what_it_is(before)
        assert before.amending is not None or order.stock == before.stock


def _only_what_was_asked_for_changes_the_price(books: Books, order: Order, before: Order) -> None:
    types = {kind for version, _, kind, _ in books.facts[order.order_id] if version > before.version}
    if not types & {"ORDER_UPDATED", "ORDER_AMENDED", "ORDER_RETURNED", "ORDER_EXCHANGED", "REFUND_CREATED"}:
        assert _what_it_is(order) == _what_it_is(before)
