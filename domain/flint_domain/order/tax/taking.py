"""Taking taxes: per rate over the whole order and spread back over its items, or as a tax service quotes them, or as
another shop took them item by item."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from flint_domain.kernel.money import allocate, percent_of, round_half_up
from flint_domain.order.tax.model import Share, StatedTax, Tax
from flint_domain.order.tax.quoting import Ask
from flint_domain.order.tax.service import TaxedItem, TaxQuote


@dataclass(frozen=True, slots=True)
class PricedTax:
    """One rate over the whole order: the base it was taken of, and the tax."""

    tax: Tax
    taxable: int
    amount: int


@dataclass(frozen=True, slots=True)
class TaxedAs:
    """How a tax service sees a line or charge (see TaxedItem)."""

    place: str
    quantity: Decimal = Decimal(1)
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Taxable:
    """What taxes are taken of: a discounted line or a charge. taxes None means what the tax service says."""

    id: str
    base: int
    taxes: tuple[Tax, ...] | None
    seen: TaxedAs


@dataclass(frozen=True, slots=True)
class Taken:
    """All taxes of an order. on_top and inside are the parts by item: added to its price, and held by it already."""

    priced: tuple[PricedTax, ...]
    on_top: dict[str, list[Share]] = field(default_factory=dict[str, list[Share]])
    inside: dict[str, list[Share]] = field(default_factory=dict[str, list[Share]])
    quote: TaxQuote | None = None


def take(taxables: Sequence[Taxable], ask: Ask | None) -> Taken:
    """The taxes of these items, in minor units. Raises QuoteNeeded when the service has to be asked first."""
    additive, on_top = _additive(taxables)
    included, inside = _included(taxables)
    if ask is None:
        return Taken((*additive, *included), on_top, inside)
    asked = {taxable.seen.place: taxable for taxable in taxables if taxable.taxes is None}
    quote = ask([_seen(taxable) for taxable in asked.values()])
    if quote is None:
        return Taken((*additive, *included), on_top, inside)
    quoted = {rate.tax_rate_id: PricedTax(rate, 0, 0) for rate in quote.rates}
    for item, taxes in zip(quote.request.items, quote.items, strict=True):
        for tax in taxes:
            before = quoted[tax.tax_rate_id]
            quoted[tax.tax_rate_id] = PricedTax(before.tax, before.taxable + tax.taxable, before.amount + tax.amount)
            shares = inside if before.tax.inclusive else on_top
            shares.setdefault(asked[item.place].id, []).append(Share(tax.tax_rate_id, tax.amount))
    return Taken((*additive, *included, *quoted.values()), on_top, inside, quote)


def _seen(taxable: Taxable) -> TaxedItem:
    seen = taxable.seen
    return TaxedItem(place=seen.place, amount=taxable.base, quantity=seen.quantity, category=seen.category)


def _additive(taxables: Sequence[Taxable]) -> tuple[list[PricedTax], dict[str, list[Share]]]:
    """One group per rate id; a group's tax is rounded once and spread over what it was taken of. What an item states
    is its own, and stays outside of that."""
    groups: dict[str, tuple[Tax, list[Taxable]]] = {}
    shares: dict[str, list[Share]] = {}
    stated: dict[str, PricedTax] = {}
    for taxable in taxables:
        for tax in taxable.taxes or ():
            if tax.inclusive:
                continue
            members = groups.setdefault(tax.tax_rate_id, (tax, []))[1]
            if tax.stated is None:
                members.append(taxable)
            else:
                _take_stated(tax, tax.stated, taxable, stated, shares)
    priced: list[PricedTax] = []
    for tax, members in groups.values():
        base = sum(member.base for member in members)
        amount = percent_of(base, tax.percent)
        priced.append(_with(stated.get(tax.tax_rate_id), PricedTax(tax, base, amount)))
        if members:
            _spread(tax.tax_rate_id, amount, members, shares)
    return priced, shares


def _included(taxables: Sequence[Taxable]) -> tuple[list[PricedTax], dict[str, list[Share]]]:
    """One group per set of rates, since rates that stand in the same price must be taken out of it together."""
    groups: dict[tuple[str, ...], tuple[tuple[Tax, ...], list[Taxable]]] = {}
    priced: dict[str, PricedTax] = {}
    shares: dict[str, list[Share]] = {}
    for taxable in taxables:
        rates = tuple(sorted((tax for tax in taxable.taxes or () if tax.inclusive), key=lambda tax: tax.tax_rate_id))
        if any(tax.stated for tax in rates):
            for tax, amount in zip(rates, _stated_inside(rates, taxable.base), strict=True):
                _take_stated(tax, StatedTax(amount=amount, base=taxable.base), taxable, priced, shares)
        elif rates:
            groups.setdefault(tuple(tax.tax_rate_id for tax in rates), (rates, []))[1].append(taxable)
    for rates, members in groups.values():
        base = sum(member.base for member in members)
        percents = [tax.percent.as_integer_ratio() for tax in rates]
        scale = 1
        for _, denominator in percents:
            scale *= denominator
        weights = [numerator * (scale // denominator) for numerator, denominator in percents]
        amount = round_half_up(base * sum(weights), 100 * scale + sum(weights))
        for tax, part in zip(rates, allocate(amount, weights), strict=True):
            priced[tax.tax_rate_id] = _with(priced.get(tax.tax_rate_id), PricedTax(tax, base, part))
            _spread(tax.tax_rate_id, part, members, shares)
    return list(priced.values()), shares


def _stated_inside(rates: Sequence[Tax], base: int) -> list[int]:
    """What was stated of the taxes in one price, in proportion to the base of now. They are rounded together: each by
    itself could be rounded up, and all of them be more than the price."""
    amounts = [0 if tax.stated is None else tax.stated.amount for tax in rates]
    then = max(tax.stated.base for tax in rates if tax.stated)
    if then in (base, 0):
        return amounts
    return allocate(round_half_up(sum(amounts) * base, then), amounts)


def _take_stated(
    tax: Tax, stated: StatedTax, taxable: Taxable, priced: dict[str, PricedTax], shares: dict[str, list[Share]]
) -> None:
    """Count what an item states, in proportion to what it costs now."""
    amount = stated.amount
    if taxable.base != stated.base:
        amount = round_half_up(amount * taxable.base, stated.base) if stated.base else 0
    found = PricedTax(tax, taxable.base, amount)
    priced[tax.tax_rate_id] = _with(priced.get(tax.tax_rate_id), found)
    if amount:
        shares.setdefault(taxable.id, []).append(Share(tax.tax_rate_id, amount))


def _with(before: PricedTax | None, more: PricedTax) -> PricedTax:
    """Two parts of one rate as one."""
    if before is None:
        return more
    return PricedTax(before.tax, before.taxable + more.taxable, before.amount + more.amount)


def _spread(source: str, amount: int, members: Sequence[Taxable], shares: dict[str, list[Share]]) -> None:
    for member, part in zip(members, allocate(amount, [member.base for member in members]), strict=True):
        if part:
            shares.setdefault(member.id, []).append(Share(source, part))
