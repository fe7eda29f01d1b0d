"""The agents ask for nothing that a right server has to refuse."""

from random import Random
from typing import Any, cast

import pytest

from tests.crash import afterwards
from tests.crash.street import Agent, Answer

ORDER: Answer = {"orderId": "ord_1", "lineItems": [{"lineItemId": "li_1"}, {"lineItemId": "li_2"}]}


class Listener:
    """An agent whose changes all wait for their money, or are made at once."""

    def __init__(self, seed: int, status: str) -> None:
        self.random = Random(seed)
        self.status = status
        self.calls = 0

    async def call(self, _action: str, _tool: str, **_arguments: Any) -> Answer:
        self.calls += 1
        return {"amendment": {"status": self.status}, "order": ORDER}


@pytest.mark.parametrize(("status", "most"), [("WAITING", 1), ("MADE", 2)])
async def test_who_changes_an_order_twice_waits_for_the_first_change(
    monkeypatch: pytest.MonkeyPatch, status: str, most: int
) -> None:
    """A line that a waiting change takes away is gone when recovery has finished it, and naming it again is refused."""

    async def paid(_agent: Any) -> tuple[Answer, Answer]:
        return ORDER, {}

    monkeypatch.setattr(afterwards, "paid_order", paid)
    agents = [Listener(seed, status) for seed in range(20)]
    for agent in agents:
        await afterwards.amend_for_less(cast("Agent", agent))
    assert max(agent.calls for agent in agents) == most
