"""A web application without a network, and Stripe's events with Stripe's own signatures."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

import anyio
from starlette.types import ASGIApp, Message, Scope
from stripe import WebhookSignature

SECRET = "whsec_test_flint_inbox"
OLD_SECRET = "whsec_test_flint_before"

_numbers = count(1)


def event(
    kind: str,
    changed: dict[str, Any] | None = None,
    *,
    event_id: str | None = None,
    created: int = 1_795_000_000,
    livemode: bool = False,
) -> dict[str, Any]:
    """An event as Stripe sends it, about an object; the details that Flint does not read are few here."""
    return {
        "id": event_id or f"evt_test_{next(_numbers)}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": created,
        "data": {"object": changed or {"id": "pi_stripe_1", "object": "payment_intent", "metadata": {}}},
        "livemode": livemode,
        "pending_webhooks": 1,
        "request": {"id": "req_12345678", "idempotency_key": None},
        "type": kind,
    }


def signed(body: str | bytes, at: datetime, secret: str = SECRET) -> dict[str, str]:
    """The header that Stripe's library makes for this body."""
    text = body.decode() if isinstance(body, bytes) else body
    header = WebhookSignature.generate_signature_header(text, secret, int(at.timestamp()))
    return {"stripe-signature": header}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes
    chunks_read: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def asked(
    app: ASGIApp,
    method: str,
    path: str,
    chunks: Sequence[bytes] = (b"",),
    headers: dict[str, str] | None = None,
    *,
    hangs_up: bool = False,
    stalls: bool = False,
    stays: bool = False,
    client: str = "192.0.2.1",
) -> Answer:
    """One request, its body in these chunks; the caller may go away before the end, or send nothing more, or
    stay for the answer."""
    left = list(chunks)
    sent: list[Message] = []

    async def receive() -> Message:
        if left:
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left) or hangs_up or stalls}
        if stalls or stays:
            await anyio.sleep_forever()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()],
        "client": (client, 1),
        "server": ("flint.test", 443),
    }
    await app(scope, receive, send)
    start = next(message for message in sent if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    return Answer(start["status"], told, body, len(chunks) - len(left))
