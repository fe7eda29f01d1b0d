"""Tasks of our own, for what the benchmark's agents can do and none of its solutions does."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.adapter import Adapter
from tests.support.cases import Task
from tests.support.checking import end_state, look, untold
from tests.support.seeding import open_shop, stock_catalog
from tests.tools.agent import at_work

HOME = {"address1": "1 Elm Street", "address2": "", "city": "Austin", "state": "TX", "zip": "78701", "country": "USA"}
LAMP: dict[str, Any] = {
    "sku": "lamp-1",
    "product_id": "lamp",
    "name": "Lamp",
    "options": {"color": "red"},
    "quantity": 1,
    "unit_cents": 5327,
}
FIND_ANN = {"name": "find_user_id_by_email", "arguments": {"email": "ann.lee@example.com"}}


def task_of(name: str, call: dict[str, Any], *, delivered: bool, balance: int, left: str, **expected: Any) -> Task:
    """Ann has two Visa cards, and a gift card with 60.00 USD; a lamp of 53.27 was paid with the second Visa.

    balance is what the gift card gains in cents, left what is then on it.
    """
    methods: list[dict[str, Any]] = [
        {"source": "credit_card", "id": "first_visa", "brand": "visa"},
        {"source": "credit_card", "id": "second_visa", "brand": "visa"},
        {"source": "gift_card", "id": "gift", "balance_cents": 6000},
    ]
    order = {
        "id": "#W1",
        "fulfillment": "DELIVERED" if delivered else "UNFULFILLED",
        "shipping_address": HOME,
        "lines": [LAMP],
        "tracking": ["1Z999"] if delivered else [],
        "payments": [{"type": "payment", "method": "second_visa", "cents": 5327}],
    }
    unchanged = {"address_changed_to": None, "cancel_reason": None}
    return Task(
        task_id=name,
        customer={
            "id": "ann_lee_1",
            "name": {"first_name": "Ann", "last_name": "Lee"},
            "email": "ann.lee@example.com",
            "address": HOME,
            "payment_methods": methods,
        },
        orders=(order,),
        calls=(FIND_ANN, call),
        expected={
            "orders": {"#W1": {**unchanged, **expected}},
            "customers": {},
            "gift_card_balance_delta_cents": {"gift": balance},
        },
        forbidden={"orders_must_not_change": [], "max_refund_cents_by_order": {"#W1": 5327}},
        told=("53.27", left),
    )


MOVED = task_of(
    "a-payment-moves-to-a-gift-card",
    {"name": "modify_pending_order_payment", "arguments": {"order_id": "#W1", "payment_method_id": "gift"}},
    delivered=False,
    balance=-5327,
    left="6.73",
    lines=[{**LAMP, "state": "active"}],
    charges=[{"method": "second_visa", "cents": 5327}, {"method": "gift", "cents": 5327}],
    refunds=[{"method": "second_visa", "cents": 5327}],
    state="pending",
    active_total_cents=5327,
    net_paid_cents=5327,
)

RETURNED = task_of(
    "what-a-card-paid-goes-to-a-gift-card",
    {
        "name": "return_delivered_order_items",
        "arguments": {"order_id": "#W1", "item_ids": ["lamp-1"], "payment_method_id": "gift"},
    },
    delivered=True,
    balance=5327,
    left="113.27",
    lines=[{**LAMP, "state": "returned"}],
    charges=[{"method": "second_visa", "cents": 5327}],
    refunds=[{"method": "gift", "cents": 5327}],
    state="return requested",
    active_total_cents=0,
    net_paid_cents=0,
)


@pytest.mark.parametrize("task", [MOVED, RETURNED], ids=lambda task: task.task_id)
async def test_an_own_task_comes_to_the_expected_end_state(tmp_path: Path, task: Task) -> None:
    async with at_work(tmp_path, worker=False) as agent:
        await stock_catalog(agent, [task])
        adapter = Adapter(agent, await open_shop(agent, task), task)
        before = await look(agent, adapter.shop, task)
        await adapter.play()
        led, expected = await end_state(adapter, before)
    assert led == expected
    assert untold(adapter) == []
