"""Stock as the file has it: what every variant's numbers, their trail and the orders say, and that they agree."""

import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field

from flint_domain.order.lifecycle import standing
from flint_domain.order.model import Order
from flint_server.db import codecs
from tests.journeys.house import House

Numbers = tuple[int, int, int]
"""available, reserved, sold; in ten-thousandths of a unit."""

UNIT = 10_000


@dataclass
class Warehouse:
    """stock and trail by variant; by_hand is what people put in and took out; orders by id."""

    stock: dict[str, Numbers] = field(default_factory=dict[str, Numbers])
    trail: dict[str, list[Numbers]] = field(default_factory=lambda: defaultdict(list[Numbers]))
    by_hand: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    orders: dict[str, Order] = field(default_factory=dict[str, Order])


def read_warehouse(house: House) -> Warehouse:
    found = Warehouse()
    with closing(sqlite3.connect(house.folder / "flint.db")) as connection:
        for variant_id, *numbers in connection.execute("SELECT variant_id, available, reserved, sold FROM stock"):
            found.stock[variant_id] = (numbers[0], numbers[1], numbers[2])
        changes = connection.execute("SELECT variant_id, available, reserved, sold, order_id FROM stock_changes")
        for variant_id, available, reserved, sold, order_id in changes:
            found.trail[variant_id].append((available, reserved, sold))
            if order_id is None:
                found.by_hand[variant_id] += available
                assert (reserved, sold) == (0, 0)
            else:
                assert available + reserved + sold == 0, "an order makes no units and loses none"
        for order_id, body, schema in connection.execute("SELECT id, body, schema FROM orders"):
            found.orders[order_id] = codecs.ORDER.load(body, schema)
    return found


def check_warehouse(house: House) -> Warehouse:
    """Everything that holds at every moment."""
    found = read_warehouse(house)
    for variant_id, numbers in found.stock.items():
        assert min(numbers) >= 0
        assert numbers == tuple(map(sum, zip(*found.trail[variant_id], strict=True))) or numbers == (0, 0, 0)
        held = [held for order in found.orders.values() for held in order.stock if held.variant_id == variant_id]
        assert numbers[1] == UNIT * sum(each.reserved for each in held)
        assert numbers[2] == UNIT * sum(each.sold for each in held)
        assert sum(numbers) == found.by_hand[variant_id], "units come and go by hand only"
    for order in found.orders.values():
        _holds_what_its_lines_say(order)
    return found


def _holds_what_its_lines_say(order: Order) -> None:
    """All units of its lines, but for an unpaid order that was too late, and none once it is canceled."""
    where = standing(order)
    held = {each.variant_id: each for each in order.stock}
    if order.ended == "canceled":
        assert not held
    if order.ended is not None or where.price_is_locked or where.settled:
        assert order.reserved_until is None
    amending = order.amending is not None and order.amending.to is not None
    late = order.reserved_until is not None and not any(each.reserved for each in order.stock)
    for variant_id in {line.variant_id for line in order.lines if line.stocked and line.variant_id}:
        lines = [line for line in order.lines if line.stocked and line.variant_id == variant_id]
        wanted = sum(line.quantity - line.restocked for line in lines)
        has = held.get(variant_id)
        total = has.counted + has.uncounted if has else 0
        if order.ended == "canceled" or late:
            assert total <= wanted
        elif amending:
            assert total >= wanted
        else:
            assert total == wanted
        if where.settled and has and not amending:
            assert has.reserved == 0, "paid for, so sold"
