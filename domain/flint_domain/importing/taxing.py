"""The taxes of an order of the past, as the shop of then took them: to the cent, in whatever way it rounded."""

from collections.abc import Sequence
from dataclasses import replace

from flint_domain.importing.checks import wrong
from flint_domain.importing.model import OrderRecord
from flint_domain.kernel.money import format_money, percent_of
from flint_domain.order.inputs import amount_in
from flint_domain.order.lifecycle import Standing, standing
from flint_domain.order.lines import Charge, Line
from flint_domain.order.pricing import PricedItem
from flint_domain.order.tax.model import StatedTax, Tax


def taxed_as_then(found: Standing, record: OrderRecord) -> Standing:
    """The order with what the record says of its taxes.

    Stated taxes are taken as they are. Without them Flint rounds once per rate. When that misses the total that the
    record gives, and rounding line by line hits it, the shop did the latter, and the taxes are kept so.

    Raises Refused for a stated tax that cannot be.
    """
    told = [*record.lines, *record.charges]
    if any(tax.money is not None for each in told for tax in each.taxes):
        return _retaxed(found, [_stated(found, place, record) for place in range(len(told))])
    if record.total is None or found.priced.total == amount_in(found.order.currency, record.total, "totalMoney"):
        return found
    by_line = _retaxed(found, [_by_itself(taxes, item) for taxes, item in _taxed(found)])
    expected = amount_in(found.order.currency, record.total, "totalMoney")
    return by_line if by_line.priced.total == expected else found


def _taxed(found: Standing) -> list[tuple[tuple[Tax, ...], PricedItem]]:
    """The lines and then the charges: their rates, and what they cost."""
    items: list[Line | Charge] = [*found.order.lines, *found.order.charges]
    priced = [*found.priced.lines, *found.priced.charges]
    return [(item.taxes or (), cost) for item, cost in zip(items, priced, strict=True)]


def _retaxed(found: Standing, taxes: Sequence[tuple[Tax, ...]]) -> Standing:
    order = found.order
    of_lines, of_charges = taxes[: len(order.lines)], taxes[len(order.lines) :]
    return standing(
        replace(
            order,
            lines=tuple(replace(line, taxes=own) for line, own in zip(order.lines, of_lines, strict=True)),
            charges=tuple(replace(charge, taxes=own) for charge, own in zip(order.charges, of_charges, strict=True)),
        )
    )


def _by_itself(taxes: tuple[Tax, ...], item: PricedItem) -> tuple[Tax, ...]:
    """Additive taxes rounded for this item alone; what a price holds makes no difference to the total."""
    base = item.gross - item.discount
    return tuple(
        tax if tax.inclusive else replace(tax, stated=StatedTax(amount=percent_of(base, tax.percent), base=base))
        for tax in taxes
    )


def _stated(found: Standing, place: int, record: OrderRecord) -> tuple[Tax, ...]:
    """The taxes of the line or charge at this place, with what the record states of them.

    Raises Refused for one that is more than what it was taken of, and for several inside a price that are together.
    """
    taxes, item = _taxed(found)[place]
    told = (*record.lines, *record.charges)[place].taxes
    if all(terms.money is None for terms in told):
        return taxes
    number = place - len(record.lines)
    what, field = f"charge {number + 1}", f"charges.{number}"
    if number < 0:
        what, field = f"line {place + 1}", f"lineItems.{place}"
    base, currency, stated, inside = item.gross - item.discount, found.order.currency, list[Tax](), 0
    for each, (tax, terms) in enumerate(zip(taxes, told, strict=True)):
        param = f"{field}.taxes.{each}.amountMoney"
        if terms.money is None:
            raise wrong(
                f"One tax of {what} says how much it was, and another does not.",
                "give the amount of each of them, or of none",
                param,
            )
        amount = amount_in(currency, terms.money, param)
        if amount > base:
            raise wrong(
                f"A tax of {format_money(amount, currency)} on {what}, which cost {format_money(base, currency)}.",
                "correct the amount, or leave it out",
                param,
            )
        inside += amount if tax.inclusive else 0
        if inside > base:
            raise wrong(
                f"Taxes of {format_money(inside, currency)} inside the price of {what}, which cost "
                f"{format_money(base, currency)}.",
                "correct the amounts, leave them out, or say which taxes came on top of the price",
                param,
            )
        stated.append(replace(tax, stated=StatedTax(amount=amount, base=base)))
    return tuple(stated)
