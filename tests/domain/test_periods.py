"""Days and periods: anchors, clamping, stubs, and what a clock shows in a time zone."""

import subprocess
import sys
from bisect import bisect_right
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flint_domain.kernel.errors import Refused
from flint_domain.kernel.periods import (
    MAX_COUNT,
    Interval,
    Period,
    Schedule,
    checked_interval,
    checked_zone,
    instant_of,
    local_day,
    midnight,
    months_after,
    schedule_of,
)

MONTHLY, YEARLY, WEEKLY = Interval("month"), Interval("year"), Interval("week")


def boundaries(schedule: Schedule, how_many: int) -> list[date]:
    return [schedule.boundary(number) for number in range(how_many)]


def test_a_month_without_the_day_takes_its_last_and_the_next_one_has_the_day_again() -> None:
    assert boundaries(Schedule(MONTHLY, date(2026, 1, 31)), 4) == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]


def test_a_year_from_29_february_renews_on_the_28th_until_there_is_a_29th() -> None:
    years = boundaries(Schedule(YEARLY, date(2024, 2, 29)), 5)
    assert [(day.month, day.day) for day in years] == [(2, 29), (2, 28), (2, 28), (2, 28), (2, 29)]


def test_an_anchor_day_that_the_first_month_lacks_comes_back_in_the_next() -> None:
    schedule = schedule_of(date(2026, 4, 30), MONTHLY, "31")
    assert boundaries(schedule, 3) == [date(2026, 4, 30), date(2026, 5, 31), date(2026, 6, 30)]


def test_the_first_period_is_a_stub_up_to_the_anchor_day_and_the_second_is_whole() -> None:
    first, second = islice(schedule_of(date(2024, 3, 5), MONTHLY, "1").periods_from(date(2024, 3, 5)), 2)
    assert (first.start, first.end, first.days, first.grid_days, first.whole) == (
        date(2024, 3, 5),
        date(2024, 4, 1),
        27,
        31,
        False,
    )
    assert second == Period(
        start=date(2024, 4, 1), end=date(2024, 5, 1), grid_start=date(2024, 4, 1), grid_end=date(2024, 5, 1)
    )


def test_there_is_no_stub_when_the_start_is_the_anchor_day() -> None:
    assert schedule_of(date(2012, 3, 3), MONTHLY, "3").period_from(date(2012, 3, 3)).whole


@pytest.mark.parametrize(
    ("start", "interval", "anchor_day", "first"),
    [
        (date(2026, 11, 27), WEEKLY, "friday", date(2026, 11, 27)),
        (date(2026, 11, 28), WEEKLY, "Friday", date(2026, 12, 4)),
        (date(2026, 11, 28), YEARLY, "01-31", date(2027, 1, 31)),
        (date(2026, 3, 1), YEARLY, "02-29", date(2027, 2, 28)),
        (date(2027, 3, 1), YEARLY, "02-29", date(2028, 2, 29)),
        (date(2026, 1, 31), Interval("month", 3), "30", date(2026, 2, 28)),
    ],
)
def test_the_first_boundary_is_the_first_anchor_day_on_or_after_the_start(
    start: date, interval: Interval, anchor_day: str, first: date
) -> None:
    assert schedule_of(start, interval, anchor_day).anchor == first


@pytest.mark.parametrize(
    ("interval", "anchor_day"),
    [
        (MONTHLY, "0"),
        (MONTHLY, "32"),
        (MONTHLY, "01"),
        (MONTHLY, "monday"),
        (WEEKLY, "31"),
        (WEEKLY, "someday"),
        (YEARLY, "31"),
        (YEARLY, "02-30"),
        (YEARLY, "13-01"),
        (Interval("day"), "1"),
        (MONTHLY, "٣"),
    ],
)
def test_an_anchor_day_of_another_interval_is_refused_with_what_would_do(interval: Interval, anchor_day: str) -> None:
    with pytest.raises(Refused) as refused:
        schedule_of(date(2026, 1, 1), interval, anchor_day)
    assert (refused.value.code, refused.value.param) == ("invalid_argument", "anchorDay")
    assert refused.value.message == f'"{anchor_day}" is no anchor day of a plan that is billed {interval}.'


def test_an_interval_has_bounds() -> None:
    assert checked_interval("month", 36) == Interval("month", 36)
    for count in (0, -1, 37):
        with pytest.raises(Refused, match=f"cannot be billed every {count} months"):
            checked_interval("month", count)


# ── against a second way of computing: walking from day to day ───────────────────────────────────────────────────────

days = st.dates(date(1999, 1, 1), date(2045, 12, 31))
counts = {"day": (1, 10), "week": (1, 2), "month": (1, 2, 3, 6, 12), "year": (1, 3)}
intervals = st.sampled_from([Interval(unit, count) for unit in MAX_COUNT for count in counts[unit]])


def walked(anchor: date, interval: Interval, until: date) -> list[date]:
    """The boundaries from the anchor on, found by looking at every single day."""
    found: list[date] = []
    day = anchor
    while day <= until:
        months = 12 * (day.year - anchor.year) + day.month - anchor.month
        falls_on_it = day.day == min(anchor.day, monthrange(day.year, day.month)[1])
        match interval.unit:
            case "day":
                hit = (day - anchor).days % interval.count == 0
            case "week":
                hit = (day - anchor).days % (7 * interval.count) == 0
            case "month":
                hit = falls_on_it and months % interval.count == 0
            case "year":
                hit = falls_on_it and months % (12 * interval.count) == 0
        if hit:
            found.append(day)
        day += timedelta(days=1)
    return found


@given(anchor=days, interval=intervals)
def test_boundaries_are_those_that_a_walk_over_every_day_finds(anchor: date, interval: Interval) -> None:
    found = walked(anchor, interval, anchor + timedelta(days=1500))
    assert boundaries(Schedule(interval, anchor), len(found)) == found


@given(anchor=days, interval=intervals, ahead=st.integers(0, 1400))
def test_a_stub_ends_at_the_boundary_that_a_walk_finds_next(anchor: date, interval: Interval, ahead: int) -> None:
    schedule, start = Schedule(interval, anchor), anchor + timedelta(days=ahead)
    found = walked(anchor, interval, start + timedelta(days=1200))
    at = bisect_right(found, start)
    period = schedule.period_from(start)
    assert (period.grid_start, period.start, period.end) == (found[at - 1], start, found[at])
    assert period.whole == (start in found) == schedule.is_boundary(start)


@given(start=days, interval=intervals, anchor_day=st.integers(1, 31), ahead=st.integers(0, 60))
def test_periods_tile_the_line_of_time(start: date, interval: Interval, anchor_day: int, ahead: int) -> None:
    schedule = schedule_of(start, interval, str(anchor_day) if interval.unit == "month" else None)
    periods = list(islice(schedule.periods_from(start + timedelta(days=ahead)), 30))
    assert periods[0].start == start + timedelta(days=ahead)
    assert all(earlier.end == later.start and later.whole for earlier, later in pairwise(periods))
    assert all(0 < period.days <= period.grid_days for period in periods)
    assert sum(period.days for period in periods) == (periods[-1].end - periods[0].start).days


@given(anchor=days, interval=intervals, number=st.integers(-40, 40))
def test_a_boundary_has_its_own_number_and_so_has_every_day_of_its_period(
    anchor: date, interval: Interval, number: int
) -> None:
    schedule = Schedule(interval, anchor)
    day, following = schedule.boundary(number), schedule.boundary(number + 1)
    assert schedule.number_at(day) == schedule.number_at(following - timedelta(days=1)) == number


@given(day=days, months=st.integers(0, 60))
def test_so_many_months_on_is_in_the_month_that_counting_gives(day: date, months: int) -> None:
    after = months_after(day, months)
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    assert after == date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# ── clocks ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("day", "at", "zone", "instant"),
    [
        # in New York the clocks go from 02:00 to 03:00 on 10 March, and from 02:00 back to 01:00 on 3 November
        (date(2024, 3, 10), time(2, 30), "America/New_York", datetime(2024, 3, 10, 7, 0, tzinfo=UTC)),
        (date(2024, 3, 10), time(9), "America/New_York", datetime(2024, 3, 10, 13, 0, tzinfo=UTC)),
        (date(2024, 11, 3), time(1, 30), "America/New_York", datetime(2024, 11, 3, 5, 30, tzinfo=UTC)),
        # Beirut has no midnight on 31 March: the day begins at 01:00
        (date(2024, 3, 31), time(0), "Asia/Beirut", datetime(2024, 3, 30, 22, 0, tzinfo=UTC)),
        # Samoa left 30 December 2011 out: what was due then is due when the 31st begins
        (date(2011, 12, 30), time(9), "Pacific/Apia", datetime(2011, 12, 30, 10, 0, tzinfo=UTC)),
        (date(2026, 11, 27), time(9), "Asia/Kolkata", datetime(2026, 11, 27, 3, 30, tzinfo=UTC)),
    ],
)
def test_a_time_that_is_skipped_is_the_first_that_exists_and_a_repeated_one_is_the_first(
    day: date, at: time, zone: str, instant: datetime
) -> None:
    assert instant_of(day, at, zone) == instant


ZONES = [
    *(
        "UTC",
        "Etc/GMT+8",
        "Europe/Berlin",
        "Europe/London",
        "Africa/Cairo",
        "Asia/Beirut",
        "Asia/Kolkata",
        "Asia/Tehran",
    ),
    *("America/New_York", "America/Sao_Paulo", "America/Havana", "America/Asuncion"),
    *("Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham"),
]


@given(day=days, minutes=st.integers(0, 24 * 60 - 1), zone=st.sampled_from(ZONES))
def test_an_instant_is_the_first_at_which_the_clock_has_reached_the_time(day: date, minutes: int, zone: str) -> None:
    """The second way: find, by the standard library, the first minute at which the local clock shows it or more."""
    at = time(minutes // 60, minutes % 60)
    found, clock, wanted = instant_of(day, at, zone), ZoneInfo(zone), datetime.combine(day, at)

    def shown(instant: datetime) -> datetime:
        return instant.astimezone(clock).replace(tzinfo=None)

    assert shown(found) >= wanted
    if shown(found) > wanted:  # skipped: the clock jumps over it at this very instant
        assert shown(found - timedelta(microseconds=1)) < wanted
    earlier = (found - timedelta(minutes=step) for step in range(15, 26 * 60, 15))
    assert all(shown(instant) != wanted for instant in earlier)


@given(seconds=st.integers(0, 33 * 365 * 86_400), zone=st.sampled_from(ZONES))
def test_a_local_day_runs_from_its_midnight_to_the_next(seconds: int, zone: str) -> None:
    at = datetime(2012, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    day = local_day(at, zone)
    assert day == at.astimezone(ZoneInfo(zone)).date()
    assert midnight(day, zone) <= at < midnight(day + timedelta(days=1), zone)


def test_a_zone_is_an_area_and_a_place_as_iana_spells_it() -> None:
    assert [checked_zone(name) for name in ("utc", "europe/berlin", "America/Argentina/Buenos_Aires")] == [
        "UTC",
        "Europe/Berlin",
        "America/Argentina/Buenos_Aires",
    ]


@pytest.mark.parametrize("name", ["", "EST", "localtime", "Europe", "Europe/Nowhere", "right/UTC", "../UTC", "a/\0"])
def test_other_names_of_zones_are_refused(name: str) -> None:
    with pytest.raises(Refused) as refused:
        checked_zone(name)
    assert (refused.value.code, refused.value.param) == ("invalid_argument", "timeZone")
    assert "Europe/Berlin" in refused.value.hint


def test_what_bills_nobody_does_not_load_the_library_of_dates() -> None:
    program = "import sys, flint_domain.kernel.periods; print({'whenever', 'tzdata'} & set(sys.modules) or [])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "[]\n"
