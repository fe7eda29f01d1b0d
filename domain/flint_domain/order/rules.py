"""What creating and updating an order changes: lines, charges, tip, discounts, customer, note, metadata."""

from collections.abc import Sequence
from dataclasses import replace

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.facts import Fact
from flint_domain.kernel.guards import require
from flint_domain.kernel.money import MAX_AMOUNT, format_money
from flint_domain.order import guards
from flint_domain.order.input_values import Inputs
from flint_domain.order.inputs import ChargeInput, OrderUpdate
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.lines import Charge, Line, items_of
from flint_domain.order.model import Change, Order
from flint_domain.order.tax.model import Taxes

MAX_LINES = 200  # more than any hand-made order; keeps a body, a view and a refund's spread small
MAX_CHARGES = 20
MAX_METADATA = 50  # keys, as at Stripe


def create(order: Order) -> tuple[Change, Standing]:
    """The first version of an order, and where it stands."""
    check_counts(order)
    found = standing(order)
    total = format_money(found.priced.total, order.currency)
    summary = f"Order created: {items_of(order.lines)}, {total}."
    data = {"total": found.priced.total, "currency": order.currency}
    return Change(order, (Fact("ORDER_CREATED", summary, data),)), found


def update(before: Standing, wanted: OrderUpdate, inputs: Inputs, taxes: Taxes | None = None) -> Change:
    """Do all of an update, or raise Refused and do nothing; taxes, when given, take the place of the order's."""
    order = before.order
    if wanted.is_empty:
        raise Refused(
            "invalid_argument",
            "The update names nothing to change.",
            hint="give lines, charges, tipMoney, shippingAddress, customerId, note or metadata a new value",
            order_id=order.order_id,
        )
    require(guards.reprice(before) if wanted.reprices else guards.details(before), order.order_id)
    if wanted.shipping_address is not None:
        require(guards.address(before), order.order_id)
    if wanted.customer_id is not None:
        require(guards.customer(before), order.order_id)
    made = revised(order, wanted, inputs, taxes)
    order = replace(
        made,
        customer_id=order.customer_id if wanted.customer_id is None else wanted.customer_id or None,
        note=order.note if wanted.note is None else wanted.note or None,
        metadata=_metadata(order.metadata, wanted.metadata or {}),
        settled_free=order.settled_free and not wanted.reprices,  # taxes of nothing are nothing anywhere
        reserved_until=None if wanted.changes_lines else order.reserved_until,
    )
    check_counts(order)
    after = standing(order, before.setting, was=before)
    reprices = wanted.reprices or after.priced != before.priced
    if reprices:
        _require_repricing(before)
        totals = (format_money(s.priced.total, order.currency) for s in (before, after))
        summary = "Order updated: total {} → {}.".format(*totals)
    else:
        summary = "Order details updated."
    changed = [name for name, value in _named(wanted).items() if value]
    data = {"changed": changed, "total": after.priced.total, "currency": order.currency}
    return Change(order, (Fact("ORDER_UPDATED", summary, data),))


def _require_repricing(before: Standing) -> None:
    """Refuse an address or a customer whose taxes are others, when the price must stay as it is."""
    block = guards.reprice(before)
    if block is not None:
        block = replace(block, reason=f"the order's taxes would change, and {block.reason}")
    require(block, before.order.order_id)


def revised(order: Order, wanted: OrderUpdate, inputs: Inputs, taxes: Taxes | None) -> Order:
    """The order with the lines, charges, tip, address and taxes of an update: all that its price depends on."""
    if taxes is not None:
        order = replace(order, default_taxes=taxes.default, category_taxes=taxes.by_category, tax_exempt=taxes.exempt)
    return replace(
        order,
        lines=_lines(order, wanted, inputs),
        charges=order.charges if wanted.charges is None else _charges(order, wanted.charges, inputs),
        tip=order.tip if wanted.tip is None else inputs.amount(wanted.tip, "tipMoney"),
        shipping_address=wanted.addressed(order.shipping_address),
    )


def _charges(order: Order, wanted: Sequence[ChargeInput], inputs: Inputs) -> tuple[Charge, ...]:
    """The charges that replace the order's. One that is the same as before stays the one it was, with what was refunded
    of it."""
    before = list(order.charges)
    made: list[Charge] = []
    for charge in map(inputs.charge, wanted):
        same = next((was for was in before if replace(charge, charge_id=was.charge_id) == was), None)
        if same is not None:
            before.remove(same)
        made.append(same or charge)
    return tuple(made)


def _named(wanted: OrderUpdate) -> dict[str, bool]:
    return {
        "lineItems": wanted.changes_lines,
        "charges": wanted.charges is not None,
        "tip": wanted.tip is not None,
        "shippingAddress": wanted.shipping_address is not None,
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


def check_total(standing: Standing) -> None:
    """Refuse a total that passes the largest amount Flint handles."""
    if standing.priced.total > MAX_AMOUNT or standing.priced.subtotal > MAX_AMOUNT:
        currency = standing.order.currency
        raise Refused(
            "amount_too_large",
            f"The total would be {format_money(standing.priced.total, currency)}; "
            f"{format_money(MAX_AMOUNT, currency)} is the most.",
            hint="check the amounts, which are minor units, and the quantities",
            param="lineItems",
        )


def _metadata(before: dict[str, str], wanted: dict[str, str | None]) -> dict[str, str]:
    merged = {**before, **{key: value for key, value in wanted.items() if value is not None}}
    return {key: value for key, value in merged.items() if wanted.get(key, "") is not None}


def check_counts(order: Order) -> None:
    """Refuse an order without lines, or with more of anything than an order may have."""
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
