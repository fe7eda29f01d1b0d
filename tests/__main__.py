"""Run every check and stop at the first that fails: `python -m tests`.

`--fast` leaves coverage, random histories and kills out, and keeps the tests' files in memory where there is room;
`--long` runs only the tests that take too long to be run often, such as those with clients that others wrote.
"""

import os
import signal
import subprocess
import sys
import sysconfig
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryFile
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))

# Whole histories, played at random or to their death: they reach no line that other tests do not, and take twice as
# long while lines are counted.
UNMEASURED = ("tests/machine", "tests/crash", "tests/support", "tests/test_agent_examples.py")

MEMORY = Path("/dev/shm")  # a file system of Linux's that is in memory, where there is one
ROOM = 1_000_000_000  # bytes free: several times what the tests have on it at once

LOOK = 0.2  # seconds between two looks at what runs beside the others


@dataclass(frozen=True, slots=True)
class Check:
    """A command that ends with 0 when all is well. One that runs beside the others is told when they have ended, or at
    once when it fails. One in memory waits for no disk: every commit of every test would, and a test that is about the
    disk runs on it in the two other commands."""

    heading: str
    command: list[str]
    beside: bool = False
    in_memory: bool = False


def checks(*, fast: bool, long: bool) -> list[Check]:
    """The checks, cheapest first."""
    python = [sys.executable, "-m"]
    static = [
        Check("format", [*python, "ruff", "format", "--check"]),
        Check("lint", [*python, "ruff", "check"]),
        Check("types", [*python, "pyright", "--pythonpath", sys.executable], beside=True),
        Check("architecture", [str(SCRIPTS / "lint-imports"), "--no-logo"]),
    ]
    pytest = ["pytest", "-n", "auto", "--dist", "worksteal"]  # every core: the suite is to be run often
    if long:
        return [Check("long tests", [*python, *pytest, "-m", "long"])]
    measured = [f"--ignore={path}" for path in UNMEASURED]
    if fast:
        # What passed leaves nothing behind, in memory or not.
        brief = [*pytest, "-o", "tmp_path_retention_policy=failed", *measured]
        return [*static, Check("tests", [*python, *brief], in_memory=True)]
    return [
        *static,
        Check("forget earlier coverage", [*python, "coverage", "erase"]),
        Check("tests", [*python, "coverage", "run", "-m", *pytest, *measured]),
        Check("histories and kills", [*python, *pytest, *UNMEASURED]),
        # Only the total, so that pytest's closing lines stay in sight; `coverage report` names the missing lines.
        Check("coverage in percent", [*python, "coverage", "report", "--format=total"]),
    ]


def environment(check: Check) -> dict[str, str]:
    """What the checks are run with. pyright would otherwise ask the package index whether a newer version exists; and
    where Python is not to write bytecode beside its sources, it is kept in a folder of its own: the tests start so many
    processes that compiling every library in each of them takes longer than the tests themselves."""
    given = {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", **os.environ}
    if given.pop("PYTHONDONTWRITEBYTECODE", ""):
        given.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / ".bytecode"))
    if check.in_memory and os.access(MEMORY, os.W_OK) and disk_usage(MEMORY).free > ROOM:
        given.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
    return given


class Running:
    """A check under way. Its output goes straight to the terminal, or to a file when it runs beside others."""

    def __init__(self, check: Check, output: IO[bytes] | None) -> None:
        self.heading = check.heading
        self.output = output
        self.started = time.monotonic()
        if output is None:
            print(f"── {check.heading}", flush=True)
        self.process = subprocess.Popen(
            check.command,
            cwd=ROOT,
            env=environment(check),
            stdout=output,
            stderr=None if output is None else subprocess.STDOUT,
        )

    def failed(self) -> bool:
        return self.process.poll() not in (None, 0)

    def interrupt(self) -> None:
        """End it as Ctrl-C does: tests clean up what they started."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
            self.process.wait()

    def told(self) -> int:
        """Its exit code, once it has ended and its verdict is printed."""
        code = self.process.wait()
        if self.output is not None:
            print(f"── {self.heading}, beside the others", flush=True)
            self.output.seek(0)
            sys.stdout.write(self.output.read().decode(errors="replace"))
        verdict = "passed" if code == 0 else f"FAILED ({code})"
        print(f"   {self.heading}: {verdict} in {time.monotonic() - self.started:.1f} s\n", flush=True)
        return code


def run(wanted: list[Check]) -> int:
    """0 when everything passed, else the exit code of the first check that failed."""
    beside: list[Running] = []
    with ExitStack() as stack:
        for check in wanted:
            if check.beside:
                other = Running(check, stack.enter_context(TemporaryFile()))
                stack.callback(other.interrupt)
                beside.append(other)
                continue
            running = Running(check, None)
            while running.process.poll() is None and not any(other.failed() for other in beside):
                time.sleep(LOOK)
            for failed in [other for other in beside if other.failed()]:
                running.interrupt()
                return failed.told()
            if code := running.told():
                return code
        codes = [other.told() for other in beside]
        return next((code for code in codes if code), 0)


def main(arguments: list[str]) -> int:
    """As run, or 2 for an unknown argument."""
    unknown = [argument for argument in arguments if argument not in ("--fast", "--long")]
    if unknown:
        print(f"unknown argument {unknown[0]!r}; there are --fast and --long", file=sys.stderr)
        return 2
    return run(checks(fast="--fast" in arguments, long="--long" in arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
