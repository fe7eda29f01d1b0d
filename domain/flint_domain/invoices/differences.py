"""What a change of an order means for its documents: position by position, and by group of tax what rose and what fell.

The tax of a difference is the order's tax after, less its tax before. It may be a cent beside base x rate, which is
right: both documents together have the order's tax, and a document of its own rate would not.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from flint_domain.invoices.model import DocumentLine, Period, TaxKey
from flint_domain.invoices.positions import ONE, Kept, grouped, negative, position
from flint_domain.invoices.words import word
from flint_domain.kernel.money import allocate, round_half_up


def difference(before: Kept, after: Kept, locale: str) -> list[DocumentLine]:
    """What was added, and what was taken off: a position that only costs otherwise as its difference in price, one of
    fewer days as the days given up, one of other units at the same price as the difference in units, and any other as
    the former one off and the new one on."""
    made: list[DocumentLine] = []
    for item_id in (*before, *(item_id for item_id in after if item_id not in before)):
        was, was_off = before.get(item_id, (None, None))
        now, now_off = after.get(item_id, (None, None))
        made += _between(was, now, locale)
        made += _between(was_off, now_off, locale)
    return made


def _between(was: DocumentLine | None, now: DocumentLine | None, locale: str) -> list[DocumentLine]:
    if was is None or now is None:
        return [*([negative(was)] if was else []), *([now] if now else [])]
    if was.key != now.key:
        return [negative(was), now]
    net, tax = now.net - was.net, now.tax - was.tax
    if not net and not tax and was.quantity == now.quantity:
        return []
    if was.quantity == now.quantity and (days := _given_up(was, now)):
        fewer = position(
            kind=now.kind,
            item_id=now.item_id,
            name=now.name,
            quantity=now.quantity,
            gross=now.gross - was.gross,
            discount=now.discount - was.discount,
            tax=tax,
            key=now.key,
        )
        return [replace(fewer, description=word("given_back", locale), sku=now.sku, period=days)]
    if was.quantity == now.quantity:
        changed = position(
            kind=now.kind, item_id=now.item_id, name=now.name, quantity=ONE, gross=net, tax=tax, key=now.key
        )
        return [replace(changed, description=word("price_changed", locale), sku=now.sku, period=now.period)]
    at_one_price = was.unit_price == now.unit_price is not None
    if at_one_price and now.quantity.copy_sign(1) and not was.discount and not now.discount:
        units = now.quantity - was.quantity
        return [replace(now, quantity=units, gross=net, tax=tax)]
    return [negative(was), now]


def _given_up(was: DocumentLine, now: DocumentLine) -> Period | None:
    """The days at the end of a period that is shorter now."""
    if was.period is None or now.period is None or now.period.last >= was.period.last:
        return None
    return Period(first=now.period.last + timedelta(days=1), last=was.period.last)


def split(lines: Sequence[DocumentLine]) -> tuple[list[DocumentLine], list[DocumentLine]]:
    """The positions of the groups that rose, and of those that fell. What neither rose nor fell is on no document."""
    rose: dict[object, bool] = {}
    for group in grouped(lines):
        if group.total or group.base:
            rose[group.key] = (group.total or group.base) > 0
    return [line for line in lines if rose.get(line.key) is True], [
        line for line in lines if rose.get(line.key) is False
    ]


def amounts(lines: Sequence[DocumentLine]) -> dict[TaxKey, tuple[int, int]]:
    """Base and tax of each group that comes to something."""
    return {group.key: (group.base, group.tax) for group in grouped(lines) if group.base or group.tax}


def waived(lines: Sequence[DocumentLine], amount: int, locale: str) -> list[DocumentLine]:
    """So much taken off these positions, tax included, because nobody asks the buyer for it: each group's share by
    largest remainder, and of that its tax in proportion."""
    groups = [group for group in grouped(lines) if group.total > 0]
    if amount <= 0 or not groups:
        return []
    off: list[DocumentLine] = []
    for group, share in zip(groups, allocate(amount, [group.total for group in groups]), strict=True):
        tax = round_half_up(group.tax * share, group.total)
        like = next(line for line in lines if line.key == group.key)
        less = position(item_id=like.item_id, name=like.name, quantity=ONE, gross=share - tax, tax=tax, key=group.key)
        off.append(negative(replace(less, kind=like.kind, description=word("waived", locale))))
    return off
