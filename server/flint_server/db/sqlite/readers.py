"""Reading beside the writer: a few threads, each with a connection that sees the file as it was when the read began."""

import sqlite3
import threading
from queue import SimpleQueue

from sqlalchemy import Engine

from flint_server.db.jobs import Job, Queue, answer, take
from flint_server.db.sqlite import faults
from flint_server.db.sqlite.connections import driver_of

CONNECTIONS = 4  # so many slow searches may run before a quick read waits for one of them
MOST_TOGETHER = 16  # reads that share a snapshot and an answer: the first of them waits for the last


class Readers:
    """Runs jobs on read-only connections, which are opened when first needed.

    One thread at a time waits for work and takes what has gathered. Were all of them to wait, sixteen reads would wake
    four threads, and they would spend three times the work on handing the interpreter's lock around.
    """

    def __init__(self, engine: Engine, connections: int = CONNECTIONS) -> None:
        self._engine = engine
        self._queue: Queue = SimpleQueue()
        self._gate = threading.Lock()
        self._turn = threading.Lock()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"flint-reader-{number}", daemon=True)
            for number in range(connections)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, job: Job) -> None:
        """Queue a job. Raises the refusal of a closed store."""
        with self._gate:
            if self._closed:
                raise faults.closed()
            self._queue.put(job)

    def close(self) -> None:
        """Finish what is queued, close the connections, end the threads. Safe to repeat."""
        with self._gate:
            if not self._closed:
                self._closed = True
                for _ in self._threads:
                    self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        driver: sqlite3.Connection | None = None
        open_for_more = True
        while open_for_more:
            with self._turn:
                jobs, open_for_more = take(self._queue, MOST_TOGETHER)
            if jobs:
                driver = self._run_together(driver, jobs)
                answer(jobs)
            del jobs  # or their results would live until the next read comes
        if driver is not None:
            driver.close()

    def _run_together(self, driver: sqlite3.Connection | None, jobs: list[Job]) -> sqlite3.Connection | None:
        """Run the jobs on one snapshot; the connection to go on with, none when it has to be replaced."""
        try:
            if driver is None:
                driver = driver_of(self._engine)
            driver.execute("BEGIN")
            for job in jobs:
                _run(driver, job)
            driver.execute("ROLLBACK")
        except BaseException as failure:
            for job in jobs:
                job.failure = faults.unreadable(failure) if isinstance(failure, sqlite3.Error) else failure
            if driver is not None:
                driver.close()
            return None
        return driver


def _run(driver: sqlite3.Connection, job: Job) -> None:
    try:
        job.run(driver)
    except BaseException as failure:
        job.failure = faults.unreadable(failure) if faults.is_storage_trouble(failure) else failure
