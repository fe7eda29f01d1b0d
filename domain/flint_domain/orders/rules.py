"""What creating and updating an order changes: lines, charges, tip, discounts, customer, note, metadata."""

from dataclasses import replace

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Fact
from flint_domain.kernel.guards import require
from flint_domain.kernel.money import format_money
from flint_domain.orders import guards
from flint_domain.orders.inputs import Inputs, OrderUpdate
from flint_domain.orders.lifecycle import Standing, standing
from flint_domain.orders.lines import Line
from flint_domain.orders.model import Change, Order

MAX_LINES = 200  # more than any hand-made order; keeps a body, a view and a refund's spread small
MAX_CHARGES = 20
MAX_METADATA = 50  # keys, as at Stripe


def create(order: Order) -> Change:
    """The first version of an order."""
    _check_counts(order)
    found = standing(order)
    total = format_money(found.priced.total, order.currency)
    count = len(order.lines)
    summary = f"Order created: {count} {'item' if count == 1 else 'items'}, {total}."
    data = {"total": found.priced.total, "currency": order.currency}
    return Change(order, (Fact("ORDER_CREATED", summary, data),))


def update(before: Standing, wanted: OrderUpdate, inputs: Inputs) -> Change:
    """Do all of an update, or raise Refused and do nothing."""
    order = before.order
    if wanted.is_empty:
        raise Refused(
            "invalid_argument",
            "The update names nothing to change.",
            hint="give lines to add, change or remove, or charges, tipMoney, customerId, note or metadata",
            order_id=order.order_id,
        )
    require(guards.reprice(before) if wanted.reprices else guards.details(before), order.order_id)
    order = replace(
        order,
        lines=_lines(order, wanted, inputs),
        charges=order.charges if wanted.charges is None else tuple(map(inputs.charge, wanted.charges)),
        tip=order.tip if wanted.tip is None else inputs.amount(wanted.tip, "tipMoney"),
        customer_id=order.customer_id if wanted.customer_id is None else wanted.customer_id or None,
        note=order.note if wanted.note is None else wanted.note or None,
        metadata=_metadata(order.metadata, wanted.metadata or {}),
        settled_free=order.settled_free and not wanted.reprices,
    )
    _check_counts(order)
    after = standing(order)
    if wanted.reprices:
        totals = (format_money(s.priced.total, order.currency) for s in (before, after))
        summary = "Order updated: total {} → {}.".format(*totals)
    else:
        summary = "Order details updated."
    changed = [name for name, value in _named(wanted).items() if value]
    data = {"changed": changed, "total": after.priced.total, "currency": order.currency}
    return Change(order, (Fact("ORDER_UPDATED", summary, data),))


def _named(wanted: OrderUpdate) -> dict[str, bool]:
    return {
        "lineItems": bool(wanted.add or wanted.change or wanted.remove),
        "charges": wanted.charges is not None,
        "tip": wanted.tip is not None,
        "customerId": wanted.customer_id is not None,
        "note": wanted.note is not None,
        "metadata": wanted.metadata is not None,
    }


def _lines(order: Order, wanted: OrderUpdate, inputs: Inputs) -> tuple[Line, ...]:
    known = {line.line_id for line in order.lines}
    changes = {change.line_id: change for change in wanted.change}
    for line_id in (*changes, *wanted.remove):
        if line_id not in known:
            raise Refused(
                "not_found",
                f"{line_id} is not a line of {order.order_id}.",
                hint="use the lineItemId values of this order",
                param="removeLineItemIds" if line_id in wanted.remove else "lineItems",
                order_id=order.order_id,
            )
    if len(changes) < len(wanted.change) or changes.keys() & set(wanted.remove):
        raise Refused(
            "invalid_argument",
            "A line is named twice in one update.",
            hint="name each line once, to change or to remove",
            param="lineItems",
            order_id=order.order_id,
        )
    kept = (line for line in order.lines if line.line_id not in wanted.remove)
    lines = [inputs.changed(line, changes[line.line_id]) if line.line_id in changes else line for line in kept]
    return (*lines, *map(inputs.line, wanted.add))


def _metadata(before: dict[str, str], wanted: dict[str, str | None]) -> dict[str, str]:
    merged = {**before, **{key: value for key, value in wanted.items() if value is not None}}
    return {key: value for key, value in merged.items() if wanted.get(key, "") is not None}


def _check_counts(order: Order) -> None:
    for count, least, most, what, param in (
        (len(order.lines), 1, MAX_LINES, "lines", "lineItems"),
        (len(order.charges), 0, MAX_CHARGES, "charges", "charges"),
        (len(order.metadata), 0, MAX_METADATA, "metadata keys", "metadata"),
    ):
        if not least <= count <= most:
            raise Refused(
                "invalid_argument",
                f"An order has {least} to {most} {what}; this one would have {count}.",
                hint="cancel_order ends an order that is not wanted" if count == 0 else "split it into several orders",
                param=param,
                order_id=order.order_id,
            )
