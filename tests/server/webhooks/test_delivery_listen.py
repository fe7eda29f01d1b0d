"""`flint webhooks listen` beside a running server: what happens to orders appears on the terminal."""

import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from standardwebhooks import Webhook
from starlette.testclient import TestClient

from flint_server.cli.webhooks import receiver
from tests.server.running import FLINT, PATIENCE, call, connected, flint, free_port, served_http, wait_for_port
from tests.server.webhooks.post_office import PostOffice


@contextmanager
def listening(folder: Path, port: int, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [*FLINT, "webhooks", "listen", "--data", str(folder), "--port", str(port), *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        wait_for_port(process, port)
        yield process
    finally:
        process.kill()
        process.communicate()


def endpoints(folder: Path) -> list[tuple[str]]:
    with closing(sqlite3.connect(folder / "flint.db")) as driver:
        return driver.execute("SELECT status FROM webhook_endpoints ORDER BY seq").fetchall()


async def test_what_a_client_does_at_the_server_is_printed_by_the_listener_which_then_leaves(tmp_path: Path) -> None:
    port = free_port()
    with served_http(tmp_path) as url, listening(tmp_path, port, "--events", "order.created,order.updated") as listener:
        async with connected(url, tmp_path) as client:
            lines = [{"name": "Mug", "unitPriceMoney": {"amount": 900, "currency": "USD"}}]
            order = await call(client, "create_order", lineItems=lines)
        assert listener.stdout is not None
        assert listener.stderr is not None
        for event in ("order.created", "order.updated"):
            _at, kind, order_id, version, status = listener.stdout.readline().split()
            assert (kind, order_id, version, status) == (event, order["orderId"], "v1", "OPEN")
        assert endpoints(tmp_path) == [("enabled",)]
        listener.send_signal(signal.SIGINT)
        listener.wait(PATIENCE)
        assert "Traceback" not in listener.stderr.read()
    assert endpoints(tmp_path) == [("deleted",)]


async def test_an_endpoint_that_a_killed_listener_left_is_replaced(tmp_path: Path) -> None:
    port = free_port()
    with listening(tmp_path, port) as first:
        first.kill()
    assert endpoints(tmp_path) == [("enabled",)]
    with listening(tmp_path, port):
        assert endpoints(tmp_path) == [("deleted",), ("enabled",)]


def test_an_event_that_there_is_not_is_refused() -> None:
    result = flint("webhooks", "listen", "--events", "order.exploded")
    assert result.exit_code == 2
    assert "there is no event order.exploded" in result.output


async def test_the_receiver_takes_only_what_is_signed_and_of_a_sane_size(office: PostOffice, capsys: object) -> None:
    from contextlib import asynccontextmanager
    from datetime import UTC, datetime

    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    @asynccontextmanager
    async def registration():
        yield secret

    body, now = '{"type": "order.updated", "data": {}}', datetime.now(UTC)
    headers = {
        "webhook-id": "upd_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("upd_1", now, body),
    }
    with TestClient(receiver(registration, full=True)) as client:
        assert client.post("/", content=body, headers=headers).status_code == 204
        assert client.post("/", content=body + " ", headers=headers).status_code == 401
        assert client.post("/", content=b"\xff", headers=headers).status_code == 401
        assert client.post("/", content=body).status_code == 401
        assert client.post("/", content=b"x" * 1_000_001).status_code == 413
        assert client.get("/").status_code == 405
