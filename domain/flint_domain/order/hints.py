"""What an agent may do with an order now, and why not the rest. Both come from the guards that commands obey."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flint_domain.kernel.callers import Caller
from flint_domain.kernel.guards import Block
from flint_domain.kernel.money import format_money
from flint_domain.kernel.wire import Id, money
from flint_domain.order import guards
from flint_domain.order.fulfillment.counting import returnable, unfulfilled
from flint_domain.order.hinted import AvailableAction, BlockedAction, Hints, LineBound, Need
from flint_domain.order.lifecycle import Standing
from flint_domain.order.money import refundable_of
from flint_domain.order.refunds.allocation import refundables, returned_worth
from flint_domain.order.refunds.model import TIP


@dataclass(frozen=True, slots=True)
class _Action:
    """An action of an order: its name, its tool, why not, and how to do it when nothing speaks against it."""

    name: str
    tool: str
    guard: Callable[[Standing], Block | None]
    offers: Callable[[Standing], Iterable[AvailableAction]]


_NOT_ENABLED = Block("not_enabled", "not enabled on this server")


def hints(standing: Standing) -> Hints:
    """Every action of the order, either available or blocked. Tools that the caller does not have are never offered."""
    available, blocks = judged(standing)
    blocked = [blocked_action(standing, name, block) for name, block in blocks]
    return Hints(available, blocked, frozenset(name for name, block in blocks if block.idle))


def judged(standing: Standing) -> tuple[list[AvailableAction], list[tuple[str, Block]]]:
    """Every action of the order: how it can be done, or its name and why it cannot."""
    caller = standing.setting.caller
    available: list[AvailableAction] = []
    blocks: list[tuple[str, Block]] = []
    for action in _ACTIONS:
        block = action.guard(standing)
        if block is None and not caller.has(action.tool):
            block = _NOT_ENABLED
        if block is not None:
            blocks.append((action.name, block))
        else:
            available += (_undoable(offer, caller) for offer in action.offers(standing))
    return available, blocks


def blocked_action(standing: Standing, name: str, block: Block) -> BlockedAction:
    """The action as callers read it, without a way out by tools that the caller does not have."""
    caller = standing.setting.caller
    by = block.unblocked_by if caller.has(block.unblocked_by) else None
    instead = block.instead if caller.has(block.instead) else None
    return BlockedAction(action=name, reason=block.reason, unblocked_by=by, instead=instead)


def _undoable(offer: AvailableAction, caller: Caller) -> AvailableAction:
    """The offer, without an undo that the caller does not have."""
    return offer if offer.undo is None or caller.has(offer.undo) else offer.model_copy(update={"undo": None})


def _offer(
    standing: Standing,
    action: str,
    tool: str,
    needs: Sequence[Need] = (),
    *,
    effect: str | None = None,
    undo: str | None = None,
    payment_id: Id | None = None,
    arguments: dict[str, Id] | None = None,
) -> AvailableAction:
    if arguments is None:
        arguments = {"paymentIntentId": payment_id} if payment_id else {"orderId": standing.order.order_id}
    return AvailableAction(
        action=action, tool=tool, arguments=arguments, needs=list(needs) or None, effect=effect, undo=undo
    )


def _money(standing: Standing, amount: int) -> str:
    return format_money(amount, standing.order.currency)


_PRICED = ["lineItems", "charges", "tipMoney"]
_ADDRESS = ["shippingAddress"]
_CUSTOMER = ["customerId"]
_DETAILS = ["note", "metadata"]


def _update(standing: Standing) -> Iterable[AvailableAction]:
    priced = [] if guards.reprice(standing) else _PRICED
    address = [] if guards.address(standing) else _ADDRESS  # of a paid order, too: to another door in the same place
    customer = [] if guards.customer(standing) else _CUSTOMER
    fields = [*priced, *address, *customer, *_DETAILS]
    yield _offer(standing, "update", "update_order", [Need(any_of=fields)])


def _apply_coupon(standing: Standing) -> Iterable[AvailableAction]:
    yield _offer(standing, "apply_coupon", "apply_coupon", [Need(name="couponCode")])


def _remove_coupon(standing: Standing) -> Iterable[AvailableAction]:
    codes = [coupon.code for coupon in standing.order.coupons]
    yield _offer(standing, "remove_coupon", "remove_coupon", [Need(name="couponCode", one_of=codes)])


def _pay(standing: Standing) -> Iterable[AvailableAction]:
    amount = guards.chargeable(standing)
    if amount == 0:
        yield _offer(standing, "pay", "pay_order", effect="settles the zero total, nothing is charged")
    else:
        effect = f"charges {_money(standing, amount)}"
        sources = Need(name="paymentSourceTokens", instead="tenders")
        yield _offer(standing, "pay", "pay_order", [sources], effect=effect, undo="create_refund")


def _capture(standing: Standing) -> Iterable[AvailableAction]:
    for payment in filter(guards.capturable, standing.order.payments):
        limit = Need(name="amountMoney", optional=True, max=money(payment.authorized, standing.order.currency))
        effect = f"captures up to {_money(standing, payment.authorized)}"
        yield _offer(
            standing,
            "capture",
            "capture_payment",
            [limit],
            effect=effect,
            undo="create_refund",
            payment_id=payment.payment_id,
        )


def _void(standing: Standing) -> Iterable[AvailableAction]:
    for payment in filter(guards.voidable, standing.order.payments):
        effect = f"releases {_money(standing, payment.authorized or payment.amount)}"
        yield _offer(standing, "void", "void_payment", effect=effect, payment_id=payment.payment_id)


def _refund(standing: Standing) -> Iterable[AvailableAction]:
    most = standing.money.refundable + standing.money.elsewhere
    everything = refundables(standing)
    items = [item for item in everything if 0 < item.left <= most and item.quantity_left > 0]
    lines = [item.id for item in items if item.id.startswith("li_")]
    charges = [item.id for item in items if item.id.startswith("chg_")]
    only_fees = most == sum(item.kept for item in everything)  # which go back when they are named, and only then
    needs = [Need(name="amountMoney", optional=None if only_fees else True, max=money(most, standing.order.currency))]
    if lines:
        needs.append(Need(name="lines", optional=True, one_of=lines))
    if charges:
        needs.append(Need(name="chargeIds", optional=True, one_of=charges))
    if any(item.id == TIP for item in items):
        needs.append(Need(name="tip", optional=True))
    needs.append(_refund_to(standing))
    yield _offer(standing, "refund", "create_refund", needs, effect=f"refunds up to {_money(standing, most)}")


def _cancel(standing: Standing) -> Iterable[AvailableAction]:
    parts: list[str] = []
    if standing.money.authorized:
        parts.append(f"releases {_money(standing, standing.money.authorized)}")
    if standing.money.refundable:
        parts.append(f"refunds {_money(standing, standing.money.refundable)}")
    yield _offer(standing, "cancel", "cancel_order", effect=" and ".join(parts) or None)


def _close(standing: Standing) -> Iterable[AvailableAction]:
    unsent = " with units that were never handed over" if guards.fulfill(standing) is None else ""
    yield _offer(standing, "close", "close_order", effect=f"ends the order{unsent}; refunds stay possible")


def _refund_to(standing: Standing) -> Need:
    """Where money may go. What was paid elsewhere cannot go back by itself, so that it has to be said."""
    return Need(name="refundTo", optional=None if standing.money.elsewhere else True)


def _amend(standing: Standing) -> Iterable[AvailableAction]:
    yield _offer(
        standing,
        "amend",
        "amend_order",
        [
            Need(any_of=["lineItems", "removeLineItemIds", "shippingAddress"]),
            Need(name="paymentSourceToken", optional=True),
            _refund_to(standing),
        ],
        effect="changes what was paid for, and charges or gives back the difference",
    )


def _fulfill(standing: Standing) -> Iterable[AvailableAction]:
    lines = list(unfulfilled(standing.order))
    yield _offer(
        standing,
        "fulfill",
        "fulfill_order",
        [Need(name="lines", optional=True, one_of=lines)],
        effect="hands over what is left, or these lines",
        undo="fulfill_order",
    )


def _follow_up(standing: Standing) -> Iterable[AvailableAction]:
    for fulfillment in standing.order.fulfillments:
        if fulfillment.state == "FULFILLED":
            for status, action in (("DELIVERED", "deliver"), ("CANCELED", "cancel_fulfillment")):
                known = {
                    "orderId": standing.order.order_id,
                    "fulfillmentId": fulfillment.fulfillment_id,
                    "status": status,
                }
                yield _offer(standing, action, "fulfill_order", arguments=known)


def _return_items(standing: Standing) -> Iterable[AvailableAction]:
    yield _offer(
        standing,
        "return",
        "return_items",
        [
            Need(name="lines", one_of=list(returnable(standing.order))),
            Need(name="paymentSourceToken", optional=True),
            _refund_to(standing),
            *_keep_money(standing),
        ],
        effect="refunds what the units cost, or exchanges them for replacements",
    )


def _keep_money(standing: Standing) -> list[Need]:
    """How much can be kept of what each line gives back, when all of its units come back for money."""
    worth = returned_worth(standing)
    if not worth:
        return []
    currency = standing.order.currency
    if len(returnable(standing.order)) == 1:
        return [Need(name="keepMoney", optional=True, max=money(sum(worth.values()), currency))]
    each = [LineBound(line_item_id=line_id, max=money(most, currency)) for line_id, most in worth.items()]
    return [Need(name="keepMoney", optional=True, max_each=each)]


def _move_payment(standing: Standing) -> Iterable[AvailableAction]:
    for payment in standing.order.payments:
        if (amount := refundable_of(standing.order, payment)) > 0:
            yield _offer(
                standing,
                "move_payment",
                "move_payment",
                [Need(name="paymentSourceToken")],
                effect=f"charges {_money(standing, amount)} to another method and gives this one back",
                payment_id=payment.payment_id,
            )


_ACTIONS = (
    _Action("update", "update_order", guards.details, _update),
    _Action("apply_coupon", "apply_coupon", guards.apply_coupon, _apply_coupon),
    _Action("remove_coupon", "remove_coupon", guards.remove_coupon, _remove_coupon),
    _Action("pay", "pay_order", guards.pay, _pay),
    _Action("capture", "capture_payment", guards.capture, _capture),
    _Action("void", "void_payment", guards.void, _void),
    _Action("refund", "create_refund", guards.refund, _refund),
    _Action("amend", "amend_order", guards.amend, _amend),
    _Action("fulfill", "fulfill_order", guards.fulfill, _fulfill),
    _Action("follow_up", "fulfill_order", guards.follow_up, _follow_up),
    _Action("return", "return_items", guards.return_items, _return_items),
    _Action("move_payment", "move_payment", guards.move_payment, _move_payment),
    _Action("cancel", "cancel_order", guards.cancel, _cancel),
    _Action("close", "close_order", guards.close, _close),
)
