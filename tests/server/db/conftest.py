from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from flint_server.db import SqliteStore, Ulids, open_store
from tests.server.db.given import TurnedClock


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "flint.db"


@pytest.fixture
async def store(path: Path, clock: TurnedClock) -> AsyncIterator[SqliteStore]:
    async with open_store(path, clock, Ulids(Random(7)), busy_timeout_ms=50) as opened:
        yield opened
