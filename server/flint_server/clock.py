"""The present: the machine's, or one that a scripted run steps through."""

from datetime import UTC, datetime, timedelta

STEP = timedelta(seconds=1)  # how far a scripted clock goes with every call


class SystemClock:
    """The machine's clock, in UTC."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SteppingClock:
    """A clock that stands still until it is stepped, so that a scripted run gives the same times again."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now

    def step(self) -> None:
        self._now += STEP
