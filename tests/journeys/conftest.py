"""A house for every journey; what it did to the money is balanced at the end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.house import House, opened


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """An empty order system: one merchant in USD, no tax rate, no coupon."""
    async with opened(tmp_path) as house:
        yield house


@pytest.fixture
async def shop(house: House) -> House:
    """The product page's shop: 8 % tax on new orders, and LAUNCH20."""
    await house.use_eight_percent()
    await house.offer_launch20()
    return house
