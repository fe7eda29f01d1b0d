"""Giving back what unpaid orders reserved."""

from dataclasses import replace

from flint_domain.kernel.facts import Fact
from flint_domain.order.model import Change
from flint_domain.order.reserving import reserves
from flint_domain.reactions.catalog.stock import NOTHING, has_lapsed, move, still_held
from flint_domain.settling import save
from flint_domain.unit_of_work.work import Work


def release(work: Work, order_id: str) -> bool:
    """Give the reserved units of an unpaid order back when its time has run out; False when there is nothing to do."""
    found = work.load(order_id)
    order = found.order
    if not reserves(order) or not has_lapsed(found, work.tx.now):
        return False
    kept = [replace(held, reserved=NOTHING) for held in order.stock]
    for was, held in zip(order.stock, kept, strict=True):
        move(work, order, was, held)
    fact = Fact(
        "STOCK_RELEASED",
        "The order was not paid in time: what was reserved for it can be sold to others.",
        {"variantIds": [held.variant_id for held in order.stock if held.reserved]},
    )
    save(work, Change(replace(order, stock=still_held(kept)), (fact,)))
    return True
