"""Load balancers are told whether the process lives and whether it can work, with the reasons when it cannot."""

import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import anyio
import pytest
from starlette.applications import Starlette

from flint_server.db import DEFAULT_MERCHANT_ID, SqliteStore, open_store
from flint_server.http import health as healths
from flint_server.http.health import Check, Health, Verdict, processor_check, store_check, worker_check
from flint_server.worker import HEAR_EVERY, Pulse, Round
from tests.server.db.given import TurnedClock
from tests.server.http.given import Answer, asked
from tests.server.running import served_http


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    async with open_store(tmp_path / "flint.db", TurnedClock(), busy_timeout_ms=50) as opened:
        yield opened


def app_with(**checks: Check) -> Starlette:
    return Starlette(routes=Health(checks).routes())


async def ready(**checks: Check) -> Answer:
    return await asked(app_with(**checks), "GET", "/readyz")


async def stuck() -> Verdict:
    await anyio.sleep_forever()
    raise AssertionError


async def broken() -> Verdict:
    raise RuntimeError("sk_live_secret of Ann")


async def nothing() -> int:
    return 0


def running() -> Pulse:
    pulse = Pulse()
    pulse.expect([Round("notices", nothing, HEAR_EVERY)])
    return pulse


async def test_a_living_process_says_so_whatever_its_work_is_like() -> None:
    answer = await asked(app_with(store=stuck, worker=broken), "GET", "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "alive"})
    assert answer.headers["cache-control"] == "no-store"


async def test_a_whole_server_is_ready(store: SqliteStore) -> None:
    answer = await ready(
        store=store_check(store, DEFAULT_MERCHANT_ID),
        worker=worker_check(running()),
        processor=processor_check("simulated", hears_events=False, has_secrets=False),
    )
    assert answer.status == 200
    assert answer.json == {
        "status": "ready",
        "checks": {
            "store": {"ok": True, "reason": "readable and writable"},
            "worker": {"ok": True, "reason": "its rounds go well"},
            "processor": {"ok": True, "reason": "simulated"},
        },
    }


async def test_a_store_that_is_closed_makes_a_server_unready(store: SqliteStore) -> None:
    await store.close()
    answer = await ready(store=store_check(store, DEFAULT_MERCHANT_ID))
    assert answer.status == 503
    assert answer.json["checks"]["store"]["reason"] == "the data file cannot be read or written; the log says why"


async def test_a_store_that_takes_no_writes_makes_a_server_unready(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(healths, "ANSWER_WITHIN", 0.01)
        app = app_with(store=store_check(store, DEFAULT_MERCHANT_ID))
        answers = [await asked(app, "GET", "/readyz") for _ in range(3)]
        assert [answer.json["checks"]["store"]["ok"] for answer in answers] == [False] * 3
    monkeypatch.undo()
    with anyio.fail_after(30):
        while (await asked(app, "GET", "/readyz")).status == 503:
            pass


def logged(store: SqliteStore) -> int:
    """How many bytes of the write-ahead log are on the disk."""
    log = store.path.with_name("flint.db-wal")
    return log.stat().st_size if log.exists() else 0


async def test_a_page_is_written_to_know_that_pages_can_be_and_no_more_than_one_a_second(store: SqliteStore) -> None:
    """Whatever is rolled back succeeds on a full disk too."""
    seconds = [0.0]
    check = store_check(store, DEFAULT_MERCHANT_ID, clock=lambda: seconds[0])
    frames: list[int] = []
    for at in (0.0, 0.5, 0.9, 1.0, 1.9, 2.1):
        seconds[0], before = at, logged(store)
        assert (await ready(store=check)).status == 200
        frames.append((logged(store) - before) // 4096)
    assert frames == [1, 0, 0, 1, 0, 1]
    assert await store.newest_id() is None  # nothing of the data was touched


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no limit to a file's size")
async def test_a_disk_that_takes_no_more_makes_a_server_unready(store: SqliteStore) -> None:
    from resource import RLIMIT_FSIZE, getrlimit, setrlimit

    check = store_check(store, DEFAULT_MERCHANT_ID)
    soft, hard = getrlimit(RLIMIT_FSIZE)
    setrlimit(RLIMIT_FSIZE, (logged(store), hard))  # from here on nothing can be added to the log
    try:
        answer = await ready(store=check)
    finally:
        setrlimit(RLIMIT_FSIZE, (soft, hard))
    assert answer.status == 503
    assert answer.json["checks"]["store"]["reason"] == "the data file cannot be read or written; the log says why"
    assert (await ready(store=check)).status == 200


async def test_a_worker_that_is_late_makes_a_server_unready() -> None:
    answer = await ready(worker=worker_check(Pulse()))
    assert answer.status == 503
    assert answer.json["checks"]["worker"]["reason"] == "no round lately: the worker has not started"


async def test_a_server_without_a_worker_of_its_own_is_ready() -> None:
    assert (await ready(worker=worker_check(None))).status == 200


@pytest.mark.parametrize(
    ("hears_events", "has_secrets", "status", "word"),
    [
        (True, True, 200, "stripe test"),
        (True, False, 200, "FLINT_STRIPE_WEBHOOK_SECRET"),
        (False, True, 503, "FLINT_STRIPE_KEY is missing"),
    ],
)
async def test_half_a_configuration_of_stripe_is_told(
    hears_events: bool, has_secrets: bool, status: int, word: str
) -> None:
    check = processor_check("stripe test", hears_events=hears_events, has_secrets=has_secrets)
    answer = await ready(processor=check)
    assert answer.status == status
    assert word in answer.json["checks"]["processor"]["reason"]


async def test_a_check_that_fails_or_hangs_is_a_reason_and_leaks_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(healths, "ANSWER_WITHIN", 0.05)
    answer = await ready(store=stuck, worker=broken, processor=worker_check(None))
    assert answer.status == 503
    assert [check["ok"] for check in answer.json["checks"].values()] == [False, False, True]
    assert b"Ann" not in answer.body


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_is_only_read(path: str) -> None:
    assert (await asked(app_with(worker=worker_check(None)), "POST", path)).status == 405
    assert (await asked(app_with(worker=worker_check(None)), "HEAD", path)).status == 200


def test_a_served_flint_is_ready_beside_mcp(tmp_path: Path) -> None:
    with served_http(tmp_path) as address:
        with urlopen(address.replace("/mcp", "/healthz"), timeout=10) as alive:
            assert alive.status == 200
        with urlopen(address.replace("/mcp", "/readyz"), timeout=10) as answer:
            assert b'"status":"ready"' in answer.read()
