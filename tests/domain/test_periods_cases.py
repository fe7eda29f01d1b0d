"""Other people's billing dates: every boundary, anchor day and count of cycles must come out."""

from datetime import date, datetime, timedelta
from fractions import Fraction
from itertools import islice, takewhile
from typing import Any

from flint_domain.kernel.periods import Interval, Period, Schedule, local_day, schedule_of
from tests.domain.billing_cases import Cases, of_kind


def day_of(given: dict[str, Any], name: str = "start") -> date:
    """A local date, or the date that a clock in the zone shows at an instant."""
    if "T" in given[name]:
        return local_day(datetime.fromisoformat(given[name]), given.get("timeZone", "UTC"))
    return date.fromisoformat(given[name])


def schedule_in(given: dict[str, Any], start: date) -> Schedule:
    """The schedule; a year's anchor day is given as a day of the month that it starts in."""
    interval, day = Interval(**given["interval"]), given.get("anchorDay")
    if isinstance(day, int):
        day = f"{start:%m}-{day:02}" if interval.unit == "year" else str(day)
    return schedule_of(start, interval, day)


def test_anchor_dates(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "anchor_dates", 28):
        start = day_of(given) + timedelta(days=given.get("trialDays", 0))
        schedule = schedule_in(given, start)
        found = {schedule.boundary(number).isoformat() for number in range(80)}
        assert found >= set(expect.get("includes", ())), case_id
        assert not found & set(expect.get("excludes", ())), case_id
        wanted = expect.get("periods", [])
        periods = islice(schedule.periods_from(start), len(wanted))
        assert [[period.start.isoformat(), period.end.isoformat()] for period in periods] == wanted, case_id
        assert start.isoformat() == expect.get("trialEnd", start.isoformat()), case_id
        assert start.day == expect.get("anchorDay", start.day), case_id


def test_local_anchor_days(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "local_anchor_day", 5):
        assert day_of(given, "instant").day == expect["anchorDay"], case_id


def test_first_boundaries(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "first_boundary", 9):
        assert schedule_in(given, day_of(given)).anchor.isoformat() == expect["date"], case_id


def test_cycles_billed_in_advance(billing_cases: Cases) -> None:
    for case_id, given, expect in of_kind(billing_cases, "cycles_in_advance", 19):
        start, target = day_of(given), day_of(given, "target")
        end = day_of(given, "end") if given["end"] else date.max

        def billed(period: Period, target: date = target, end: date = end) -> bool:
            return period.start <= target and period.start < end

        periods = takewhile(billed, schedule_in(given, start).periods_from(start))
        shares = (Fraction((min(period.end, end) - period.start).days, period.grid_days) for period in periods)
        assert sum(shares) == Fraction(expect["cycles"]), case_id
