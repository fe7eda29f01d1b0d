"""Days and periods: the only place that knows calendars and time zones.

A period is half open, `[boundary(n), boundary(n + 1))`, in local dates of an IANA time zone. A boundary is always
computed from the anchor and never from the boundary before it, so that a subscription of 31 January comes back to the
31st after February. Money is counted in local days: no change of the clocks moves a cent.

The library for dates and zones is imported inside functions: a server that bills nobody does not load it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Literal, Protocol

from flint_domain.kernel.errors import Refused, quoted

Unit = Literal["day", "week", "month", "year"]
MAX_COUNT: dict[Unit, int] = {"day": 365, "week": 52, "month": 36, "year": 3}  # no interval is longer than three years
BILLING_TIME = time(9)  # when renewals are due on their day, unless the merchant says otherwise

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ZONE = re.compile(r"(?!(?:posix|right)/)[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+\Z")  # posix/ and right/ are not IANA's names
_DAY_OF_MONTH = re.compile(r"[1-9]|[12][0-9]|3[01]")
_MONTH_AND_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # days that a month can have


@dataclass(frozen=True, slots=True)
class Interval:
    """How long a period is: count units."""

    unit: Unit
    count: int = 1

    def __str__(self) -> str:
        return f"every {self.unit}" if self.count == 1 else f"every {self.count} {self.unit}s"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The grid of a subscription's periods: an interval, and the day that all boundaries are counted from.

    day is the day of the month that boundaries fall on where the month has it: an anchor of 30 April with day 31 is
    followed by 31 May. None means the anchor's own.
    """

    interval: Interval
    anchor: date
    day: int | None = None

    def boundary(self, number: int) -> date:
        """The boundary this many intervals after the anchor (before it, for a negative number)."""
        steps = number * self.interval.count
        match self.interval.unit:
            case "day":
                return self.anchor + timedelta(days=steps)
            case "week":
                return self.anchor + timedelta(weeks=steps)
            case "month":
                return self._months_on(steps)
            case "year":
                return self._months_on(12 * steps)

    def number_at(self, day: date) -> int:
        """The number of the last boundary on or before this day."""
        if self.interval.unit in ("day", "week"):
            length = self.interval.count * (7 if self.interval.unit == "week" else 1)
            return (day - self.anchor).days // length
        months = 12 * (day.year - self.anchor.year) + day.month - self.anchor.month
        number = months // (self.interval.count * (12 if self.interval.unit == "year" else 1))
        return number if self.boundary(number) <= day else number - 1

    def is_boundary(self, day: date) -> bool:
        return self.boundary(self.number_at(day)) == day

    def period_from(self, start: date) -> "Period":
        """From this day to the next boundary: a whole period when the day is a boundary, else a stub of one."""
        number = self.number_at(start)
        grid_start, end = self.boundary(number), self.boundary(number + 1)
        return Period(start=start, end=end, grid_start=grid_start, grid_end=end)

    def periods_from(self, start: date) -> Iterator["Period"]:
        """The periods from this day on, without end and without a gap; only the first may be a stub."""
        first = self.period_from(start)
        yield first
        number = self.number_at(first.end)
        for later in count(number):
            at, end = self.boundary(later), self.boundary(later + 1)
            yield Period(start=at, end=end, grid_start=at, grid_end=end)

    def _months_on(self, months: int) -> date:
        from whenever import Date

        first = Date(self.anchor).replace(day=1).add(months=months)
        return first.replace(day=min(self.day or self.anchor.day, first.days_in_month())).to_stdlib()


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Local days from start to before end, and the grid period that they lie in: the same days, unless it is a stub."""

    start: date
    end: date
    grid_start: date
    grid_end: date

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    @property
    def grid_days(self) -> int:
        return (self.grid_end - self.grid_start).days

    @property
    def whole(self) -> bool:
        return self.days == self.grid_days

    def days_left(self, day: date) -> int:
        """The days from this one on: the day on which something changes belongs to what comes after."""
        return max(0, min(self.days, (self.end - day).days))


def schedule_of(start: date, interval: Interval, anchor_day: str | None = None) -> Schedule:
    """The grid of a subscription that is billed from start on. With an anchor day the first boundary is the first such
    day on or after start, and what lies before it is a stub.

    anchor_day is "1" to "31" for months, a weekday for weeks, "MM-DD" for years. Raises Refused for another.
    """
    if anchor_day is None:
        return Schedule(interval, start)
    match interval.unit:
        case "month" if _DAY_OF_MONTH.fullmatch(anchor_day):
            return _from_first(Schedule(interval, start.replace(day=1), int(anchor_day)), start, months=1)
        case "week" if anchor_day.lower() in _WEEKDAYS:
            ahead = (_WEEKDAYS.index(anchor_day.lower()) - start.weekday()) % 7
            return Schedule(interval, start + timedelta(days=ahead))
        case "year" if (named := _MONTH_AND_DAY.fullmatch(anchor_day)) and int(named[2]) <= _LONGEST[int(named[1]) - 1]:
            return _from_first(Schedule(interval, date(start.year, int(named[1]), 1), int(named[2])), start, months=12)
        case _:
            raise _bad_anchor_day(interval, anchor_day)


def _from_first(schedule: Schedule, start: date, *, months: int) -> Schedule:
    """The schedule anchored at its first day on or after start, of those that come around every so many months."""
    unit: Unit = "month" if months == 1 else "year"
    around = Schedule(Interval(unit), schedule.anchor, schedule.day)
    first = next(day for number in count() if (day := around.boundary(number)) >= start)
    return Schedule(schedule.interval, first, schedule.day)


def _bad_anchor_day(interval: Interval, anchor_day: str) -> Refused:
    wanted = {
        "day": "leave it out: a period of days has no anchor day",
        "week": 'name a weekday, such as "monday"',
        "month": 'give a day of the month, "1" to "31"',
        "year": 'give month and day, such as "01-31"',
    }[interval.unit]
    return Refused(
        "invalid_argument",
        f"{quoted(anchor_day)} is no anchor day of a plan that is billed {interval}.",
        hint=wanted,
        param="anchorDay",
    )


def checked_interval(unit: Unit, count: int) -> Interval:
    """The interval, if it is at least one unit and at most three years. Raises Refused."""
    if 1 <= count <= MAX_COUNT[unit]:
        return Interval(unit, count)
    raise Refused(
        "invalid_argument",
        f"A plan cannot be billed every {count} {unit}s.",
        hint=f"give from 1 to {MAX_COUNT[unit]} {unit}s",
        param="interval",
    )


def months_after(day: date, months: int) -> date:
    """The same day so many months on, or the last of that month where it has no such day."""
    return Schedule(Interval("month"), day).boundary(months)


# ── days and instants ────────────────────────────────────────────────────────────────────────────────────────────────


class _Zoned(Protocol):
    @property
    def tz_id(self) -> str | None: ...
    def to_stdlib(self) -> datetime: ...
    def next_transition(self) -> "_Zoned | None": ...


class _Instant(Protocol):
    """What is used of the library's instants: its own types name a value that the type checker does not know."""

    def to_tz(self, tz: str, /) -> _Zoned: ...


class _Plain(Protocol):
    def assume_tz(self, tz: str, /, *, disambiguation: Literal["earlier"]) -> _Zoned: ...


def _in_zone(instant: _Instant, zone: str) -> _Zoned:
    return instant.to_tz(zone)


def _first_of(local: _Plain, zone: str) -> _Zoned:
    return local.assume_tz(zone, disambiguation="earlier")


def checked_zone(name: str) -> str:
    """The IANA time zone's name as IANA spells it: "UTC", or an area and a place. Raises Refused.

    Names without an area ("EST", "localtime") are abbreviations, or the machine's own: another machine may read them
    differently.
    """
    from whenever import Instant, TimeZoneNotFoundError

    if name.upper() == "UTC":
        return "UTC"
    try:
        if _ZONE.match(name):
            return _in_zone(Instant.from_timestamp(0), name).tz_id or name
    except TimeZoneNotFoundError:
        pass
    raise Refused(
        "invalid_argument",
        f"{quoted(name)} is no IANA time zone.",
        hint='give area and place, such as "Europe/Berlin", or "UTC"',
        param="timeZone",
    )


def local_day(at: datetime, zone: str) -> date:
    """The date that a clock in this zone shows at this instant."""
    from whenever import Instant

    return _in_zone(Instant(at.astimezone(UTC)), zone).to_stdlib().date()


def instant_of(day: date, at: time, zone: str) -> datetime:
    """The instant of a local time on a local day, in UTC.

    A time that exists twice is the first; one that does not exist is the first that does: where clocks go from 02:00 to
    03:00, 02:30 is 03:00. The same goes for a day that a zone leaves out.
    """
    from whenever import Date, Time

    zoned = _first_of(Date(day).at(Time(at)), zone)
    shown = zoned.to_stdlib().replace(tzinfo=None)
    if shown != datetime.combine(day, at):  # skipped: the library goes back as far as the clocks go on
        after = zoned.next_transition()
        assert after is not None, "only a change of the clocks skips a time"
        zoned = after
    return zoned.to_stdlib().astimezone(UTC)


def midnight(day: date, zone: str) -> datetime:
    """The instant at which this local day begins, in UTC: the meaning of `period_end`."""
    return instant_of(day, time(0), zone)
