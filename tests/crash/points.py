"""Where a server dies: named points of the road, counted as they are passed. Nothing of this is in the product."""

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from types import ModuleType
from typing import Any, Literal, get_args

Point = Literal[
    "before the processor is asked",
    "after its answer, before the settle",
    "during recovery",
    "between a decline and the next token",
    "between authorizations and captures",
    "in the middle of a cancel",
    "while an amendment waits for its money",
    "between a move's charge and its give-back",
    "between an attach's answer and its settle",
    "while SQLite commits",
    "after a commit, before the answer",
    "a random moment",
]
POINTS: tuple[Point, ...] = get_args(Point)
RANDOM: Point = "a random moment"  # the one that the driver chooses from outside

# How often a point may be passed before it kills: more where more calls pass it.
PASSED_AT_MOST: dict[Point, int] = {
    "before the processor is asked": 10,
    "after its answer, before the settle": 10,
    "during recovery": 4,
    "between a decline and the next token": 3,
    "between authorizations and captures": 4,
    "in the middle of a cancel": 2,
    "while an amendment waits for its money": 4,
    "between a move's charge and its give-back": 2,
    "between an attach's answer and its settle": 2,
    "while SQLite commits": 30,
    "after a commit, before the answer": 30,
}


@dataclass
class Fate:
    """What this process dies of. die is told the point's name; it does not return."""

    die: Callable[[str], None]
    random: Random
    point: str | None = None
    left: int = 0
    commit_took: float = 0.001  # seconds, as measured last
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, point: str | None, nth: int) -> None:
        with self._lock:
            self.point, self.left = point, nth

    def is_met(self, point: Point) -> bool:
        """Count a passing; whether it is the one that kills."""
        with self._lock:
            if self.point != point:
                return False
            self.left -= 1
            return self.left == 0

    def passes(self, point: Point) -> None:
        if self.is_met(point):
            self.die(point)

    def commits(self, commit: Callable[[], Any]) -> Any:
        """Commit, and if this is the one, die at some moment while SQLite is at it."""
        if self.is_met("while SQLite commits"):
            delay = self.random.random() * self.commit_took
            threading.Thread(target=self._die_after, args=(delay,), daemon=True).start()
        started = time.perf_counter()
        done = commit()
        self.commit_took = time.perf_counter() - started
        return done

    def _die_after(self, seconds: float) -> None:
        time.sleep(seconds)  # SQLite works on meanwhile: it lets go of the interpreter
        self.die("while SQLite commits")


def kill_this_process() -> None:
    """Nothing is flushed, closed or rolled back."""
    os.kill(os.getpid(), signal.SIGKILL)


def replace_method(owner: type | ModuleType, name: str, method: Callable[..., Any]) -> None:
    """Put a method, or a module's function, that wraps the former one in its place, for all that the product does."""
    assert hasattr(owner, name), f"{owner.__name__} has no {name} any more"
    setattr(owner, name, method)


def mortal_connection(fate: Fate) -> type[sqlite3.Connection]:
    """Connections that pass the point at each of their commits."""

    class MortalConnection(sqlite3.Connection):
        def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
            if sql == "COMMIT":
                return fate.commits(lambda: super(MortalConnection, self).execute(sql))
            return super().execute(sql, parameters)

    return MortalConnection
