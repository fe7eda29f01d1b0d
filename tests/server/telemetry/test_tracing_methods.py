"""A span of saving a method says whose it is, and names no order."""

from pathlib import Path

import pytest

from flint_server.db import DEFAULT_MERCHANT_ID
from flint_server.telemetry.spans import traced_flint
from tests.journeys.house import opened
from tests.journeys.saved_methods import new_customer, saved
from tests.server.telemetry.test_tracing import Keeper

pytestmark = pytest.mark.anyio


async def test_saving_a_method_is_traced_by_its_customer(tmp_path: Path) -> None:
    keeper = Keeper()
    async with opened(tmp_path) as house:
        house.engine = traced_flint(house.sqlite, house.simulator, DEFAULT_MERCHANT_ID, tracer=keeper)
        customer = await new_customer(house)
        await saved(house, customer)
    [asked] = [span for span in keeper.spans if span.name == "flint.transfer"]
    assert (asked.attributes["flint.transfer.kind"], asked.attributes["flint.customer.id"]) == ("attach", customer)
    assert None not in asked.attributes.values()
    assert "flint.order.id" not in asked.attributes
    assert "4242" not in str(asked.attributes)
