"""Every agent example runs to its end, which asserts what it saw."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "agent_examples"
PATIENCE = 60.0  # seconds on a busy machine

LAST_WORDS = {
    "exchange": "The rest stays as it is.",
    "five_calls": "Every amount is as the product page says.",
    "support_refund": "The rest of your order stays as it is.",
}


def test_every_example_has_last_words_and_a_page() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/main.py")} == LAST_WORDS.keys()
    assert {path.parent.name for path in EXAMPLES.glob("*/README.md")} == LAST_WORDS.keys()


@pytest.mark.promise("P16")
@pytest.mark.parametrize("example", LAST_WORDS)
def test_the_example_runs_to_its_end(example: str) -> None:
    command = [sys.executable, str(EXAMPLES / example / "main.py")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.rstrip().endswith(LAST_WORDS[example])
