"""What discounts take of an order's lines: one after the other, on what is left (see pricing, step 2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flint_domain.kernel.money import allocate, format_money, percent_of
from flint_domain.kernel.references import folded
from flint_domain.order.discounts import AppliedCoupon
from flint_domain.order.lines import Frozen, Line
from flint_domain.order.tax.model import Share

LINE_PERCENT, LINE_AMOUNT = "line percentage", "line amount"  # the sources of a line's own discounts


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDiscount:
    """A discount on the whole order or on eligible lines, such as a coupon's copied terms.

    eligible None means every line. Exactly one of percent and amount is set; amounts are minor units.
    """

    discount_id: str
    name: str
    percent: Decimal | None = None
    amount: int | None = None
    max_discount: int | None = None
    eligible: frozenset[str] | None = None
    minimum_subtotal: int = 0


@dataclass(frozen=True, slots=True)
class PricedDiscount:
    """What a discount took. missing is how much more the eligible items must cost before it takes anything."""

    discount: OrderDiscount
    amount: int
    missing: int = 0


def eligible_lines(
    item_ids: tuple[str, ...], lines: Iterable[Line], *, in_any_case: bool = True
) -> frozenset[str] | None:
    """The lines a coupon covers: None for all of them, else those with one of its item references."""
    if not item_ids:
        return None
    if not in_any_case:
        return frozenset(line.line_id for line in lines if line.references & set(item_ids))
    covered = set(map(folded, item_ids))
    return frozenset(line.line_id for line in lines if covered & set(map(folded, line.references)))


def frozen_part(line: Line) -> Frozen | None:
    """What the units of a frozen line cost that are still paid for."""
    if line.frozen is None or line.priced_quantity == line.frozen.quantity:
        return line.frozen
    return line.frozen.share(line.priced_quantity, line.frozen.quantity)


def discount_of(coupon: AppliedCoupon, lines: Sequence[Line]) -> OrderDiscount:
    """The discount that a coupon is on these lines."""
    terms = coupon.terms
    return OrderDiscount(
        discount_id=coupon.coupon_id,
        name=coupon.code,
        percent=terms.percent,
        amount=terms.amount,
        max_discount=terms.max_discount,
        eligible=eligible_lines(terms.item_ids, lines, in_any_case=coupon.in_any_case),
        minimum_subtotal=terms.minimum_subtotal,
    )


def _reduction(percent: Decimal | None, amount: int | None, max_discount: int | None, base: int) -> int:
    """What a discount takes of base: never more than its cap, and never more than there is."""
    if base <= 0:
        return 0
    wanted = percent_of(base, percent) if percent is not None else amount or 0
    if max_discount is not None:
        wanted = min(wanted, max_discount)
    return min(wanted, base)


def discounted(
    lines: Sequence[Line], gross: dict[str, int], discounts: Sequence[OrderDiscount]
) -> tuple[dict[str, list[Share]], tuple[PricedDiscount, ...]]:
    """What is taken off each line, by its id, and what each of the order's discounts took."""
    running = dict(gross)
    shares = {line.line_id: list(frozen.discounts) if (frozen := frozen_part(line)) else [] for line in lines}
    kept = [share for found in shares.values() for share in found]
    free = [line for line in lines if line.frozen is None]
    taken: dict[str, PricedDiscount] = {}

    def take(line_id: str, source: str, amount: int) -> None:
        if amount:
            running[line_id] -= amount
            shares[line_id].append(Share(source, amount))

    def line_percentages() -> None:
        for line in free:
            if line.discount_percent is not None:
                amount = _reduction(line.discount_percent, None, None, running[line.line_id])
                take(line.line_id, LINE_PERCENT, amount)

    def line_amounts() -> None:
        for line in free:
            if line.discount_amount is not None:
                take(line.line_id, LINE_AMOUNT, _reduction(None, line.discount_amount, None, running[line.line_id]))

    def order_discounts(*, percentages: bool) -> None:
        for discount in discounts:
            if (discount.percent is not None) is percentages:
                ids = [line.line_id for line in free if discount.eligible is None or line.line_id in discount.eligible]
                before = sum(share.amount for share in kept if share.source == discount.discount_id)
                missing = max(0, discount.minimum_subtotal - sum(gross[line_id] for line_id in ids))
                missing = 0 if kept and not ids else missing  # it was judged before its lines were frozen
                base = sum(running[line_id] for line_id in ids)
                amount = 0 if missing else _reduction(discount.percent, discount.amount, discount.max_discount, base)
                for line_id, part in zip(ids, allocate(amount, [running[line_id] for line_id in ids]), strict=True):
                    take(line_id, discount.discount_id, part)
                taken[discount.discount_id] = PricedDiscount(discount, before + amount, missing)

    line_percentages()
    order_discounts(percentages=True)
    line_amounts()
    order_discounts(percentages=False)
    return shares, tuple(taken[discount.discount_id] for discount in discounts)


def describe_missing(priced: PricedDiscount, currency: str) -> str:
    """`12.00 USD more`: what a discount's minimum still asks for."""
    return f"{format_money(priced.missing, currency)} more"
