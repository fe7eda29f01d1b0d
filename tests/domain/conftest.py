"""Properties are tried on the same values every time, and as long as they take; FLINT_EXAMPLES=1000 tries new ones."""

import os

from hypothesis import settings

EXAMPLES = os.environ.get("FLINT_EXAMPLES")

settings.register_profile(
    "flint", max_examples=int(EXAMPLES or 60), deadline=None, derandomize=EXAMPLES is None, database=None
)
settings.load_profile("flint")
