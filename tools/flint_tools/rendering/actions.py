"""What can be done next, a line for each action with its tool and needs, and what cannot."""

from collections.abc import Mapping
from typing import Any

from flint_tools.rendering.lines import Lines, said, under
from flint_tools.rendering.words import Facts, joined, labeled, plain

NOTHING = {"amount": 0}  # an amount that is not there


def action_lines(order: Facts) -> Lines:
    """The actions of an order; none says so."""
    actions = [_action(action) for action in order.each("availableActions")]
    if order.peek("blockedActions") is None and not actions:
        return
    yield from under("Actions", actions) if actions else said("Actions", "none")
    yield from under("Blocked", [_blocked(action) for action in order.each("blockedActions")])


def _action(action: Facts) -> str:
    """`create_refund: amountMoney up to 8159 (81.59) or none, lines or none; undo …`. The tool says which action it is,
    but where one tool does several things."""
    tool, name = action.text("tool"), action.text("action")
    arguments: dict[str, str] = action.take("arguments") or {}
    known = [f"{key} {plain(value)}" for key, value in arguments.items()]
    needs = [*known, *(_need(need) for need in action.each("needs"))]
    return joined(
        (
            joined((tool, "" if name.split("_")[0] in tool else f"({name})"), " ")
            + (f": {joined(needs)}" if needs else ""),
            action.take("effect", ""),
            labeled("undo", action.text("undo")),
            action.rest(),
        ),
        "; ",
    )


def _need(need: Facts) -> str:
    """An argument, in brackets when the call works without it."""
    most, values = need.take("max"), [plain(value) for value in need.take("oneOf", ())]
    words = joined(
        (
            need.text("name"),
            labeled("or", need.text("instead")),
            labeled("any of", joined(need.take("anyOf", ()))),
            "" if most is None else _at_most(need, most),
            joined(
                (
                    f"{line.text('lineItemId')} {_at_most(line, line.take('max') or NOTHING)}"
                    for line in need.each("maxEach")
                ),
                " + ",
            ),
            f"= {joined(values, ' | ')}" if values else "",
        ),
        " ",
    )
    optional = need.take("optional")
    words = joined((words, need.rest()))
    return f"[{words}]" if optional else words


def _at_most(need: Facts, most: Mapping[str, Any]) -> str:
    """A bound as an argument takes it, and as people read it."""
    return f"<= {most['amount']} ({need.amount(most)})"


def _blocked(action: Facts) -> str:
    return joined(
        (
            f"{action.text('action')}: {action.take('reason', '')}",
            labeled("needs", action.text("unblockedBy")),
            labeled("instead", action.text("instead")),
            action.rest(),
        )
    )
