"""Run every check in order and stop at the first that fails: `python -m tests`.

`--fast` leaves coverage, random histories and kills out; `--long` runs only the tests that take too long to be run
often, such as those with clients that others wrote.
"""

import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))

# Whole histories, played at random or to their death: they reach no line that other tests do not, and take twice as
# long while lines are counted.
UNMEASURED = ("tests/machine", "tests/crash", "tests/support", "tests/test_agent_examples.py")


def checks(*, fast: bool, long: bool) -> list[tuple[str, list[str]]]:
    """Heading and command of each check, cheapest first."""
    python = [sys.executable, "-m"]
    static = [
        ("format", [*python, "ruff", "format", "--check"]),
        ("lint", [*python, "ruff", "check"]),
        ("types", [*python, "pyright", "--pythonpath", sys.executable]),
        ("architecture", [str(SCRIPTS / "lint-imports"), "--no-logo"]),
    ]
    pytest = ["pytest", "-n", "auto", "--dist", "worksteal"]  # every core: the suite is to be run often
    if long:
        return [("long tests", [*python, *pytest, "-m", "long"])]
    measured = [f"--ignore={path}" for path in UNMEASURED]
    if fast:
        return [*static, ("tests", [*python, *pytest, *measured])]
    return [
        *static,
        ("forget earlier coverage", [*python, "coverage", "erase"]),
        ("tests", [*python, "coverage", "run", "-m", *pytest, *measured]),
        ("histories and kills", [*python, *pytest, *UNMEASURED]),
        # Only the total, so that pytest's closing lines stay in sight; `coverage report` names the missing lines.
        ("coverage in percent", [*python, "coverage", "report", "--format=total"]),
    ]


def run(heading: str, command: list[str]) -> int:
    """The exit code of one check, whose output goes straight to the terminal."""
    print(f"── {heading}", flush=True)
    started = time.monotonic()
    # pyright would otherwise ask the package index whether a newer version exists.
    environment = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", **os.environ}
    code = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    verdict = "passed" if code == 0 else f"FAILED ({code})"
    print(f"   {heading}: {verdict} in {time.monotonic() - started:.1f} s\n", flush=True)
    return code


def main(arguments: list[str]) -> int:
    """0 when everything passed, else the exit code of the first check that failed, or 2 for an unknown argument."""
    unknown = [argument for argument in arguments if argument not in ("--fast", "--long")]
    if unknown:
        print(f"unknown argument {unknown[0]!r}; there are --fast and --long", file=sys.stderr)
        return 2
    for heading, command in checks(fast="--fast" in arguments, long="--long" in arguments):
        if code := run(heading, command):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
