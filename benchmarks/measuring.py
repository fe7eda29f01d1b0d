"""Taking turns: every variant runs a little in each round, so that a noisy neighbour disturbs all of them alike."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from statistics import median, quantiles

import anyio

Sample = Callable[[], Awaitable[float]]
"""One round of one variant; returns its cost per call in seconds (of the clock, or of a processor)."""


class Measured:
    """What each variant cost in each round, in seconds per call."""

    def __init__(self, rounds: Mapping[str, Sequence[float]]) -> None:
        self._rounds = rounds

    def cost(self, variant: str) -> float:
        """The median round, in seconds per call."""
        return median(self._rounds[variant])

    def ratio(self, variant: str, floor: str) -> float:
        """How many times the floor's cost: the median over rounds of the two costs in the same round."""
        pairs = zip(self._rounds[variant], self._rounds[floor], strict=True)
        return median(cost / base for cost, base in pairs)


class Waits:
    """How long single calls took by the clock, in seconds: processor time does not show what somebody waits for."""

    def __init__(self) -> None:
        self._of: dict[str, list[float]] = {}

    def add(self, variant: str, seconds: float) -> None:
        self._of.setdefault(variant, []).append(seconds)

    def percentile(self, variant: str, percent: int) -> float:
        """The wait that so many percent of the variant's calls do not exceed."""
        return quantiles(self._of[variant], n=100, method="inclusive")[percent - 1]


async def in_turns(variants: Mapping[str, Sample], rounds: int) -> Measured:
    """Run every variant once to warm up, then in turns; each round begins with another one."""
    names = list(variants)
    for name in names:
        await variants[name]()
    costs: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            costs[name].append(await variants[name]())
    return Measured(costs)


async def shared(callers: int, times: int, work: Callable[[], Awaitable[object]]) -> float:
    """Do the work `times` times, spread over concurrent callers; seconds on the clock per time."""
    left = iter(range(times))

    async def caller() -> None:
        for _ in left:
            await work()

    began = time.perf_counter()
    async with anyio.create_task_group() as group:
        for _ in range(callers):
            group.start_soon(caller)
    return (time.perf_counter() - began) / times


def cpu_seconds(pid: int) -> float:
    """Processor time that a running process has used, all threads. Linux only.

    The number is the clock that clock_getcpuclockid(3) names for the process; it counts nanoseconds, where
    /proc/PID/stat counts hundredths of a second.
    """
    return time.clock_gettime(~pid << 3 | 2)


def table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Text for people: the first column to the left, numbers to the right."""
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]

    def line(row: Sequence[str]) -> str:
        first, *rest = [
            cell.ljust(width) if n == 0 else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join((first, *rest)).rstrip()

    return "\n".join(("", title, line(head), line(["─" * width for width in widths]), *map(line, rows)))


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.2f}"


def times(ratio: float) -> str:
    return f"{ratio:.2f}"
