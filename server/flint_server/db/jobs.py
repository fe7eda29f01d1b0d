"""Work on its way to a database thread and back: who waits for it, and what a cancelled caller gets."""

import asyncio
import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

import anyio

from flint_server.db.session import Driver

T = TypeVar("T")


class Job(ABC):
    """What a database thread sees of a call: run it, set its failure if it failed, answer it.

    What a job that is not to be kept has written is rolled back.
    """

    def __init__(self, *, keep: bool) -> None:
        self.keep = keep
        self.failure: BaseException | None = None
        self.loop = asyncio.get_running_loop()
        self._waiter = self.loop.create_future()
        self._answered = False
        self._claim = threading.Lock()

    @abstractmethod
    def run(self, driver: Driver) -> None:
        """Do the call's work. May be called again after its work was undone."""

    def claim(self) -> bool:
        """Whoever claims first decides: the thread, that the job runs, or its cancelled caller, that it does not."""
        return self._claim.acquire(blocking=False)

    async def wait(self) -> None:
        """Until the thread has answered. A caller cancelled before the job was claimed leaves at once, with nothing
        done; one cancelled later waits for the answer, and its next await is cancelled in its place."""
        try:
            await self._waiter
        except asyncio.CancelledError as cancelled:
            if not self._answered and self.claim():
                raise
            await self._wait_shielded()
            _cancel_later(cancelled)

    async def _wait_shielded(self) -> None:
        with anyio.CancelScope(shield=True):
            while not self._answered:
                self._waiter = self.loop.create_future()
                try:
                    await self._waiter
                except asyncio.CancelledError:
                    continue  # the shield is AnyIO's; a plain Task.cancel() comes through it

    def wake(self) -> None:
        """Tell the caller, on its event loop, that the job is answered."""
        self._answered = True
        if not self._waiter.done():
            self._waiter.set_result(None)


Queue = SimpleQueue[Job | None]  # None is the end


class Call(Job, Generic[T]):
    """A function's call, with its result."""

    def __init__(self, function: Callable[[Driver], T], *, keep: bool) -> None:
        super().__init__(keep=keep)
        self._function = function
        self._results: list[T] = []

    def run(self, driver: Driver) -> None:
        self._results = [self._function(driver)]

    async def result(self) -> T:
        """What the function returned. Raises what it raised, or why the database did not answer."""
        await self.wait()
        if self.failure is None:
            return self._results[0]
        failure, self.failure = self.failure, None
        try:
            raise failure
        finally:
            del failure  # its traceback holds this frame


def take(queue: Queue, most: int) -> tuple[list[Job], bool]:
    """Wait for a job, and take those that wait behind it; whether there may be more after them."""
    jobs: list[Job] = []
    waiting = queue.get()
    while waiting is not None:
        if waiting.claim():
            jobs.append(waiting)
        if len(jobs) == most:
            return jobs, True
        try:
            waiting = queue.get_nowait()
        except Empty:
            return jobs, True
    return jobs, False


def answer(jobs: Iterable[Job]) -> None:
    """Wake every caller, with one call into each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in jobs:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, answered in by_loop.items():
        try:
            loop.call_soon_threadsafe(_wake, answered)
        except RuntimeError:
            continue  # the loop was closed: nobody waits any more


def _wake(jobs: list[Job]) -> None:
    for job in jobs:
        job.wake()


def _cancel_later(cancelled: asyncio.CancelledError) -> None:
    """Hand a cancellation that was waited out to the caller's next await. AnyIO's scopes do so by themselves."""
    if anyio.current_effective_deadline() == -math.inf:
        return
    task = asyncio.current_task()
    if task is not None:
        task.uncancel()
        task.cancel(*cancelled.args)
