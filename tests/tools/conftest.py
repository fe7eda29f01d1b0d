"""An agent for every test, and one shop that all refusals share: a refused call changes nothing in it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.tools.agent import Agent, at_work
from tests.tools.refusal_shop import furnish


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def agent(tmp_path: Path) -> AsyncIterator[Agent]:
    """On an empty order system: one merchant in USD, no tax rate, no coupon."""
    async with at_work(tmp_path) as agent:
        yield agent


@pytest.fixture(scope="module")
async def shop(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Agent]:
    """In a shop that a module's tests share: one merchant in USD, no tax rate; what a test needs it makes itself."""
    async with at_work(tmp_path_factory.mktemp("shop")) as agent:
        yield agent


@pytest.fixture(scope="module")
async def furnished(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Agent, dict[str, str]]]:
    """The shop that refusals are tried in, and the ids of what is in it."""
    async with at_work(tmp_path_factory.mktemp("shop")) as agent:
        yield agent, await furnish(agent)
