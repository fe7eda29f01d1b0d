"""How long the machine runs: short and the same every time, or as long as FLINT_MACHINE_EXAMPLES says."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite(
    *(
        f"tests.machine.{name}"
        for name in ("audit", "audit_orders", "audit_changes", "audit_ledgers", "hints", "hints_contract")
    )
)

MEMORY = Path("/dev/shm")  # an fsync costs nothing there; what a power cut leaves is not what these tests ask


@pytest.fixture
def fast_path() -> Iterator[Path]:
    """A folder in memory where the system has one."""
    folder = Path(tempfile.mkdtemp(prefix="flint-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    yield folder
    shutil.rmtree(folder)
