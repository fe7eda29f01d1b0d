"""What an agent may do with a subscription now, and why not the rest. Both come from the guards that commands obey."""

from collections.abc import Callable
from dataclasses import dataclass

from flint_domain.billing import guards
from flint_domain.billing.guards import TOOL
from flint_domain.billing.status import Billed
from flint_domain.kernel.guards import Block
from flint_domain.order.hinted import AvailableAction, BlockedAction, Hints, Need


@dataclass(frozen=True, slots=True)
class _Action:
    """An action of change_subscription: why not, what it needs, and what takes it back."""

    name: str
    guard: Callable[[Billed], Block | None]
    needs: Callable[[Billed], list[Need]]
    undo: bool = True


def hints(billed: Billed, exposed: frozenset[str]) -> Hints:
    """Every action of the subscription, either available or blocked. Tools outside exposed are never offered."""
    available: list[AvailableAction] = []
    blocked: list[BlockedAction] = []
    idle: set[str] = set()
    for action in _ACTIONS:
        block = action.guard(billed)
        if block is not None:
            by = block.unblocked_by if block.unblocked_by in exposed else None
            blocked.append(BlockedAction(action=action.name, reason=block.reason, unblocked_by=by))
            if block.idle:
                idle.add(action.name)
        elif TOOL not in exposed:
            blocked.append(BlockedAction(action=action.name, reason="not enabled on this server"))
        else:
            available.append(
                AvailableAction(
                    action=action.name,
                    tool=TOOL,
                    arguments={"subscriptionId": billed.subscription.subscription_id, "action": action.name},
                    needs=action.needs(billed) or None,
                    undo=TOOL if action.undo else None,
                )
            )
    return Hints(available, blocked, frozenset(idle))


def _when(billed: Billed, now: Callable[[Billed], Block | None], *, on_date: bool = False) -> Need:
    possible = ["now"] if now(billed) is None else []
    return Need(name="when", one_of=[*possible, "period_end", *(["on_date"] if on_date else [])])


def _for_change(billed: Billed) -> list[Need]:
    return [Need(any_of=["planId", "quantity", "revision"]), _when(billed, guards.change_now)]


def _for_pause(billed: Billed) -> list[Need]:
    return [_when(billed, guards.pause), Need(name="until", optional=True)]


def _for_resume(_: Billed) -> list[Need]:
    return [Need(name="newAnchor", optional=True)]


def _for_cancel(billed: Billed) -> list[Need]:
    needs = [_when(billed, guards.cancel, on_date=True), Need(name="onDate", optional=True)]
    if billed.current is not None and billed.current.money.refundable and not billed.between:
        needs.append(Need(name="refundTo", optional=True))
    if billed.debts:
        needs.append(Need(name="openOrder", one_of=["cancel", "keep"], optional=True))
    return needs


def _nothing(_: Billed) -> list[Need]:
    return []


_ACTIONS = (
    _Action("change", guards.change, _for_change),
    _Action("pause", guards.pause, _for_pause),
    _Action("resume", guards.resume, _for_resume),
    _Action("cancel", guards.cancel, _for_cancel),
    _Action("keep", guards.keep, _nothing, undo=False),
    _Action("retry", guards.retry, _nothing, undo=False),
)
