from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.server.webhooks.post_office import PostOffice, post_office


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[PostOffice]:
    """An order system that may tell a receiver on this machine of its orders."""
    async with post_office(tmp_path) as office:
        yield office
