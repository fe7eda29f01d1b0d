"""What whoever asks for a refund may not have meant, said beside it."""

from collections.abc import Sequence
from decimal import Decimal

from flint_domain.kernel.errors import quoted
from flint_domain.kernel.money import format_money, share_of
from flint_domain.order.lifecycle import Standing
from flint_domain.order.refunds.allocation import Refundable
from flint_domain.order.refunds.model import RefundPart


def price_mistaken_for_cost(standing: Standing, amount: int | None) -> tuple[str, ...]:
    """A refund by amount that equals a line's price, where discounts made the line cost less."""
    if amount is None:
        return ()
    order, currency = standing.order, standing.order.currency
    for line, item in zip(order.lines, standing.priced.lines, strict=True):
        bought = line.priced_quantity
        for units in (bought, Decimal(1)) if bought else ():
            gross = share_of(item.gross, units, bought)
            cost = share_of(item.total, units, bought)
            if gross == amount > cost:
                return (
                    f"{format_money(amount, currency)} is the price of {line.line_id} before its discount; "
                    f"it cost {format_money(cost, currency)}",
                )
    return ()


def fee_given_back(standing: Standing, items: Sequence[Refundable], parts: Sequence[RefundPart]) -> tuple[str, ...]:
    """A warning when some of a refund had been kept back."""
    by_item = {item.id: item for item in items}
    given = ((by_item[part.of], part.amount) for part in parts if part.of in by_item)
    fee = sum(max(0, amount - (item.left - item.kept)) for item, amount in given)
    if not fee:
        return ()
    names = dict.fromkeys(
        quoted(returned.kept.name) for returned in standing.order.returns if returned.kept and returned.kept.name
    )
    what = f" ({', '.join(names)})" if names else ""
    return (f"{format_money(fee, standing.order.currency)} of it was kept back when units were returned{what}",)
