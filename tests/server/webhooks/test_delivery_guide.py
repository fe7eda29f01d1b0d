"""The guide says what the code does, and its examples check what the courier really sends."""

import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest
from standardwebhooks import WebhookVerificationError

from flint_domain.commands.webhooks import SaveWebhookEndpoint
from tests.server.webhooks import webhook_guide
from tests.server.webhooks.post_office import PostOffice
from tests.server.webhooks.receiver import Request


def test_the_guide_is_as_the_code_has_it() -> None:
    text = webhook_guide.GUIDE.read_text()
    assert webhook_guide.current(text) == text, (
        "python -m tests.server.webhooks.webhook_guide --write, and read the diff"
    )


@dataclass(frozen=True)
class Sent:
    """A delivery of now, signed with the old secret and the new one."""

    request: Request
    old: str
    new: str

    def tampered(self) -> list[tuple[bytes, dict[str, str]]]:
        """What must not pass: another body, id or time, a foreign signature, none that is known."""
        body, headers = self.request.body, self.request.headers
        late = str(int(headers["webhook-timestamp"]) + 1)
        return [
            (body.replace(b"OPEN", b"PAID"), headers),
            (body, {**headers, "webhook-id": "upd_0"}),
            (body, {**headers, "webhook-timestamp": late}),
            (body, {**headers, "webhook-signature": "v1,bm90IGl0"}),
            (body, {**headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v0,")}),
        ]


@pytest.fixture
async def sent(office: PostOffice) -> Sent:
    office.house.clock.at = datetime.now(UTC)
    endpoint_id = await office.endpoint()
    rotated = await office.house.do(SaveWebhookEndpoint(endpoint_id=endpoint_id, rotate=True))
    await office.house.order_of(note="Grüße, 東京 “quoted”")
    await office.courier.drain()
    [request] = office.receiver.requests
    return Sent(request, office.secrets[endpoint_id], rotated["secret"])


def python_example(secret: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("FLINT_WEBHOOK_SECRET", secret)
    names: dict[str, Any] = {}
    exec(webhook_guide.snippet("python"), names)
    return names["event_of"]


async def test_the_python_example_takes_what_is_signed_with_either_secret_and_nothing_else(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    for secret in (sent.old, sent.new):
        event_of = python_example(secret, monkeypatch)
        assert event_of(sent.request.body, sent.request.headers) == sent.request.event
        for body, headers in sent.tampered():
            with pytest.raises(WebhookVerificationError):
                event_of(body, headers)
    with pytest.raises(WebhookVerificationError):
        python_example("whsec_c29tZWJvZHkgZWxzZSdz", monkeypatch)(sent.request.body, sent.request.headers)


async def test_an_old_delivery_is_refused_by_the_example(office: PostOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    office.house.clock.at = datetime.now(UTC) - timedelta(minutes=6)
    endpoint_id = await office.endpoint()
    await office.house.order_of()
    await office.courier.drain()
    [request] = office.receiver.requests
    with pytest.raises(WebhookVerificationError):
        python_example(office.secrets[endpoint_id], monkeypatch)(request.body, request.headers)


RUN_IT = """
import { readFileSync } from "node:fs";
const results = JSON.parse(readFileSync(0)).map(([body, headers]) => {
  try { return eventOf(body, headers).id; } catch { return null; }
});
console.log(JSON.stringify(results));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no Node.js here to run the JavaScript example")
async def test_the_javascript_example_takes_the_same_and_nothing_else(sent: Sent, tmp_path: Path) -> None:
    requests = [(sent.request.body, sent.request.headers), *sent.tampered()]
    calls = json.dumps([(body.decode(), headers) for body, headers in requests])
    (tmp_path / "example.mjs").write_text(webhook_guide.snippet("javascript") + RUN_IT)
    for secret in (sent.old, sent.new):
        run = await anyio.run_process(
            [shutil.which("node") or "node", str(tmp_path / "example.mjs")],
            input=calls.encode(),
            env={"FLINT_WEBHOOK_SECRET": secret},
        )
        assert json.loads(run.stdout) == [sent.request.webhook_id, None, None, None, None, None]
