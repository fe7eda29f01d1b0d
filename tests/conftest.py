"""What every test may ask for."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flint_server.telemetry.logs import OURS, Redaction

# The workers that run the tests are measured. The servers that tests start would be, too, and twice as slow, for lines
# that tests in the same process reach.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.pop("COVERAGE_PROCESS_CONFIG", None)

LEVELS = {name: logging.getLogger(name).level for name in (None, "uvicorn.error", *OURS)}  # None is the root


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


@pytest.fixture(autouse=True)
def logs_as_they_were() -> Iterator[None]:
    """Undo what a command that ran in this process did to the logs: the next test reads its own.

    They are put back to how they were at the start and not before this test: a command may have run for the whole
    module's tests, before any of them.
    """
    yield
    root = logging.getLogger()
    for handler in list(root.handlers):
        if any(isinstance(each, Redaction) for each in handler.filters):
            root.removeHandler(handler)
            handler.close()
    for name, level in LEVELS.items():
        logging.getLogger(name).setLevel(level)
