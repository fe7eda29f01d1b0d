"""What a shop keeps of the money for units that come back: a restocking fee, the return's shipping."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.money import allocate, format_money
from flint_domain.kernel.telling import Told
from flint_domain.order.amendments.model import KeptBack, KeptOfLine
from flint_domain.order.inputs import Amount, amount_in
from flint_domain.order.model import Order
from flint_domain.order.refunds.allocation import Refundable, part_of_amount
from flint_domain.order.refunds.model import RefundPart

PARAM = "keepMoney"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepMoney:
    """An amount to keep back, and what for, in somebody's words."""

    name: str
    money: Told[Amount]


def keep_back(
    order: Order, parts: Sequence[RefundPart], items: Mapping[str, Refundable], wanted: KeepMoney
) -> tuple[list[RefundPart], KeptBack]:
    """The parts of returned units without what is kept of them, which is spread over them by largest remainder.

    A unit of which all is kept has gone back for nothing: its part stays, of zero. What is given back takes its share
    of the line's tax, so what is kept holds the rest of it, as it did when it was sold.

    Raises Refused: "amount_too_high" for more than the units give back, "invalid_argument" when they give nothing back.
    """
    amount, most = amount_in(order.currency, wanted.money, PARAM), sum(part.amount for part in parts)
    if most == 0:
        raise Refused(
            "invalid_argument",
            "No money goes back for these units, so that none of it can be kept.",
            hint="leave keepMoney out; amend_order puts a fee for an exchange on the order, among its charges",
            param=PARAM,
            order_id=order.order_id,
        )
    if amount > most:
        limit = format_money(most, order.currency)
        raise Refused(
            "amount_too_high",
            f"{format_money(amount, order.currency)} is more than the {limit} that these units give back.",
            hint=f"keep at most {limit}",
            param=PARAM,
            order_id=order.order_id,
            details={"maxMoney": {"amount": most, "currency": order.currency}},
        )
    shares = allocate(amount, [part.amount for part in parts])
    given = [_less(part, items[part.of], share) for part, share in zip(parts, shares, strict=True)]
    kept = (KeptOfLine(line_id=part.of, amount=share) for part, share in zip(parts, shares, strict=True) if share)
    return given, KeptBack(name=wanted.name, lines=tuple(kept))


def _less(part: RefundPart, item: Refundable, share: int) -> RefundPart:
    """The part that gives back so much less, for as many units."""
    if not share:
        return part
    given = part_of_amount(item, part.amount - share)
    return replace(part, net=given.net, tax=given.tax)
