"""A run's outcome as a table for people."""

from collections.abc import Iterator

from tests.crash.harness import AGENTS, Report
from tests.crash.points import POINTS
from tests.crash.verdict import VIOLATIONS

MOST_DETAILS = 20


def table(report: Report) -> str:
    return "\n".join(_lines(report))


def _lines(report: Report) -> Iterator[str]:
    road = f" · on a road that {report.wrong}" if report.wrong else ""
    yield f"{report.killed} kills in {report.seconds:.0f} s · seed {report.seed} · {AGENTS} callers at once{road}"
    yield ""
    yield f"{'killed':<44}{'times':>8}{'calls cut off':>16}"
    for point in POINTS:
        yield f"{point:<44}{report.kills[point]:>8}{report.cut_off[point]:>16}"
    yield f"{'together':<44}{report.killed:>8}{sum(report.cut_off.values()):>16}"
    if report.not_reached:
        yield f"({report.not_reached} named points were not reached in time: killed at a random moment)"
    for heading, counts in (
        ("calls", report.calls),
        ("transfers", report.transfers),
        ("after payment, and around it", report.changes),
    ):
        yield ""
        yield heading
        yield from (f"  {name:<42}{count:>8}" for name, count in counts.items())
    yield ""
    yield "violations"
    yield from (f"  {violation:<42}{report.counts[violation]:>8}" for violation in VIOLATIONS)
    yield ""
    yield from report.details[:MOST_DETAILS]
    if report.too_busy is not None:
        yield f"UNDECIDED: the machine was too busy to go on: {report.too_busy}"
    elif report.counts:
        yield f"FAILED: repeat with --seed {report.seed}; the files of that shop are in {report.folder}"
    else:
        yield "Every acknowledged call was kept, every transfer settled, no money moved twice."
