"""Who may speak MCP over HTTP: who has the key, at this server's own address, and no web page from elsewhere."""

import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from flint_server.clock import SystemClock
from flint_server.composition import open_application
from flint_server.http.app import web_app
from flint_server.http.guard import LocalKey
from flint_server.http.health import Health, worker_check
from flint_server.http.listening import NotLoopback, require_loopback, security_of
from flint_server.settings import Settings
from flint_server.stripe_events.endpoint import StripeInbox
from tests.server.http.given import Answer, asked
from tests.server.running import call, connected, key_header, served_http

KEY = "flk_local_" + "k" * 43
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "page", "version": "1"}}
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
HOSTS = {  # what may be listened on, and what its clients may call it
    "127.0.0.1": ["127.0.0.1", "localhost"],
    "127.0.0.2": ["127.0.0.2"],
    "127.10.20.30": ["127.10.20.30"],
    "localhost": ["localhost", "127.0.0.1"],
    "::1": ["[::1]", "localhost"],
}


def older() -> tuple[bytes, dict[str, str]]:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO}).encode(), {}


def newer() -> tuple[bytes, dict[str, str]]:
    """A call that moves money, in one request."""
    params = {"name": "issue_gift_card", "arguments": {"amountMoney": {"amount": 50_000}}, "_meta": META}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    version = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "issue_gift_card"}
    return body, version


@asynccontextmanager
async def app_of(folder: Path, host: str, port: int = 8000, key: LocalKey | None = None) -> AsyncIterator[Starlette]:
    async with open_application(Settings(folder=folder, toolsets=("gift_cards",))) as application:
        app = web_app(
            application.server,
            security=security_of(host, port),
            key=key,
            stripe=StripeInbox((), None, SystemClock()),
            health=Health({"worker": worker_check(None)}),
        )
        async with app.router.lifespan_context(app):
            yield app


async def sent(app: Starlette, era: Any, **headers: str) -> Answer:
    body, version = era()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await asked(app, "POST", "/mcp", [body], JSON | version | named, stays=True)


def gift_cards(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "flint.db")) as driver:
        return driver.execute("SELECT count(*) FROM gift_card_accounts").fetchone()[0]


# ── web pages ──


@pytest.mark.parametrize("host", HOSTS)
async def test_a_server_answers_to_its_own_name_alone_whatever_it_listens_on(tmp_path: Path, host: str) -> None:
    async with app_of(tmp_path, host) as app:
        for era in (older, newer):
            for foreign in ("evil.example:8000", "evil.example", "127.0.0.3:8000", f"{host}.evil.example:8000"):
                assert (await sent(app, era, host=foreign)).status == 421
            assert (await sent(app, era)).status == 421  # no Host at all
        assert gift_cards(tmp_path) == 0
        for number, own in enumerate(HOSTS[host], 1):
            assert (await sent(app, older, host=f"{own}:8000")).status == 200
            assert (await sent(app, newer, host=f"{own}:8000")).status == 200
            assert gift_cards(tmp_path) == number


@pytest.mark.parametrize("host", HOSTS)
async def test_a_page_of_another_server_moves_no_money_whatever_is_listened_on(tmp_path: Path, host: str) -> None:
    own = HOSTS[host][0]
    async with app_of(tmp_path, host) as app:
        for era in (older, newer):
            for foreign in (
                "http://evil.example",
                f"http://{own}:3000",
                f"https://{own}:8000",
                "null",
                f"http://{own}",
            ):
                assert (await sent(app, era, host=f"{own}:8000", origin=foreign)).status == 403
        assert gift_cards(tmp_path) == 0
        assert (await sent(app, newer, host=f"{own}:8000", origin=f"http://{own}:8000")).status == 200


@pytest.mark.parametrize("host", HOSTS)
async def test_the_port_that_browsers_leave_out_may_be_left_out(tmp_path: Path, host: str) -> None:
    own = HOSTS[host][0]
    async with app_of(tmp_path, host, port=80) as app:
        for written in (own, f"{own}:80"):
            assert (await sent(app, older, host=written, origin=f"http://{own}")).status == 200
        assert (await sent(app, older, host=f"{own}:8000")).status == 421


async def test_a_rebound_page_is_turned_away_by_a_server_on_another_loopback_address(tmp_path: Path) -> None:
    options = ("--toolsets", "gift_cards", "--log-level", "error")
    with served_http(tmp_path, "--host", "127.0.0.2", "--auth", "none", *options) as url:
        assert url.startswith("http://127.0.0.2:")
        import httpx2

        body, version = newer()
        async with httpx2.AsyncClient() as page:
            answer = await page.post(url, content=body, headers=JSON | version | {"host": "evil.example"})
        assert answer.status_code == 421
    assert gift_cards(tmp_path) == 0


@pytest.mark.parametrize(
    ("host", "written"), [("LOCALHOST", "localhost"), ("0:0:0:0:0:0:0:1", "::1"), ("127.0.0.1", "127.0.0.1")]
)
def test_a_host_is_written_as_clients_write_it(host: str, written: str) -> None:
    assert require_loopback(host) == written


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "::ffff:127.0.0.1", "::1%lo", "127.1", "", "evil"])
def test_a_host_that_others_reach_or_that_has_two_forms_is_refused(host: str) -> None:
    with pytest.raises(NotLoopback):
        require_loopback(host)


# ── the key ──


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Starlette]:
    async with app_of(tmp_path, "127.0.0.1", key=LocalKey(KEY, tmp_path / "local.key")) as app:
        yield app


async def test_a_call_with_the_key_is_served(guarded: Starlette) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert (await sent(guarded, newer, host="127.0.0.1:8000", authorization=f"{scheme} {KEY}")).status == 200


@pytest.mark.parametrize(
    "given",
    [None, "", "Bearer", "Bearer ", KEY, f"Basic {KEY}", f"Bearer {KEY}x", f"Bearer {KEY[:-1]}",
     f"Bearer {KEY.upper()}", f"Bearer {KEY} {KEY}", "Bearer flk_local_ä", f"Bearer {KEY}, Bearer {KEY}"],
)  # fmt: skip
async def test_a_call_without_the_key_is_told_where_it_lies_and_how_to_send_it(
    guarded: Starlette, tmp_path: Path, given: str | None
) -> None:
    header = {} if given is None else {"authorization": given}
    answer = await sent(guarded, newer, host="127.0.0.1:8000", **header)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["cache-control"] == "no-store"
    error = answer.json["error"]
    assert error["code"] == "not_permitted"
    assert str(tmp_path / "local.key") in error["hint"]
    assert "Authorization: Bearer flk_local_…" in error["hint"]
    assert KEY.encode() not in answer.body
    assert answer.chunks_read == 0  # refused before anything of the body was read
    assert gift_cards(tmp_path) == 0


@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS", "HEAD"])
async def test_no_method_leads_around_the_key(guarded: Starlette, method: str) -> None:
    assert (await asked(guarded, method, "/mcp", headers={"host": "127.0.0.1:8000"})).status == 401


@pytest.mark.parametrize("path", ["/mcp/", "//mcp", "/mcp\n", "/MCP", "/mcp/x", "/./mcp"])
async def test_no_spelling_of_the_path_leads_around_the_key(guarded: Starlette, tmp_path: Path, path: str) -> None:
    body, version = newer()
    answer = await asked(guarded, "POST", path, [body], JSON | version | {"host": "127.0.0.1:8000"})
    assert answer.status in (307, 401, 404)
    assert gift_cards(tmp_path) == 0


@pytest.mark.parametrize(
    "path",
    ["oauth-protected-resource", "oauth-protected-resource/mcp", "oauth-authorization-server", "openid-configuration"],
)
async def test_no_client_is_led_to_an_authorization_server_that_there_is_not(guarded: Starlette, path: str) -> None:
    assert (await asked(guarded, "GET", f"/.well-known/{path}", headers={"host": "127.0.0.1:8000"})).status == 404
    assert (await asked(guarded, "POST", "/register", headers={"host": "127.0.0.1:8000"})).status == 404


async def test_load_balancers_and_stripe_are_asked_for_no_key(guarded: Starlette) -> None:
    assert (await asked(guarded, "GET", "/healthz")).status == 200
    assert (await asked(guarded, "GET", "/readyz")).status == 200
    assert (await asked(guarded, "POST", "/webhooks/stripe", [b"{}"])).status == 503  # no secret: Stripe's own refusal


async def test_the_key_of_a_folder_is_good_after_a_restart(tmp_path: Path) -> None:
    keys: list[dict[str, str]] = []
    for _ in range(2):
        with served_http(tmp_path) as url:
            keys.append(key_header(tmp_path))
            async with connected(url, tmp_path) as client:
                assert (await call(client, "search_orders"))["orders"] == []
    assert keys[0] == keys[1]
