"""How an order ends: canceled with all its money given back, or closed once it is paid. Whether it may is decided in
order.guards."""

from dataclasses import replace

from flint_domain.kernel.facts import Fact, Moment
from flint_domain.kernel.guards import require
from flint_domain.order import guards
from flint_domain.order.lifecycle import Standing
from flint_domain.order.model import Canceling, Change, Order
from flint_domain.order.payments.model import Transfer, TransferState
from flint_domain.order.payments.rules import plan_void
from flint_domain.order.refunds.rules import refund_rest


def cancel(standing: Standing, moment: Moment, reason: str | None = None) -> Change:
    """Plan every void and every refund at once; with no money to move the order is canceled right away."""
    order = replace(standing.order, cancel_reason=reason)
    require(guards.cancel(standing), order.order_id)
    transfers: list[Transfer] = []
    for payment in order.payments:
        if payment.authorized > 0:
            order, transfer = plan_void(order, moment, payment)
            transfers.append(transfer)
    change = refund_rest(order, moment, standing)
    transfers += change.transfers
    if not transfers:
        return Change(replace(order, ended="canceled", cancel_failed=False), (_canceled(order),))
    canceling = Canceling(awaited=tuple(transfer.transfer_id for transfer in transfers))
    order = replace(change.order, canceling=canceling, cancel_failed=False)
    started = Fact("ORDER_CANCELING", "Cancel asked for: the money is on its way back.", _why(order))
    return Change(order, (started, *change.facts), tuple(transfers))


def _canceled(order: Order) -> Fact:
    return Fact("ORDER_CANCELED", "Order canceled.", _why(order))


def _why(order: Order) -> dict[str, str]:
    """The reason for those who hear of it; never in the sentence, since somebody's words are data."""
    return {} if order.cancel_reason is None else {"reason": order.cancel_reason}


def advance_cancel(change: Change, transfer: Transfer, state: TransferState) -> Change:
    """Note a transfer's answer on a cancel under way. The order is canceled when each has succeeded or is pending; a
    definite no returns it to its derived status, marked for a person's attention."""
    canceling = change.order.canceling
    answered = state in (TransferState.SUCCEEDED, TransferState.PENDING, TransferState.DECLINED)
    if canceling is None or transfer.transfer_id not in canceling.awaited or not answered:
        return change
    awaited = tuple(awaited for awaited in canceling.awaited if awaited != transfer.transfer_id)
    failed = canceling.failed
    if state is TransferState.DECLINED:
        failed = (*failed, transfer.transfer_id)
    if awaited:
        order = replace(change.order, canceling=Canceling(awaited=awaited, failed=failed))
        return replace(change, order=order)
    if failed:
        order = replace(change.order, canceling=None, cancel_failed=True, cancel_reason=None)
        fact = Fact("ORDER_CANCEL_FAILED", "Not canceled: not all of the money could be given back.")
    else:
        order = replace(change.order, canceling=None, ended="canceled")
        fact = _canceled(order)
    return replace(change, order=order, facts=(*change.facts, fact))


def close(standing: Standing) -> Change:
    """End a paid order: refunds stay possible, nothing else."""
    order: Order = standing.order
    require(guards.close(standing), order.order_id)
    return Change(replace(order, ended="closed"), (Fact("ORDER_CLOSED", "Order closed."),))
