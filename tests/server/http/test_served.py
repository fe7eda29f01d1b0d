"""The whole server with a Stripe key: events come in by HTTP, and a stop ends what listens."""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import anyio
import pytest

from flint_server.stripe_events.endpoint import LARGEST_BODY, STRIPE_PATH
from flint_server.worker import GRACE
from tests.server.http.given import SECRET, event, signed
from tests.server.running import FLINT, PATIENCE, connected, free_port, served_http, until, wait_for_port


def post(address: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    request = Request(address.replace("/mcp", STRIPE_PATH), data=body, headers=headers, method="POST")
    try:
        with urlopen(request, timeout=PATIENCE) as answer:
            return answer.status, answer.read()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def readiness(address: str) -> dict[str, Any]:
    with urlopen(address.replace("/mcp", "/readyz"), timeout=PATIENCE) as answer:
        return json.load(answer)["checks"]


async def test_events_are_taken_and_settled_by_a_server_with_a_stripe_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLINT_STRIPE_KEY", "sk_test_flint")
    monkeypatch.setenv("FLINT_STRIPE_WEBHOOK_SECRET", f"whsec_former, {SECRET}")
    body = json.dumps(event("payment_intent.succeeded", event_id="evt_served")).encode()

    async def states() -> list[str]:
        with closing(sqlite3.connect(tmp_path / "flint.db")) as driver:
            return [row[0] for row in driver.execute("SELECT state FROM stripe_events")]

    with served_http(tmp_path) as address:
        for _ in range(2):
            answer = await anyio.to_thread.run_sync(post, address, body, signed(body, datetime.now(UTC)))
            assert answer == (200, b'{"received":true}')
        too_long = await anyio.to_thread.run_sync(post, address, b"x" * (LARGEST_BODY + 1), {})
        assert too_long[0] == 413
        assert await until(states, lambda found: found != ["waiting"]) == ["ignored"]
        checks = await anyio.to_thread.run_sync(readiness, address)
        assert checks["processor"] == {"ok": True, "reason": "stripe test"}


def test_a_server_without_a_stripe_key_takes_no_events(tmp_path: Path) -> None:
    with served_http(tmp_path, "--log-level", "error") as address:
        assert post(address, b"{}", {})[0] == 503


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process could answer")
async def test_a_client_that_listens_does_not_hold_a_stop_up(tmp_path: Path) -> None:
    port = free_port()
    command = [*FLINT, "serve", "--http", "--port", str(port), "--data", str(tmp_path)]
    process = await anyio.to_thread.run_sync(lambda: subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
    try:
        await anyio.to_thread.run_sync(wait_for_port, process, port)
        async with (
            connected(f"http://127.0.0.1:{port}/mcp", tmp_path) as client,
            client.listen(resource_subscriptions=["flint://orders/ord_01KARRG0000000000000000001"]),
        ):
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            _, said = await anyio.to_thread.run_sync(process.communicate)
        assert process.returncode == 0
        assert "Traceback" not in said
        assert time.monotonic() - began < GRACE
    finally:
        process.kill()
