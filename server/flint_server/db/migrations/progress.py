"""How far a migration is, said on standard error: what an MCP client reads is standard output."""

import sqlite3
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

SAY_EVERY = 5.0  # seconds; what takes less is not talked about
_STEPS = 1_000_000  # of SQLite's virtual machine between two looks at the clock: some 20 ms


def _on_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201


@dataclass(slots=True)
class Progress:
    """Says what is being done to a file, once it has taken a while, and again now and then."""

    path: Path
    say: Callable[[str], None] = _on_stderr
    clock: Callable[[], float] = time.monotonic
    _doing: str = ""
    _began: float = field(init=False)
    _said: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self._said = self.clock()

    @property
    def at(self) -> str:
        """What is being done."""
        return self._doing

    def doing(self, what: str) -> None:
        """From now on it is this."""
        self._doing = what
        self.look()

    def look(self) -> None:
        """Say something if it is time to."""
        now = self.clock()
        if now - self._said >= SAY_EVERY:
            self._said = now
            self.say(f"Bringing {self.path} up to date, {now - self._began:.0f} s so far: {self._doing}.")

    def done(self) -> None:
        """Say how long it took, if anything was said before."""
        if self._said > self._began:
            self.say(f"{self.path} is up to date, after {self.clock() - self._began:.0f} s.")

    def watch(self, driver: sqlite3.Connection) -> None:
        """Look at the clock while a long statement runs on this connection."""

        def look() -> int:
            self.look()
            return 0  # another number would end the statement

        driver.set_progress_handler(look, _STEPS)
