"""What an amendment leaves as it is: units that were handed over, and what money has gone back for."""

from dataclasses import replace
from decimal import Decimal

from flint_domain.kernel.errors import Refused
from flint_domain.order.fulfillment.counting import sent, unsent
from flint_domain.order.lines import Line
from flint_domain.order.model import Order
from flint_domain.order.money import parts_back


def require_unsent(order: Order, after: Order) -> None:
    """Refuse to take away or change units that were handed over, came back or were refunded."""
    left = unsent(order)
    changed = {line.line_id: line for line in after.lines}
    for line in order.lines:
        changed_line = changed.get(line.line_id)
        settled = line.quantity - left.get(line.line_id, Decimal(0))
        if not settled or changed_line == line:
            continue
        if changed_line is None or changed_line.quantity < settled or _sold_otherwise(line, changed_line):
            raise Refused(
                "order_fulfilled",
                f"{settled.normalize():f} of {line.line_id} {'was' if settled == 1 else 'were'} handed over or "
                "refunded already, and cannot be changed.",
                hint="take delivered units back with return_items; amend the other lines",
                param="lineItems",
                order_id=order.order_id,
            )


def _sold_otherwise(line: Line, changed_line: Line) -> bool:
    """Whether a line means something else now, or another price: anything but a quantity or a note."""
    return replace(changed_line, quantity=line.quantity, note=line.note) != line


def taxed_where_it_went(order: Order, line: Line) -> Line:
    """A line of which units were handed over keeps the taxes of the place they went to."""
    if line.taxes is not None or line.line_id not in sent(order):
        return line
    return replace(line, taxes=order.category_taxes.get(line.tax_category or "", order.default_taxes))


def require_unrefunded(order: Order, after: Order) -> None:
    """Refuse to take away or change a charge of which money has gone back: it would go back, or be owed, again."""
    kept = {charge.charge_id for charge in after.charges}
    for charge in order.charges:
        if charge.charge_id not in kept and parts_back(order).get(charge.charge_id):
            raise Refused(
                "order_fulfilled",
                f"Of {charge.charge_id} money has gone back already, and it cannot be changed.",
                hint="send it as it is among charges, and add or change the others",
                param="charges",
                order_id=order.order_id,
            )
