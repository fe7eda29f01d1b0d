"""What pays: store credit first, but never so much of it that the card would be asked for less than it can charge."""

from dataclasses import dataclass

from flint_domain.kernel.money import format_money
from flint_domain.order.lines import Charge


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenders:
    """How an amount is paid, in minor units: from store credit, by the saved method, and what nobody is charged for
    because no processor could. The three sum to the amount."""

    credit: int
    method: int
    not_charged: int = 0


def split(amount: int, balance: int, minimum: int) -> Tenders:
    """Pay an amount with what is on the store credit first.

    minimum is the least that the processor charges. Credit leaves as much for the method, if the amount allows it;
    where it does not, what credit leaves over is not charged at all, and never carried over.
    """
    credit = max(0, min(balance, amount))
    rest = amount - credit
    if rest == 0 or rest >= minimum:
        return Tenders(credit=credit, method=rest)
    if amount >= minimum:
        return Tenders(credit=amount - minimum, method=minimum)
    return Tenders(credit=credit, method=0, not_charged=rest)


def adjustment(tenders: Tenders, minimum: int, currency: str, charge_id: str) -> Charge | None:
    """The line that settles what is not charged; None when all of it is."""
    if not tenders.not_charged:
        return None
    name = f"below {format_money(minimum, currency).removesuffix(f' {currency}')}, not charged"
    return Charge(charge_id=charge_id, name=name, amount=-tenders.not_charged)
