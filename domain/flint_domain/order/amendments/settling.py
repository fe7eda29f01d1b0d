"""What the answers to an amendment's transfers make of it: made, dropped, or still waiting."""

from dataclasses import replace

from flint_domain.kernel.facts import Fact, Moment
from flint_domain.kernel.money import format_money
from flint_domain.order.amendments.model import Amended, Amending, Amendment, Return
from flint_domain.order.model import Change, Order
from flint_domain.order.money import refundable_of
from flint_domain.order.payments.model import TransferKind, TransferState
from flint_domain.order.payments.rules import payment_of
from flint_domain.order.refunds.model import MOVED, RefundPart
from flint_domain.order.refunds.rules import give_back

_MADE = {
    "amend": ("ORDER_AMENDED", "Order amended: {difference}."),
    "return": ("ORDER_RETURNED", "Items returned: {difference}."),
    "exchange": ("ORDER_EXCHANGED", "Items exchanged: {difference}; the replacement is still to be sent."),
    "move": ("PAYMENT_MOVED", "Paid with another method; what paid before goes back."),
}


def started(change: Change, amendment: Amendment, amending: Amending, moment: Moment) -> Change:
    """Note an amendment on the order: waiting for its transfers, or made at once when it has none."""
    amendment = replace(amendment, state="waiting")
    order = replace(change.order, amendments=(*change.order.amendments, amendment), amending=amending)
    if not amending.awaited:
        return _made(replace(change, order=order), amending, moment)
    what = _difference(order, amendment)
    fact = Fact("ORDER_AMENDMENT_STARTED", f"Change after payment asked for: {what}.", _data(order, amendment))
    return replace(change, order=order, facts=(fact, *change.facts))


def applied(order: Order, to: Amended) -> Order:
    """The order as its amendment makes it."""
    return replace(
        order,
        lines=to.lines,
        coupons=order.coupons if to.coupons is None else to.coupons,
        charges=to.charges,
        tip=to.tip,
        shipping_address=to.shipping_address,
        default_taxes=to.default_taxes,
        category_taxes=to.category_taxes,
        tax_exempt=to.tax_exempt,
        returns=order.returns if to.returned is None else (*order.returns, to.returned),
        amending=None,
    )


def amended(order: Order) -> Order:
    """The order as it is, or as it will be when the money of its amendment has moved."""
    return order if order.amending is None or order.amending.to is None else applied(order, order.amending.to)


def advance(change: Change, transfer_id: str, kind: TransferKind, state: TransferState, moment: Moment) -> Change:
    """Note a transfer's answer on the amendment that awaits it.

    A refund on its way counts as given. When all have answered, the amendment is made if any money has moved (what of a
    difference could not go back stays refundable, for a person to see), and dropped otherwise.
    """
    amending = change.order.amending
    if amending is None or transfer_id not in amending.awaited:
        return change
    moved = state is TransferState.SUCCEEDED or (state is TransferState.PENDING and kind is TransferKind.REFUND)
    if not moved and state is not TransferState.DECLINED:
        return change
    moved = moved and kind is not TransferKind.AUTHORIZE  # a tender that is held pays when it is captured
    still = (awaited for awaited in amending.awaited if awaited != transfer_id)
    amending = replace(
        amending,
        awaited=(*still, *_captures(change, amending)),
        moved=(*amending.moved, transfer_id) if moved else amending.moved,
    )
    change = replace(change, order=replace(change.order, amending=amending))
    if amending.awaited:
        return change
    return _made(change, amending, moment) if amending.moved else _dropped(change, amending)


def _captures(change: Change, amending: Amending) -> tuple[str, ...]:
    """The captures that follow when all tenders of the amendment are held."""
    payment_ids = amendment_of(change.order, amending).payment_ids
    captures = (planned for planned in change.transfers if planned.kind is TransferKind.CAPTURE)
    return tuple(planned.transfer_id for planned in captures if planned.payment_id in payment_ids)


def _made(change: Change, amending: Amending, moment: Moment) -> Change:
    order, amendment = _ended(change.order, amending, made=True)
    if amending.to is not None:
        order = applied(order, amending.to)
    kind, text = _MADE[amendment.kind]
    fact = Fact(kind, text.format(difference=_difference(order, amendment)), _data(order, amendment))
    change = replace(change, order=order, facts=(*change.facts, fact))
    return change if amending.moves is None else _give_back_moved(change, amendment, amending.moves, moment)


def _give_back_moved(change: Change, amendment: Amendment, payment_id: str, moment: Moment) -> Change:
    """Another method has paid: as much of the former payment goes back. A refund of it that has failed meanwhile is not
    part of the move, and stays refundable."""
    order = change.order
    payment = payment_of(order, payment_id)
    paid = payment_of(order, amendment.payment_id or "").captured
    amount = min(paid, refundable_of(order, payment))
    if amount == 0:
        return change
    part = RefundPart(of=MOVED, net=amount, tax=0)
    back = give_back(order, moment, [(payment, (part,))], note="another method has paid")
    order = with_amendment(back.order, replace(amendment, refund_ids=(back.order.refunds[-1].refund_id,)))
    return Change(order, (*change.facts, *back.facts), (*change.transfers, *back.transfers), change.called_off)


def _dropped(change: Change, amending: Amending) -> Change:
    order, amendment = _ended(change.order, amending, made=False)
    text = "Change after payment dropped: its money was refused, and nothing has changed."
    return replace(
        change,
        order=replace(order, amending=None),
        facts=(*change.facts, Fact("ORDER_AMENDMENT_DROPPED", text, _data(order, amendment))),
    )


def _ended(order: Order, amending: Amending, *, made: bool) -> tuple[Order, Amendment]:
    after = replace(amendment_of(order, amending), state="made" if made else "dropped")
    return replace(with_amendment(order, after), amending=None), after


def amendment_of(order: Order, amending: Amending) -> Amendment:
    return next(amendment for amendment in order.amendments if amendment.amendment_id == amending.amendment_id)


def with_amendment(order: Order, amendment: Amendment) -> Order:
    """The order with this amendment in place of its former value."""
    amendments = tuple(
        amendment if other.amendment_id == amendment.amendment_id else other for other in order.amendments
    )
    return replace(order, amendments=amendments)


def _difference(order: Order, amendment: Amendment) -> str:
    amount = format_money(abs(amendment.difference), order.currency)
    if amendment.kind == "move":
        return "another method pays"
    returned = return_of(order, amendment)
    kept = returned.kept if returned else None
    rest = f", {format_money(kept.amount, order.currency)} is kept back" if kept else ""
    if amendment.difference == 0:
        return f"no difference{rest}"
    return f"{amount} more{rest}" if amendment.difference > 0 else f"{amount} goes back{rest}"


def return_of(order: Order, amendment: Amendment) -> Return | None:
    """What an amendment takes back, or will when its money has moved; None when it was dropped, or takes nothing."""
    pending = order.amending.to.returned if order.amending and order.amending.to else None
    returns = (*order.returns, *(() if pending is None else (pending,)))
    return next((returned for returned in returns if returned.return_id == amendment.return_id), None)


def _data(order: Order, amendment: Amendment) -> dict[str, object]:
    returned = return_of(order, amendment)
    kept = returned.kept if returned else None
    return {
        "amendmentId": amendment.amendment_id,
        "difference": amendment.difference,
        "currency": order.currency,
        **({"returnId": amendment.return_id} if amendment.return_id else {}),
        **({"kept": {"amount": kept.amount, "name": kept.name}} if kept else {}),
    }
