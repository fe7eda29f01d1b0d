"""What every test may ask for."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def third_party_cases() -> Path:
    """The folder of third-party cases; the tests that need it are skipped, saying so, where it is not set."""
    folder = os.environ.get("FLINT_CASES")
    if not folder:
        pytest.skip("FLINT_CASES is not set: the third-party cases are not on this machine")
    return Path(folder)
