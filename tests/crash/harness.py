"""Kill a server under load, start it again on the same files, let everything settle, compare the books. Repeat."""

import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import anyio

from flint_domain.order.payments.model import TransferState
from flint_domain.unit_of_work.work import LEASE
from tests.crash.afterwards import amend_for_more, let_another_method_pay
from tests.crash.buying import prepare
from tests.crash.life import Launcher, Life, MachineTooBusy, NotKilled, Patience, launcher, work_of
from tests.crash.points import PASSED_AT_MOST, POINTS, RANDOM, Point
from tests.crash.stories import STORIES
from tests.crash.street import Misbehaved, Story, Street
from tests.crash.verdict import AheadClock, Remains, Verdict, judge, open_work
from tests.machine.books import Books

AGENTS = 5
ROUND = len(POINTS) + 1  # kills: every named point once, and a random moment twice
EARLY = 0.3  # of the random moments are in a server's start and recovery, the others under load
KILLS_IN_ONE_SHOP = 2 * ROUND  # then a fresh folder: every check reads all of a shop's books
PAST_THE_LEASE = LEASE.total_seconds() + 30  # how far a new life's clock is ahead of the last one's
SETTLED_WITHIN = 30.0  # seconds after a restart, for a server that gets its share of the machine
REACHED_WITHIN = 8.0  # seconds under load; then the driver kills, and it counts as a random moment
LATER = 3.0  # seconds that the clock is put on for what the processor says later
PUT_ON_EVERY = 0.5  # seconds
FAULTS = ("answer_lost", "error_500")  # switched on before each load: outcomes that nobody knows

# What is played on a road that is wrong in one place only; on all others, everything.
WHERE_IT_IS_WRONG: dict[str, list[Story]] = {
    "changes before the charge": [amend_for_more],
    "gives back first": [let_another_method_pay],
}


@dataclass(frozen=True, slots=True)
class Kill:
    """Where the next server is to die. early: from its birth on; else only under load."""

    point: Point
    nth: int
    moment: float
    early: bool


@dataclass
class Report:
    """What a run came to. Any violation ends it, or, for a wrong road, the one that seek names."""

    seed: int
    wrong: str | None = None
    seek: str | None = None
    kills: Counter[str] = field(default_factory=Counter[str])
    cut_off: Counter[str] = field(default_factory=Counter[str])
    calls: Counter[str] = field(default_factory=Counter[str])
    refused: Counter[str] = field(default_factory=Counter[str])
    transfers: Counter[str] = field(default_factory=Counter[str])
    changes: Counter[str] = field(default_factory=Counter[str])
    counts: Counter[str] = field(default_factory=Counter[str])
    details: list[str] = field(default_factory=list[str])
    not_reached: int = 0
    too_busy: str | None = None
    seconds: float = 0.0
    folder: Path | None = None

    @property
    def killed(self) -> int:
        return sum(self.kills.values())

    @property
    def found(self) -> bool:
        return bool(self.counts[self.seek] if self.seek else self.counts)

    def take(self, verdict: Verdict) -> None:
        self.counts += verdict.counts
        self.details += [f"after kill {self.killed}: {detail}" for detail in verdict.details]


def schedule(kills: int, random: Random, only: Point | None = None) -> Iterator[Kill]:
    """Every round of kills meets every named point once, and a random moment twice; or all meet the same one."""
    for number in range(0, kills, ROUND):
        points: list[Point] = [only] * ROUND if only else _points_of_a_round(random)
        for point in points[: kills - number]:
            early = point == "during recovery" or (point == RANDOM and random.random() < EARLY)
            moment = random.uniform(0, 0.3 if early else 0.6)
            yield Kill(point, random.randint(1, PASSED_AT_MOST.get(point, 1)), moment, early)


def _points_of_a_round(random: Random) -> list[Point]:
    """A recovery is killed after a kill that left work for it."""
    points: list[Point] = [*POINTS]
    points.append(RANDOM)
    points.remove("during recovery")
    random.shuffle(points)
    points.insert(points.index("after its answer, before the settle") + 1, "during recovery")
    return points


class Shop:
    """One data folder, the agents who use it, and its servers, one after the other."""

    def __init__(self, folder: Path, origin: Launcher, report: Report, random: Random) -> None:
        self.folder = folder
        self.launcher = origin
        self.report = report
        self.random = random
        self.street = Street(AGENTS, random)
        self.clock = AheadClock()
        self.remains = Remains(folder, self.clock)
        self.books: Books | None = None

    async def survive(self, kills: list[Kill]) -> None:
        """Let the shop's servers die these deaths; afterwards one more finishes what is left."""
        await prepare(self.folder)
        async with self.remains, anyio.create_task_group() as group:
            for agent in self.street.agents:
                group.start_soon(agent.live, WHERE_IT_IS_WRONG.get(self.report.wrong or "", STORIES))
            for kill in [*kills, None]:
                await self._live(kill)
                if self.report.found:
                    break
            group.cancel_scope.cancel()
        self._count()

    async def _live(self, kill: Kill | None) -> None:
        """One server: born, recovering, judged at rest, under load, killed."""
        early = kill if kill is not None and kill.early else None
        self.clock.ahead += PAST_THE_LEASE
        life = await self.launcher.bear(
            folder=str(self.folder),
            log=str(self.folder / "server.log"),
            ahead=self.clock.ahead,
            point=early.point if early else None,
            nth=early.nth if early else 0,
            seed=self.random.getrandbits(32),
            wrong=self.report.wrong,
        )
        cut_off = self.street.notes.cut_off
        async with anyio.create_task_group() as lives:
            lives.start_soon(self._serve, life)
            if early is not None and early.point == RANDOM:
                lives.start_soon(self._kill_after, life, early.moment)
            if await self._settle(life):
                await self._judge()
                if kill is not None and not self.report.found:
                    await self._load_and_kill(life, kill)
            life.kill()
            await life.died.wait()
            lives.cancel_scope.cancel()
        if kill is not None:
            self._note_death(life, kill, self.street.notes.cut_off - cut_off)

    async def _serve(self, life: Life) -> None:
        """Open for the agents when it listens, and hold their connections until it dies."""
        if not await life.listens():
            return
        async with anyio.create_task_group() as connections:
            for agent in self.street.agents:
                connections.start_soon(agent.connect, life)
            self.street.serve(life)
            await life.died.wait()
            connections.cancel_scope.cancel()

    async def _settle(self, life: Life) -> bool:
        """Wait until every call that was cut off is answered and nothing waits for the processor; False when the
        server dies on the way."""
        put_on = 0.0
        with life.scope():
            await life.listens()
            assert life.pid is not None
            patience = Patience(SETTLED_WITHIN, partial(work_of, life.pid))
            while (not self.street.all_rest or await self._open_work()) and patience.left:
                await anyio.sleep(0.02)
                if self.street.all_rest and time.monotonic() > put_on + PUT_ON_EVERY:
                    put_on = time.monotonic()
                    await self._put_the_clock_on()
        return not life.died.is_set()

    async def _open_work(self) -> Counter[str]:
        return await anyio.to_thread.run_sync(open_work, self.folder)

    async def _put_the_clock_on(self) -> None:
        self.clock.ahead += LATER
        await self.launcher.tell(ahead=self.clock.ahead)

    async def _judge(self) -> None:
        verdict, self.books = await judge(self.remains, self.street.notes, self.books)
        for what, count in (await self._open_work()).items():
            verdict.add(what, f"{count} after {SETTLED_WITHIN:.0f} s", count)
        if not self.street.all_rest:
            verdict.add("servers that broke", "calls that were cut off are still not answered")
        self.report.take(verdict)

    async def _load_and_kill(self, life: Life, kill: Kill) -> None:
        for fault in FAULTS:
            await self.remains.fault(fault)
        if kill.point != RANDOM and not kill.early:
            await self.launcher.tell(point=kill.point, nth=kill.nth)
        self.street.open_door()
        await self._kill_after(life, kill.moment if kill.point == RANDOM else REACHED_WITHIN)
        self.street.close_door()

    async def _kill_after(self, life: Life, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await life.died.wait()
        life.kill()
        await life.died.wait()

    def _note_death(self, life: Life, kill: Kill, cut_off: int) -> None:
        point = life.killed_at or RANDOM
        self.report.kills[point] += 1
        self.report.cut_off[point] += cut_off
        self.report.not_reached += life.killed_at is None and kill.point != RANDOM
        self.report.transfers["taken on by a recovery"] += life.recovered
        if life.exit_code != -9:
            verdict = Verdict()
            verdict.add("servers that broke", f"a server ended by itself with {life.exit_code}: see its log")
            self.report.take(verdict)

    def _count(self) -> None:
        """Add this shop to the report's sums."""
        report, notes = self.report, self.street.notes
        report.calls += Counter(
            {
                "acknowledged": len(notes.acknowledged),
                "refused": sum(notes.refused.values()),
                "cut off by a kill": notes.cut_off,
                "sent again": notes.repeated,
            }
        )
        report.refused += notes.refused
        if self.books is None:
            return
        report.calls["orders"] += len(self.books.orders)
        for asked in self.books.asked:
            report.transfers[asked.kind] += 1
            report.transfers["declined"] += asked.state is TransferState.DECLINED
        report.transfers["ledger entries"] += sum(len(entries) for entries in self.books.entries.values())
        report.transfers["coupon uses"] += len(self.books.uses)
        for order in self.books.orders.values():
            report.changes.update(f"{made.kind}: {made.state}" for made in order.amendments)
            report.changes["parcels"] += len(order.fulfillments)
        report.changes["entries of gift cards and store credit"] += len(self.books.ledger)
        report.changes["movements of stock"] += len(self.books.trail)


def leaves_of(group: BaseExceptionGroup[Any]) -> Iterator[BaseException]:
    """The errors in a group of groups."""
    for error in group.exceptions:
        yield from leaves_of(error) if isinstance(error, BaseExceptionGroup) else (error,)


async def run(
    kills: int,
    seed: int,
    *,
    only: Point | None = None,
    wrong: str | None = None,
    seek: str | None = None,
    folder: Path | None = None,
) -> Report:
    """Kill that many servers, or fewer when a promise is broken. The shops are made under folder; the last one stays
    there when something was wrong. A machine that is too busy to say is told as that, and blames nobody."""
    random, report, started = Random(seed), Report(seed, wrong, seek), time.monotonic()
    planned = list(schedule(kills, random, only))
    try:
        async with launcher() as origin:
            for number in range(0, kills, KILLS_IN_ONE_SHOP):
                report.folder = Path(tempfile.mkdtemp(prefix="flint-crash-", dir=folder))
                shop = Shop(report.folder, origin, report, random)
                await shop.survive(planned[number : number + KILLS_IN_ONE_SHOP])
                if report.found:
                    break
                shutil.rmtree(report.folder)
                report.folder = None
    except* MachineTooBusy as busy:
        report.too_busy = "; ".join(map(str, leaves_of(busy)))
    except* (NotKilled, Misbehaved, TimeoutError) as broken:
        report.counts["servers that broke"] += 1
        report.details += [f"after kill {report.killed}: {error!r}" for error in leaves_of(broken)]
    report.seconds = time.monotonic() - started
    return report
