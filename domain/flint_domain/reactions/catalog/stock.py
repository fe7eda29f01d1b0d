"""Stock follows the order: what an order holds is derived from it, and the difference is moved when it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from flint_domain.catalog.model import StockChange, StockReason
from flint_domain.kernel.errors import Refused
from flint_domain.order.fulfillment.counting import sent
from flint_domain.order.lifecycle import Standing
from flint_domain.order.lines import Line
from flint_domain.order.model import Order
from flint_domain.order.money import payment_in_flight
from flint_domain.order.stock import Held
from flint_domain.unit_of_work.work import Work

RESERVED_FOR = timedelta(minutes=30)  # long enough to find a card; an agent that gave up keeps nothing from the others

NOTHING = Decimal(0)

Units = dict[str, Decimal]
"""Units by variant."""


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A variant of which an order asks for more units, beside those that it holds, than are available."""

    variant_id: str
    held: Decimal
    wanted: Decimal
    available: Decimal


def hold(work: Work, standing: Standing) -> Order:
    """The order with its stock held as it stands now: reserved, sold or given back.

    An unpaid order holds its units until reserved_until, which is set anew when its lines change; once that has passed
    it takes no more, until its lines change or money is on its way. Money keeps what is held: settling an answer never
    takes more than the call that asked for it did.

    Raises Refused("out_of_stock") when it would hold more than there is.
    """
    order = standing.order
    amended = order.amending.to if order.amending else None
    lines = order.lines if amended is None else (*order.lines, *amended.lines)
    if not (order.stock or any(line.stocked for line in lines)):
        return order
    stock, short = _moved(work, standing)
    if short:
        raise _out_of_stock(standing, short)
    until = _reserved_until(standing, stock, work.tx.now)
    if stock == order.stock and until == order.reserved_until:
        return order
    return replace(order, stock=stock, reserved_until=until)


def _moved(work: Work, standing: Standing) -> tuple[tuple[Held, ...], list[Shortfall]]:
    """What the order holds after the difference was moved, and what there was too little of."""
    order = standing.order
    canceled = order.ended == "canceled"
    amended = order.amending.to if order.amending else None
    present = {} if canceled else _units(order.lines)
    coming = {} if canceled or amended is None else _units(amended.lines)
    before = {held.variant_id: held for held in order.stock}
    after: list[Held] = []
    short: list[Shortfall] = []
    for variant_id in dict.fromkeys((*present, *coming, *before)):
        was = before.get(variant_id, Held(variant_id=variant_id))
        held = _due(standing, was, present.get(variant_id, NOTHING), coming.get(variant_id, NOTHING), work.tx.now)
        if not move(work, order, was, held):
            stock = work.tx.stock([variant_id])[variant_id]
            if stock.tracked:
                short.append(Shortfall(variant_id, was.counted, held.counted - was.counted, stock.available))
                continue
            held = _without_counting(was, held)
            move(work, order, was, held)
        after.append(held)
    return still_held(after), short


def _due(standing: Standing, was: Held, owed: Decimal, coming: Decimal, now: datetime) -> Held:
    """What the order should hold of a variant: owed are its units as it stands, coming those of its amendment.

    While an amendment waits for its money, both have to be there. Units that nobody counted are given up first.
    """
    wanted = max(owed, coming)
    uncounted = min(was.uncounted, max(NOTHING, wanted - was.counted))
    owed = max(NOTHING, owed - uncounted)
    sold = owed if standing.settled else min(was.sold, owed, _sent(standing.order, was.variant_id))
    reserved = wanted - uncounted - sold
    if has_lapsed(standing, now):
        reserved = min(reserved, was.reserved)
    return Held(variant_id=was.variant_id, reserved=reserved, sold=sold, uncounted=uncounted)


def _without_counting(was: Held, held: Held) -> Held:
    """The same units where nobody counts the variant any more: what came out of stock stays, the rest is uncounted."""
    sold = min(held.sold, was.counted)
    more = held.counted - was.counted
    return replace(held, reserved=was.counted - sold, sold=sold, uncounted=held.uncounted + more)


def move(work: Work, order: Order, was: Held, held: Held) -> bool:
    """Move the difference between what is available and what this order holds; False when there are too few."""
    reserved, sold = held.reserved - was.reserved, held.sold - was.sold
    if not (reserved or sold):
        return True
    change = StockChange(
        change_id=work.new_id("stk"),
        variant_id=held.variant_id,
        available=-reserved - sold,
        reserved=reserved,
        sold=sold,
        reason=_reason(reserved, sold),
        order_id=order.order_id,
        actor=work.actor,
        at=work.tx.now,
    )
    return work.tx.move_stock(change)


def _reason(reserved: Decimal, sold: Decimal) -> StockReason:
    if sold:
        return "sold" if sold > 0 else "restocked"
    return "reserved" if reserved > 0 else "released"


def still_held(stock: Sequence[Held]) -> tuple[Held, ...]:
    """What is still held of anything."""
    return tuple(held for held in stock if held.counted or held.uncounted)


def _units(lines: Sequence[Line]) -> Units:
    """The units that lines take from stock: all that did not go back into it."""
    units: Units = {}
    for line in lines:
        if line.stocked and line.variant_id is not None:
            taken = max(NOTHING, line.quantity - line.restocked)
            units[line.variant_id] = units.get(line.variant_id, NOTHING) + taken
    return units


def _sent(order: Order, variant_id: str) -> Decimal:
    """The variant's units that were handed over: those are gone, whatever became of the money."""
    gone = sent(order)
    return sum((gone.get(line.line_id, NOTHING) for line in order.lines if line.variant_id == variant_id), NOTHING)


def _is_secured(standing: Standing) -> bool:
    """Whether money is here, is held or is on its way: such an order keeps its units."""
    money = standing.money
    here = money.authorized > 0 or money.paid > money.refunded
    return standing.settled or here or payment_in_flight(standing.order) is not None


def has_lapsed(standing: Standing, now: datetime) -> bool:
    until = standing.order.reserved_until
    return until is not None and until <= now and not _is_secured(standing)


def _reserved_until(standing: Standing, stock: Sequence[Held], now: datetime) -> datetime | None:
    order = standing.order
    if order.ended is not None or _is_secured(standing):
        return None
    if has_lapsed(standing, now):
        return order.reserved_until
    if not any(held.reserved for held in stock):
        return None
    return order.reserved_until or now + RESERVED_FOR


def _out_of_stock(standing: Standing, short: Sequence[Shortfall]) -> Refused:
    order, first = standing.order, short[0]
    others = " Others are short, too: see outOfStock." if len(short) > 1 else ""
    return Refused(
        "out_of_stock",
        f"Of {first.variant_id} {_number(first.available)} can be had, and the order needs "
        f"{_number(first.wanted)}{' more' if first.held else ''}.{others}",
        hint="lower the quantity or choose another variant: search_items with inStock shows what there is",
        param="lineItems",
        order_id=order.order_id if order.version > 1 else None,
        details={
            "outOfStock": [
                {
                    "variantId": each.variant_id,
                    "wanted": _number(each.held + each.wanted),
                    "available": _number(each.held + each.available),
                }
                for each in short
            ]
        },
    )


def _number(quantity: Decimal) -> int | str:
    return int(quantity) if quantity == quantity.to_integral_value() else f"{quantity.normalize():f}"
