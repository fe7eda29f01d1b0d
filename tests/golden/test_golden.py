"""A data folder that was made by the Flint of November answers every read and every replay as it did then."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.golden.answers import asked_before, everything
from tests.golden.folder import kept_answers, unpack

SHAPE = 2  # of the answers that the code of then kept
PARTS = (
    "read",
    "resources",
    "replayed",
    "read after recovery",
    "replayed after recovery",
    "open sent again",
    "read after that",
)


@pytest.fixture(scope="module")
def then() -> dict[str, Any]:
    return kept_answers()


@pytest.fixture(scope="module")
def now(tmp_path_factory: pytest.TempPathFactory, then: dict[str, Any]) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("golden")
    unpack(folder)
    return anyio.run(everything, folder, asked_before(then))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The keys whose answers are stored in the shape of now: those are given again word for word."""
    folder = tmp_path_factory.mktemp("kept")
    unpack(folder)
    whole = f"SELECT merchant_id || ' ' || key FROM receipts WHERE json_extract(answer, '$.shape') = {SHAPE}"
    with closing(sqlite3.connect(folder / "flint.db")) as connection:
        return {said for (said,) in connection.execute(whole)}


def lasting(answer: Any, *, word_for_word: bool = False) -> Any:
    """What of an answer may never change: all but what is offered or said as of now, by rules that may grow."""
    if isinstance(answer, list):
        return [lasting(json.loads(each) if isinstance(each, str) and each[:1] == "{" else each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    if "refused" in answer:
        [said] = answer["refused"]
        return json.loads(said)["error"]["code"]
    left_out = {"availableActions", "blockedActions", *(() if word_for_word else ("summary",))}
    return {name: lasting(value, word_for_word=word_for_word) for name, value in answer.items() if name not in left_out}


@pytest.mark.parametrize("part", PARTS)
def test_it_is_answered_as_then(now: dict[str, Any], then: dict[str, Any], kept: set[str], part: str) -> None:
    assert now[part].keys() == then[part].keys()
    differing = {
        said: {"then": then[part][said], "now": now[part][said]}
        for said in then[part]
        if lasting(then[part][said], word_for_word=said in kept) != lasting(now[part][said], word_for_word=said in kept)
    }
    assert not differing, json.dumps(dict([*differing.items()][:3]), ensure_ascii=False, indent=1)[:6000]


def test_most_replays_are_word_for_word(kept: set[str]) -> None:
    assert len(kept) == 215


def test_what_was_open_is_taken_on_and_heard(now: dict[str, Any], then: dict[str, Any]) -> None:
    assert (now["recovered"], now["heard"]) == (then["recovered"], then["heard"])
    assert then["recovered"] > 40, "each kind of transfer in each state that can wait"


def test_an_export_of_it_is_the_same(now: dict[str, Any], then: dict[str, Any]) -> None:
    assert now["exported"] == then["exported"]


def test_it_holds_every_kind_of_record_open_and_closed(tmp_path: Path) -> None:
    """What the file of then must hold for this test to say anything; it is never made anew."""
    unpack(tmp_path)
    with closing(sqlite3.connect(tmp_path / "flint.db")) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("0011",)]
        transfers = set(connection.execute("SELECT kind, state FROM transfers"))
        states = {kind: sorted(state for of, state in transfers if of == kind) for kind, _ in transfers}
        commands = set(connection.execute("SELECT command, answer IS NULL FROM receipts"))
        deliveries = {state for (state,) in connection.execute("SELECT state FROM webhook_deliveries")}
    money = ["declined", "pending", "planned", "succeeded", "unknown"]
    assert states == {
        "authorize": sorted([*money, "requires_action"]),
        "charge": sorted([*money, "requires_action"]),
        "capture": money,
        "void": money,
        "refund": money,
        "attach": ["declined", "planned", "requires_action", "succeeded", "unknown"],
        "detach": ["planned", "succeeded", "unknown"],
        "tax_commit": ["declined", "planned", "succeeded"],
        "tax_reversal": ["declined", "succeeded", "unknown"],
    }
    assert deliveries == {"waiting", "pending", "sending", "delivered", "failed"}
    assert len({command for command, _ in commands}) == 30
    still_open = {command for command, is_open in commands if is_open}
    assert {"pay_order", "capture_payment", "void_payment", "create_refund", "add_payment_method"} <= still_open
    assert {"remove_payment_method", "amend_order", "erase_customer"} <= still_open
