"""Properties are tried on the same values every time, and as long as they take; FLINT_EXAMPLES=1000 tries new ones."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.domain.billing_cases import Cases

EXAMPLES = os.environ.get("FLINT_EXAMPLES")

settings.register_profile(
    "flint", max_examples=int(EXAMPLES or 60), deadline=None, derandomize=EXAMPLES is None, database=None
)
settings.load_profile("flint")


@pytest.fixture(scope="session")
def billing_cases(third_party_cases: Path) -> Cases:
    """Other people's cases of billing in time."""
    return json.loads((third_party_cases / "billing_cases.json").read_text())["cases"]
