"""What Flint did wrong itself: an id for the log, and not a word of what happened."""

import logging

import pytest

from flint_domain.engine.flint import Flint
from flint_domain.kernel.errors import Refused
from tests.tools.agent import Agent

SECRET = "sk_live_secret of /home/somebody/flint.db"


async def break_down(*_: object, **__: object) -> None:
    raise RuntimeError(SECRET)


CALLS: dict[str, tuple[str, dict[str, object]]] = {
    "ask": ("search_orders", {}),
    "execute": ("create_coupon", {"couponCode": "TEN", "percent": 10}),
}


@pytest.mark.parametrize("broken", CALLS)
async def test_a_fault_has_an_id_that_the_log_knows_and_leaks_nothing(
    shop: Agent,
    broken: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    tool, arguments = CALLS[broken]
    monkeypatch.setattr(Flint, broken, break_down)
    with caplog.at_level(logging.ERROR):
        error = await shop.error(tool, **arguments)
    assert error["code"] == "internal_error"
    assert error["message"] == f"Flint made a mistake; the log has it as {error['faultId']}."
    assert error["hint"] == "read the order before you try again; report the id to the operator"
    assert error["retryable"] is False
    assert "RuntimeError" not in str(error)
    assert "secret" not in str(error)
    [record] = [record for record in caplog.records if error["faultId"] in record.getMessage()]
    assert record.exc_info is not None
    assert SECRET in str(record.exc_info[1])


async def test_two_faults_have_two_ids(shop: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Flint, "ask", break_down)
    first, second = [await shop.error("search_orders") for _ in range(2)]
    assert first["faultId"] != second["faultId"]


async def test_a_passing_trouble_says_that_it_may_be_retried(shop: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    async def locked(*_: object, **__: object) -> None:
        raise Refused("storage_unavailable", "Nothing was changed: the data file is locked.", hint="try again")

    monkeypatch.setattr(Flint, "ask", locked)
    error = await shop.error("search_orders")
    assert (error["code"], error["retryable"]) == ("storage_unavailable", True)
