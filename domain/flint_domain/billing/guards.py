"""Why an action of a subscription is not possible now, without looking at arguments.

Each guard answers None ("go ahead") or a Block. The hints that agents read and the refusals that commands raise both
come from here, so they cannot disagree.
"""

from dataclasses import replace

from flint_domain.billing.status import Billed
from flint_domain.kernel.guards import Block
from flint_domain.kernel.money import format_money
from flint_domain.order import guards as order_guards

TOOL = "change_subscription"


def _ended(billed: Billed) -> Block | None:
    return Block("subscription_ended", "the subscription has ended") if billed.status == "CANCELED" else None


def _incomplete(billed: Billed) -> Block | None:
    if billed.status != "INCOMPLETE":
        return None
    return Block("subscription_incomplete", f"its first order is not paid: {_due(billed)} is due", "pay_order")


def _paused(billed: Billed) -> Block | None:
    return Block("subscription_paused", "the subscription is paused", TOOL) if billed.status == "PAUSED" else None


def _in_flight(billed: Billed) -> Block | None:
    debt = next((debt for debt in billed.debts if debt.in_flight), None)
    if debt is None:
        return None
    return Block("payment_in_progress", f"a payment of {debt.order_id} has no final answer yet")


def _due(billed: Billed) -> str:
    return format_money(billed.due, billed.subscription.currency)


def change(billed: Billed) -> Block | None:
    """Another plan, price or quantity, at the end of the period or now."""
    if blocked := _ended(billed) or _incomplete(billed) or _paused(billed):
        return blocked
    if billed.status == "PAST_DUE":
        return Block("subscription_past_due", f"pay {_due(billed)} first", "pay_order")
    return _in_flight(billed)


def change_now(billed: Billed) -> Block | None:
    """The same in the middle of the period, which amends its order. Before the first order, and between a boundary and
    its renewal, no order is in the way."""
    if blocked := change(billed):
        return blocked
    if billed.current is None or billed.between:
        return None
    blocked = order_guards.prorate(billed.current)
    if blocked is None:
        return None
    return replace(blocked, reason=f"{blocked.reason}: it can change at period_end", instead=None)


def pause(billed: Billed) -> Block | None:
    """Never for the order's sake: what of its money cannot move stays."""
    if blocked := _ended(billed) or _incomplete(billed):
        return blocked
    if billed.status == "PAUSED":
        return Block("subscription_paused", "the subscription is paused already", idle=True)
    return None


def resume(billed: Billed) -> Block | None:
    if blocked := _ended(billed):
        return blocked
    if billed.status != "PAUSED":
        return Block("not_paused", "the subscription is not paused", idle=True)
    return None


def cancel(billed: Billed) -> Block | None:
    """Always, until it has ended: an attempt under way is waited for, and plans no other."""
    return _ended(billed)


def keep(billed: Billed) -> Block | None:
    """Dropping what is planned."""
    if blocked := _ended(billed):
        return blocked
    return Block("nothing_planned", "nothing is planned", idle=True) if billed.subscription.planned is None else None


def retry(billed: Billed) -> Block | None:
    """Charging the oldest unpaid order with the saved method: also of a subscription that has ended."""
    if not billed.debts:
        return Block("nothing_to_pay", "nothing is due", idle=True)
    if blocked := _in_flight(billed):
        return blocked
    if billed.subscription.payment_method_id is None:
        return Block("payment_source_needed", "no payment method is saved", "update_subscription")
    return None


def stays(billed: Billed) -> Block | None:
    """Why no money of the period's order can come back at a pause or an end: it then stays as it is, with a warning."""
    return None if billed.current is None else order_guards.prorate(billed.current)
