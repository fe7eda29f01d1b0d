"""A folder for shops; and the checks of tests/machine are plain asserts, of which pytest tells what was compared."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    *(f"tests.machine.{name}" for name in ("audit", "audit_orders", "audit_changes", "audit_ledgers"))
)

MEMORY = Path("/dev/shm")


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where the system has that: what a power cut leaves is not asked here."""
    made = Path(tempfile.mkdtemp(prefix="flint-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    yield made
    shutil.rmtree(made)
