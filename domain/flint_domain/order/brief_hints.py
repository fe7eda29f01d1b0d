"""Hints as short views show them: one entry for each tool, and of what is blocked only the present stage."""

from collections.abc import Sequence
from itertools import groupby

from flint_domain.kernel.wire import Id
from flint_domain.order.hinted import AvailableAction, Hints, Need
from flint_domain.order.hints import blocked_action, judged
from flint_domain.order.lifecycle import Standing

BLOCKED_SHOWN = 4  # blocked actions of a short view; the full one has the rest
_COSTS = "create_refund"  # an undo that moves money back; any other undo is the tool's own description
_SAYS_AMOUNT = frozenset({"pay", "void", "cancel", "move_payment"})  # whose effect is an amount that no need states


def brief(standing: Standing) -> Hints:
    """What can be done, an entry for each tool, and at most four of what cannot, those that can be unblocked first."""
    available, blocks = judged(standing)
    first: dict[str, int] = {}
    for place, offer in enumerate(available):
        first.setdefault(offer.tool, place)
    in_order = sorted(available, key=lambda offer: (first[offer.tool], _follows_up(offer)))
    by_tool = groupby(in_order, lambda offer: (offer.tool, _follows_up(offer)))
    stage = [(name, block) for name, block in blocks if not block.idle]
    caller = standing.setting.caller
    stage.sort(key=lambda named: not (caller.has(named[1].unblocked_by) or caller.has(named[1].instead)))
    shown = {name for name, _ in stage[:BLOCKED_SHOWN]}
    return Hints(
        [_merged(list(offers)) for _, offers in by_tool],
        [blocked_action(standing, name, block) for name, block in blocks if name in shown],
    )


def _follows_up(offer: AvailableAction) -> bool:
    """Whether it is about a parcel that is on its way: handing over more is another thing, with the same tool."""
    return "fulfillmentId" in offer.arguments


def _merged(offers: Sequence[AvailableAction]) -> AvailableAction:
    """The offers of one tool as one. What they differ in becomes a need, with the values that are accepted; an amount
    is bounded by the smallest bound, so that every value inside is accepted for each of them."""
    first = offers[0]
    if len(offers) == 1:
        return AvailableAction(
            action=first.action,
            tool=first.tool,
            arguments=first.arguments,
            needs=_short_needs(first) or None,
            effect=first.effect if first.action in _SAYS_AMOUNT else None,
            undo=first.undo if first.undo == _COSTS else None,
        )
    names = dict.fromkeys(name for offer in offers for name in offer.arguments)
    known = {name: value for name, value in first.arguments.items() if _is_common(offers, name)}
    chosen = [_choice(offers, name) for name in names if name not in known]
    needed = dict.fromkeys(need.name for offer in offers for need in offer.needs or ())
    effects = {offer.effect for offer in offers}
    return AvailableAction(
        action=first.action,
        tool=first.tool,
        arguments=known,
        needs=[*(_need(offers, name) for name in needed), *chosen] or None,
        effect=first.effect if len(effects) == 1 and first.action in _SAYS_AMOUNT else None,
        undo=first.undo if first.undo == _COSTS else None,
    )


def _is_common(offers: Sequence[AvailableAction], name: str) -> bool:
    return all(offer.arguments.get(name) == offers[0].arguments.get(name) for offer in offers)


def _choice(offers: Sequence[AvailableAction], name: str) -> Need:
    values: dict[Id, None] = dict.fromkeys(offer.arguments[name] for offer in offers if name in offer.arguments)
    optional = any(name not in offer.arguments for offer in offers)
    return Need(name=name, optional=optional or None, one_of=list(values))


def _need(offers: Sequence[AvailableAction], name: str | None) -> Need:
    """A need that some of the offers have, bounded by all of them."""
    found = [next((need for need in offer.needs or () if need.name == name), None) for offer in offers]
    needs = [need for need in found if need is not None]
    bounds = [need.max for need in needs if need.max is not None]
    optional = None in found or any(need.optional for need in needs)
    smallest = min(bounds, key=lambda bound: bound.amount) if bounds else None
    return needs[0].model_copy(update={"optional": optional or None, "max": smallest})


_SHORT_NEEDS = ("lineItems", "shippingAddress")  # of all that an unpaid order can be updated by, what short views name


def _short_needs(offer: AvailableAction) -> list[Need]:
    """What the offer needs, without what goes without saying: of many arguments, any of which will do, the ones most
    asked for; and no bound for each line, which says itself what it gives back."""
    needs = list(offer.needs or ())
    if offer.action != "update" or not needs:
        return [need if need.max_each is None else need.model_copy(update={"max_each": None}) for need in needs]
    fields = [field for field in needs[0].any_of or [] if field in _SHORT_NEEDS]
    return [Need(any_of=fields)] if "lineItems" in fields else needs
