"""The one writer: a thread that takes waiting commands together and commits them once."""

import sqlite3
import threading
from collections.abc import Callable
from queue import SimpleQueue

from sqlalchemy import Engine

from flint_server.db.jobs import Job, Queue, answer, take
from flint_server.db.session import Driver
from flint_server.db.sqlite import faults
from flint_server.db.sqlite.connections import driver_of
from flint_server.db.sqlite.faults import TransactionEnded

MOST_TOGETHER = 64  # commands in one commit: the first of them waits for the last
TIDY_EVERY = 100  # commands between two looks for what has expired


class Writer:
    """Runs jobs on its own thread and connection. Nobody is answered before their work is committed.

    tidy deletes a little of what has expired; it is run every now and then, in a transaction that is kept anyway.
    """

    def __init__(self, engine: Engine, tidy: Callable[[Driver], None]) -> None:
        self._engine = engine
        self._tidy = tidy
        self._queue: Queue = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._connection: sqlite3.Connection | None = None
        self._since_tidying = 0
        # A daemon: what was acknowledged is on the disk, so an interpreter that ends without close() loses nothing.
        self._thread = threading.Thread(target=self._serve, name="flint-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Queue a job. Raises the refusal of a closed store."""
        with self._gate:
            if self._closed:
                raise faults.closed()
            self._queue.put(job)

    def close(self) -> None:
        """Finish what is queued, empty the write-ahead log into the file, end the thread. Safe to repeat."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    # ── the thread ──

    def _serve(self) -> None:
        open_for_more = True
        while open_for_more:
            jobs, open_for_more = take(self._queue, MOST_TOGETHER)
            try:
                self._commit_together(jobs)
            except BaseException as failure:  # not foreseen; a thread that died would leave every caller waiting
                for job in jobs:
                    job.failure = failure
            answer(jobs)
            del jobs  # or their results would live until the next command comes
        self._leave()

    def _commit_together(self, jobs: list[Job]) -> None:
        if not jobs:
            return
        try:
            self._transact(jobs)
        except (sqlite3.Error, TransactionEnded) as failure:
            if faults.is_busy(failure):  # waiting for it took seconds, and trying again would take them once more
                for job in jobs:
                    job.failure = faults.unavailable(failure)
            else:
                self._commit_alone(jobs)
        except BaseException as failure:  # a fault of ours; COMMIT comes last, so nothing was committed
            for job in jobs:
                job.failure = failure

    def _commit_alone(self, jobs: list[Job]) -> None:
        """After a transaction that failed as a whole: each job once more, in a transaction of its own."""
        locked: BaseException | None = None
        for job in jobs:
            if locked is None:
                try:
                    self._transact([job])
                except (sqlite3.Error, TransactionEnded) as failure:
                    job.failure = faults.unavailable(failure)
                    # Whoever holds the lock holds it against all of them, and waiting took seconds.
                    locked = failure if faults.is_busy(failure) else None
                except BaseException as failure:
                    job.failure = failure
            else:
                job.failure = faults.unavailable(locked)

    def _transact(self, jobs: list[Job]) -> None:
        """Run the jobs in one transaction. Raises when the database did not take it: then nothing was written."""
        driver = self._driver()
        try:
            driver.execute("BEGIN IMMEDIATE")
            for job in jobs:
                self._run(driver, job, savepoint=len(jobs) > 1)
            if any(job.keep and job.failure is None for job in jobs):
                self._tidy_at_times(driver, len(jobs))
                driver.execute("COMMIT")
            else:
                driver.execute("ROLLBACK")
        except BaseException:
            self._abandon(driver)
            raise

    def _run(self, driver: sqlite3.Connection, job: Job, *, savepoint: bool) -> None:
        if savepoint:
            driver.execute("SAVEPOINT command")
        job.failure = None
        try:
            job.run(driver)
        except BaseException as failure:
            if faults.is_storage_trouble(failure):
                raise
            job.failure = failure
        if not driver.in_transaction:
            raise TransactionEnded from job.failure
        if savepoint:
            if job.failure is not None or not job.keep:
                driver.execute("ROLLBACK TO command")
            driver.execute("RELEASE command")

    def _tidy_at_times(self, driver: sqlite3.Connection, commands: int) -> None:
        self._since_tidying += commands
        if self._since_tidying >= TIDY_EVERY:
            self._since_tidying = 0
            self._tidy(driver)

    # ── the connection ──

    def _driver(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = driver_of(self._engine)
        return self._connection

    def _abandon(self, driver: sqlite3.Connection) -> None:
        """Undo what a failed transaction left; a connection that cannot do that is replaced."""
        try:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
        except sqlite3.Error:
            self._connection = None
            driver.close()

    def _leave(self) -> None:
        if self._connection is None:
            return
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error:
            pass  # the log stays beside the file and is read at the next start
        finally:
            self._connection.close()
