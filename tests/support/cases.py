"""The support tasks as their authors wrote them: who bought what, the calls that solve it, and what must be true then.

Their words are kept: amounts in cents, orders by number, methods of payment by the benchmark's ids.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "retail_support_tasks.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task. customer is None, and orders is empty, where the authors gave nothing to start from."""

    task_id: str
    customer: dict[str, Any] | None
    orders: tuple[dict[str, Any], ...]
    calls: tuple[dict[str, Any], ...]
    expected: dict[str, Any]
    forbidden: dict[str, Any]
    told: tuple[str, ...]

    @property
    def untouched(self) -> list[str]:
        """The numbers of the orders that must be as they were."""
        changed = self.expected["orders"]
        return sorted({order["id"] for order in self.orders if order["id"] not in changed} | self._forbidden_orders)

    def most_back(self, number: str) -> int:
        """What may be refunded of an order, in cents."""
        return self.forbidden["max_refund_cents_by_order"].get(number, 0)

    def taken(self, card: str) -> int:
        """What the expected end state takes off a gift card, in cents."""
        return max(0, -self.expected["gift_card_balance_delta_cents"].get(card, 0))

    @property
    def overdrawn(self) -> list[str]:
        """The gift cards that the authors let go below zero."""
        methods = self.customer["payment_methods"] if self.customer else []
        cards = [method for method in methods if method["source"] == "gift_card"]
        return [card["id"] for card in cards if card["balance_cents"] < self.taken(card["id"])]

    @property
    def _forbidden_orders(self) -> set[str]:
        return set(self.forbidden["orders_must_not_change"])


def folder() -> Path | None:
    """Where the third-party cases are, if they are on this machine."""
    named = os.environ.get("FLINT_CASES")
    return Path(named) if named else None


def tasks() -> list[Task]:
    """All of them, or none where the cases are not on this machine."""
    cases = folder()
    if cases is None:
        return []
    return [_task(json.loads(line)) for line in (cases / FILE).read_text(encoding="utf-8").splitlines()]


def _task(given: dict[str, Any]) -> Task:
    seed = given["seed"] or {"customer": None, "orders": []}
    return Task(
        task_id=given["id"],
        customer=seed["customer"],
        orders=tuple(seed["orders"]),
        calls=tuple(given["gold_calls_tau"]),
        expected=given["expected"],
        forbidden=given["forbidden"],
        told=tuple(given["must_tell_user"]),
    )
