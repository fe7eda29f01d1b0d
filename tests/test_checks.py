"""How `python -m tests` runs its checks: in order, the types beside them, and no further than the first that fails."""

import sys
from pathlib import Path

import pytest

from tests.__main__ import ROOT, Check, checks, environment, main, run

FOR_EVER = "import threading; threading.Event().wait()"


def ending(heading: str, code: int, *, beside: bool = False) -> Check:
    return Check(heading, [sys.executable, "-c", f"print('{heading} speaks'); raise SystemExit({code})"], beside=beside)


def endless(heading: str, *, beside: bool = False) -> Check:
    return Check(heading, [sys.executable, "-c", FOR_EVER], beside=beside)


def verdicts(capfd: pytest.CaptureFixture[str]) -> list[str]:
    """What was said of each check, without the seconds."""
    lines = capfd.readouterr().out.splitlines()
    return [line.strip().rpartition(" in ")[0] for line in lines if line.startswith("   ")]


def test_checks_run_in_order_and_those_beside_them_are_told_last(capfd: pytest.CaptureFixture[str]) -> None:
    assert run([ending("first", 0), ending("types", 0, beside=True), ending("second", 0)]) == 0
    assert verdicts(capfd) == ["first: passed", "second: passed", "types: passed"]


def test_the_first_that_fails_ends_the_run_and_what_runs_beside_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert run([endless("types", beside=True), ending("first", 3), ending("second", 0)]) == 3
    assert verdicts(capfd) == ["first: FAILED (3)"]


def test_one_that_fails_beside_the_others_ends_them_at_once_and_says_why(capfd: pytest.CaptureFixture[str]) -> None:
    assert run([ending("types", 4, beside=True), endless("tests"), ending("second", 0)]) == 4
    said = capfd.readouterr().out
    assert "types speaks" in said
    assert "types: FAILED (4)" in said
    assert "second" not in said


def test_one_that_fails_beside_the_others_after_they_have_passed_fails_the_run(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run([ending("first", 0), ending("types", 5, beside=True)]) == 5
    assert verdicts(capfd) == ["first: passed", "types: FAILED (5)"]


def test_fast_is_all_of_the_checks_but_coverage_histories_and_kills() -> None:
    fast, whole = ([check.heading for check in checks(fast=fast, long=False)] for fast in (True, False))
    assert fast == ["format", "lint", "types", "architecture", "tests"]
    assert [heading for heading in whole if heading not in fast] == [
        "forget earlier coverage",
        "histories and kills",
        "coverage in percent",
    ]
    assert main(["--quick"]) == 2


def test_bytecode_is_kept_apart_where_it_is_not_to_be_written_beside_the_sources(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    given = environment(ending("tests", 0))
    assert "PYTHONDONTWRITEBYTECODE" not in given
    assert Path(given["PYTHONPYCACHEPREFIX"]) == ROOT / ".bytecode"
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE")
    assert "PYTHONPYCACHEPREFIX" not in environment(ending("tests", 0))
