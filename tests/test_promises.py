"""Every promise names tests that exist and are run, and every test that claims to keep a promise is named by it."""

import ast
from pathlib import Path

import pytest

from tests.promises import PROMISES

ROOT = Path(__file__).parent.parent
IN_SCOPE = {"P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9", "P10", "P11", "P12", "P15", "P16"}


def kept(test: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """The promises that a test says it keeps."""
    return {
        ast.literal_eval(mark.args[0])
        for mark in test.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.promise"
    }


def marked() -> dict[str, set[str]]:
    """The node id of every test function of the repository, and the promises that it says it keeps."""
    return {
        f"{file.relative_to(ROOT).as_posix()}::{node.name}": kept(node)
        for file in sorted(ROOT.glob("tests/**/test_*.py"))
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


MARKED = marked()


def test_every_claim_in_scope_has_a_promise() -> None:
    assert PROMISES.keys() >= IN_SCOPE


@pytest.mark.parametrize("name", PROMISES)
def test_a_promise_names_tests_that_are_collected_and_say_so_themselves(
    name: str, request: pytest.FixtureRequest
) -> None:
    promise = PROMISES[name]
    assert promise.tests
    assert [test for test in promise.tests if test not in MARKED] == [], "there is no such test"
    assert [test for test in promise.tests if name not in MARKED[test]] == [], "it does not carry the mark"

    # Only what this run was asked to collect can be looked for in it.
    collected = {item.nodeid.partition("[")[0] for item in request.session.items}
    files = {test.partition("::")[0] for test in collected}
    whole = not request.config.option.keyword and "::" not in " ".join(request.config.args)
    if whole:
        assert [test for test in promise.tests if test.partition("::")[0] in files and test not in collected] == []


@pytest.mark.parametrize("name", sorted(set().union(*MARKED.values())))
def test_a_mark_is_answered_by_its_promise(name: str) -> None:
    assert {test for test, names in MARKED.items() if name in names} == set(PROMISES[name].tests)
