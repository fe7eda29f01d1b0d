"""The positions of a document: what an order's lines, charges and tip come to without tax, and what of them is kept."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from flint_domain.invoices.model import DocumentLine, LineKind, Period, TaxGroup, TaxKey
from flint_domain.invoices.taxation import Taxation, keys
from flint_domain.invoices.words import word
from flint_domain.kernel.money import round_half_up, times
from flint_domain.order.lifecycle import Standing
from flint_domain.order.lines import Line
from flint_domain.order.pricing import PricedItem
from flint_domain.order.refunds.allocation import refundables
from flint_domain.order.refunds.model import TIP

Kept = Mapping[str, tuple[DocumentLine, DocumentLine | None]]
"""By line, charge and tip: its position, and what of it has been given back, taken off."""

ONE = Decimal(1)
PRICE_DECIMALS = 4  # of a minor unit: what a price without tax may need, so that quantity x price is the amount


def positions(standing: Standing, taxation: Taxation, locale: str) -> dict[str, DocumentLine]:
    """Everything that the order is made of, by line, charge and tip; without lines of which no unit or no day is
    left."""
    order, priced = standing.order, standing.priced
    key_of = keys(order, priced, taxation, locale)
    made: dict[str, DocumentLine] = {}
    for line in order.lines:
        if line.priced_quantity and (line.period is None or line.period.days):
            quoted = line.unit_price + sum(modifier.amount for modifier in line.modifiers)
            item, key = priced.item(line.line_id), key_of[line.line_id]
            bought = _bought(item, key, line.name, quantity=line.priced_quantity, quoted=quoted)
            described = _described(line, locale)
            made[line.line_id] = replace(bought, description=described, sku=line.sku, period=_covered(line))
    for charge in order.charges:
        item, key = priced.item(charge.charge_id), key_of[charge.charge_id]
        charged = _bought(item, key, charge.name, quantity=ONE, quoted=charge.amount)
        made[charge.charge_id] = replace(charged, kind="charge")
    if order.tip:
        made[TIP] = DocumentLine(
            kind="tip",
            item_id=TIP,
            name=word("tip", locale),
            quantity=ONE,
            unit_price=Decimal(order.tip),
            gross=order.tip,
            tax=0,
            key=key_of[TIP],
        )
    return made


def _covered(line: Line) -> Period | None:
    """The days that a line is for; the last is the day before its period ends."""
    if line.period is None:
        return None
    return Period(first=line.period.start, last=line.period.end - timedelta(days=1))


def _described(line: Line, locale: str) -> str | None:
    """Its options, and what part of its grid period it is for."""
    parts = [modifier.name for modifier in line.modifiers]
    if line.period is not None and not line.period.whole:
        parts.append(word("days_of", locale, days=str(line.period.days), of=str(line.period.grid_days)))
    return ", ".join(parts) or None


def _bought(item: PricedItem, key: TaxKey, name: str, *, quantity: Decimal, quoted: int) -> DocumentLine:
    """The item without the tax that its price holds. Its discount is without tax in the same proportion."""
    net, paid = item.total - item.tax, item.gross - item.discount
    gross = net + item.discount
    if item.included_tax and item.discount:
        gross = round_half_up(net * item.gross, paid)
    elif item.discount and not paid:  # all of it is a discount, and of nothing no tax can be read
        gross = item.gross
    return position(
        item_id=item.id,
        name=name,
        quantity=quantity,
        gross=gross,
        discount=gross - net,
        tax=item.tax,
        key=key,
        quoted=None if item.included_tax else quoted,
    )


def position(
    *,
    item_id: str,
    name: str,
    quantity: Decimal,
    gross: int,
    tax: int,
    key: TaxKey,
    kind: LineKind = "line",
    discount: int = 0,
    quoted: int | None = None,
) -> DocumentLine:
    """A position whose price is not negative: what costs less than nothing has a negative quantity instead."""
    if gross * quantity < 0:
        quantity, quoted = -quantity, None if quoted is None else -quoted
    price = _price(gross, quantity, quoted)
    return DocumentLine(
        kind=kind,
        item_id=item_id,
        name=name,
        quantity=quantity,
        unit_price=price,
        gross=gross,
        discount=discount,
        tax=tax,
        key=key,
    )


def _price(gross: int, quantity: Decimal, quoted: int | None) -> Decimal | None:
    """The price of one, in minor units: as quoted, or with as few decimals as come to gross."""
    if quoted is not None and quoted >= 0 and times(quoted, quantity) == gross:
        return Decimal(quoted)
    exact = Decimal(gross) / quantity
    for decimals in range(PRICE_DECIMALS + 1):
        price = exact.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        numerator, denominator = (price * quantity).as_integer_ratio()
        if round_half_up(numerator, denominator) == gross:
            return price
    return None


def negative(line: DocumentLine) -> DocumentLine:
    """The position taken off."""
    return replace(line, quantity=-line.quantity, gross=-line.gross, discount=-line.discount, tax=-line.tax)


def kept(standing: Standing, taxation: Taxation, locale: str) -> Kept:
    """Every position of the order, and beside it what of it has been given back, taken off: None where nothing has.

    Units that went back count at what such units cost now, as everywhere else (order.lifecycle.given_back).
    """
    back = {item.id: item for item in refundables(standing) if item.net_back or item.tax_back}
    made: dict[str, tuple[DocumentLine, DocumentLine | None]] = {}
    for item_id, line in positions(standing, taxation, locale).items():
        off = None
        if item := back.get(item_id):
            quantity = item.quantity_back if 0 < item.quantity_back <= abs(line.quantity) else ONE
            off = given_back(line, quantity, item.net_back, item.tax_back, locale)
        made[item_id] = (line, off)
    return made


def given_back(line: DocumentLine, quantity: Decimal, net: int, tax: int, locale: str) -> DocumentLine:
    """What went back of a position, taken off: net and tax in minor units."""
    off = position(
        kind=line.kind,
        item_id=line.item_id,
        name=line.name,
        quantity=quantity,
        gross=net,
        tax=tax,
        key=line.key,
    )
    return negative(replace(off, description=word("given_back", locale), sku=line.sku))


def grouped(lines: Iterable[DocumentLine]) -> tuple[TaxGroup, ...]:
    """The groups of these lines, in the order in which they first appear; highest rates first."""
    sums: dict[TaxKey, tuple[int, int]] = {}
    for line in lines:
        base, tax = sums.get(line.key, (0, 0))
        sums[line.key] = (base + line.net, tax + line.tax)
    groups = [TaxGroup(key=key, base=base, tax=tax) for key, (base, tax) in sums.items()]
    return tuple(sorted(groups, key=lambda group: -group.key.percent))
